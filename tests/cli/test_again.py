"""neuralart again and record: a picture made again from itself."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest
import torch
from torch import nn

import neuralart
from neuralart import read
from neuralart.areas import NAMES
from neuralart.cli.recall import recalled
from neuralart.image import paintings
from neuralart.image.write import write
from neuralart.options import declared, from_mapping

from ..test_options import SAMPLES
from .made import SMALL, picture

GOOD = ("--content", "photo.png", "--style", "style.png", *SMALL)


CHANGES = {"output", "display", "checkpoint"}  # what a picture made again does not take over
INPUTS = {"content": "photo", "style": "style"}


def inputs() -> dict:
    """What a record says of the inputs that are there."""
    digests = {name: hashlib.sha256(Path(f"{name}.png").read_bytes()).hexdigest() for name in INPUTS.values()}
    return {role: {"path": f"{name}.png", "sha256": digests[name]} for role, name in INPUTS.items()}


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
    changed = CHANGES | ({"output_dir"} if recipe == "original" else set())
    assert {k for k, v in first.record["options"].items() if second.record["options"][k] != v} <= changed


@pytest.mark.parametrize(
    "words",
    [
        ["--style", "style.png", "photo.png", "--style-weights", "3,1", "--style-layers", "map1_1", "map2_1,map3_1"],
        ["--style", "style.png", "--style-scale", "0.9,0.7", "--style-weights", "3,1", "--normalize-gradients"],
        ["--style", "style.png", "style.png", "photo.png", "--style-size", 24, "--style-weights", "1,2,0"],
        ["--content", "none", "--size", "40x24", "--smoothness", 0.1, "--smoothness-power", 1],
    ],
)
def test_styles_and_textures(call, place, words):
    assert call(*GOOD, *words, "--output", "first.png").code == 0
    assert call("again", "first.png", "--output", "second.png").code == 0
    first, second = read("first.png"), read("second.png")
    assert torch.equal(first.pixels, second.pixels)
    assert {k for k, v in first.record["options"].items() if second.record["options"][k] != v} <= CHANGES
    # Nothing of it may change.
    if "photo.png" not in words:
        picture(50, 50, seed=5).save("style.png")
        assert call("again", "first.png").code == 2


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


def test_a_painting_by_name_on_another_machine(call, place, monkeypatch, tmp_path):
    assert call(*GOOD, "--style", "wave", "--output", "first.png").code == 0
    first = read("first.png")
    assert (first.record["options"]["style"], first.record["styles"][0]["path"]) == ("wave", "wave")
    # There the program lies elsewhere.
    elsewhere = tmp_path / "paintings"
    shutil.copytree(paintings.FOLDER, elsewhere)
    monkeypatch.setattr(paintings, "FOLDER", elsewhere)
    code, _, err = call("again", "first.png", "--output", "second.png", "--display", "off")
    assert (code, err) == (0, "content: photo.png, from first.png\nstyle: wave, from first.png\n")
    second = read("second.png")
    assert torch.equal(second.pixels, first.pixels)
    assert second.record["options"]["style"] == "wave"
    # A file that goes by the name is not the painting.
    (place / "wave").write_bytes((place / "style.png").read_bytes())
    assert call("again", "first.png", "--output", "third.png").code == 0
    assert torch.equal(read("third.png").pixels, first.pixels)


def test_inputs_beside_the_picture(call, place, painted, monkeypatch):
    (place / "elsewhere").mkdir()
    monkeypatch.chdir(place / "elsewhere")
    code, _, err = call("again", "../first.png", "--output", "x.png", "--display", "off")
    # What is read because the picture names it is shown.
    shown = [f"{role}: ../{name}.png, from ../first.png\n" for role, name in INPUTS.items()]
    assert (code, err) == (0, "".join(shown))
    assert torch.equal(read("x.png").pixels, read("../first.png").pixels)


def test_a_changed_input_is_not_read_unless_it_is_asked_for(call, painted, mistake):
    picture(60, 45, seed=9).save("photo.png")
    told = mistake(["again", "first.png", "--display", "off"], "photo.png is not the same file as when the picture")
    assert told.endswith("to use it anyway, give it with --content")
    code, _, err = call("again", "first.png", "--display", "off", "--content", "photo.png")
    assert (code, err) == (0, "style: style.png, from first.png\n")


def test_weights_that_a_record_names(mistake, painted, place):
    """Only the file that it was is read, and nothing of another is told."""
    record = read("first.png").record
    for name in ("/etc/passwd", "gone.th", "photo.png"):
        record["options"]["weights"] = name
        write(picture(8, 8), "made.png", record=record)
        told = mistake(["again", "made.png"], f"the weights {name} are missing or have changed")
        assert "root" not in told


def test_nothing_is_overwritten_unless_asked(call, painted, mistake):
    mistake(["again", "first.png", "--output", "first.png"], "--output 'first.png' already exists; add --overwrite")
    mistake(["again", "first.png", "--log", "photo.png"], "--log 'photo.png' already exists; add --overwrite")
    assert call("again", "first.png", "--output", "first.png", "--overwrite", "--display", "off").code == 0


def test_changed_weights_are_told(call, painted, monkeypatch, tmp_path):
    from neuralart.networks import provide

    other = tmp_path / "compact.safetensors"
    other.write_bytes(provide.COMPACT_FILE.read_bytes() + b" ")
    monkeypatch.setattr(provide, "COMPACT_FILE", other)
    from neuralart.cli import painting

    monkeypatch.setattr(painting, "paint", lambda options: 0)
    told = call("again", "first.png", "--display", "off").err
    assert told.startswith(f"neuralart {neuralart.__version__} painted it with another network 'compact', so the")


def test_auto_stays_what_it_was(call, place):
    call("--content", "photo.png", "--style", "style.png", "--size", 32, "--num-iters", 1, "--output", "first.png")
    assert read("first.png").record["options"]["model"] == "auto"
    assert recalled(place / "first.png", set())["model"] == "compact"
    # Other weights may be another network's.
    assert recalled(place / "first.png", {"weights"})["model"] == "auto"


@pytest.mark.parametrize("name", SAMPLES)
def test_every_option_is_recalled(place, name):
    masks = {"masks": {name: [inputs()["style"]]}} if name in NAMES else {}
    write(picture(8, 8), "made.png", record=inputs() | masks | {"options": {name: SAMPLES[name][1]}})
    found = recalled(place / "made.png", {"weights"} if name == "weights" else set())
    if not declared()[name][0].is_replayed:
        assert name not in found
    elif name in NAMES:  # by their digests, not by the name alone
        assert found[name] in ("style.png", ["style.png"])
    elif name not in ("content", "style"):
        assert getattr(from_mapping({name: found[name]}), name) == SAMPLES[name][1]
    assert (found["content"], found["style"]) == ("photo.png", ["style.png"])


def test_options_of_a_later_version_are_passed_over(place):
    write(picture(8, 8), "made.png", record=inputs() | {"options": {"telepathy": 3}})
    assert "telepathy" not in recalled(place / "made.png", set())


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"options": 3}, "the record in made.png is damaged, or was not made by neuralart (it names no options)"),
        ({"content": "x"}, "(its content is not a table)"),
        ({"content": {"path": None}}, "give one with --content"),
        ({"content": {"path": 5}}, "(the content's path is not text)"),
        ({"content": {"path": "a" * 5000}}, "(the content's path has 5,000 characters)"),
        ({"content": {"path": "a\0b"}}, "(the content's path has a null character)"),
        ({"content": {"path": ["photo.png"]}}, "(the content's path is not text)"),
        ({"content": {"path": "photo.png", "sha256": "ff"}}, "(the content's digest is not a SHA-256)"),
        ({"content": {"path": "photo.png"}}, "photo.png is not the same file"),
        ({"content": {"path": "gone.png"}}, "gone.png is neither where"),
        ({"content": {"path": "/dev/zero"}}, "/dev/zero is neither where"),
        (
            {"content": {"path": "a\x1b]0;owned\x07\x9b31m\u202e\ud800"}},
            r"a\x1b]0;owned\x07\x9b31m\u202e\ud800 is neither",
        ),
        ({"options": {"size": -4}}, "(--size is -4; it must be at least 0)"),
        ({"options": {"weights": 5}}, "(option weights is not text)"),
        ({"options": {"model": "a\x1b[31m"}}, r"--model is 'a\x1b[31m', which is not one of"),
        ({"network": 7}, "(its network is not a table)"),
        ({"given": "network"}, "(its given are not a list)"),
        (
            {"given": ["network"]},
            "a network passed in Python; only Python can make it again, or choose another network",
        ),
        ({"given": ["first", "terms"]}, "made.png was painted with terms and a first image passed in Python; only"),
        ({"network": {"name": [1]}}, "(the network's name is not text)"),
        ({"result": {"iterations": -1}}, "(the result's iterations is not a whole number from 0 to 1,000,000,000)"),
        ({"description": 5}, "(description is not text)"),
    ],
)
def test_records_that_will_not_do(mistake, changes, part):
    write(picture(8, 8), "made.png", record=inputs() | {"options": {}} | changes)
    mistake(["again", "made.png"], part)


def test_a_picture_painted_with_a_network_given_in_python(call, place, mistake):
    network = neuralart.Network.of(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()), ["1"])
    made = neuralart.stylize("photo.png", "style.png", network=network, size=32, num_iters=1, device="cpu")
    made.save("made.png")
    code, out, _ = call("record", "made.png")
    found = json.loads(out)
    assert (code, found["given"]) == (0, ["network"])
    assert found["network"] | {"file": None, "sha256": None, "name": "Sequential"} == found["network"]
    mistake(
        ["again", "made.png"], "made.png was painted with a network passed in Python; only Python can make it again"
    )
    assert call("again", "made.png", "--model", "compact", "--output", "other.png").code == 0


@pytest.mark.parametrize("command", ["again", "record"])
@pytest.mark.parametrize(
    ("words", "part"),
    [
        ([], "needs the name of a picture"),
        (["--size", 3], "needs the name of a picture"),
        (["photo.png"], "photo.png has no record; only pictures that neuralart wrote"),
        (["phto.png"], "did you mean 'photo.png'?"),
        (["."], "it is a folder"),
    ],
)
def test_pictures_that_will_not_do(mistake, command, words, part):
    mistake([command, *words], part)


def test_words_too_many(mistake, painted):
    mistake(["record", "first.png", "photo.png"], "but 'photo.png' follows it")
    mistake(["again", "first.png", "photo.png"], "'photo.png' does not belong to an option")
    words = ["--output", "first.png", "--style", "first.png", "--content", "photo.png", "--overwrite"]
    mistake(["again", "first.png", *words], "would overwrite an input")


def test_record(call, painted):
    code, out, err = call("record", "first.png")
    assert (code, err) == (0, "")
    assert json.loads(out) == read("first.png").record


HOSTILE = ("\x1b]0;owned\x07\x1b[31m", "\x9b31m", "\u202eabc", "\ud800", "\u2066")


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_shown_of_a_record_steers_no_terminal(call, place, text):
    write(picture(8, 8), "made.png", record=inputs() | {"options": {}, "description": "a" + text, text: {text: [text]}})
    code, out, err = call("record", "made.png")
    assert (code, err) == (0, "")
    assert all(c.isprintable() or c == "\n" for c in out)
    assert json.loads(out)["description"] == "a" + text


@pytest.mark.parametrize(
    "name", ["record-c1", "record-esc", "record-path-int", "record-surrogate", "record-weights-int"]
)
def test_records_made_to_deceive(call, shared, name):
    for command in ("record", "again"):
        code, out, err = call(command, shared / "cases" / f"{name}.png")
        assert code == (2 if command == "again" or name.endswith("-int") else 0)
        assert all(c.isprintable() or c == "\n" for c in out + err)
        assert err.count("\n") == (code == 2)
