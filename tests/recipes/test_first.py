"""The first image, proved by what painting begins with."""

from __future__ import annotations

import hashlib
import json
import logging

import pytest
import torch

import neuralart
from neuralart.cli import main
from neuralart.errors import OptionError, PictureError
from neuralart.image.picture import Picture
from neuralart.image.read import read
from neuralart.image.write import write as write_picture
from neuralart.networks.provide import provide
from neuralart.options import Options
from neuralart.recipes import RECIPES
from neuralart.recipes.first import pink
from neuralart.watch.checkpoint import write

from ..cli.made import SMALL as WORDS
from ..cli.made import picture

SMALL = {"size": 32, "num_iters": 3, "model": "compact", "precision": "float32", "display": "off"}
CONTENT, STYLE = picture(60, 45), picture(40, 50, seed=1)
NETWORK = provide("compact").network
RECIPE = pytest.mark.parametrize("recipe", RECIPES)


def first(content=CONTENT, style=STYLE, **changes):
    return next(iter(neuralart.iterate(content, style, **(SMALL | changes)))).image


@RECIPE
@pytest.mark.parametrize("init", ["image", "random"])
def test_photograph_and_noise_are_what_they_were(recipe, init):
    wanted = RECIPES[recipe].pixels(CONTENT, (32, 24), NETWORK)
    if init == "random":
        wanted = torch.randn(1, 3, 24, 32, generator=torch.Generator().manual_seed(0))
        spread = wanted * 25.5 + 127.5 if recipe == "balanced" else ((wanted * 0.1 + 0.5).clamp(0, 1) * 255)
        wanted = RECIPES[recipe].placed(spread.clamp(0, 255), NETWORK)
    assert torch.equal(first(recipe=recipe, init=init), wanted)


@RECIPE
def test_mixtures_lie_between(recipe):
    image, random, noise = (first(recipe=recipe, init=init) for init in ("image", "random", "pink"))
    assert torch.allclose(first(recipe=recipe, init="image:0.3"), 0.3 * image + 0.7 * random, atol=1e-3)
    assert torch.allclose(first(recipe=recipe, init="image:0.3:pink"), 0.3 * image + 0.7 * noise, atol=1e-3)
    assert torch.equal(first(recipe=recipe, init="image:1:pink"), image)
    assert torch.equal(first(recipe=recipe, init="image:0:pink"), noise)


@RECIPE
def test_grey_is_grey_to_within_a_level(recipe):
    made = first(recipe=recipe, init="grey")
    assert (made - 127.5).abs().max() < 2 and made.std() > 0.1


@RECIPE
def test_the_style_covers_the_picture_with_its_middle_undistorted(recipe):
    # A disc in the middle of a tall style stays a disc in a wide picture.
    y, x = torch.meshgrid(torch.arange(50.0), torch.arange(40.0), indexing="ij")
    disc = (((x - 19.5) ** 2 + (y - 24.5) ** 2).sqrt() < 10).float()
    made = first(style=Picture(disc.expand(1, 3, -1, -1) * 255), recipe=recipe, init="style") > 127
    width, height = int(made[0, 0].any(0).sum()), int(made[0, 0].any(1).sum())
    assert made.shape[2:] == (24, 32) and width == height and 15 <= width <= 17


def test_pink_noise_has_as_much_in_every_octave():
    found = pink(1, (256, 192))
    assert found.mean().item() == pytest.approx(127.5, abs=0.01) and found.std().item() == pytest.approx(25.5, rel=1e-3)
    power = torch.fft.fft2(found[0] - 127.5).abs().square().mean(0)
    down, across = torch.fft.fftfreq(192)[:, None], torch.fft.fftfreq(256)[None]
    frequency = (down**2 + across**2).sqrt()
    octaves = [power[(frequency >= low) & (frequency < 2 * low)].sum().item() for low in (1 / 32, 1 / 16, 1 / 8, 1 / 4)]
    assert max(octaves) < 1.25 * min(octaves)
    assert torch.equal(found, pink(1, (256, 192))) and not torch.equal(found, pink(2, (256, 192)))
    # White noise has four times as much in every octave.
    white = torch.fft.fft2(torch.randn(192, 256, generator=torch.Generator().manual_seed(0))).abs().square()
    assert white[frequency > 1 / 4].sum() > 10 * white[frequency < 1 / 16].sum()
    for size in ((1, 1), (1, 5), (3, 2)):
        assert pink(0, size).isfinite().all()


