"""The installed command under torchrun: one picture by several processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from neuralart.cli import main
from neuralart.image.read import read
from neuralart.watch import checkpoint

from .. import warm
from ..distributed.team import free_port
from ..patience import SECONDS, deadline
from ..warm import COMMAND
from .made import ENDLESS, picture, quiet_environment

TORCHRUN = Path(sys.executable).with_name("torchrun")
# The two hyphens keep torchrun from taking our --log for an abbreviation of its own options.
# In float64 rounding does not grow into differences within so few iterations.
WORDS = ("--content", "photo.png", "--style", "style.png", "--model", "compact", "--display", "off")
EXACT = ("--precision", "float64", "--size", "64", "--num-iters", "4", "--scales", "2")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    quiet_environment(monkeypatch, tmp_path / "cache")
    monkeypatch.chdir(tmp_path)
    picture(70, 53, 1).save("photo.png")
    picture(60, 64, 2).save("style.png")
    return tmp_path


def torchrun(count: int, *words: object) -> subprocess.Popen[str]:
    launch = [
        TORCHRUN,
        "--nproc-per-node",
        count,
        "--master-port",
        free_port(),
        "-m",
        "--",
        "neuralart",
        *WORDS,
        *words,
    ]
    return subprocess.Popen(
        [str(word) for word in launch],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def pair(*words: object) -> list[warm.Popen]:
    """Two processes as torchrun starts them, without the seconds that each takes to import PyTorch."""
    team = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port())}
    return [
        warm.Popen(
            [str(word) for word in (COMMAND, *WORDS, *words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **team, "RANK": str(rank), "LOCAL_RANK": str(rank)},
        )
        for rank in range(2)
    ]


def ended(run: subprocess.Popen[str]) -> tuple[int, str, str]:
    """(exit code, output, errors); no process is left behind."""
    family = psutil.Process(run.pid).children(recursive=True)
    try:
        out, err = run.communicate(timeout=90)
    finally:
        for one in [*family, run]:
            if isinstance(one, subprocess.Popen) or one.is_running():
                one.kill()
    return run.returncode, out, err


def test_two_processes_paint_the_same_picture(folder):
    code, out, err = ended(torchrun(2, *EXACT, "--output", "two.png", "--log", "two.jsonl", "--checkpoint", "run.ckpt"))
    assert code == 0, err
    assert out.count("two.png: 64 x 48 pixels") == 1
    assert main([*WORDS, *EXACT, "--output", "one.png", "--log", "one.jsonl"]) == 0
    two, one = read("two.png"), read("one.png")
    assert np.abs(two.numpy().astype(int) - one.numpy()).max() <= 1
    assert two.record["result"]["total"] == pytest.approx(one.record["result"]["total"], rel=1e-9)
    assert two.record["result"]["evaluations"] == one.record["result"]["evaluations"]
    assert len(Path("two.jsonl").read_text().splitlines()) == 4
    assert {path.name for path in folder.iterdir()} == {
        *("photo.png", "style.png", "one.png", "two.png", "one.jsonl", "two.jsonl"),
    }


def test_a_process_that_dies_ends_the_run_and_leaves_the_checkpoint(folder):
    words = (
        "--size",
        "48",
        *ENDLESS,
        "--checkpoint",
        "run.ckpt",
        "--checkpoint-interval",
        "1",
    )
    one, other = two = pair(*words)
    try:
        end = deadline()
        while not Path("run.ckpt").exists():
            assert time.monotonic() < end and (one.poll(), other.poll()) == (None, None)
            time.sleep(0.05)
        other.kill()
        _, err = one.communicate(timeout=SECONDS)
        other.communicate(timeout=SECONDS)
    finally:
        for process in two:
            process.kill()
    code = one.returncode
    assert code == 1
    (line,) = [line for line in err.splitlines() if line.startswith("neuralart: ")]
    assert line.startswith("neuralart: process 0 of 2 ")
    assert "die" in line
    assert line.endswith("the last checkpoint is run.ckpt; continue with neuralart resume run.ckpt")
    reached, facts = checkpoint.read("run.ckpt")
    assert reached.iteration >= 1
    assert tuple(reached.image.shape) == (1, 3, 36, 48)
    assert facts["options"]["num_iters"] == 100000
    # The picture is written where process 0 had it whole.
    assert {path.name for path in folder.iterdir()} - {"photo-style.png"} == {"photo.png", "style.png", "run.ckpt"}


def test_other_commands_are_run_without_it(folder, monkeypatch, capsys):
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert main(["sweep"]) == 2
    assert capsys.readouterr().err == (
        "neuralart: torchrun is for painting one picture with several processes; run neuralart sweep without it\n"
    )


def test_an_environment_that_is_not_complete(folder, monkeypatch, capsys):
    monkeypatch.setenv("WORLD_SIZE", "2")
    for name in ("RANK", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)
    assert main(list(WORDS)) == 2
    assert "RANK, MASTER_ADDR, MASTER_PORT is not set; start all processes with torchrun" in capsys.readouterr().err
    monkeypatch.setenv("WORLD_SIZE", "two")
    assert main(list(WORDS)) == 2
    assert "WORLD_SIZE is 'two'" in capsys.readouterr().err


def test_one_device_for_each_process(folder, monkeypatch, capsys):
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert main([*WORDS, "--device", "cpu,cpu"]) == 2
    assert "each of 2 processes computes on one device" in capsys.readouterr().err


def test_the_others_say_nothing_of_a_mistake_that_all_make(folder, monkeypatch, capsys):
    monkeypatch.setenv("RANK", "1")
    assert main(["--size", "big"]) == 2
    assert capsys.readouterr().err == ""
    assert os.environ["RANK"] == "1"
    assert COMMAND.exists()
