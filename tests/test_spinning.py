"""How threads wait for each other: what the machine tells, what follows from it, and that libgomp follows."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from neuralart import spinning
from neuralart.cores import cores
from neuralart.spinning import BUSY, CALM, COMPUTING, PATIENCE, Mood, Spent
from tests.patience import SECONDS

WAIT, SPIN = "OMP_WAIT_POLICY", "GOMP_SPINCOUNT"
told = pytest.mark.skipif(not spinning.spent(), reason="this system does not tell how long threads wait for cores")


def tasks(folder, **delays):
    for number, delay in delays.items():
        (folder / number).mkdir(exist_ok=True)
        (folder / number / "schedstat").write_text(f"500000000 {delay} 42\n")
    return folder


def test_times_are_told_in_seconds(tmp_path):
    assert spinning.spent(tasks(tmp_path, a=1_500_000_000, b=0)) == {"a": (0.5, 1.5), "b": (0.5, 0.0)}


def test_a_thread_that_ended_is_left_out(tmp_path):
    (tasks(tmp_path, a=10**9) / "gone").mkdir()
    assert spinning.spent(tmp_path) == {"a": (0.5, 1.0)}


@pytest.mark.parametrize("text", ["", "1", "one two three"])
def test_what_cannot_be_read_is_no_delay(tmp_path, text):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "schedstat").write_text(text)
    assert spinning.spent(tmp_path) == {}


def looks(*waited):
    """What a mood says after looks between which threads waited for so many seconds per second."""
    mood, total, said = Mood(), Spent(0, 0), []
    for share in waited:
        then, total = total, Spent(total.ran + (1 - share) / 4, total.waited + share / 4)
        said.append(mood.look({"a": then}, {"a": total}, 0.25))
    return said


def test_it_is_busy_from_the_first_look_and_until_it_has_been_calm_for_a_while():
    much, some, little = 1.1 * BUSY, (BUSY + CALM) / 2, 0.9 * CALM
    assert looks(little, some, much, *[little] * PATIENCE, little) == [False, False, *[True] * PATIENCE, False, False]
    assert looks(much, *[little] * (PATIENCE - 1), some, *[little] * PATIENCE) == [True] * 2 * PATIENCE + [False]


def look(before, now):
    """What a new mood says, where threads ran for a second less what they waited. before, now: By thread."""
    return Mood().look({n: Spent(1, w) for n, w in before.items()}, {n: Spent(2 - w, w) for n, w in now.items()}, 1.0)


def test_threads_are_added_up_and_those_that_come_and_go_do_not_count():
    share = 0.6 * BUSY
    assert look({"a": 0, "b": 0}, {"a": share, "b": share})
    assert not look({"a": 0, "gone": 0.5}, {"a": 0, "new": 0.5})
    assert not look({"a": 0.9}, {"a": 0.1}), "a number that a new thread took over"


@pytest.mark.parametrize("ran", [0, 0.01, 0.5])
@pytest.mark.parametrize("waited", [0.2, 0.45, 0.6])
def test_only_threads_that_compute_count(ran, waited):
    is_busy = Mood().look({"a": Spent(3, 4)}, {"a": Spent(3 + ran, 4 + waited)}, 1.0)
    assert is_busy == (ran + waited > COMPUTING)


def test_a_computing_thread_that_hardly_ever_gets_a_core_counts():
    assert Mood().look({"a": Spent(3, 4)}, {"a": Spent(3.05, 4.9)}, 1.0)


@pytest.mark.parametrize("own", [{WAIT: "active"}, {SPIN: "7"}, {WAIT: "passive", SPIN: "7"}])
def test_what_the_user_has_set_stays(tmp_path, own):
    environment, before = dict(own), threading.active_count()
    spinning.limit(environment, tmp_path)
    with spinning.minded(environment):
        assert environment == own and threading.active_count() == before


def test_where_nobody_tells_threads_spin_for_a_fixed_while(tmp_path):
    environment, before = {}, threading.active_count()
    with spinning.minded(environment, tmp_path):
        assert threading.active_count() == before
    spinning.limit(environment, tmp_path)
    assert environment == {SPIN: str(spinning.SPINS)}


def watchers():
    return [thread for thread in threading.enumerate() if thread.name == "spinning"]


def test_somebody_looks_inside_the_block_and_no_longer(tmp_path, monkeypatch):
    monkeypatch.setattr(spinning, "cores", lambda: 2)
    environment, folder = {}, tasks(tmp_path, a=0)
    spinning.limit(environment, folder)
    assert environment == {} and not watchers()
    with pytest.raises(KeyError), spinning.minded(environment, folder):
        (watcher,) = watchers()
        raise KeyError
    watcher.join(SECONDS)
    assert not watchers()


def test_a_single_core_needs_nobody(tmp_path, monkeypatch):
    monkeypatch.setattr(spinning, "cores", lambda: 1)
    with spinning.minded({}, tasks(tmp_path, a=0)):
        assert not watchers()


def run(script):
    environment = {name: value for name, value in os.environ.items() if name not in (WAIT, SPIN, "OMP_NUM_THREADS")}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=SECONDS, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_the_command_limits_it_before_torch_is_there():
    said = run("""
