"""How many threads there are: said to libgomp before torch is loaded."""

from __future__ import annotations

import pytest

from neuralart import cores

THREADS = "OMP_NUM_THREADS"


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


def test_what_the_user_has_set_stays(quota):
    environment = {THREADS: "3"}
    cores.settle(environment, quota("200000 100000"))
    assert environment == {THREADS: "3"}


def test_this_process_has_a_core():
    assert cores.cores() >= 1
