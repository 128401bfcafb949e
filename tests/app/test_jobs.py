"""One at a time, in order, each visitor's own; stopped when nobody watches; and nothing reached is lost."""

from __future__ import annotations

import struct
import threading
import time
import zlib

import pytest
import torch

from neuralart.app import form, jobs
from neuralart.app.gallery import Gallery
from neuralart.app.jobs import Studio
from neuralart.app.painting import Painting
from neuralart.app.upload import Upload
from neuralart.errors import OptionError, PictureError
from neuralart.image.record import read_record

from ..cli.made import picture, quiet_environment
from ..patience import deadline

QUICK = {
    "size": 32,
    "model": "compact",
    "num_iters": 100_000,
    "tolerance": 0,
    "animation_seconds": 0.5,
    "animation_size": 32,
}


@pytest.fixture
def studio(tmp_path, monkeypatch):
    """A studio that has patience: no test but those of that is about who watches."""
    quiet_environment(monkeypatch, tmp_path / "cache")
    made = Studio(Gallery(tmp_path / "gallery"), max_waiting=2, max_minutes=10, max_unwatched=600)
    yield made
    made.close()


@pytest.fixture
def paint(studio, tmp_path):
    """Lines up a painting: paint(num_iters=20) -> Painting."""
    picture(60, 45).save(tmp_path / "photo.png")
    picture(40, 50, seed=1).save(tmp_path / "style.png")

    def submit(**values):
        options = form.chosen(QUICK | values)
        photo, style = (Upload(tmp_path / f"{role}.png", f"my {role}.png") for role in ("photo", "style"))
        painting = Painting(photo, [style], options, tmp_path)
        studio.submit(painting)
        return painting

    return submit


def watched(studio, painting, until=lambda painting: False):
    """Watch until it is over, or something holds."""
    end = deadline()
    for _ in studio.watch(painting):
        if until(painting):
            break
        assert time.monotonic() < end, f"it is {painting.state} and nothing else"
    return painting


def painted(iteration):
    return lambda painting: painting.step is not None and painting.step.iteration >= iteration


def test_it_paints_and_keeps(studio, paint):
    painting = watched(studio, paint(num_iters=25))
    assert (painting.state, painting.message) == ("finished", "")
    assert painting.saved.name == "my-photo-my-style.png"
    record = read_record(painting.saved)
    assert record["result"]["iterations"] == 25
    assert (record["content"]["path"], record["styles"][0]["path"]) == ("my photo.png", "my style.png")
    assert painting.progress(0).startswith("Finished: iteration 25 of 25, 32 × 24 pixels, 0:0")
    assert len(painting.curve.iterations) == 25
    assert studio.gallery.items(9)[0].animation.stat().st_size > 500
    assert painting.run is None and painting.step is None  # nothing large is held on to
    with pytest.raises(OptionError, match="can no longer be continued"):
        studio.go_on(painting.key)


def test_stopping_and_going_on_is_the_same_painting(studio, paint):
    whole = watched(studio, paint(num_iters=60))
    painting = watched(studio, paint(num_iters=60), painted(20))
    studio.stop(painting.key)
    watched(studio, painting)
    assert (painting.state, painting.message) == ("stopped", "")
    reached = painting.step.iteration
    assert 20 <= reached < 60
    assert read_record(painting.saved)["result"]["iterations"] == reached
    first, began = painting.saved, painting.step.seconds
    time.sleep(0.3)
    watched(studio, studio.go_on(painting.key), painted(reached + 1))
    assert began < painting.step.seconds < began + 0.25 + painting.step.seconds / 4  # not the time in between
    watched(studio, painting)
    assert painting.state == "finished"
    assert painting.saved == first
    assert read_record(first)["result"]["total"] == read_record(whole.saved)["result"]["total"]


def test_one_at_a_time_and_in_order(studio, paint):
    one, two, three = paint(), paint(num_iters=5), paint(num_iters=5)
    watched(studio, one, painted(1))
    assert [studio.ahead(painting) for painting in (one, two, three)] == [0, 1, 2]
    assert two.progress(1) == "Waiting: 1 painting before this one"
    assert three.progress(2) == "Waiting: 2 paintings before this one"
    with pytest.raises(OptionError, match="2 paintings are already waiting; try again later"):
        paint()
    studio.max_waiting = 1
    studio.stop(two.key)  # while it waits
    with pytest.raises(OptionError, match=r"^1 painting is already waiting; try again later"):
        paint()
    assert (two.state, two.can_go_on) == ("stopped", True)
    assert studio.ahead(three) == 1
    assert one.state == "painting"
    studio.stop(one.key)
    watched(studio, three)
    assert (one.state, three.state) == ("stopped", "finished")
    assert watched(studio, studio.go_on(two.key)).state == "finished"


def test_nobody_stops_what_is_not_theirs(studio, paint):
    painting = watched(studio, paint(), painted(1))
    for key in (None, "", "guess", painting.key[:-1]):
        with pytest.raises(OptionError, match="there is no such painting"):
            studio.stop(key)
    with pytest.raises(OptionError, match="has not been stopped"):
        studio.go_on(painting.key)
    assert painting.state == "painting"


def test_a_painting_that_nobody_watches_is_stopped_and_kept(studio, paint):
    studio.max_unwatched = 1.0
    painting = watched(studio, paint(), painted(1))
    left = time.monotonic()
    while painting.is_active:
        assert time.monotonic() < left + 60
        time.sleep(0.05)
    assert time.monotonic() > left + 0.9
    assert (painting.state, painting.message) == ("stopped", jobs.LEFT_ALONE)
    assert painting.saved.is_file()
    assert painting.can_go_on


