"""Running a list, and running it again: what is missing or has changed is painted, and nothing else."""

from __future__ import annotations

import gc
import json
import os
from pathlib import Path

import psutil
import pytest

import neuralart
from neuralart.errors import JobsError, OptionError
from neuralart.jobs.job import DONE, FAILED, THERE

from .made import Fake, batch, inputs, jobs, some


@pytest.fixture(autouse=True)
def here(place):
    inputs()


def run(listed, fails=lambda job: None, **settings):
    """(outputs that were begun, results of all that was painted)"""
    work, engine = batch(listed, **settings), Fake(fails)
    results = list(work.painted(work.planned().todo, engine))
    return engine.begun, results


def names(*numbers):
    return [f"out/{k}.png" for k in numbers]


def lines():
    return [json.loads(line) for line in Path("batch.manifest.jsonl").read_text().splitlines()]


def test_once_and_again():
    begun, results = run(some(4))
    assert begun == [result.output for result in results] == names(0, 1, 2, 3)
    assert {result.state for result in results} == {DONE}
    assert run(some(4)) == ([], [])
    assert len(lines()) == 4
    one = lines()[0]
    assert one["options"] == {"content": "photo.png", "style": "style.png", "output": "out/0.png"}
    assert (one["host"], one["size"], one["seconds"], one["error"]) == ("here", [4, 3], 1.5, None)


def test_what_is_missing_is_painted():
    run(some(4))
    Path("out/2.png").unlink()
    assert run(some(6))[0] == names(2, 4, 5)


def test_what_has_changed_is_painted():
    run(some(3))
    assert run(some(3, seed=1))[0] == names(0, 1, 2)
    assert run(some(3, seed=1))[0] == []
    # What does not bear on the picture's file is no change, and neither is a new time.
    assert run(some(3, seed=1, memory="4GB", device="cpu"))[0] == []
    os.utime("photo.png")
    assert run(some(3, seed=1))[0] == []
    Path("photo.png").write_bytes(b"photo.xxx")
    assert run(some(3, seed=1))[0] == names(0, 1, 2)
    assert run(some(3, seed=1, format="tif"))[0] == names(0, 1, 2)


def test_an_input_of_another_name_is_another_input_only_by_what_it_holds():
    run(some(1))
    Path("copy.png").write_bytes(Path("photo.png").read_bytes())
    assert run(some(1, content="copy.png"))[0] == []
    Path("copy.png").write_bytes(b"other.png")
    assert run(some(1, content="copy.png"))[0] == names(0)


def test_files_of_somebodys_are_never_written_over():
    Path("out").mkdir()
    Path("out/1.png").write_text("a letter")
    with pytest.raises(JobsError) as caught:
        run(some(3))
    assert str(caught.value).splitlines() == [
        "1 output would overwrite other files, so nothing is painted:",
        "  job 2: 'out/1.png' is there and was not painted by this list; give another name, or --overwrite",
    ]
    assert run(some(3, overwrite=True))[0] == names(0, 1, 2)
    # A picture that was retouched is left alone, as long as it is the one that is wanted.
    Path("out/1.png").write_text("retouched")
    assert run(some(3))[0] == []
    with pytest.raises(JobsError, match=r"'out/1\.png' is there"):
        run(some(3, seed=1))
    assert Path("out/1.png").read_text() == "retouched"


def test_failures():
    fails = lambda job: "it broke" if job.number in (2, 3) else None
    begun, results = run(some(5), fails)
    assert begun == names(0, 1, 2, 3, 4)
    assert [(one.output, one.error) for one in results if one.state == FAILED] == [
        *(("out/1.png", "it broke"), ("out/2.png", "it broke"))
    ]
    assert [one["error"] for one in lines()] == [None, "it broke", "it broke", None, None]
    # Whatever failed is painted by the next run.
    assert run(some(5))[0] == names(1, 2)


def test_a_failure_may_end_the_work():
    begun, results = run(some(9), lambda job: "it broke" if job.number == 2 else None, keeps_going=False)
    assert begun == names(0, 1, 2)  # the third was under way
    assert [one.state for one in results] == [DONE, FAILED, DONE]


