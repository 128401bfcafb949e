"""Films painted: steady, scene by scene, pass by pass, and gone on with."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
import torch

import neuralart
from neuralart.errors import OptionError, PictureError
from neuralart.options import Options
from neuralart.video import FilmOptions, flow, stylize
from neuralart.video.kept import Kept
from neuralart.video.repaint import facts, prepare

from ..cli.made import picture
from .flows import frames_as_filmed, still
from .movies import movie, scene, set_out

SMALL = {"size": 48, "num_iters": 5, "model": "compact", "precision": "float32", "style_loss": "gram"}


@pytest.fixture(autouse=True)
def place(monkeypatch, tmp_path):
    set_out(monkeypatch, tmp_path, 3, 3)
    return tmp_path


def painted(choices=None, film="a.mp4", **options):
    return list(stylize(film, "style.png", choices=FilmOptions(**(choices or {})), **(SMALL | options)))


def prepared(choices=None, film="a.mp4", **options):
    return prepare(film, "style.png", FilmOptions(**(choices or {})), Options(**(SMALL | options)))


def test_frames_come_in_order():
    frames = painted()
    assert [one.number for one in frames] == list(range(6))
    assert {one.count for one in frames} == {6}
    assert {one.picture.size for one in frames} == {(48, 36)}
    assert [float(one.moment.begin) for one in frames] == pytest.approx([0.04 * k for k in range(6)])


def test_the_first_frame_is_a_painting_like_any_other():
    content = prepared().run.content
    still = neuralart.stylize(content, "style.png", **SMALL)
    assert (painted({"end": 0.03})[0].picture.pixels - still.pixels).abs().max() <= 0.51 / 257


def test_frames_by_themselves_are_paintings_like_any_other():
    made = prepared({"flow": "none"})
    last = made.frames.at(len(made.survey.moments) - 1)
    still = neuralart.stylize(last.content, "style.png", **SMALL)
    assert (painted({"flow": "none"})[-1].picture.pixels - still.pixels).abs().max() <= 0.51 / 257


def test_every_scene_has_a_beginning_of_its_own():
    # What comes before a cut does not bear on what comes after it.
    for name, seed in (("b.mkv", 0), ("c.mkv", 12)):
        movie(name, [*scene(2, seed=seed), *scene(2, seed=7)], codec="ffv1", pixels="bgr0")
    one, other = painted(film="b.mkv"), painted(film="c.mkv")
    assert (one[1].picture.pixels - other[1].picture.pixels).abs().mean() > 5
    for k in (2, 3):
        assert torch.equal(one[k].picture.pixels, other[k].picture.pixels)


def test_later_frames_take_few_iterations():
    assert [prepared(num_iters=most).later for most in (5, 20, 250, 1000)] == [5, 8, 10, 40]
    made = prepared(num_iters=20)
    assert made.work(0) > 2 * made.work(1)
    assert made.work(3) == made.work(0)  # the second scene's first
    assert made.work(0, 1) == made.work(1)
    seen = []
    list(made.paint(_begun(made, "k"), seen.append))
    assert [sum(step.is_last for step in seen), sum(step.iteration == 0 for step in seen)] == [6, 6]
    assert [step.iterations for step in seen if step.is_last] == [20, 8, 8, 20, 8, 8]


def _begun(made, name):
    kept = Kept(made.film.path.resolve().parent / name)
    kept.begun(facts(made))
    return kept


def flicker(frames):
    """How much the painting changes that the film does not."""
    filmed = [shot.picture() for shot in prepared().film.shots()]
    total = 0.0
    for k in (1, 2):
        here, there = (flow.grey(filmed[j].pixels) for j in (k, k - 1))
        back, forth = flow.between(here, there), flow.between(there, here)
        trust = flow.trust(forth, back)
        moved = flow.warped(frames[k - 1].picture.pixels, back)
        total += float((trust * (frames[k].picture.pixels - moved).square()).sum() / trust.sum())
    return total


def test_it_flickers_less():
    ways = ({"flow": "none"}, {"temporal": 0}, {"temporal": 100})
    alone, started, held = (flicker(painted({"end": 0.1, **way}, num_iters=15, init="image:0.5")) for way in ways)
    assert held < started < alone
    assert held < alone / 3


def test_passes_look_at_both_neighbours():
    once, twice = painted({"end": 0.07}), painted({"end": 0.07, "passes": 2})
    assert (once[0].picture.pixels - twice[0].picture.pixels).abs().max() > 0.1


def test_flow_is_counted(monkeypatch):
    made = prepared({"passes": 2})
    made = replace(made, motion=still())
    frames_as_filmed(monkeypatch)
    list(made.paint(_begun(made, "k"), lambda step: None))
    counted = [[made.flows(index, turn) for index in range(6)] for turn in range(2)]
    assert counted == [[0, 2, 4, 0, 2, 4], [2, 4, 2, 2, 4, 2]]
    assert made.motion.network.asked == sum(map(sum, counted))
    alone = replace(made, choices=FilmOptions(flow="none"))
    assert not any(alone.flows(index) for index in range(6))


def test_a_pass_does_not_depend_on_the_order():
    # Half of the second pass is painted, then the other half, from what lies on the disk.
    whole = painted({"passes": 2})
    made = prepared({"passes": 2})
    kept = _begun(made, "k")
    for done in made.paint(kept, lambda step: None):
        if done.turn == 1 and done.frame.index == 2:
            break
    for number in (0, 1):
        (kept.folder / f"1-{number:06}.png").unlink()
    list(made.paint(kept, lambda step: None))
    for (_, again), one in zip(made.finished(kept), whole):
        assert torch.equal(again.pixels, one.picture.pixels)


@pytest.mark.parametrize(("passes", "stops"), [(1, (2, 5)), (2, (8,))])
def test_a_film_goes_on_where_it_was_ended(place, passes, stops):
    whole = painted({"passes": passes})
    for stop in stops:
        folder = place / f"kept-{stop}"
        made = prepared({"passes": passes})
        kept = Kept(folder)
        kept.begun(facts(made))
        for count, _ in enumerate(made.paint(kept, lambda step: None), 1):
            if count == stop:
                break
        again = list(
            stylize("a.mp4", "style.png", choices=FilmOptions(passes=passes), folder=folder, watchers=[], **SMALL)
        )
        for one, other in zip(again, whole):
            assert torch.equal(one.picture.pixels, other.picture.pixels)


def test_a_folder_is_the_same_film_as_long_as_its_pictures_are(place):
    folder = place / "film"
    folder.mkdir()
    for name, seed in (("1.png", 1), ("2.png", 2)):
        picture(60, 45, seed=seed).save(folder / name)
    kept = Kept(place / "kept")
    assert not kept.begun(facts(prepared(film=folder)))
    os.utime(folder / "1.png", (0, 0))  # as copying does
    (folder / ".DS_Store").write_bytes(b"of a file manager")
    assert kept.begun(facts(prepared(film=folder)))
    picture(60, 45, seed=3).save(folder / "2.png")
    with pytest.raises(PictureError, match="holds frames of another painting"):
        kept.begun(facts(prepared(film=folder)))


def test_nothing_is_painted_twice(place):
    first: list[object] = []
    options = {"choices": FilmOptions(), "folder": place / "kept", **SMALL}
    list(stylize("a.mp4", "style.png", watchers=[first.append], **options))
    second: list[object] = []
    assert len(list(stylize("a.mp4", "style.png", watchers=[second.append], **options))) == 6
    assert first
    assert not second
    with pytest.raises(PictureError, match=r"holds frames of another painting .not the same options"):
        list(stylize("a.mp4", "style.png", **(options | {"seed": 3})))


@pytest.mark.parametrize("options", [{"colors": "match"}, {"colors": "content"}, {"recipe": "original"}])
def test_other_ways_of_painting(options):
    frames = painted({"end": 0.1}, **options)
    assert len(frames) == 3
    assert (frames[0].picture.pixels - frames[2].picture.pixels).abs().mean() > 0.5


def test_a_transparent_film_is_laid_on_the_background(place):
    (place / "in").mkdir()
    for number in range(2):
        picture(40, 30, number, alpha=True).save(place / "in" / f"{number}.png")
    frames = painted(film="in")
    assert all(one.picture.alpha is None for one in frames)


def test_what_makes_no_sense():
    with pytest.raises(OptionError, match="recipe 'original' has no term against flicker"):
        painted({"temporal": 3}, recipe="original")
    with pytest.raises(OptionError, match="'output' belongs to the command line"):
        painted(output="a.png")
    with pytest.raises(OptionError, match=r"pass choices=FilmOptions\(temporal=...\)"):
        painted(temporal=3)


def test_without_opencv(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "cv2" else True)
    with pytest.raises(OptionError, match=r'needs OpenCV, which is not installed: pip install "neuralart\[video\]"'):
        painted()
