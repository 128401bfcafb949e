"""The places for pictures and masks, where it takes no page to see them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("gradio")

from neuralart.app import places
from neuralart.areas import DRAWN, NAMES
from neuralart.image.paintings import PAINTINGS
from neuralart.options import declared
from neuralart.presets import PRESETS

SCRIPT = Path(places.__file__).with_name("draw.js").read_text(encoding="utf-8")


def test_a_mask_has_a_place_for_every_style():
    assert set(DRAWN) < set(NAMES)
    for name in NAMES:
        found = places.of_mask(name)
        assert len(found) == len(dict(found)) == (1 + len(places.MORE) if declared()[name][0].many else 1)


def test_the_label_of_a_mask_fits_on_one_line_of_its_place():
    """It lies over the picture, and three places stand side by side in 570 pixels."""
    assert places.of_mask("style_mask")[1:] == [
        ("mask-style_mask-1", "Style mask 2"),
        ("mask-style_mask-2", "Style mask 3"),
    ]
    assert max(len(label) for name in NAMES if declared()[name][0].many for _, label in places.of_mask(name)) < 20


def test_every_mask_of_the_photograph_can_be_drawn():
    layers = re.findall(r'<option value="([^"]+)" data-hint="draw over [^"]+">[^<]+</option>', places.drawing())
    assert layers == [id for name in DRAWN for id, _ in places.of_mask(name)]


def test_the_dialog_has_what_its_script_asks_for():
    page = places.drawing()
    deeds = re.search(r"const deeds = \{(.*)\};", SCRIPT)[1]
    assert set(re.findall(r'data-draw="(\w+)"', page)) == set(re.findall(r"(?:^|, )(\w+)", deeds))
    asked = set(re.findall(r'part\("(\w+)"\)', SCRIPT))
    assert len(asked) > 7
    assert asked == set(re.findall(r'id="draw-(\w+)"', page))


def test_every_preset_and_painting_has_a_hint():
    wanted = {f"{of}preset-{name}" for name in PRESETS for of in places.TABS}
    wanted |= {f"example-{of}style-{name}" for name in PAINTINGS for of in places.TABS}
    assert set(places.hints()) == wanted
    assert all(places.hints().values())
