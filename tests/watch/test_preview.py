"""The painting in half blocks."""

from __future__ import annotations

import io
import sys

import pytest
import torch
from rich.console import Console
from rich.text import Text

from neuralart.run.step import Step
from neuralart.watch.preview import WIDEST, Preview, colour, half_blocks, preview


def step(width, height, iteration=1, iterations=10, image=None):
    return Step(iteration, iterations, 1, 1, torch.full((1, 3, height, width), 50.0) if image is None else image)


@pytest.mark.parametrize("size", [(40, 40), (40, 30), (100, 10), (10, 100), (2, 2), (3, 1000), (640, 480)])
@pytest.mark.parametrize("room", [(72, 20), (20, 40), (10, 4)])
def test_geometry(size, room):
    rows = half_blocks(step(*size), *room).plain.splitlines()
    columns = {len(row) for row in rows}
    assert len(columns) == 1
    assert max(columns) <= room[0]
    assert len(rows) <= room[1]
    # A cell is twice as high as wide; the shape is kept within a cell.
    factor = min(room[0] / size[0], 2 * room[1] / size[1])
    assert abs(columns.pop() - size[0] * factor) <= 2
    assert abs(2 * len(rows) - size[1] * factor) <= 2


def test_colours_of_the_two_halves():
    image = torch.tensor([[255.0, 0.0], [16.0, 300.0]]).view(1, 1, 2, 2).expand(1, 3, 2, 2).clone()
    image[:, 1] = 0
    text = half_blocks(step(2, 2, image=image), 2, 1)
    assert text.plain == "\N{UPPER HALF BLOCK}" * 2 + "\n"
    assert [span.style for span in text.spans] == ["#ff00ff on #100010", "#000000 on #ff00ff"]


def test_colour():
    assert colour([255, 0, 16]) == "#ff0010"


def test_interval_and_last():
    shown: list[Text] = []
    show = Preview(4, shown.append, 200, 10)
    assert show.columns == WIDEST
    counts = []
    for n in range(11):
        show(step(20, 20, n))
        counts.append(len(shown))
    assert counts == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3]


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("colours", "seen"), [("truecolor", True), ("256", False), (None, False)])
def test_only_where_it_can_be_seen(monkeypatch, colours, seen):
    console = Console(file=Terminal(), force_terminal=True, color_system=colours, width=80, height=24)
    assert preview(5, console) is None  # errors are not shown in a terminal
    monkeypatch.setattr(sys, "stderr", Terminal())
    made = preview(5, console)
    assert (made is not None) is seen
    if made:
        assert (made.interval, made.columns, made.rows) == (5, WIDEST, 12)
        made(step(20, 20, 5))
        assert "\N{UPPER HALF BLOCK}" in console.file.getvalue()
