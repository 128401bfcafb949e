"""neuralart batch: lists and patterns, once and again, and however it ends."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from neuralart.image.record import read_record

from .. import warm
from ..patience import next_line
from ..warm import COMMAND
from .made import SMALL, contents, merged, picture

# In place of what a process does: it takes tasks and is never done with them, without the seconds of importing PyTorch.
ASLEEP = (
    "import sys; from neuralart.jobs import processes; processes.WORK = '[None for line in sys.stdin]';"
    "from neuralart.cli import main; sys.exit(main())"
)
GOOD = ("--content", "photo.png", "other.png", "--style", "style.png", "--output", "out/{content}-{style}.png", *SMALL)


@pytest.fixture(autouse=True)
def other(place):
    picture(50, 60, seed=3).save("other.png")


def lines(path="out/batch.manifest.jsonl"):
    return [json.loads(line) for line in Path(path).read_text().splitlines()]


def test_once_and_again(call, place):
    code, out, err = call("batch", *GOOD, "--workers", 1)
    assert (code, err) == (0, "")
    told = out.splitlines()
    assert sorted(line.partition(" ")[2].partition(":")[0] for line in told[:2]) == [
        *("out/other-style.png", "out/photo-style.png")
    ]
    assert told[2:] == ["out/batch.manifest.jsonl: 2 painted"]
    assert read_record("out/photo-style.png")["options"]["size"] == 32
    assert {(one["output"], one["state"]) for one in lines()} == {
        *(("out/photo-style.png", "done"), ("out/other-style.png", "done"))
    }
    # Once more, nothing is painted.
    before = contents(place)
    assert call("batch", *GOOD) == (0, "out/batch.manifest.jsonl: 2 already there, nothing to paint\n", "")
    # A picture whose line was lost is known by its record.
    Path("out/batch.manifest.jsonl").unlink()
    assert call("batch", *GOOD) == (0, "out/batch.manifest.jsonl: 2 already there, nothing to paint\n", "")
    assert {one["sha256"] for one in lines()} == {
        json.loads(line)["sha256"] for line in before["out/batch.manifest.jsonl"].splitlines()
    }
    assert {name: held for name, held in contents(place).items() if "manifest" not in name} == {
        name: held for name, held in before.items() if "manifest" not in name
    }


def test_a_list_of_which_one_is_damaged(call):
    Path("damaged.png").write_bytes(Path("photo.png").read_bytes()[:300])
    Path("jobs.csv").write_text("content,output,seed\nphoto.png,a.png,1\ndamaged.png,b.png,2\nphoto.png,c.png,3\n")
    words = ["batch", "jobs.csv", "--style", "style.png", *SMALL, "--workers", 1]
    code, out, err = call(*words, "--dry-run")
    assert (code, err) == (0, "")
    assert out.startswith("line 2: a.png\nline 3: b.png\nline 4: c.png\n3 to paint; about ")
    assert not Path("jobs.csv.manifest.jsonl").exists()
    code, out, err = call(*words)
    assert code == 1
    assert out.splitlines()[-1] == "jobs.csv.manifest.jsonl: 2 painted, 1 failed"
    assert err.splitlines()[0].startswith("neuralart: line 3: b.png: cannot read 'damaged.png'")
    assert err.splitlines()[-2:] == [
        "1 of 3 pictures failed:",
        "  " + err.splitlines()[0].removeprefix("neuralart: "),
    ]
    Path("damaged.png").write_bytes(Path("photo.png").read_bytes())
    code, out, err = call(*words)
    assert (code, err, out.splitlines()[-1]) == (0, "", "jobs.csv.manifest.jsonl: 1 painted, 2 already there")
    assert read_record("b.png")["options"]["seed"] == 2


def start(*words, asleep=False):
    command = [sys.executable, "-c", ASLEEP] if asleep else [COMMAND]
    # Not forked: the tests look for the children.
    return subprocess.Popen(
        [*command, *merged(words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def many():
    rows = [{"output": f"out/{k}.png", "seed": k} for k in range(12)]
    Path("jobs.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return [
        "batch",
        "jobs.jsonl",
        "--content",
        "photo.png",
        "--style",
        "style.png",
        *SMALL,
        "--num-iters",
        20,
        "--workers",
        1,
    ]


def test_killed_at_any_moment_and_gone_on_with(call, place):
    words = many()
    running = start(*words)
    try:
        next_line(running)
        workers = psutil.Process(running.pid).children(recursive=True)
        running.kill()
        running.communicate(timeout=60)
        # Nobody is left who paints for nobody.
        _, alive = psutil.wait_procs(workers, timeout=20)
        assert not alive
    finally:
        running.kill()
    there = {path.name: path.read_bytes() for path in Path("out").glob("*.png")}
    assert there
    assert call(*words)[::2] == (0, "")
    assert {path.name for path in Path("out").iterdir()} == {f"{k}.png" for k in range(12)}
    assert all(Path("out", name).read_bytes() == held for name, held in there.items())
    told = lines("jobs.jsonl.manifest.jsonl")
    assert sorted(one["output"] for one in told) == sorted(f"out/{k}.png" for k in range(12))


def _workers(running):
    return [one for one in psutil.Process(running.pid).children() if "sys.path[:] = " in " ".join(one.cmdline())]


def test_ctrl_c_once(place):
    running = warm.Popen(
        [COMMAND, *merged(many())], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        next_line(running)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    finally:
        running.kill()
    assert running.returncode == 130
    assert err == "Ctrl-C: ends after the pictures under way; once more ends at once\n"
    painted = len(list(Path("out").glob("*.png")))
    assert out.splitlines()[-1] == (
        f"jobs.jsonl.manifest.jsonl: {painted} painted; {12 - painted} to go: the same command goes on"
    )
    assert len(lines("jobs.jsonl.manifest.jsonl")) == painted


@pytest.mark.parametrize(("signals", "code"), [((signal.SIGINT, signal.SIGINT), 130), ((signal.SIGTERM,), 143)])
def test_what_ends_at_once(place, signals, code):
    running = start(*many(), asleep=True)
    try:
        while not (workers := _workers(running)):
            assert running.poll() is None
        for number in signals:
            running.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.wait(0.5)  # a second signal that comes sooner is the first one's echo
        out, err = running.communicate(timeout=20)
    finally:
        running.kill()
    assert (running.returncode, "Traceback" in err) == (code, False)
    assert out == "jobs.jsonl.manifest.jsonl: 0 painted; 12 to go: the same command goes on\n"
    assert not psutil.wait_procs(workers, timeout=20)[1]


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ([], ["--content 'in/*.jpg' is missing", "neuralart batch JOBS.csv"]),
        (["jobs.csv"], ["cannot read 'jobs.csv'", "there is no such file"]),
        (["--content", "photo.png", "--style", "style.png"], ["--output 'out/{content}-{style}.png' is missing"]),
        ([*GOOD, "--content", "no/*.jpg"], ["--content 'no/*.jpg' finds no file", "between quotes"]),
        ([*GOOD, "--size", "x"], ["--size is 'x'; it must be a whole number"]),
        ([*GOOD, "--workres", "2"], ["no option '--workres'"]),
        ([*GOOD, "--workers", "0"], ["--workers is 0; it must be at least 1"]),
        ([*GOOD, "--keep-going", "maybe"], ["--keep-going is 'maybe'"]),
        ([*GOOD, "--animation", "a.gif"], ["--animation belongs to a single picture"]),
        ([*GOOD, "--carry"], ["--carry is for --engine ray, and --engine is processes"]),
        (["jobs.csv", "--pair"], ["--pair is for patterns"]),
    ],
)
def test_mistakes(mistake, words, parts):
    mistake(["batch", *words], *parts)


def test_names_that_collide(call, place):
    before = contents(place)
    code, out, err = call("batch", *GOOD, "--output", "out/{style}.png")
    assert (code, out) == (2, "")
    assert err.splitlines() == [
        "neuralart: the list: 1 of 2 jobs cannot be painted, so nothing is painted:",
        "  job 2: --output is 'out/style.png', and so is that of job 1; give two names",
    ]
    assert contents(place) == before


def test_help(call):
    code, out, err = call("batch", "--help")
    assert (code, err) == (0, "")
    for word in ("--manifest", "--workers", "--retry", "--limit", "--dry-run", "{content}", "{number:04}", "priority"):
        assert word in out
