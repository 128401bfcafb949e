"""Whose colours a painting has, proved by painting."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import neuralart
from neuralart.cli import main
from neuralart.errors import OptionError
from neuralart.image.chroma import Chroma
from neuralart.image.moments import moments
from neuralart.image.oklab import from_oklab, lightness, to_oklab
from neuralart.image.picture import Picture
from neuralart.image.read import read
from neuralart.options import Options
from neuralart.video.animate import Animation
from neuralart.watch.checkpoint import write
from neuralart.watch.frames import Frames

from ..cli.made import SMALL as WORDS
from ..cli.made import picture

SMALL = {"size": 32, "num_iters": 3, "model": "compact", "precision": "float32", "display": "off"}
CONTENT, STYLE = picture(60, 45), picture(40, 50, seed=1)
GREY = Picture(STYLE.pixels[:, :1].expand(-1, 3, -1, -1).contiguous())


def paint(content=CONTENT, style=STYLE, **changes):
    return neuralart.stylize(content, style, **(SMALL | changes))


def prepared(content=CONTENT, style=STYLE, **changes):
    return neuralart.prepare(content, style, Options(**(SMALL | changes)))


def hues_of(made, content=CONTENT):
    """By how much a picture's colours point elsewhere than the photograph's: the largest, in Oklab.

    How light they are, and how much of their chroma there is room for, is not asked.
    """
    (_, a, b), (_, x, y) = to_oklab(made.pixels)[0], to_oklab(content.resized(made.size).pixels)[0]
    length = (x**2 + y**2).sqrt()
    return float(((a * y - b * x) / length)[length > 0.02].abs().max())


@pytest.mark.parametrize("recipe", ["balanced", "original"])
def test_content_puts_the_photographs_colours_under_all_that_is_shown(recipe, tmp_path):
    frames, film = Frames(tmp_path / "frames", {"quality": 100}), Animation(tmp_path / "film.gif")
    for step in neuralart.iterate(CONTENT, STYLE, recipe=recipe, colors="content", **SMALL):
        wanted = Chroma(CONTENT).under(step.image.float().clamp(0, 255))
        assert torch.equal(step.picture().pixels, wanted)
        frames(step)
        film(step)
    last = Picture(wanted)
    assert hues_of(last) < 0.005
    assert np.array_equal(film.reel.newest, last.numpy()) and np.array_equal(step.preview(100), last.numpy())
    small = Picture(torch.from_numpy(step.preview(16)).permute(2, 0, 1)[None].float())
    assert hues_of(small) < 0.01  # of whole levels
    assert (read(tmp_path / "frames" / "0003.jpg").pixels - wanted).abs().mean() < 8
    # Without it there were other colours, or this would prove nothing.
    assert hues_of(paint(recipe=recipe)) > 0.03


def test_content_begins_with_the_photograph():
    first = next(iter(neuralart.iterate(CONTENT, STYLE, colors="content", **SMALL)))
    assert (first.picture().pixels - CONTENT.resized(first.size).pixels).abs().max() < 1
    assert (first.image - first.image[:, :1]).abs().max() < 0.05  # while what is painted is grey


def test_content_does_not_see_the_styles_colours():
    # A style that differs in its colours alone: the same lightness under others.
    other = Picture(from_oklab(to_oklab(STYLE.pixels) * torch.tensor([1.0, 0.2, -0.2]).view(1, 3, 1, 1)))
    assert (lightness(other.pixels) - lightness(STYLE.pixels)).abs().max() < 0.02
    one, same = paint(colors="content"), paint(style=other, colors="content")
    assert (one.pixels - same.pixels).abs().mean() < 0.5
    assert (paint().pixels - paint(style=other).pixels).abs().mean() > 3


def test_match_paints_in_the_style_that_was_recoloured():
    run = prepared(colors="match", size=64)
    seen = run.colours.of_style(STYLE, STYLE.pixels)
    found, wanted = moments(Picture(seen)), moments(CONTENT)
    # But for what was clipped; without clipping see tests/image/test_recolour.py.
    assert (found.mean - wanted.mean).abs().max() < 0.02 and (found.covariance - wanted.covariance).abs().max() < 0.02
    # It is what would be painted in that style from the outset.
    one, other = paint(colors="match"), paint(style=Picture(seen))
    assert (one.pixels - other.pixels).abs().mean() < 0.4
    assert (one.pixels - paint().pixels).abs().mean() > 1


def test_a_style_with_the_photographs_colours_is_not_changed_by_match():
    turned = Picture(CONTENT.pixels.flip(2, 3).contiguous())
    assert (paint(style=turned, colors="match").pixels - paint(style=turned).pixels).abs().max() < 0.5


@pytest.mark.parametrize("colors", ["content", "match"])
def test_strength(colors):
    none, some, all_of_it = (paint(colors=colors, color_strength=share, num_iters=12) for share in (0.0, 0.5, 1.0))
    assert torch.equal(none.pixels, paint(num_iters=12).pixels)
    far = lambda one, other: float((one.pixels - other.pixels).abs().mean())
    assert 1 < far(none, some) < far(none, all_of_it) > far(some, all_of_it) > 1


@pytest.mark.parametrize("colors", ["content", "match"])
@pytest.mark.parametrize(("content", "style"), [(CONTENT, GREY), (GREY, STYLE), (GREY, GREY)])
def test_pictures_without_colours(colors, content, style):
    made = paint(content, style, colors=colors)
    assert made.pixels.isfinite().all()
    if content is GREY:
        assert (made.pixels - made.pixels.mean(1, keepdim=True)).abs().mean() < (0.1 if colors == "content" else 20)


@pytest.mark.parametrize("colors", ["content", "match"])
@pytest.mark.parametrize("role", ["content", "style"])
def test_hidden_colours_make_no_difference(colors, role):
    alpha = torch.full((1, 1, 45, 60), 255.0)
    alpha[..., :20], alpha[..., 20:30] = 0, torch.linspace(0, 250, 10)
    made = []
    for hidden in (0.0, 255.0):
        given = Picture(torch.where(alpha > 0, CONTENT.pixels, torch.tensor(hidden)), alpha)
        made.append(paint(given, STYLE, colors=colors) if role == "content" else paint(STYLE, given, colors=colors))
    assert torch.equal(made[0].pixels, made[1].pixels)


@pytest.mark.parametrize("colors", ["content", "match"])
def test_tiles_make_no_difference(colors):
    how = {"colors": colors, "size": 160, "scales": 1, "num_iters": 1}
    whole, tiled = paint(**how), paint(**how, tile=64)
    assert (whole.pixels - tiled.pixels).abs().max() < 0.5


def test_both_spellings():
    assert neuralart.stylize(CONTENT, STYLE, colours="content", **SMALL).record["options"]["colors"] == "content"
    with pytest.raises(OptionError, match=r"^--colours is another spelling of --colors; give one of them"):
        paint(colours="content", colors="match")


def test_again_and_resume_keep_the_colours(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    CONTENT.save("photo.png")
    STYLE.save("style.png")
    words = [
        "--content",
        "photo.png",
        "--style",
        "style.png",
        *WORDS,
        "--colours",
        "content",
        "--color-strength",
        "0.9",
    ]
    assert main([*words, "--output", "one.png"]) == 0
    assert main(["again", "one.png", "--output", "two.png"]) == 0
    assert torch.equal(read("one.png").pixels, read("two.png").pixels)
    assert hues_of(read("one.png"), read("photo.png")) < 0.05
    # A run that was ended early goes on in the same colours.
    named = {"content": "photo.png", "style": "style.png", "output": "three.png"}
    run = neuralart.prepare("photo.png", "style.png", Options(**SMALL, **named, colors="content"))
    write("run.ckpt", next(step for step in run.steps() if step.iteration == 1), run.facts())
    assert main(["resume", "run.ckpt", "--display", "off"]) == 0
    assert hues_of(read("three.png"), read("photo.png")) < 0.01


def test_what_is_wrong():
    with pytest.raises(
        OptionError, match="--colors is 'contents', which is not one of style, content, match; did you mean"
    ):
        paint(colors="contents")
    with pytest.raises(OptionError, match=r"--color-strength is 1\.5; it must be at most 1"):
        paint(color_strength=1.5)