@RECIPE
def test_a_file_of_another_size_is_resized_with_a_word(recipe, tmp_path, caplog):
    picture(90, 68, seed=5).save(tmp_path / "begun.png")
    with caplog.at_level(logging.INFO, "neuralart"):
        made = first(recipe=recipe, init=tmp_path / "begun.png")
    assert torch.equal(made, RECIPES[recipe].pixels(read(tmp_path / "begun.png"), (32, 24), NETWORK))
    assert "init: begun.png has 90 x 68 pixels; it is resized to 32 x 24" in caplog.messages


@RECIPE
def test_of_a_file_of_another_shape_the_middle_is_taken_with_a_word(recipe, tmp_path, caplog):
    tall = picture(48, 80, seed=5)
    tall.save(tmp_path / "tall.png")
    with caplog.at_level(logging.INFO, "neuralart"):
        made = first(recipe=recipe, init=tmp_path / "tall.png")
    middle = Picture(read(tmp_path / "tall.png").pixels[:, :, 22:58].contiguous())
    assert torch.equal(made, RECIPES[recipe].pixels(middle, (32, 24), NETWORK))
    assert "init: tall.png has 48 x 80 pixels; its middle, 48 x 36, is resized to 32 x 24" in caplog.messages


def test_nothing_is_said_of_a_file_that_fits(tmp_path, caplog):
    picture(32, 24).save(tmp_path / "fits.png")
    with caplog.at_level(logging.INFO, "neuralart"):
        first(init=tmp_path / "fits.png")
    assert not [message for message in caplog.messages if message.startswith("init:")]


@RECIPE
def test_a_finished_painting_is_gone_on_with(recipe, tmp_path):
    how = SMALL | {"recipe": recipe, "style_loss": "gram", "num_iters": 12}
    painted = neuralart.stylize(CONTENT, STYLE, **how)
    painted.save(tmp_path / "painted.png", bits=16)
    steps = list(neuralart.iterate(CONTENT, STYLE, init=tmp_path / "painted.png", **how))
    assert (steps[0].image - painted.pixels).abs().max() < 0.01
    # Its first step is already better than the photograph's, and it ends below the end of the first part.
    assert steps[1].total < 0.5 * next(s for s in neuralart.iterate(CONTENT, STYLE, **how) if s.iteration == 1).total
    assert steps[-1].total < painted.record["result"]["total"]


def test_a_pictures_detail_is_there_at_every_scale(tmp_path):
    board = (torch.arange(192)[:, None] + torch.arange(192)[None]) % 2 * 60.0 + 90  # as fine as pixels go
    begun = Picture(board.expand(1, 3, -1, -1).contiguous())
    run = neuralart.prepare(picture(192, 192), STYLE, Options(**(SMALL | {"size": 192, "scales": 2})), first=begun)
    entered = run.stage(run.schedule[-1]).enter(run.beginning())
    assert len(run.schedule) == 2 and torch.allclose(entered, begun.pixels, atol=1e-3)
    # Of a mixture its own share, under noise that is enlarged.
    begun.save(tmp_path / "board.png")
    mixed = Options(**(SMALL | {"size": 192, "scales": 2, "init": f"{tmp_path / 'board.png'}:0.5"}))
    run = neuralart.prepare(picture(192, 192), STYLE, mixed)
    entered = run.stage(run.schedule[-1]).enter(run.beginning())
    step = lambda image: (image[..., 1:] - image[..., :-1]).abs().mean()
    assert step(entered - begun.pixels / 2) < 0.5 * step(begun.pixels / 2) < step(entered)


def test_python_may_give_any_picture():
    begun = picture(60, 45, seed=9)
    # It takes the place of all that init says.
    assert torch.equal(first(first=begun, init="random"), begun.resized((32, 24)).pixels)


@pytest.mark.parametrize("init", ["imgae", "nowhere/out.png"])
def test_what_is_neither_a_word_nor_a_file(init):
    with pytest.raises(OptionError) as caught:
        first(init=init)
    told = f"--init is '{init}', which is neither one of image, style, grey, random, pink nor a file"
    assert str(caught.value) == told + ("; did you mean 'image'?" if init == "imgae" else "")


def test_what_is_no_picture(tmp_path):
    (tmp_path / "notes.txt").write_text("no picture")
    with pytest.raises(PictureError, match=r"notes\.txt"):
        first(init=tmp_path / "notes.txt")


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, one in (("photo", CONTENT), ("style", STYLE), ("begun", picture(64, 48, seed=7))):
        one.save(f"{name}.png")
    return tmp_path


