"""Previews run while nothing else is painted, give way at once, and go when their visitor asks for something else."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace

import pytest

from neuralart.app import previews
from neuralart.app.gallery import Gallery
from neuralart.app.jobs import Studio
from neuralart.app.painting import Painting
from neuralart.app.previews import Preview, small
from neuralart.errors import PictureError
from neuralart.options import Options

from ..cli.made import contents, picture
from ..patience import SECONDS, deadline


class Easel(Painting):
    """A painting whose steps a test lets happen."""

    def __init__(self, folder, steps=10_000, broken=None):
        super().__init__(None, [], Options(), folder)
        self.count, self.broken, self.begun, self.done = steps, broken, 0, 0

    def prepared(self, fetching=None, *, download):
        assert not download
        self.begun += 1
        if self.broken:
            raise self.broken
        return SimpleNamespace(steps=self.steps_of)

    def steps_of(self):
        for number in range(1, self.count + 1):
            self.done = number
            time.sleep(0.001)
            yield SimpleNamespace(iteration=self.done)


class Order(Easel):
    """A painting for which the previews have to make room."""

    def prepare(self, notify):
        self.enter("painting")

    def paint(self, check):
        while (reason := check()) is None:
            time.sleep(0.001)
        return reason

    def keep(self, gallery):
        pass


@pytest.fixture
def studio(tmp_path):
    made = Studio(Gallery(tmp_path / "gallery"), max_waiting=2, max_minutes=10, max_unwatched=600)
    yield made
    made.close()


def until(holds):
    end = deadline()
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.005)


def asked(studio, folder, visitor="me", **easel):
    preview = Preview(visitor, Easel(folder, **easel))
    studio.previews.put(preview)
    return preview


def test_what_is_shown_of_a_preview(studio, tmp_path):
    preview = asked(studio, tmp_path, steps=50)
    seen = [preview.step for _ in studio.previews.watch(preview, lambda: True)]
    assert seen[-1].iteration == 50
    assert preview.is_over and preview.steps is None  # nothing large is held on to
    assert studio.wanted() == [] and contents(studio.gallery.folder) == {}


def test_the_next_preview_of_a_visitor_takes_the_place_of_the_last(studio, tmp_path):
    first = asked(studio, tmp_path)
    until(lambda: first.version)
    watched = threading.Thread(target=lambda: list(studio.previews.watch(first, lambda: True)))
    watched.start()
    second = asked(studio, tmp_path)
    watched.join(SECONDS)
    assert not watched.is_alive() and not first.is_over
    until(lambda: second.version)
    reached = first.painting.done
    other = asked(studio, tmp_path, visitor="you")  # waits for its turn
    until(lambda: second.version > 5)
    assert (first.painting.done, other.version) == (reached, 0)
    studio.previews.withdraw("me")
    until(lambda: other.version)
    assert studio.wanted() == [other.painting]


def test_a_preview_gives_way_to_every_painting_and_goes_on_afterwards(studio, tmp_path):
    preview = asked(studio, tmp_path)
    until(lambda: preview.version)
    order = Order(tmp_path)
    studio.submit(order)
    until(lambda: order.state == "painting")
    reached = preview.painting.done
    assert studio.ahead(order) == 0
    time.sleep(0.05)
    assert preview.painting.done == reached
    studio.stop(order.key)
    until(lambda: preview.painting.done > reached)
    assert preview.painting.begun == 1


def test_a_preview_that_cannot_be_painted_just_ends(studio, tmp_path, caplog):
    broken = asked(studio, tmp_path, broken=PictureError("cannot read it"))
    assert list(studio.previews.watch(broken, lambda: True)) == []
    assert caplog.text == ""
    broken = asked(studio, tmp_path, broken=ZeroDivisionError())
    assert list(studio.previews.watch(broken, lambda: True)) == []
    assert "ZeroDivisionError" in caplog.text
    assert list(studio.previews.watch(asked(studio, tmp_path, steps=2), lambda: True))  # the studio goes on


def test_nobody_reads_it(studio, tmp_path, monkeypatch):
    monkeypatch.setattr(previews, "PATIENCE", 0.05)
    preview = asked(studio, tmp_path)
    list(studio.previews.watch(preview, lambda: False))
    assert not preview.is_over and studio.wanted() == []


def test_a_preview_has_one_turn_and_few_wait(studio, tmp_path, monkeypatch):
    monkeypatch.setattr(previews, "LONGEST", 0.05)
    several = [asked(studio, tmp_path, visitor=str(n)) for n in range(5)]
    until(lambda: several[-1].is_over)
    assert sum(one.is_over for one in several) <= 1 + studio.previews.most
    assert studio.wanted() == []


@pytest.mark.parametrize(
    ("size", "shown"), [(1024, 128), (0, 128), (64, 64), ("1024x512", "128x64"), ("32x16", "32x16")]
)
def test_size_and_length(size, shown):
    assert small(Options(size=size)).size == shown
    assert small(Options(num_iters=5)).num_iters == 5
    assert small(Options()).num_iters == previews.ITERATIONS


def test_no_preview_beside_an_own_painting(studio, tmp_path):
    from neuralart.app import order as orders
    from neuralart.app.desk import Desk
    from neuralart.app.settings import Settings
    from neuralart.app.upload import Upload

    desk = Desk(Settings(), studio, studio.gallery, tmp_path / "app")
    desk.own.mkdir(parents=True)
    picture(60, 45).save(tmp_path / "photo.png")
    photo, order = Upload(tmp_path / "photo.png", "photo.png"), Order(tmp_path)
    before = asked(studio, tmp_path)
    studio.submit(order)
    desk.watch(order, "me")
    assert before.painting not in studio.wanted()
    assert desk.preview("me", orders.Order(photo, [photo], {"size": 512})) is None
    other = desk.preview("you", orders.Order(photo, [photo], {"size": 512}))
    assert other.painting.options.size == previews.LONG_EDGE
    assert other.painting in studio.wanted()  # its pictures stay
    studio.previews.withdraw("you")