def test_whoever_is_there_is_believed_though_the_reports_are_late(studio, paint):
    """On a busy machine a reader of the reports may not have its turn for many seconds."""
    studio.max_unwatched = 0.1
    painting, here = paint(), [True]
    reports = studio.watch(painting, lambda: here[0])
    next(reports)
    time.sleep(1.0)
    assert painting.is_active
    here[0] = False
    end = time.monotonic() + 60
    while painting.is_active:
        assert time.monotonic() < end
        time.sleep(0.05)
    assert painting.message == jobs.LEFT_ALONE


def test_a_painting_that_takes_too_long_lets_others_have_their_turn(studio, paint):
    studio.max_minutes = 0.5 / 60
    painting = watched(studio, paint())
    assert painting.state == "stopped"
    assert painting.message.startswith("Stopped after 0.00833333 minutes")
    assert painting.can_go_on


def test_only_a_few_stopped_paintings_stay_ready(studio, paint, monkeypatch):
    monkeypatch.setattr(jobs, "KEPT", 1)
    monkeypatch.setattr(jobs, "REMEMBERED", 2)
    stopped = []
    for _ in range(3):
        stopped.append(watched(studio, paint(), painted(2)))
        studio.stop(stopped[-1].key)
        watched(studio, stopped[-1])
    assert [painting.can_go_on for painting in stopped] == [False, False, True]
    with pytest.raises(OptionError, match="can no longer be continued"):
        studio.go_on(stopped[1].key)
    with pytest.raises(OptionError, match="no such painting"):
        studio.find(stopped[0].key)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"size": 8}, "give a larger 'Size'"),
        ({"style_layers": "map9_9"}, "no layer 'map9_9'; did you mean"),
        ({"model": "vgg"}, "vgg"),
        ({"smoothness": 1e300}, "lower 'Style factor' or 'Smoothness'"),
    ],
)
def test_what_goes_wrong_is_told(studio, paint, values, message):
    painting = watched(studio, paint(**values))
    assert painting.state == "failed"
    assert message in painting.message
    assert painting.saved is None
    assert watched(studio, paint(num_iters=2)).state == "finished"  # the studio goes on


def test_a_defect_ends_one_painting_only(studio, paint, monkeypatch, caplog):
    with monkeypatch.context() as broken:
        broken.setattr(Painting, "paint", lambda self, look: 1 / 0)
        painting = watched(studio, paint())
    assert painting.state == "failed"
    assert "a defect in the program" in painting.message
    assert "ZeroDivisionError" in caplog.text
    assert watched(studio, paint(num_iters=2)).state == "finished"


def test_a_defect_while_a_picture_is_kept_ends_one_painting_only(studio, paint, monkeypatch, caplog):
    with monkeypatch.context() as broken:
        broken.setattr(Painting, "keep", lambda self, gallery: 1 / 0)
        painting = watched(studio, paint(num_iters=2))
    assert (painting.state, "ZeroDivisionError" in caplog.text) == ("failed", True)
    assert watched(studio, paint(num_iters=2)).state == "finished"


@pytest.mark.parametrize("error", [MemoryError(), torch.OutOfMemoryError("CUDA out of memory.")])
def test_too_little_memory(studio, paint, monkeypatch, error):
    def full(self, look):
        raise error

    monkeypatch.setattr(Painting, "paint", full)
    assert "not enough memory for a picture of this size; choose a smaller 'Size'" in watched(studio, paint()).message


def test_a_gallery_that_is_full(studio, paint, monkeypatch):
    def full(*arguments):
        raise PictureError("cannot write 'x.png': the disk is full")

    monkeypatch.setattr(studio.gallery, "keep", full)
    painting = watched(studio, paint(num_iters=2))
    assert painting.state == "failed"
    assert painting.message == "the picture could not be kept: cannot write 'x.png': the disk is full"


def test_a_film_that_fails_costs_no_picture(studio, paint, monkeypatch):
    def fail(*arguments):
        raise OSError("no room for a film")

    monkeypatch.setattr(studio.gallery, "join", fail)
    painting = watched(studio, paint(num_iters=3))
    assert painting.state == "finished"
    assert painting.notes == ["there is no animation: no room for a film"]
    assert painting.saved.is_file()


def test_closing_keeps_what_was_reached(studio, paint):
    one, two = paint(), paint()
    watched(studio, one, painted(3))
    studio.close()
    assert (one.state, one.message) == ("stopped", jobs.ENDED)
    assert one.saved.is_file()
    assert two.state == "stopped"
    assert "painter" not in [thread.name for thread in threading.enumerate()]


@pytest.mark.parametrize("limit", [0.001, 64])
def test_uploads(tmp_path, limit):
    picture(60, 45).save(tmp_path / "secret-place.png")
    upload = Upload(tmp_path / "secret-place.png", "photo.png")
    if limit == 64:
        assert upload.size(limit) == (60, 45)
        return
    with pytest.raises(PictureError) as caught:
        upload.size(limit)
    assert str(caught.value) == (
        "'photo.png' has 60 x 45 pixels, but this app accepts at most 0.001 million; make it smaller first"
    )
    (tmp_path / "secret-place.png").write_text("hello, no picture")
    with pytest.raises(PictureError, match=r"cannot read 'photo\.png': it is not a picture but looks like text"):
        upload.size(limit)


def test_the_apps_limit_is_named_however_large_a_picture_is(tmp_path):
    """Not the limit of the reader, which is another one."""
    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 1, 0, 0, 0, 0))
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", bytes(500_000)))
    with pytest.raises(PictureError, match=r"^'huge.png' has 60000 x 60000 pixels, but this app accepts at most 64 "):
        Upload(tmp_path / "a.png", "huge.png").size(64)
