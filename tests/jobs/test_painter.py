"""The painter: a picture of a batch is the one that `stylize` paints, and what pictures share is made once."""

from __future__ import annotations

import pytest
import torch

import neuralart
from neuralart.errors import NeuralartError
from neuralart.image.record import read_record
from neuralart.jobs.painter import Painter
from neuralart.jobs.worker import painted
from neuralart.options import Options

from ..cli.made import picture

SMALL = {"size": 32, "num_iters": 2, "model": "compact", "precision": "float32", "style_loss": "gram"}


@pytest.fixture(autouse=True)
def here(place, alone):
    for k in range(3):
        picture(60, 45, seed=k).save(f"photo{k}.png")
    picture(45, 60, seed=9).save("tall.png")
    picture(40, 50, seed=10).save("style.png")
    picture(50, 40, seed=11).save("other.png")


def asked(content="photo0.png", style="style.png", output="out/a.png", **more):
    return Options(content=content, style=style, output=output, **SMALL | more)


@pytest.mark.parametrize(
    "more",
    [{}, {"colors": "match"}, {"size": 64, "scales": 2, "init": "random", "seed": 3}],
)
def test_the_pictures_are_those_of_stylize(more):
    painter = Painter()
    for content in ("photo0.png", "tall.png", "photo2.png"):
        painter.paint(asked(content, **more))
        keywords = SMALL | {"display": "off"} | more
        assert torch.equal(
            neuralart.read("out/a.png").pixels,
            neuralart.stylize(content, "style.png", **keywords).pixels.round().clamp(0, 255),
        )
    assert painter.counts == {"networks": 1, "styles": 1, "runs": 2}


def test_what_is_shared_is_told_apart():
    painter = Painter()
    for more in ({}, {"style_factor": 1e8}, {"style": "other.png"}, {"size": 48}, {"pooling": "max"}, {}):
        painter.paint(asked(**more))
    assert painter.counts == {"networks": 2, "styles": 3, "runs": 6}


def test_a_style_that_changes_is_read_again():
    painter = Painter()
    painter.paint(asked(output="a.png"))
    picture(40, 50, seed=77).save("style.png")
    made = painter.paint(asked(output="b.png"))
    assert painter.counts["styles"] == 2
    assert made.inputs[1].sha256 == read_record("b.png")["styles"][0]["sha256"]
    assert not torch.equal(neuralart.read("a.png").pixels, neuralart.read("b.png").pixels)


def test_what_is_told_of_a_picture():
    picture(60, 45, seed=5).save("mask.png")
    made = Painter().paint(
        asked(style=("style.png", "other.png", "style.png"), preserve="mask.png", init="tall.png:0.5", output="a.jpg")
    )
    assert [(one.option, one.path) for one in made.inputs] == [
        *(("content", "photo0.png"), ("style", "style.png"), ("style", "other.png"), ("style", "style.png")),
        *(("preserve", "mask.png"), ("init", "tall.png")),
    ]
    assert made.inputs[1].sha256 == made.inputs[3].sha256 != made.inputs[2].sha256
    assert (made.size, made.network["name"]) == ((32, 24), "compact")


def test_what_fails_is_told_and_leaves_nothing(place):
    painter = Painter()
    with pytest.raises(NeuralartError, match=r"needs .* on each side"):
        painter.paint(asked(size=4))
    (place / "file").touch()
    with pytest.raises(NeuralartError, match="cannot make the folder 'file'"):
        painter.paint(asked(output="file/a.png"))
    assert not (place / "out").exists()
    assert painter.paint(asked()).sha256


def test_what_happens_to_a_file_costs_only_its_own_picture(place, monkeypatch):
    """A photograph vanishes or becomes a folder after the check; the disk is full when a picture is written."""
    painter = Painter()
    work = lambda options: painted(painter, {"options": options.record(), "download": False})
    assert work(asked(output="first.png"))["error"] is None
    (place / "photo1.png").unlink()
    assert "cannot read 'photo1.png'" in work(asked("photo1.png", output="second.png"))["error"]
    (place / "photo2.png").unlink()
    (place / "photo2.png").mkdir()
    assert "cannot read 'photo2.png'" in work(asked("photo2.png", output="second.png"))["error"]
    with monkeypatch.context() as full:
        full.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        assert "the disk is full" in work(asked(output="third.png"))["error"]
    assert work(asked(output="fourth.png"))["error"] is None
    there = {path.name for path in place.iterdir()}
    assert {"first.png", "fourth.png"} <= there and not {"second.png", "third.png"} & there