import os, sys
from pathlib import Path
from neuralart import spinning
spinning.limit.__defaults__ = (os.environ, Path("nothing"))
from neuralart.cli import main
sys.argv = ["neuralart", "--version"]
main()
print(os.environ["GOMP_SPINCOUNT"], "torch" in sys.modules)
""")
    assert said[-2:] == [str(spinning.SPINS), "False"]


SLEEPS = """
import os, time
import torch
from neuralart.spinning import Crowd, cores, libraries

def operations():
    "How often threads of this process went to sleep in 200 operations of two threads with pauses of 20 microseconds."
    torch.set_num_threads(2)
    numbers = torch.zeros(2**17)
    naps = lambda: sum(
        int(line.split()[1])
        for task in os.listdir("/proc/self/task")
        for line in open(f"/proc/self/task/{task}/status")
        if line.startswith("voluntary")
    )
    numbers.add_(1)
    before = naps()
    for _ in range(200):
        numbers.add_(1)
        end = time.perf_counter() + 2e-5
        while time.perf_counter() < end:
            pass
    return naps() - before

threads = lambda: len(os.listdir("/proc/self/task"))
"""


@told
@pytest.mark.skipif(cores() < 2, reason="threads always outnumber a single core")
def test_threads_sleep_while_a_crowd_is_there_and_it_goes():
    said = run(f"""{SLEEPS}
assert libraries()
operations()
alone = threads()
crowd = Crowd()
while threads() < alone + cores() + 1:
    time.sleep(0.01)
print(operations())
crowd.dissolve()
while threads() > alone:
    time.sleep(0.01)
print(operations())
""")
    crowded, after = map(int, said)
    assert crowded > 100 > after


@told
def test_a_system_that_allows_no_more_threads_keeps_the_process_that_it_has():
    """libgomp would end it."""
    said = run(f"""{SLEEPS}
import resource, threading
assert libraries()
operations()
threading.stack_size(2**23)
with open("/proc/self/statm") as statm:
    taken = int(statm.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + 3 * 2**22, resource.RLIM_INFINITY))  # for one thread, not for two
try:
    Crowd()
except RuntimeError:
    print("refused")
""")
    assert said == ["refused"]


def test_without_room_for_a_crowd_nobody_looks_any_more(tmp_path, monkeypatch):
    def refused():
        raise RuntimeError("can't start new thread")

    delays = [0.0, 1000.0]
    monkeypatch.setattr(spinning, "Crowd", refused)
    monkeypatch.setattr(spinning, "spent", lambda _: {"a": Spent(0, delays.pop(0))})
    monkeypatch.setattr(spinning, "PERIOD", 0.001)
    spinning._look_after(tmp_path, threading.Event())
    assert not delays


@pytest.mark.parametrize("calm", [PATIENCE + 1, 1], ids=["calm again", "over while busy"])
def test_a_crowd_gathers_as_soon_as_threads_wait_and_dissolves_once_they_no_longer_do(tmp_path, monkeypatch, calm):
    gathered, over = [], threading.Event()

    class Noted:
        def __init__(self):
            gathered.append("there")

        def dissolve(self):
            gathered.append("gone")

    delays = [0.0, 1000.0, *[1000.0] * calm]

    def told_one_by_one(_):
        if len(delays) == 1:
            over.set()
        return {"a": Spent(0, delays.pop(0))}

    monkeypatch.setattr(spinning, "Crowd", Noted)
    monkeypatch.setattr(spinning, "spent", told_one_by_one)
    monkeypatch.setattr(spinning, "PERIOD", 0.001)
    spinning._look_after(tmp_path, over)
    assert gathered == ["there", "gone"]
