"""Masks that are films: each of their frames is for the film's frame of the same number."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from neuralart.errors import OptionError
from neuralart.image.picture import Picture
from neuralart.options import Options
from neuralart.video import FilmOptions, stylize
from neuralart.video.repaint import facts, prepare

from ..cli.made import picture, quiet_environment
from .movies import movie, scene

SMALL = {"size": 48, "num_iters": 3, "model": "compact", "precision": "float32", "style_loss": "gram"}


@pytest.fixture(autouse=True)
def place(monkeypatch, tmp_path):
    quiet_environment(monkeypatch, tmp_path / "cache")
    monkeypatch.chdir(tmp_path)
    for seed, name in enumerate(("one.png", "two.png"), 1):
        picture(40, 50, seed=seed).save(name)
    movie("a.mp4", scene(4))
    return tmp_path


def mask(path, edges, values=(0, 255)):
    """A folder of masks, each white from a column on."""
    path.mkdir()
    for k, edge in enumerate(edges):
        columns = torch.where(torch.arange(48) < edge, float(values[0]), float(values[1]))
        Picture(columns.expand(1, 3, 36, 48).contiguous()).save(path / f"{k}.png")
    return str(path)


def prepared(choices=None, styles=("one.png",), **options):
    return prepare("a.mp4", list(styles), FilmOptions(**(choices or {})), Options(**SMALL, **options))


def test_each_frame_has_its_own_mask(place):
    made = prepared({"begin": 0.05, "every": 2}, preserve=mask(place / "mask", (48, 36, 24, 12)))
    kept = [frame.regions.kept for frame in made.frames.between(0, 2)]
    assert [float(one.mean()) for one in kept] == pytest.approx([0.25, 0.75])


def test_what_is_preserved_moves_and_may_vanish(place):
    edges = (48, 12, 36, 48)
    frames = list(stylize("a.mp4", "one.png", preserve=mask(place / "mask", edges), **SMALL))
    filmed = [frame.content.pixels for frame in prepared().frames.between(0, 4)]
    for edge, frame, content in zip(edges, frames, filmed):
        apart = (frame.picture.pixels - content).abs().mean((0, 1, 2))
        assert apart[edge:].max() <= 1 if edge < 48 else apart.min() > 0
        assert apart[: edge - 10].mean() > 2


def test_a_style_is_painted_where_its_mask_is(place):
    movie("mask.mkv", [np.full((36, 48, 3), 255 * (k % 2), np.uint8) for k in range(4)], codec="ffv1", pixels="bgr0")
    made = prepared(styles=("one.png", "two.png"), style_mask=("mask.mkv", "none"))
    where = [frame.regions.regions[0].where for frame in made.frames.between(0, 4)]
    assert [float(one.mean()) for one in where] == [0, 1, 0, 1]
    assert made.masks.films[("style_mask", 0)].path.name == "mask.mkv"
    assert facts(made)["same"]["masks that move"].keys() == {"style_mask 0"}


def test_labels_may_move(place):
    made = prepared(styles=("one.png", "two.png"), content_mask=mask(place / "m", (12, 24, 36, 40), (60, 200)))
    shares = [float(frame.regions.regions[0].where.mean()) for frame in made.frames.between(0, 4)]
    assert shares == pytest.approx([0.25, 0.5, 0.75, 40 / 48])


def test_labels_may_not_vanish(place):
    with pytest.raises(OptionError, match=r"has 1 region .#3c3c3c., but there are 2 styles.* .frame 3 of the film.$"):
        prepared(styles=("one.png", "two.png"), content_mask=mask(place / "m", (12, 24, 48, 40), (60, 200)))


def test_a_film_of_another_length(place):
    with pytest.raises(
        OptionError, match=r"preserve '.*mask' has 3 frames, and 'a.mp4' has 4; make one mask for every"
    ):
        prepared(preserve=mask(place / "mask", (1, 2, 3)))


def test_a_mask_of_a_style_does_not_move(place):
    with pytest.raises(OptionError, match="is a film, and the styles do not move"):
        prepared(mask=(mask(place / "mask", (1, 2, 3, 4)),))