NAMED = ("--content", "photo.png", "--style", "style.png", *WORDS)


@pytest.mark.parametrize("init", ["begun.png", "begun.png:0.4:pink", "style", "pink"])
def test_again_begins_with_the_same(place, init):
    assert main([*NAMED, "--init", init, "--output", "one.png"]) == 0
    (place / "moved").mkdir()
    for name in ("one.png", "begun.png"):
        (place / name).rename(place / "moved" / name)
    assert main(["again", "moved/one.png", "--output", "two.png"]) == 0
    assert torch.equal(read("moved/one.png").pixels, read("two.png").pixels)


def test_again_reads_a_file_only_if_it_is_what_it_was(place, capsys):
    assert main([*NAMED, "--init", "begun.png", "--output", "one.png"]) == 0
    picture(64, 48, seed=8).save("begun.png")
    assert main(["again", "one.png", "--output", "two.png"]) == 2
    assert "begun.png is not the same file as when the picture was made; to use it anyway, give it with --init" in (
        capsys.readouterr().err
    )
    (place / "begun.png").unlink()
    assert main(["again", "one.png", "--output", "two.png"]) == 2
    assert "the first image begun.png is neither where it was nor beside one.png; give it with --init" in (
        capsys.readouterr().err
    )
    assert main(["again", "one.png", "--output", "two.png", "--init", "image"]) == 0


def test_a_record_that_names_a_file_without_its_digest_reads_nothing(place, capsys):
    record = json.loads(json.dumps(neuralart.stylize("photo.png", "style.png", **SMALL).record))
    record["options"]["init"] = str(place / "begun.png")
    write_picture(read("photo.png"), "hostile.png", record=record)
    assert main(["again", "hostile.png", "--output", "two.png"]) == 2
    assert "begun.png to start from, but not its digest; give it with --init" in capsys.readouterr().err


def test_again_of_a_picture_from_python_says_what_it_lacks(place, capsys):
    neuralart.stylize("photo.png", "style.png", first=picture(60, 45, seed=9), **SMALL).save("one.png")
    assert main(["again", "one.png", "--output", "two.png"]) == 2
    told = "a first image passed in Python; only Python can make it again, or give another with --init"
    assert told in capsys.readouterr().err
    assert main(["again", "one.png", "--output", "two.png", "--init", "begun.png"]) == 0
    # Of a file it names it.
    neuralart.stylize("photo.png", "style.png", first="begun.png", **SMALL).save("three.png")
    assert main(["again", "three.png", "--output", "four.png"]) == 0
    assert torch.equal(read("three.png").pixels, read("four.png").pixels)


def test_resume_needs_the_same_file(place, capsys):
    named = {"content": "photo.png", "style": "style.png", "output": "out.png", "init": "begun.png"}
    run = neuralart.prepare("photo.png", "style.png", Options(**SMALL, **named))
    write("run.ckpt", next(step for step in run.steps() if step.iteration == 1), run.facts())
    digest = hashlib.sha256((place / "begun.png").read_bytes()).hexdigest()
    assert run.facts()["first"] == {"path": "begun.png", "sha256": digest, "size": [64, 48]}
    kept = (place / "begun.png").read_bytes()
    picture(64, 48, seed=8).save("begun.png")
    assert main(["resume", "run.ckpt", "--display", "off"]) == 2
    assert "begun.png is not the first image that run.ckpt was painted from; put that there" in capsys.readouterr().err
    (place / "begun.png").write_bytes(kept)
    assert main(["resume", "run.ckpt", "--display", "off"]) == 0
    assert read("out.png").size == (32, 24)


def test_the_file_is_never_overwritten(place, capsys):
    assert main([*NAMED, "--init", "begun.png", "--output", "begun.png"]) == 2
    assert "--output 'begun.png' would overwrite an input" in capsys.readouterr().err


def test_a_sweep_tells_files_apart_by_what_they_hold(place, capsys):
    words = [*NAMED, "--init", "begun.png", "--seed", "1,2", "--folder", "made", "--output", "sheet.png"]
    assert main(["sweep", *words]) == 0
    assert main(["sweep", *words]) == 0
    assert "2 already there" in capsys.readouterr().out
    picture(64, 48, seed=8).save("begun.png")
    assert main(["sweep", *words[:-1], "other.png"]) == 0
    assert "2 painted" in capsys.readouterr().out
