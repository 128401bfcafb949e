"""Processes that share a folder: each takes what nobody else is at."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import filelock
import pytest

from neuralart.jobs.folder import GONE, Folder
from neuralart.jobs.job import DONE, FAILED, THERE

from .made import Fake, batch, inputs, some


@pytest.fixture(autouse=True)
def here(place):
    inputs()


def paint(engine, count, results, **settings):
    """As one of the processes does, with its own view of the manifest."""
    work = batch(some(count), **settings)
    with work.manifest.held(alone=False):
        planned = work.planned()
        results += [THERE] * len(planned.there)
        with Folder(engine, work.manifest) as folder:
            results += [one.state for one in work.painted(planned.todo, folder)]


def outputs():
    return [json.loads(line)["output"] for line in Path("batch.manifest.jsonl").read_text().splitlines()]


def test_every_picture_is_painted_once():
    engines, results = [Fake() for _ in range(3)], [[] for _ in range(3)]
    threads = [threading.Thread(target=paint, args=(engine, 40, told)) for engine, told in zip(engines, results)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    begun = [output for engine in engines for output in engine.begun]
    assert len(begun) == len(set(begun)) == len(outputs()) == len(set(outputs())) == 40
    # Each of them has seen all pictures through.
    assert [len(told) for told in results] == [40, 40, 40]
    assert sum(told.count(DONE) for told in results) == 40
    assert not Path("batch.manifest.jsonl.claims").exists()


@pytest.mark.parametrize("error", GONE)
def test_a_folder_that_another_process_has_just_removed_is_no_obstacle(monkeypatch, error):
    acquire, gone = filelock.FileLock.acquire, [error(), error()]

    def removed_at_first(lock, *given, **named):
        if "claims" in lock.lock_file and gone:
            raise gone.pop()
        return acquire(lock, *given, **named)

    monkeypatch.setattr(filelock.FileLock, "acquire", removed_at_first)
    results: list[str] = []
    paint(Fake(), 3, results)
    assert results == [DONE] * 3 and not gone


def test_what_failed_elsewhere_is_not_tried_again():
    work = batch(some(4))
    planned = work.planned()
    with work.manifest.held(alone=False), Folder(Fake(), work.manifest) as folder:
        # Another process paints meanwhile, and fails at one.
        paint(Fake(lambda job: "it broke" if job.number == 2 else None), 4, [])
        results = list(work.painted(planned.todo, folder))
    assert sorted((one.job.number, one.state) for one in results) == [(1, THERE), (2, FAILED), (3, THERE), (4, THERE)]
    assert len(outputs()) == 4
    # The next run tries it.
    engine = Fake()
    paint(engine, 4, [])
    assert engine.begun == ["out/1.png"]


def test_a_claim_whose_process_is_gone_holds_nobody_up():
    work = batch(some(2))
    claims = Folder(Fake(), work.manifest)
    claims.claims.mkdir()
    for job in work.jobs:
        claims._place(job).touch()
    results: list[str] = []
    paint(Fake(), 2, results)
    assert results == [DONE, DONE]


def test_what_another_is_at_is_waited_for_in_case_he_fails():
    work = batch(some(3))
    planned = work.planned()
    engine, results = Fake(), []
    with work.manifest.held(alone=False), Folder(engine, work.manifest) as folder:
        other = filelock.FileLock(folder._place(planned.todo[0]))
        other.acquire()
        for result in work.painted(planned.todo, folder):
            results.append(result.output)
            if len(results) == 2:
                other.release()
    assert results == engine.begun == ["out/1.png", "out/2.png", "out/0.png"]


def test_retry_keeps_the_claim():
    tries: list[int] = []
    engine = Fake(lambda job: tries.append(job.number) or ("it broke" if tries.count(job.number) < 3 else None))
    results: list[str] = []
    paint(engine, 3, results, retry=2)
    assert results == [DONE] * 3
    assert len(outputs()) == 3
