"""How many threads there are, and how long they spin: said to libgomp before torch is loaded."""

from __future__ import annotations

import subprocess
import sys

import pytest

from neuralart import cores

WAIT, SPIN, THREADS = "OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "OMP_NUM_THREADS"


@pytest.fixture
def quota(tmp_path, monkeypatch):
    """A control group's file with this in it: quota("200000 100000") -> its path. The machine has four cores."""
    monkeypatch.setattr(cores, "cores", lambda: 4)

    def write(text):
        (tmp_path / "cpu.max").write_text(text)
        return tmp_path / "cpu.max"

    return write


@pytest.mark.parametrize(
    ("text", "threads"),
    [("200000 100000\n", 2), ("150000 100000", 2), ("5000 100000", 1), ("400000 100000", None), ("max 100000", None)],
)
def test_no_more_threads_than_a_container_may_run(quota, text, threads):
    environment = {}
    cores.settle(environment, quota(text))
    assert environment.get(THREADS) == (threads and str(threads))


@pytest.mark.parametrize("text", ["", "much", "1 2 3", "100000 0"])
def test_a_quota_that_cannot_be_read_is_none(quota, text):
    assert cores.allowed(quota(text)) is None


def test_without_control_groups_there_is_no_quota(tmp_path):
    assert cores.allowed(tmp_path / "nothing") is None


@pytest.mark.parametrize("own", [{WAIT: "active"}, {SPIN: "7"}, {SPIN: "7", THREADS: "3"}])
def test_what_the_user_has_set_stays(quota, own):
    environment = dict(own)
    cores.settle(environment, quota("max 100000"))
    assert environment == own


def test_this_process_has_a_core():
    assert cores.cores() >= 1


def test_the_command_settles_it_before_torch_is_there(monkeypatch):
    for name in (WAIT, SPIN):
        monkeypatch.delenv(name, raising=False)
    script = """
import os, sys
from neuralart.cli import main
sys.argv = ["neuralart", "--version"]
main()
print(os.environ["GOMP_SPINCOUNT"], "torch" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, timeout=60)
    assert done.stdout.split()[-2:] == [str(cores.SPINS), "False"], done.stderr
