"""What finds a picture in the gallery, and how two of them differ."""

from __future__ import annotations

from pathlib import Path

import pytest

from neuralart.app.gallery import Item
from neuralart.app.search import differences, matches

OPTIONS = {"size": 96, "strength": 0.65, "style_loss": "sliced", "content_loss": "features", "seed": 7, "cpu": False}
OPTIONS |= {"style_weights": [1.0, 2.5]}


def item(name="castle-wave.png", **options):
    return Item(Path(name), {"description": "My Castle.jpg in the style of wave", "options": OPTIONS | options})


@pytest.mark.parametrize(
    "words",
    ["", "  ", "castle", "WAVE castle", "le.jpg", "size=96", "SIZE=96 wave", "bold", "preset=bold"],
)
def test_it_is_found(words):
    assert matches(item(), words)


@pytest.mark.parametrize(
    "words",
    ["strength=0.65", "--style-loss=sliced", "style_weights=2.5", "seed=7", "0.65"],
)
def test_it_is_found_by_an_option(words):
    assert matches(item(), words)


@pytest.mark.parametrize(
    "words", ["river", "castle river", "size=9", "size=960", "original", "preset=texture", "features", "cpu", "none=1"]
)
def test_it_is_not_found(words):
    """Neither by a part of a value, nor by what every picture has by default."""
    assert not matches(item(), words)


@pytest.mark.parametrize("record", [{}, {"options": None}, {"options": "x"}, {"options": {"later": {"a": 1}}}])
def test_records_of_other_programs(record):
    assert matches(Item(Path("a.png"), record), "a.png")
    assert not matches(Item(Path("a.png"), record), "size=96")


def test_what_differs_between_two():
    assert differences(item(), item()) == []
    assert differences(item(content="a.jpg"), item(strength=0.8, seed=None, cpu=True)) == [
        ("cpu", "", "True"),
        ("seed", "7", ""),
        ("strength", "0.65", "0.8"),
    ]
