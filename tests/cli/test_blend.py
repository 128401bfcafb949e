"""neuralart blend: from one style to the other, step by step, kept, shown and filmed."""

from __future__ import annotations

from pathlib import Path

import pytest
import pyvips
import torch

from neuralart import read
from neuralart.image.record import read_record

from .made import SMALL, contents, merged, picture

GOOD = ("blend", "style.png", "other.png", "--content", "photo.png", "--steps", 3, *SMALL)


@pytest.fixture
def styles(place):
    picture(50, 40, seed=7).save("other.png")
    return place


def paintings(folder="blend"):
    """The record's weights -> the picture."""
    files = [path for path in sorted(Path(folder).glob("*.png")) if path.name != "sheet.png"]
    return {tuple(read_record(path)["options"]["style_weights"]): read(path) for path in files}


def test_with_the_installed_command(installed, call, styles):
    code, out, err = installed(*GOOD)
    assert (code, err) == (0, "")
    *steps, sheet, film = out.splitlines()
    assert [line.partition(":")[0] for line in steps] == [
        f"{k}/3 style-weights {weights}" for k, weights in enumerate(("2 0", "1 1", "0 2"), 1)
    ]
    assert sheet == "blend/sheet.png: 3 painted"
    assert film.startswith("blend/film.gif: ")
    assert pyvips.Image.new_from_file("blend/film.gif", n=-1).get("n-pages") > 20
    # The ends are the styles themselves.
    made = paintings()
    for weights, style in (((2.0, 0.0), "style.png"), ((0.0, 2.0), "other.png")):
        assert call("--content", "photo.png", "--style", style, *SMALL, "--output", f"alone-{style}").code == 0
        assert torch.equal(read(f"alone-{style}").pixels, made[weights].pixels)
    middle = made[1.0, 1.0].pixels
    assert all((middle - made[end].pixels).abs().mean() > 0.1 for end in ((2.0, 0.0), (0.0, 2.0)))
    # Once more nothing is painted, and neither sheet nor film of before is lost.
    before = contents(styles)
    code, out, _ = call(*GOOD)
    assert (code, out.splitlines()[0]) == (0, "blend/sheet.png: 0 painted, 3 already there")
    assert {name for name, data in contents(styles).items() if before.get(name) != data} == {"blend/film-2.gif"}


def test_places_and_other_options(call, styles):
    words = ["--folder", "f", "--output", "s.jpg", "--film", "f.webp", "--film-seconds", 1, "--init", "random"]
    code, out, _ = call(*GOOD, *words, "--quiet")
    assert (code, out) == (0, "")
    assert {"s.jpg", "f.webp"} <= {path.name for path in styles.iterdir()}
    assert {record["init"] for path in Path("f").iterdir() for record in [read_record(path)["options"]]} == {"random"}


def test_a_picture_of_a_blend_is_made_again(call, styles):
    assert call(*GOOD).code == 0
    (file,) = Path("blend").glob("*weights-1-1-*.png")
    assert call("again", file, "--output", "again.png").code == 0
    assert torch.equal(read("again.png").pixels, read(file).pixels)


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["blend"], ["a blend needs two styles, but there are none: neuralart blend a.jpg b.jpg --content PHOTO"]),
        (["blend", "style.png"], ["a blend needs two styles, but there is one"]),
        (["blend", "a", "b", "c", "--content", "photo.png"], ["a blend needs two styles, but there are 3"]),
        (["blend", "style.png", "other.png"], ["--content PHOTO is missing; see neuralart blend --help"]),
        ([*GOOD, "--steps", 1], ["--steps is 1; it must be at least 2"]),
        ([*GOOD, "--style", "photo.png"], ["a blend sets --style itself"]),
        ([*GOOD, "--style-weights", "1,2"], ["a blend sets --style-weights itself"]),
        ([*GOOD, "--seed", "1,2"], ["--seed has several values, but a blend takes only one; use neuralart sweep"]),
        ([*GOOD, "--film", "film.mov"], ["the suffix '.mov' is not known"]),
        ([*GOOD, "--output", "photo.png"], ["--output 'photo.png' would overwrite an input"]),
        ([*GOOD, "--stepps", 4], ["no option '--stepps'"]),
        (["blend", "stile.png", *GOOD[2:]], ["cannot read 'stile.png'", "did you mean 'style.png'?"]),
    ],
)
def test_mistakes(mistake, styles, words, parts):
    mistake(merged(words), *parts)


def test_help(call):
    code, out, err = call("blend", "--help")
    assert (code, err) == (0, "")
    for word in ("--steps", "--folder", "--film", "--film-seconds", "--style-weights"):
        assert word in out
