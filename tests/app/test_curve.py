"""The curve as SVG: well-formed, within its frame, in words for those who do not see it."""

from __future__ import annotations

import math
from xml.etree import ElementTree

import pytest
import torch

from neuralart.app.curve import HEIGHT, WIDTH, Curve, ticks
from neuralart.run.step import Step

NAMESPACE = "{http://www.w3.org/2000/svg}"


def curve(count, value=lambda k: 1 / k, **terms):
    made = Curve()
    image = torch.zeros(1, 3, 4, 4)
    made.add(Step(0, count, 1, 1, image))
    for k in range(1, count + 1):
        made.add(Step(k, count, 1, 1, image, total=value(k), terms={name: term(k) for name, term in terms.items()}))
    return made


def test_a_line_for_the_total_and_every_kind():
    made = curve(30, **{"content conv4_2": lambda k: 0.5, "style conv1_1": lambda k: 1 / k, "style b": lambda k: 1 / k})
    drawing = ElementTree.fromstring(made.svg(60))
    assert drawing.get("role") == "img"
    assert drawing.get("aria-label") == "Objective after 30 iterations: total 0.0333, content 0.5, style 0.0667"
    lines = drawing.findall("polyline")
    assert len(lines) == 3
    for line in lines:
        points = [tuple(map(float, point.split(","))) for point in line.get("points").split()]
        assert len(points) == 30
        assert all(0 <= x <= WIDTH / 2 + 40 and 0 <= y <= HEIGHT for x, y in points)  # half of the axis
        assert [x for x, _ in points] == sorted(x for x, _ in points)
    texts = [text.text for text in drawing.findall("text")]
    assert {"total", "content", "style", "iteration", "0.1", "1", "60"} <= set(texts)


def test_long_runs_stay_small():
    assert len(curve(5000).svg(5000)) < 10_000


@pytest.mark.parametrize("value", [lambda k: 0.0, lambda k: math.nan, lambda k: -1.0])
def test_nothing_to_draw(value):
    assert curve(10, value).svg(10) == ""
    assert Curve().svg(10) == ""
    assert curve(1).svg(10) == ""


def test_a_term_that_begins_late_or_breaks_down():
    made = curve(10, lambda k: math.inf if k == 5 else 1.0, **{"smoothness": lambda k: max(0, k - 5)})
    ElementTree.fromstring(made.svg(10))


@pytest.mark.parametrize(("low", "high"), [(0, 2.1), (-3, 4), (0.3, 0.5), (-0.01, 0.01), (5, 5.2), (-12, 9)])
def test_ticks(low, high):
    found = ticks(low, high)
    assert 2 <= len(found) <= 8 or high - low < 0.1
    assert all(low - 1e-6 <= math.log10(value) <= high + 1e-6 for value in found)
