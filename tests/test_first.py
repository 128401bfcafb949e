"""What --init says, read and written."""

from __future__ import annotations

import pytest

from neuralart.errors import OptionError
from neuralart.facts import Text
from neuralart.first import First, first_of
from neuralart.options import Options, files


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("image", First("image")),
        ("gray", First("grey")),
        ("white", First("random")),
        ("image:0.3", First("image", 0.3, "random")),
        ("image:.3:pink", First("image", 0.3, "pink")),
        ("style:0.5:image", First("style", 0.5, "image")),
        ("grey:1", First("grey")),
        ("image:0", First("image", 0.0)),
        ("out.png", First("out.png")),
        ("a folder/out.png:0.25", First("a folder/out.png", 0.25)),
        ("C:\\out.png", First("C:\\out.png")),
        ("12:30.png", First("12:30.png")),
        ("odd:0.5:1", First("odd:0.5")),  # a file whose name ends as a mixture does
    ],
)
def test_it_is_read_and_written(text, wanted):
    assert first_of(text) == wanted
    assert first_of(str(wanted)) == wanted
    assert Options(init=text).init == str(wanted)
    assert files(Options(init=text), Text.INPUT) == ([("init", wanted.file)] if wanted.file else [])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("image:1.5", "--init is 'image:1.5', whose share 1.5 is more than 1; write it as image:0.3"),
        (
            "image:0.3:blue",
            "--init is 'image:0.3:blue', whose rest 'blue' is not one of image, style, grey, random, pink;",
        ),
        ("", "--init is empty; leave it out or give a value"),
    ],
)
def test_what_makes_no_sense(text, message):
    with pytest.raises(OptionError) as caught:
        Options(init=text)
    assert str(caught.value).startswith(message)


def test_python_has_paths(tmp_path):
    assert Options(init=tmp_path / "out.png").init == str(tmp_path / "out.png")
    with pytest.raises(OptionError, match=r"^--init is 7; it must be a word such as image or random, or a path"):
        Options(init=7)


def test_one_picture_comes_from_standard_input():
    with pytest.raises(OptionError, match="'-' is given for two pictures, but standard input holds only one"):
        Options(content="-", init="-")
