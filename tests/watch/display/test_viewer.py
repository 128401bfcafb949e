"""The reader of steps that feeds a viewer: small copies, at a measured pace, and never at the painting's cost."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from neuralart.watch.display import viewer as module
from neuralart.watch.display.frame import LARGEST, encoded, frame_of, resized
from neuralart.watch.display.pace import SHARE, Pace
from neuralart.watch.display.viewer import Display, Viewer, ViewerClosedError
from neuralart.watch.kinds import by_kind

from .make import frame, quarters, step


class Seen(Viewer):
    """Keeps what it is shown; work: what showing does besides."""

    def __init__(self, work=lambda frame: 0.0):
        self.frames, self.notes, self.ends, self.threads, self.work = [], 0, [], set(), work

    def note(self, step):
        self.notes += 1

    def show(self, frame):
        self.threads.add(threading.current_thread())
        self.frames.append(frame)
        return self.work(frame)

    def close(self, finished):
        self.ends.append(finished)


def iterations(viewer):
    return [frame.iteration for frame in viewer.frames]


def test_first_interval_and_last(monkeypatch):
    monkeypatch.setattr("neuralart.watch.display.pace.SHARE", 1e9)
    viewer = Seen()
    with Display(viewer, 4) as display:
        for n in range(11):
            display(step(n))
            time.sleep(0.02)
    assert iterations(viewer) == [0, 4, 8, 10]
    assert viewer.notes == 11
    assert viewer.ends == [True]
    assert viewer.threads == {display.thread} != {threading.current_thread()}


def test_a_run_that_is_interrupted_shows_what_was_reached():
    viewer = Seen()
    with pytest.raises(KeyboardInterrupt), Display(viewer, 4) as display:
        for n in range(7):
            display(step(n))
        raise KeyboardInterrupt
    assert iterations(viewer)[-1] == 6
    assert viewer.ends == [False]


def test_a_slow_viewer_gets_the_newest_and_holds_nothing_up():
    viewer = Seen(lambda frame: time.sleep(0.1) or 0.0)
    begun = time.monotonic()
    with Display(viewer, 1) as display:
        for n in range(10):
            display.pace.seconds = 0
            display(step(n))
        assert time.monotonic() - begun < 0.1
        display(step(10))
    assert len(viewer.frames) < 5
    assert iterations(viewer)[-1] == 10


@pytest.mark.parametrize("reason", ["the cable is cut\nby a mouse", ""])
def test_a_viewer_that_fails_is_told_of_once(caplog, reason):
    def fail(frame):
        raise ValueError(reason)

    viewer = Seen(fail)
    with Display(viewer, 1) as display:
        display(step(0))
        display.thread.join(5)
        for n in range(1, 11):
            display(step(n))
    told = reason.splitlines()[0] if reason else "ValueError"
    assert caplog.messages == [f"the painting is no longer shown ({told}); it goes on"]
    assert len(viewer.frames) == 1 and len(viewer.ends) == 1


def test_a_viewer_that_is_closed_is_not_told_of(caplog):
    def gone(frame):
        raise ViewerClosedError

    with Display(Seen(gone), 1) as display:
        display(step(0))
        display.thread.join(5)
        display(step(10))
    assert caplog.messages == []


def test_a_viewer_that_hangs_does_not_hold_up_the_end(monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0.1)
    forever = threading.Event()
    viewer = Seen(lambda frame: forever.wait(20) or 0.0)
    begun = time.monotonic()
    with Display(viewer, 1) as display:
        for n in range(11):
            display(step(n))
    assert time.monotonic() - begun < 2
    forever.set()


def test_failing_to_close(caplog):
    viewer = Seen()
    viewer.close = lambda finished: 1 / 0
    with Display(viewer, 1) as display:
        display(step(0))
    assert caplog.messages == ["the painting is no longer shown (division by zero)"]


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_the_pace():
    clock = Clock()
    pace = Pace(5, clock)
    assert pace.due(step(0)) and pace.due(step(5))
    assert not pace.due(step(4))
    pace.take()
    pace.spent(60)  # starting up, once
    assert pace.due(step(5))
    pace.take()
    pace.spent(0.01)
    pace.spent(0.02)
    clock.now = 0.99 * 0.03 / SHARE
    assert not pace.due(step(5))
    assert pace.due(step(10)) is True  # the last, whatever it costs
    clock.now = 1.01 * 0.03 / SHARE
    assert pace.due(step(5))


@pytest.mark.parametrize("cost", [0.001, 0.05, 2.0])
@pytest.mark.parametrize("iteration_takes", [0.002, 0.3])
def test_showing_takes_less_than_two_hundredths(cost, iteration_takes):
    clock = Clock()
    pace, shown = Pace(20, clock), []
    for n in range(1, 200_000):
        clock.now += iteration_takes
        if pace.due(SimpleNamespace(iteration=n, is_last=False)):
            pace.take()
            pace.spent(cost)
            clock.now += cost
            shown.append(cost)
    assert len(shown) > 2
    assert sum(shown[1:]) / clock.now < 0.02  # the first is of starting up


def test_a_frame():
    made = frame(iteration=3)
    assert np.array_equal(made.pixels, quarters(60, 40))
    assert (made.iteration, made.iterations, made.scale, made.scales, made.size) == (3, 10, 1, 2, (60, 40))
    assert (made.total, made.kinds) == (6.0, {"content": 2.0, "style": 4.0})
    assert made.caption == "iteration 3 of 10, scale 1 of 2"
    assert frame(iteration=3, scales=1).caption == "iteration 3 of 10"
    assert (frame(iteration=0).total, frame(iteration=0).kinds) == (None, {})


@pytest.mark.parametrize("size", [(2048, 100), (1500, 1000), (700, 3000)])
def test_large_images_are_averaged_down(size):
    given = step(pixels=quarters(*size))
    before = given.image.clone()
    made = frame_of(given)
    assert max(made.pixels.shape) == LARGEST
    assert made.size == size
    width = made.pixels.shape[1]
    assert abs(width / made.pixels.shape[0] / (size[0] / size[1]) - 1) < 0.02
    wanted = resized(quarters(*size), (width, made.pixels.shape[0]))
    assert np.abs(made.pixels.astype(int) - wanted).mean() < 1
    assert torch.equal(given.image, before)


def test_what_is_not_clamped():
    given = step(pixels=np.zeros((2, 2, 3), np.uint8))
    given.image[0, 0] = 300.0
    given.image[0, 1] = -20.0
    given.image[0, 2] = 7.6
    assert frame_of(given).pixels.tolist() == [[[255, 0, 8]] * 2] * 2


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_frame_shares_nothing_with_the_image(dtype):
    image = torch.full((1, 3, 4, 4), 9.0, dtype=dtype)
    given = step()
    object.__setattr__(given, "image", image)
    made = frame_of(given)
    image += 100
    assert made.pixels.max() == 9


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_encoded(suffix):
    import pyvips

    read = pyvips.Image.new_from_buffer(encoded(quarters(60, 40), suffix), "").numpy()
    assert np.abs(read.astype(int) - quarters(60, 40)).mean() < (4 if suffix == ".jpg" else 1e-9)


def test_by_kind():
    assert by_kind({}) == {}
    assert by_kind({"style a": 1.0, "smoothness": 0.5, "style b": 2.0}) == {"style": 3.0, "smoothness": 0.5}
