"""With how many threads a painting computes, and on which cores; the machines here are folders."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from neuralart import threads
from neuralart.spinning import libraries
from tests.patience import SECONDS

linux = pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="only Linux lets a thread choose its cores")


@pytest.fixture
def machine(tmp_path):
    """Make the folder of a machine, such as machine([{0, 1}, {2}], intel=({0, 1}, {2}))."""

    def make(cores, intel=(), capacity=()):
        for siblings in cores:
            for cpu in siblings:
                put(f"system/cpu/cpu{cpu}/topology/thread_siblings_list", ",".join(map(str, sorted(siblings))))
        for name, cpus in zip(("cpu_core", "cpu_atom"), intel):
            put(f"{name}/cpus", ",".join(map(str, sorted(cpus))))
        for cpu, number in enumerate(capacity):
            put(f"system/cpu/cpu{cpu}/cpu_capacity", str(number))
        return tmp_path

    def put(name, text):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text + "\n")

    return make


def test_intel_lists_the_fast_ones_and_two_of_them_are_one_core(machine):
    folder = machine([{0, 1}, {2, 3}, {4}, {5}], intel=({0, 1, 2, 3}, {4, 5}))
    usable = frozenset(range(6))
    assert threads.fast(usable, folder) == {0, 1, 2, 3}
    assert threads.physical(usable, folder) == 4 and threads.physical(frozenset({0, 1, 2, 3}), folder) == 2


def test_elsewhere_the_capacity_tells_and_small_differences_do_not_count(machine):
    folder = machine([{0}, {1}, {2}, {3}], capacity=[1024, 980, 400, 400])
    assert threads.fast(frozenset(range(4)), folder) == {0, 1}
    assert threads.fast(frozenset({0, 1}), folder) == frozenset(), "those that may be used are of one kind"
    assert threads.fast(frozenset({2, 3}), folder) == frozenset()


@pytest.mark.parametrize("known", [{}, {"capacity": [1024, 1024]}, {"intel": ({0, 1},)}])
def test_where_all_are_alike_or_nobody_tells_there_are_none(machine, known):
    assert threads.fast(frozenset({0, 1}), machine([{0}, {1}], **known)) == frozenset()


def test_lists_of_cpus(tmp_path):
    for text, cpus in (("0-3,8\n", {0, 1, 2, 3, 8}), ("5", {5}), ("\n", set()), ("much", set())):
        (tmp_path / "cpus").write_text(text)
        assert threads._listed(tmp_path / "cpus") == cpus


@pytest.mark.parametrize(
    ("few", "many", "speed", "faster"),
    [(8, 12, 0.4, True), (8, 24, 0.4, False), (4, 12, 0.4, False), (8, 8, 1.0, False), (8, 12, 0.65, False)],
)
def test_a_slow_core_is_left_aside_only_if_all_the_others_would_wait_for_it(few, many, speed, faster):
    assert threads.is_faster(few, many, speed) == faster


@pytest.fixture
def two(machine, tmp_path, monkeypatch):
    """A machine of two cores, the first of which multiplies 100 times a second, the other as often as said here."""
    if not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2:
        pytest.skip("needs two cores, and Linux")
    usable = frozenset(sorted(os.sched_getaffinity(0))[:2])
    quick, other = sorted(usable)
    before, count = os.sched_getaffinity(0), torch.get_num_threads()
    os.sched_setaffinity(0, usable)
    torch.set_num_threads(2)
    threads._chosen.cache_clear()
    monkeypatch.setenv("NEURALART_CACHE", str(tmp_path / "cache"))

    def make(slow):
        monkeypatch.setattr(threads, "speed", lambda cpu: {quick: 100.0, other: slow}[cpu])
        return machine([{quick}, {other}], intel=({quick}, {other})), usable, {quick}

    yield make
    threads._chosen.cache_clear()
    torch.set_num_threads(count)
    os.sched_setaffinity(0, before)


def test_all_threads_compute_on_the_fast_cores_inside_the_block_and_on_all_afterwards(two):
    folder, usable, quick = two(slow=30.0)
    begin, end, seen = threading.Event(), threading.Event(), []

    def other():
        for event in (begin, end):
            event.wait(SECONDS)
            seen.append(os.sched_getaffinity(0))

    thread = threading.Thread(target=other)
    thread.start()
    with threads.suited(devices=folder):
        assert os.sched_getaffinity(0) == quick and torch.get_num_threads() == 1
        begin.set()
        while not seen:
            end.wait(0.01)
    end.set()
    thread.join()
    assert os.sched_getaffinity(0) == usable and torch.get_num_threads() == 2
    assert seen == [quick, usable]


@linux
def test_a_painting_in_python_keeps_to_its_containers_quota_unless_the_user_has_chosen(machine, monkeypatch):
    # On the command line `cores.settle` sees to that before torch is loaded.
    count_before = torch.get_num_threads()
    monkeypatch.setattr(threads, "usable", lambda: frozenset(range(8)))
    monkeypatch.setattr(threads, "at_once", lambda: 3)
    monkeypatch.setattr(threads, "_move", lambda those, to: None)
    folder = machine([{cpu} for cpu in range(8)])
    try:
        for count, variable, expected in ((8, None, 3), (8, "8", 8), (5, None, 5), (2, None, 2)):
            monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
            if variable:
                monkeypatch.setenv("OMP_NUM_THREADS", variable)
            torch.set_num_threads(count)
            with threads.suited(devices=folder):
                assert torch.get_num_threads() == expected
            assert torch.get_num_threads() == count
    finally:
        torch.set_num_threads(count_before)


@linux
def test_the_users_number_counts_whatever_the_machine_is(machine):
    before = torch.get_num_threads()
    with threads.suited(before + 2, machine([{0}, {1}], intel=({0}, {1}))):
        assert torch.get_num_threads() == before + 2
    assert torch.get_num_threads() == before


@pytest.mark.parametrize(
    ("busy", "cpus", "expected"),
    [
        ([0, 0, 0, 0], {0, 1, 2, 3}, 4),
        ([100, 3, 98, 2], {0, 1, 2, 3}, 2),
        ([100, 0, 0, 0], {0, 1}, 1),  # the others are not for this process
        ([100, 100, 100, 100], {0, 1, 2, 3}, 1),
        ([40, 0, 30, 0], set(), 3),  # a system that does not tell which are for this process
        ([0] * 16, set(range(16)), 6),  # no more threads than there are
    ],
)
def test_free_cores(monkeypatch, busy, cpus, expected):
    monkeypatch.setattr(threads.psutil, "cpu_percent", lambda seconds, percpu: [float(one) for one in busy])
    monkeypatch.setattr(threads, "usable", lambda: frozenset(cpus))
    monkeypatch.setattr(threads, "count", lambda: 6)
    assert threads.free() == expected


def test_nothing_changes_where_all_cores_are_faster_or_the_user_has_chosen_the_threads(two):
    folder, usable, _ = two(slow=60.0)
    with threads.suited(devices=folder):
        assert os.sched_getaffinity(0) == usable and torch.get_num_threads() == 2
    threads._chosen.cache_clear()
    (threads.cache_folder() / threads.KEPT).unlink()
    folder, usable, _ = two(slow=30.0)
    torch.set_num_threads(1)
    with threads.suited(devices=folder):
        assert os.sched_getaffinity(0) == usable and torch.get_num_threads() == 1


def test_what_was_measured_once_stays_since_rounding_depends_on_it(two):
    folder, usable, quick = two(slow=30.0)
    assert threads._chosen(folder, usable) == quick
    threads._chosen.cache_clear()  # as in another process
    folder, usable, quick = two(slow=90.0)
    assert threads._chosen(folder, usable) == quick


@pytest.mark.parametrize("text", ["", "[]", "{", '{"other": true}'])
def test_a_damaged_file_is_measured_anew(two, text):
    folder, usable, quick = two(slow=30.0)
    threads.cache_folder().mkdir()
    (threads.cache_folder() / threads.KEPT).write_text(text)
    assert threads._chosen(folder, usable) == quick


def counted():
    """How many threads this one computes with before, inside and after the block."""
    before = torch.get_num_threads()
    with threads.single_threaded():
        inside = torch.get_num_threads()
    return before, inside, torch.get_num_threads()


@pytest.mark.skipif(not libraries(), reason="PyTorch does not compute with libgomp here")
def test_a_thread_that_shows_a_painting_computes_without_others(two):
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(counted).result() == (2, 1, 2)
        assert torch.get_num_threads() == 2, "only that thread"
        with pytest.raises(KeyError), threads.single_threaded():
            raise KeyError
        assert torch.get_num_threads() == 2


@linux
def test_measuring_leaves_the_thread_where_it_was():
    usable, count = os.sched_getaffinity(0), torch.get_num_threads()
    assert threads.speed(max(usable)) > 0
    assert os.sched_getaffinity(0) == usable and torch.get_num_threads() == count
