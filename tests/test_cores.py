"""How many threads there are: said to libgomp before torch is loaded."""

from __future__ import annotations

import pytest

from neuralart import cores
from neuralart.jobs import processes
from neuralart.options import Options

THREADS = "OMP_NUM_THREADS"


@pytest.fixture
def groups(tmp_path, monkeypatch):
    """Control groups: groups("0::/a", {"a/cpu.max": "max 100000"}) -> their root and the file that names the process's.

    The machine has four cores.
    """
    monkeypatch.setattr(cores, "cores", lambda: 4)

    def write(own, files):
        for name, text in files.items():
            file = tmp_path / "groups" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        (tmp_path / "own").write_text(own)
        return tmp_path / "groups", tmp_path / "own"

    return write


@pytest.mark.parametrize(
    ("text", "threads"),
    [("200000 100000\n", 2), ("150000 100000", 2), ("5000 100000", 1), ("400000 100000", None), ("max 100000", None)],
)
def test_no_more_threads_than_a_container_may_run(groups, text, threads):
    environment = {}
    cores.settle(environment, *groups("0::/\n", {"cpu.max": text}))
    assert environment.get(THREADS) == (threads and str(threads))


@pytest.mark.parametrize(("quota", "threads"), [("150000", 2), ("5000", 1), ("400000", 4), ("-1", None), ("0", 1)])
def test_version_one(groups, quota, threads):
    files = {"cpu/x/cpu.cfs_quota_us": f"{quota}\n", "cpu/x/cpu.cfs_period_us": "100000\n"}
    assert cores.allowed(*groups("3:memory:/y\n2:cpu,cpuacct:/x\n0::/\n", files)) == threads


def test_the_smallest_quota_of_all_groups_around_counts(groups):
    # As with `systemd-run --property CPUQuota=...`, whose group is not the root.
    files = {"a/cpu.max": "150000 100000", "a/b/cpu.max": "300000 100000", "c/cpu.max": "1000 100000"}
    assert cores.allowed(*groups("0::/a/b\n", files)) == 2


@pytest.mark.parametrize("text", ["", "much", "1 2 3", "100000 0"])
def test_a_quota_that_cannot_be_read_is_none(groups, text):
    assert cores.allowed(*groups("0::/\n", {"cpu.max": text})) is None


@pytest.mark.parametrize("own", ["", "0::/a\n", "2:cpu:/x\n", "nonsense\n"])
def test_without_control_groups_there_is_no_quota(groups, own):
    assert cores.allowed(*groups(own, {})) is None


@pytest.mark.parametrize(("text", "count"), [("200000 100000", 2), ("900000 100000", 4), ("max 100000", 4)])
def test_a_batch_has_no_more_processes_than_its_container_has_cores(groups, monkeypatch, text, count):
    where = groups("0::/\n", {"cpu.max": text})
    monkeypatch.setattr(processes, "at_once", lambda: cores.at_once(*where))
    assert processes.on_this_machine(Options(cpu=True), jobs=100).count == count


def test_what_the_user_has_set_stays(groups):
    environment = {THREADS: "3"}
    cores.settle(environment, *groups("0::/\n", {"cpu.max": "200000 100000"}))
    assert environment == {THREADS: "3"}


def test_this_process_has_a_core():
    assert cores.cores() >= 1
