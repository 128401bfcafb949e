"""A reader of steps that films them."""

from __future__ import annotations

import logging

import numpy as np
import pytest
import torch

import neuralart
from neuralart.errors import OptionError, PictureError
from neuralart.run.finish import Finish
from neuralart.run.step import Step
from neuralart.video.animate import Animation

from ..cli.made import picture
from ..conftest import REPOSITORY
from .films import changes, frames, pages, steps


def test_a_run_is_filmed_from_python(tmp_path):
    with Animation(tmp_path / "film.mp4", seconds=1) as film:
        made = neuralart.stylize(
            picture(60, 45), picture(40, 50, seed=1), size=32, num_iters=3, model="compact", watchers=[film]
        )
    images, _ = frames(tmp_path / "film.mp4")
    assert images.shape == (25 + 50, 24, 32, 3)
    assert np.abs(images[-1] - made.numpy()).mean() < 12
    assert np.abs(images[0] - images[-1]).mean() > 3


def test_the_originals_schedule_anew_at_every_scale(tmp_path):
    film = Animation(tmp_path / "film.gif")
    filmed = []
    for step in steps(100, ((24, 18), (48, 36))):
        before = len(film.reel)
        film(step)
        if len(film.reel) > before:
            filmed.append(step.iteration)
    # Iteration 51 is the first of the second scale.
    expected = [*range(21), *range(25, 51, 5), *range(51, 71), *range(75, 101, 5)]
    assert filmed == expected


def test_the_last_picture_is_there_though_the_schedule_lacks_it(tmp_path):
    film = Animation(tmp_path / "film.webp", seconds=0.5)
    for step in steps(23, ((48, 36),)):
        film(step)
    stopped = step.picture().numpy()
    film.write()
    assert np.abs(pages(tmp_path / "film.webp")[0][-1] - stopped).mean() < 4

    film = Animation(tmp_path / "film.webp")
    for step in steps(100, ((48, 36),)):
        if step.iteration == 23:
            break
        film(step)
    assert len(film.reel) == 21
    film.write()
    assert len(film.reel) == 22


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_what_was_filmed_is_kept_when_the_run_breaks_off(tmp_path, error):
    with pytest.raises(error), Animation(tmp_path / "film.gif", seconds=0.5) as film:
        for step in steps(30):
            film(step)
            if step.iteration == 7:
                raise error
    assert len(pages(tmp_path / "film.gif")[0]) == 6


def test_a_large_picture_is_shrunk_as_it_comes(tmp_path):
    film = Animation(tmp_path / "film.gif", size=64)
    for step in steps(3, ((32, 24), (200, 150))):
        film(step)
    assert [still.image().width for still in film.reel.stills] == [32, 32, 64, 64]
    assert film.reel.size() == (64, 48)


def test_a_small_picture_is_not_enlarged_unless_asked(tmp_path):
    for size, width in ((None, 96), (150, 150)):
        film = Animation(tmp_path / "film.webp", size=size, seconds=0.5)
        for step in steps(3):
            film(step)
        film.write()
        assert pages(tmp_path / "film.webp")[0].shape[2] == width


def test_filming_that_fails_ends_no_run(tmp_path, caplog):
    film = Animation(tmp_path / "film.gif", seconds=0.5)
    with caplog.at_level(logging.WARNING):
        for number, step in enumerate(steps(8)):
            if number == 4:
                film.reel.add = None
            film(step)
    (told,) = [entry.getMessage() for entry in caplog.records]
    assert told.endswith(
        "film.gif: filming failed after iteration 4 ('NoneType' object is not callable); the painting goes on"
    )
    # What was filmed before is a film nevertheless.
    assert film.write().startswith(f"{tmp_path / 'film.gif'}: 6 frames")


def test_nothing_to_write(tmp_path):
    with pytest.raises(PictureError, match="no step was filmed"):
        Animation(tmp_path / "film.gif").write()
    assert list(tmp_path.iterdir()) == []


def test_a_film_that_cannot_be_written_hides_no_error(tmp_path, caplog):
    (tmp_path / "folder").mkdir()
    with pytest.raises(ValueError, match="the run's own"), Animation(tmp_path / "folder" / "film.gif") as film:
        film(next(steps()))
        (tmp_path / "folder").rmdir()
        raise ValueError("the run's own")
    assert "there is no folder" in caplog.text


def test_refused_before_anything_is_painted(tmp_path):
    with pytest.raises(PictureError, match="use one of"):
        Animation(tmp_path / "film.avi")
    with pytest.raises(OptionError, match=r"in Python, use Animation\(path\)"):
        neuralart.stylize(picture(60, 45), picture(40, 50), animation="film.gif")


def test_the_film_of_the_tour():
    film = REPOSITORY / "docs" / "images" / "emerging.gif"
    assert film.stat().st_size < 2_500_000
    images, delays = pages(film)
    assert 40 <= len(images) <= 60
    assert images.shape[2] > 320
    assert delays[-1] - delays[0] == 2000
    thirds = [part.mean() for part in np.array_split(changes(images), 3)]
    assert max(thirds) < 1.5 * min(thirds)
    assert film.name in (REPOSITORY / "docs" / "tour.md").read_text(encoding="utf-8")


def test_a_transparent_picture_is_laid_on_a_ground(tmp_path, caplog):
    caplog.set_level("INFO", "neuralart")
    alpha = torch.zeros(1, 1, 20, 30)
    alpha[..., 15:] = 255
    finish = Finish(alpha, background=(255, 0, 9))
    film = Animation(tmp_path / "film.gif")
    for count in range(3):
        film(Step(count, 2, 1, 1, torch.full((1, 3, 20, 30), 10.0 * count), finish=finish))
    image = film.reel.newest
    assert image[10, 2].tolist() == [255, 0, 9]
    assert image[10, -2].tolist() == [20, 20, 20]
    told = [record.message for record in caplog.records if "transparency" in record.message]
    assert told == [f"{tmp_path / 'film.gif'}: films have no transparency; the picture is laid on #ff0009"]