def test_retry():
    tries: dict[int, int] = {}

    def fails(job):
        tries[job.number] = tries.get(job.number, 0) + 1
        return "it broke" if job.number == 4 and tries[4] < 3 else None

    assert [one.state for one in run(some(4), fails, retry=2)[1]] == [DONE] * 4
    assert tries == {1: 1, 2: 1, 3: 1, 4: 3}
    tries.clear()
    assert run(some(4, seed=1), fails, retry=1)[1][-1].error == "it broke"


def test_limit():
    assert run(some(5), limit=2)[0] == names(0, 1)
    assert run(some(5), limit=2)[0] == names(2, 3)


def test_the_highest_priority_first_and_alike_together():
    Path("other.png").write_bytes(b"other.png")
    rows = [
        {"output": "a.png"},
        {"output": "b.png", "style": "other.png"},
        {"output": "c.png", "priority": 2},
        {"output": "d.png"},
        {"output": "e.png", "style": "other.png", "priority": -1},
        {"output": "f.png", "style": "other.png"},
    ]
    begun, _ = run(jobs(rows, content="photo.png", style="style.png"))
    assert "".join(name[0] for name in begun) == "cadbfe"


def test_ending_early():
    work, engine = batch(some(9)), Fake()
    work.stops = lambda: len(engine.begun) == 3
    assert [one.output for one in work.painted(work.planned().todo, engine)] == names(0, 1, 2)


def test_ten_thousand_jobs_of_which_a_hundred_fail():
    work = batch(some(10_000))
    todo = work.planned().todo
    engine = Fake(lambda job: "it broke" if job.number % 100 == 7 else None)
    engine.outcome = lambda job: Fake.outcome(engine, job) if engine.fails(job) else _told(job)
    failed, painted, held = [], 0, []
    with work.manifest.held(alone=True):
        for count, result in enumerate(work.painted(todo, engine)):
            painted += result.state == DONE
            failed += [result.job.number] if result.state == FAILED else []
            if count % 2500 == 2400:
                gc.collect()
                held.append(psutil.Process().memory_info().rss)
    assert failed == list(range(7, 10_000, 100))
    assert painted == 9_900
    assert len(lines()) == 10_000
    # What is kept of a job is its line in the manifest: less than a kilobyte.
    assert held[-1] - held[0] < 7500 * 1000


def _told(job):
    from neuralart.jobs.engine import Made, Outcome

    return Outcome(job, 0.1, Made("digest", (4, 3), (), {}, "here"))


@pytest.fixture
def engine(monkeypatch):
    """What `neuralart.batch` paints with."""
    from neuralart.jobs import run as module

    made = Fake(lambda job: "it broke" if job.number == 2 else None)
    monkeypatch.setattr(module, "on_this_machine", lambda first, jobs, workers: made)
    return made


def test_from_python(engine):
    rows = [{"content": "photo.png", "seed": k} for k in range(3)]
    results = list(neuralart.batch(rows, style="style.png", output="out/{seed}.png", size=64))
    assert [(one.output, one.state, one.error) for one in results] == [
        ("out/0.png", DONE, None),
        ("out/1.png", FAILED, "it broke"),
        ("out/2.png", DONE, None),
    ]
    assert results[0].job.options.size == 64
    again = [one.state for one in neuralart.batch(rows, style="style.png", output="out/{seed}.png", size=64)]
    assert again == [THERE, THERE, FAILED]
    assert Path("out/batch.manifest.jsonl").exists()


def test_a_list_from_python(engine):
    Path("jobs.csv").write_text("content,style,output\nphoto.png,style.png,a.png\n")
    (result,) = neuralart.batch("jobs.csv", manifest="told.jsonl")
    assert (result.output, result.job.line) == ("a.png", 2)
    assert Path("told.jsonl").exists()


def test_a_bad_list_is_refused_at_once(engine):
    with pytest.raises(JobsError, match=r"job 1: there is no option 'sise'; did you mean 'size'\?"):
        neuralart.batch([{"sise": 3}])
    with pytest.raises(OptionError, match="size is 'x'"):
        neuralart.batch([], size="x")
    assert engine.begun == []


def test_a_picture_is_not_the_manifest(engine):
    rows = [{"content": "photo.png", "style": "style.png", "output": f"out/{k}.png"} for k in range(2)]
    with pytest.raises(JobsError, match=r"job 2: --output and --manifest are both 'out/1.png'; give two names"):
        list(neuralart.batch(rows, manifest="out/1.png", size=64))
