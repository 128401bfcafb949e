"""What the lists have in common: a sheet, and mistakes."""

from __future__ import annotations

import pytest

from neuralart.image.paintings import PAINTINGS
from neuralart.image.read import read
from neuralart.presets import PRESETS

LISTS = pytest.mark.parametrize(("command", "count"), [("presets", len(PRESETS)), ("styles", len(PAINTINGS))])


@LISTS
def test_a_sheet_with_all_pictures(call, place, command, count):
    code, out, err = call(command, "--sheet", "sheet.jpg")
    sheet = read("sheet.jpg")
    assert (code, err) == (0, "")
    assert out == f"sheet.jpg: {count} pictures, {sheet.width} x {sheet.height} pixels\n"
    assert sheet.width * sheet.height > count * 320 * 240


@LISTS
def test_mistakes(call, mistake, command, count):
    mistake([command, "bold"], f"'neuralart {command}' takes no words, and 'bold' is one too many")
    mistake([command, "--shet", "a.png"], f"neuralart {command} has no option '--shet'; did you mean '--sheet'?")
    mistake([command, "--sheet", "a.gif"], "a.gif")
    mistake([command, "--sheet", "nowhere/a.png"], "nowhere")
    code, out, _ = call(command, "--help")
    assert code == 0 and "--sheet FILE" in out
