"""neuralart again and record: a picture made again from itself."""

from __future__ import annotations

import json

import pytest
import torch

from neuralart import read
from neuralart.cli.recall import recalled
from neuralart.image.write import write
from neuralart.options import declared

from ..test_options import SAMPLES
from .made import SMALL, picture

GOOD = ("--content", "photo.png", "--style", "style.png", *SMALL)


@pytest.fixture
def painted(call, place):
    assert call(*GOOD, "--init", "random", "--seed", 7, "--output", "first.png", "--log", "log.jsonl").code == 0
    return place / "first.png"


@pytest.mark.parametrize("recipe", ["balanced", "original"])
def test_the_same_pixels(call, place, recipe):
    words = ["--recipe", recipe, "--seed", 3, "--init", "random", "--num-iters", 4]
    assert call(*GOOD, *words, "--output", "first.png").code == 0
    assert call("again", "first.png", "--output", "second.png").code == 0
    first, second = read("first.png"), read("second.png")
    assert torch.equal(first.pixels, second.pixels)
    changed = {"output", "display"} | ({"output_dir"} if recipe == "original" else set())
    assert {k for k, v in first.record["options"].items() if second.record["options"][k] != v} <= changed


def test_what_auto_was_then(call, place):
    words = [word for word in GOOD if word not in ("--precision", "float32", "--model", "compact")]
    assert call(*words, "--recipe", "original", "--output", "first.png").code == 0
    found = recalled(place / "first.png", set())
    assert (found["model"], found["precision"]) == ("compact", "float32")


def test_options_given_take_the_place_of_recorded_ones(call, painted):
    code, out, _ = call("again", "first.png", "--num_iters=3", "--size", 48)
    assert code == 0
    # A name of its own: the record's output is not written over.
    assert "photo-style.png: 48 x 36 pixels" in out
    options = read("photo-style.png").record["options"]
    assert (options["num_iters"], options["size"], options["seed"]) == (3, 48, 7)
    assert options["log"] is None


def test_another_content(call, place, painted):
    picture(50, 50, seed=5).save("other.png")
    (place / "photo.png").unlink()
    assert call("again", "first.png", "--content", "other.png").code == 0
    assert read("other-style.png").size == (32, 32)


def test_inputs_beside_the_picture(call, place, painted, monkeypatch):
    (place / "elsewhere").mkdir()
    monkeypatch.chdir(place / "elsewhere")
    code, _, err = call("again", "../first.png", "--output", "x.png", "--display", "off")
    assert (code, err) == (0, "")
    assert torch.equal(read("x.png").pixels, read("../first.png").pixels)


def test_a_changed_input_is_told(call, painted):
    picture(60, 45, seed=9).save("photo.png")
    code, _, err = call("again", "first.png", "--display", "off")
    assert code == 0
    assert err == "photo.png is not the same file as when the picture was made\n"


def test_changed_weights_are_told(call, painted, monkeypatch, tmp_path):
    from neuralart.networks import provide

    other = tmp_path / "compact.safetensors"
    other.write_bytes(provide.COMPACT_FILE.read_bytes() + b" ")
    monkeypatch.setattr(provide, "COMPACT_FILE", other)
    from neuralart.cli import painting

    monkeypatch.setattr(painting, "paint", lambda options: 0)
    assert (
        call("again", "first.png", "--display", "off").err
        == f"{other} is not the same file as when the picture was made\n"
    )


def test_auto_stays_what_it_was(call, place):
    call("--content", "photo.png", "--style", "style.png", "--size", 32, "--num-iters", 1, "--output", "first.png")
    assert read("first.png").record["options"]["model"] == "auto"
    assert recalled(place / "first.png", set())["model"] == "compact"
    # Other weights may be another network's.
    assert recalled(place / "first.png", {"weights"})["model"] == "auto"


@pytest.mark.parametrize("name", SAMPLES)
def test_every_option_is_recalled(place, name):
    recorded = {"options": {name: SAMPLES[name][1]}, "content": {"path": "photo.png"}, "style": {"path": "style.png"}}
    write(picture(8, 8), "made.png", record=recorded)
    found = recalled(place / "made.png", set())
    if not declared()[name][0].is_replayed:
        assert name not in found
    elif name not in ("content", "style"):
        assert found[name] == SAMPLES[name][1]
    assert (found["content"], found["style"]) == ("photo.png", "style.png")


def test_options_of_a_later_version_are_passed_over(place):
    recorded = {"options": {"telepathy": 3}, "content": {"path": "photo.png"}, "style": {"path": "style.png"}}
    write(picture(8, 8), "made.png", record=recorded)
    assert "telepathy" not in recalled(place / "made.png", set())


@pytest.mark.parametrize(
    ("record", "part"),
    [
        ({"options": 3}, "made.png holds no record"),
        ({"something": "else"}, "made.png holds no record"),
        ({"options": {}, "content": "x"}, "the record does not name a "),
        ({"options": {}, "content": {"path": None}, "style": {"path": "style.png"}}, "give one with --content"),
        ({"options": {}, "content": {"path": "gone.png"}, "style": {"path": "style.png"}}, "gone.png is not where"),
        (
            {"options": {"size": -4}, "content": {"path": "photo.png"}, "style": {"path": "style.png"}},
            "--size is -4; it must be at least 0",
        ),
    ],
)
def test_records_that_will_not_do(mistake, record, part):
    write(picture(8, 8), "made.png", record=record)
    mistake(["again", "made.png"], part)


@pytest.mark.parametrize("command", ["again", "record"])
@pytest.mark.parametrize(
    ("words", "part"),
    [
        ([], "needs the name of a picture"),
        (["--size", 3], "needs the name of a picture"),
        (["photo.png"], "photo.png holds no record; only pictures that neuralart wrote"),
        (["phto.png"], "did you mean 'photo.png'?"),
        (["."], "it is a folder"),
    ],
)
def test_pictures_that_will_not_do(mistake, command, words, part):
    mistake([command, *words], part)


def test_words_too_many(mistake, painted):
    mistake(["record", "first.png", "photo.png"], "'photo.png' is one word too many")
    mistake(["again", "first.png", "photo.png"], "nothing is expected where 'photo.png' stands")
    mistake(["again", "first.png", "--output", "first.png", "--style", "first.png"], "would overwrite an input")


def test_record(call, painted):
    code, out, err = call("record", "first.png")
    assert (code, err) == (0, "")
    assert json.loads(out) == read("first.png").record
