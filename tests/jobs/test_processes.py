"""The engine of one machine, whose processes may be lost at any moment."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from neuralart.image.record import read_record
from neuralart.jobs import processes
from neuralart.jobs.engine import Task
from neuralart.jobs.processes import LOSSES, Processes

from ..cli.made import picture
from .made import inputs, some

SMALL = {"size": 32, "num_iters": 2, "model": "compact", "precision": "float32", "style_loss": "gram"}
# In place of the work: what a process says, without the seconds that PyTorch takes to be there.
SAYS = "import json, time; say = lambda **told: print(json.dumps(told), flush=True);"
DONE = "say(seconds=0.1, made=None, error='not painted')"


def run(engine, jobs, stops=lambda: False):
    with engine:
        return list(engine.run(iter([Task(job) for job in jobs]), stops))


def works(monkeypatch, code):
    monkeypatch.setattr(processes, "WORK", SAYS + code)


def test_pictures_are_painted_and_a_lost_process_is_replaced(place):
    inputs()
    picture(60, 45).save("photo.png")
    picture(40, 50, seed=1).save("style.png")
    jobs = some(5, **SMALL)
    jobs[3] = jobs[3]._replace(values={**jobs[3].values, "content": "damaged.png"})
    Path("damaged.png").write_bytes(Path("photo.png").read_bytes()[:300])
    engine, outcomes = Processes(1, threads=1), []
    with engine:
        for outcome in engine.run(iter([Task(job) for job in jobs]), lambda: False):
            if not outcomes:
                engine.workers[0].process.kill()
            outcomes.append(outcome)
    assert sorted(outcome.job.number for outcome in outcomes) == [1, 2, 3, 4, 5]
    (failed,) = [outcome for outcome in outcomes if outcome.error]
    assert failed.job.number == 4 and "'damaged.png'" in failed.error
    assert sorted(path.name for path in Path("out").iterdir()) == ["0.png", "1.png", "2.png", "4.png"]
    assert all(read_record(path)["result"]["iterations"] == 2 for path in Path("out").iterdir())
    assert engine.workers == []


def test_a_picture_over_which_processes_end_is_given_up(place, monkeypatch):
    inputs()
    works(monkeypatch, "import os; input(); os.write(2, b'dear me'); os.kill(os.getpid(), 9)")
    (outcome,) = run(Processes(1, threads=1), some(1))
    assert outcome.error == f"the process that painted it ended {LOSSES} times (signal SIGKILL: dear me)"


def test_there_are_as_many_as_memory_allows(place, monkeypatch):
    inputs()
    # Tasks say how many threads there are for each, and the outcome repeats it.
    works(
        monkeypatch,
        "say(need=400) if not (first := input()) else 0; say(need=400);"
        "answer = lambda task: say(seconds=json.loads(task)['threads'], made=None, error='not painted');"
        "answer(first)\nwhile True: answer(input())",
    )
    engine = Processes(4, threads=8, memory=900)
    outcomes = run(engine, some(12))
    assert engine.count == 2
    assert [outcome.seconds for outcome in outcomes] == [2] + [4] * 11
    # Where a number is asked for, that is how many there are.
    engine = Processes(4, threads=8)
    assert {outcome.seconds for outcome in run(engine, some(12))} == {2}
    assert engine.count == 4


def test_no_task_is_begun_once_it_stops(place, monkeypatch):
    inputs()
    works(monkeypatch, f"\nwhile True: input(); {DONE}")
    stopped = threading.Event()
    engine = Processes(2, threads=2)
    with engine:
        for count, _ in enumerate(engine.run(iter([Task(job) for job in some(50)]), stopped.is_set), 1):
            if count == 3:
                stopped.set()
    assert 3 <= count <= 5


def test_whoever_ceases_to_read_ends_the_processes(place, monkeypatch):
    inputs()
    works(monkeypatch, f"input(); {DONE}\nwhile True: input()")
    with pytest.raises(KeyboardInterrupt), Processes(2, threads=2) as engine:
        for _ in engine.run(iter([Task(job) for job in some(4)]), lambda: False):
            at_work = [worker.process for worker in engine.workers]
            raise KeyboardInterrupt
    assert all(process.poll() is not None for process in at_work)


def test_none_is_asked_for_again(place, monkeypatch):
    inputs()
    works(monkeypatch, f"\nwhile True: input(); {DONE}")
    monkeypatch.setattr(processes, "IDLE", 0.01)
    first, second = (Task(job) for job in some(2))
    assert len(run_tasks(Processes(1, threads=1), iter([None, first, None, None, second, None]))) == 2


def run_tasks(engine, tasks):
    with engine:
        return list(engine.run(tasks, lambda: False))
