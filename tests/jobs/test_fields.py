"""Names of outputs with fields."""

from __future__ import annotations

import pytest

from neuralart.errors import OptionError
from neuralart.jobs.fields import expanded

VALUES = {"content": "in/a.b.jpg", "style": ["x/y.png", "z.png"], "size": 64, "style_factor": 1e9, "init": "a/b:0.5"}


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("out/{content}-{style}.png", "out/a.b-y-z.png"),
        ("{number}{number:04}.png", "70007.png"),
        ("{folder}/{size}-{style_factor}.png", "sub/64-1e+09.png"),
        ("{seed}-{history}.png", "0-default.png"),
        ("{{{size}}}.png", "{64}.png"),
        ("{init}.png", "a-b-0.5.png"),
    ],
)
def test_expanded(template, name):
    assert expanded(template, VALUES, number=7, folder="sub") == name


@pytest.mark.parametrize(
    ("template", "part"),
    [
        ("{contnet}.png", "there is no field 'contnet'; did you mean 'content'?"),
        ("{zzz}.png", "there are {content}, {style}"),
        ("{}.png", "there is no field ''"),
        ("{0}.png", "there is no field '0'"),
        ("{content.png", "whose braces do not match"),
        ("{content:>9}.png", "whose field 'content' says nothing"),
        ("{number:999999999}.png", "whose number has the format '999999999'; write {number:04}"),
        ("{number:zz}.png", "whose number has the format 'zz'; write {number:04}"),
        ("{content!r}.png", "whose field 'content' says nothing"),
        ("{content.__class__}.png", "there is no field"),
        ("{output}.png", "whose field 'output' says nothing"),
        ("{preserve}.png", "there is no --preserve"),
    ],
)
def test_refused(template, part):
    with pytest.raises(OptionError) as caught:
        expanded(template, VALUES)
    assert part in str(caught.value)
