"""Films painted by engines: the same frames, in whatever order and by whomever they are painted."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace

import pytest
import torch

from neuralart.errors import PictureError, WeightsError
from neuralart.jobs import worker
from neuralart.jobs.engine import Made, Outcome, from_plain
from neuralart.jobs.folder import Folder
from neuralart.jobs.manifest import Manifest
from neuralart.options import Options
from neuralart.video import FilmOptions, prepared_film, raft, spread
from neuralart.video.kept import Kept
from neuralart.video.prepared_film import PreparedFilm, Stretch
from neuralart.video.repaint import facts, prepare
from neuralart.video.survey import Survey

from .flows import frames_as_filmed, still
from .movies import set_out

SMALL = Options(size=32, num_iters=3, model="compact", style_loss="gram", precision="float32", style=("style.png",))


class Here:
    """An engine that does tasks in this process as a worker does, the last one first; it may be left after some."""

    def __init__(self, most: int = 100) -> None:
        self.most = most

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def run(self, tasks, stops):
        tasks = [task for task in tasks if task is not None]
        for task in tasks[::-1][: self.most]:
            assert task.work.threads == 1
            told = {"options": task.job.options.record(), "download": False, "work": task.work._asdict()}
            told = worker.painted(None, json.loads(json.dumps(told)))
            made = from_plain(told["made"]) if told["made"] else None
            yield Outcome(task.job, told["seconds"], made, told["error"], kind=told["kind"])


@pytest.fixture(autouse=True)
def place(monkeypatch, tmp_path):
    set_out(monkeypatch, tmp_path, 3, 2)
    spread._latest.clear()
    return tmp_path


def film(passes=1, options=SMALL, flow="dis") -> PreparedFilm:
    return prepare("a.mp4", "style.png", FilmOptions(passes=passes, flow=flow), options)


def begun(made: PreparedFilm, name: str) -> Kept:
    kept = Kept(made.film.path.resolve().parent / name)
    kept.begun({**facts(made), "survey": made.survey.plain()})
    return kept


def by(made, kept, engine, manifest=None):
    """Paint all passes through an engine."""
    manifest = manifest or Manifest(kept.folder / spread.MANIFEST)
    with manifest.held(alone=True), engine:
        for turn in made.turns(kept):
            for _ in spread.spread(made, kept, turn, threads=1, engine=engine, manifest=manifest, download=False):
                pass


def images(kept):
    return {file.name: file.read_bytes() for file in kept.folder.glob("*.png")}


def test_stretches_are_scenes_and_then_parts_of_them(monkeypatch):
    made = film(passes=2)
    assert made.stretches() == [Stretch(0, 0, 0, 3), Stretch(0, 1, 3, 5)]
    monkeypatch.setattr(prepared_film, "CHUNK", 2)
    assert made.stretches(1) == [Stretch(1, 0, 0, 2), Stretch(1, 0, 2, 3), Stretch(1, 1, 3, 5)]
    alone = replace(made, choices=FilmOptions(flow="none"))
    assert [one[2:] for one in alone.stretches()] == [(0, 2), (2, 3), (3, 5)]


@pytest.mark.parametrize("colors", ["style", "match"])
def test_the_order_of_stretches_makes_no_difference(monkeypatch, colors):
    monkeypatch.setattr(prepared_film, "CHUNK", 1)
    made = film(2, replace(SMALL, colors=colors))
    one, other = begun(made, "one"), begun(made, "other")
    list(made.paint(one, lambda step: None))
    by(made, other, Here())
    assert len(images(one)) == 5
    assert images(one) == images(other)


@pytest.mark.parametrize("colors", ["style", "match"])
def test_what_one_began_another_goes_on_with(colors):
    made = film(1, replace(SMALL, colors=colors))
    one, other = begun(made, "one"), begun(made, "other")
    list(made.paint(one, lambda step: None))
    for count, _ in enumerate(made.paint(other, lambda step: None), 1):
        if count == 2:
            break
    by(made, other, Here(most=1))
    assert other.painted() == {0, 1, 3, 4}
    by(made, other, Here())
    assert images(one) == images(other)


def test_a_process_loads_the_network_of_flow_once_and_has_the_weights_that_others_have(monkeypatch):
    frames_as_filmed(monkeypatch)
    loaded = []
    monkeypatch.setattr(raft, "load", lambda progress: loaded.append(still()) or loaded[-1])
    made = film(flow="raft")
    kept = begun(made, "one")
    by(made, kept, Here(most=1))
    by(made, kept, Here())
    assert len(loaded) == 2  # by this test, and by the process that paints
    assert loaded[1].network.asked == sum(made.flows(index) for index in range(5))
    spread._latest.clear()
    kept.place(4).unlink()
    monkeypatch.setattr(raft, "load", lambda progress: still("b" * 64))
    with pytest.raises(
        WeightsError, match=r"has raft_small \(SHA-256 b{64}\) for --flow raft, and the film was begun with"
    ):
        by(made, kept, Here())
    assert not kept.has(4)


def test_a_stretch_that_is_done_is_no_task():
    made = film()
    kept = begun(made, "one")
    for number in (0, 1, 2, 4):
        kept.keep(number, torch.zeros(1, 3, 24, 32))
    ((job, stretch),) = spread.jobs(made, kept, 0)
    assert stretch == Stretch(0, 1, 3, 5)
    assert job.output == str(kept.place(4))


def test_what_fails_is_told_and_tried_again_by_a_later_run(monkeypatch):
    made = film()
    kept = begun(made, "one")
    with monkeypatch.context() as patch:
        patch.setattr(spread, "paint", lambda *_, **__: (_ for _ in ()).throw(PictureError("the disk is full")))
        with pytest.raises(PictureError, match="the disk is full"):
            by(made, kept, Here())
    manifest = Manifest(kept.folder / spread.MANIFEST)
    by(made, kept, Folder(Here(), manifest), manifest)
    assert len(kept.painted()) == 5


def test_processes_that_share_a_folder_paint_every_stretch_once(monkeypatch):
    monkeypatch.setattr(prepared_film, "CHUNK", 1)
    made, painted = replace(film(), choices=FilmOptions(flow="none")), []
    kept = begun(made, "one")

    def paint(options, values, *, download):
        time.sleep(0.01)
        painted.append(tuple(values["stretch"]))
        _, _, begin, end = values["stretch"]
        for number in range(begin, end):
            kept.keep(number, torch.zeros(1, 3, 24, 32))
        return Made("it", (32, 24), (), {}, "here")

    monkeypatch.setattr(spread, "paint", paint)
    monkeypatch.setattr(spread, "read_by", lambda options: [])
    monkeypatch.setattr("neuralart.jobs.plan.read_by", lambda options: [])

    def one():
        manifest = Manifest(kept.folder / spread.MANIFEST)
        with manifest.held(alone=False), Folder(Each(), manifest) as engine:
            given = {"threads": 1, "engine": engine, "manifest": manifest}
            list(spread.spread(made, kept, 0, **given))

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(painted) == [tuple(stretch) for stretch in made.stretches()]
    assert len(kept.painted()) == 5


class Each(Here):
    """The same, one task after another as they come."""

    def run(self, tasks, stops):
        for task in tasks:
            if stops():
                return
            if task is not None:
                yield from super().run([task], stops)


def test_it_ends_when_another_process_has_finished_the_film():
    made = film()
    kept = begun(made, "one")
    manifest = Manifest(kept.folder / spread.MANIFEST)
    kept.remove()
    assert not list(spread.spread(made, kept, 0, threads=1, engine=Each(), manifest=manifest))


def test_a_survey_is_read_back(place):
    made = film()
    again = Survey.of(json.loads(json.dumps(made.survey.plain())), made.film)
    assert (again.moments, again.scenes, again.total) == (made.survey.moments, made.survey.scenes, made.survey.total)
    assert torch.equal(again.first.pixels, made.survey.first.pixels)


def test_there_is_room_for_as_many_as_cores_and_memory_allow(monkeypatch):
    made = film(passes=2)
    monkeypatch.setattr(spread, "count", lambda: 6)
    assert spread.places(made) == 2
    assert spread.threads(made) == [3, 3]
    assert spread.workers(made) == 2
    assert [spread.useful(made, 3, workers) for workers in (1, 2, 8)] == [1, 2, 2]
    assert spread.useful(made, 9, 8) == 1
    assert spread.useful(made, 3, 8, is_here=False) == 8
    monkeypatch.setattr(spread, "spare", lambda device: 1)
    assert spread.places(made) == 1
    assert spread.threads(made) == [6, 6]


def test_as_many_threads_as_the_user_says_leave_room_for_fewer_places(monkeypatch):
    monkeypatch.setattr(spread, "count", lambda: 6)
    monkeypatch.setattr(spread, "spare", lambda device: 2**50)
    for wanted, places in ((2, 2), (3, 2), (4, 1), (8, 1)):
        made = film(passes=2, options=replace(SMALL, threads=wanted))
        assert spread.places(made) == places
        assert spread.threads(made) == [wanted, wanted]
