"""A process that was forked too late says so instead of waiting for ever."""

from __future__ import annotations

import multiprocessing
import sys

import pytest

from .. import warm

CODE = """
import multiprocessing, numpy, neuralart

def work(kind):
    photo = numpy.random.default_rng(0).integers(0, 255, (48, 64, 3), numpy.uint8)
    try:
        if kind == "paint":
            return neuralart.stylize(photo, photo, size=32, num_iters=1, model="compact").size
        if kind == "read":
            return neuralart.read("photo.png").size
        if kind == "iterate":
            return next(steps).iteration
        return neuralart.Picture(pixels).save("other.png")
    except neuralart.NeuralartError as error:
        return f"{type(error).__name__}: {error}"

fork = multiprocessing.get_context("fork")
with fork.Pool(1) as early:
    print(early.apply_async(work, ["paint"]).get(60))
    photo = numpy.zeros((48, 64, 3), numpy.uint8)
    picture = neuralart.stylize(photo + 90, photo + 50, size=32, num_iters=1, model="compact")
    picture.save("photo.png")
    pixels = picture.pixels
    steps = neuralart.prepare(picture, picture, neuralart.Options(size=32, num_iters=1, model="compact")).steps
    with fork.Pool(1) as late:
        for kind in ("paint", "read", "save"):
            print(late.apply_async(work, [kind]).get(60))
    print(early.apply_async(work, ["read"]).get(60), work("read"))
"""


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system does not fork")
def test_a_worker_that_was_forked_after_a_painting(tmp_path):
    done = warm.run([sys.executable, "-c", CODE], capture_output=True, text=True, timeout=120, cwd=tmp_path)
    early, *late, last = done.stdout.splitlines()
    assert early == "(32, 24)", done.stderr
    assert len(late) == 3
    for told in late:
        assert told.startswith("ForkError: this process was forked from one that had already painted or read pictures")
        assert "get_context('spawn')" in told
    assert last == "(32, 24) (32, 24)"
