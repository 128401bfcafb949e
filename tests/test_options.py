"""Every option through every door, and no option without a use."""

from __future__ import annotations

import ast
import dataclasses
import json
import math
import re
from pathlib import Path

import numpy as np
import pytest

import neuralart.options as declaration
from neuralart.cli.parser import parse
from neuralart.errors import OptionError
from neuralart.facts import Text
from neuralart.image.write import FORMATS
from neuralart.networks import NETWORKS
from neuralart.options import GROUPS, Options, declared, flag, from_mapping, layer_weights

# A value of each option that is not its default: as words, and as it is kept. A new option has to be added here.
SAMPLES = {
    "content": ("photo.jpg", "photo.jpg"),
    "style": ("my_style.jpg", ("my_style.jpg",)),
    "output": ("out.tif", "out.tif"),
    "output_dir": ("some_frames", "some_frames"),
    "bits": ("16", 16),
    "quality": ("80", 80),
    "pyramid": (None, True),
    "size": ("1024", 1024),
    "init": ("image:0.3:pink", "image:0.3:pink"),
    "seed": ("7", 7),
    "format": ("tif", "tif"),
    "background": ("#ff8000", "#ff8000"),
    "max_megapixels": ("900", 900.0),
    "accept_damaged": (None, True),
    "strip": (None, True),
    "keep_gps": (None, True),
    "overwrite": (None, True),
    "colors": ("content", "content"),
    "color_strength": ("0.5", 0.5),
    "preset": ("bold", "bold"),
    "strength": ("0.75", 0.75),
    "recipe": ("original", "original"),
    "style_loss": ("gaussian", "gaussian"),
    "content_loss": ("similarity", "similarity"),
    "style_factor": ("1.5e9", 1.5e9),
    "smoothness": ("1e-3", 1e-3),
    "smoothness_power": ("1", 1.0),
    "normalize_gradients": (None, True),
    "style_weights": ("2", (2.0,)),
    "style_scale": ("0.5", (0.5,)),
    "style_size": ("300", (300,)),
    "style_layers": ("conv1_1:2,conv2_1", ("conv1_1:2,conv2_1",)),
    "content_layers": ("conv4_2", "conv4_2"),
    "seamless": ("both", "both"),
    "scales": ("3", 3),
    "style_mask": ("sky.png", ("sky.png",)),
    "content_mask": ("labels.png", "labels.png"),
    "mask": ("part.png", ("part.png",)),
    "preserve": ("face.png", "face.png"),
    "content_weight_mask": ("hands.png", "hands.png"),
    "model": ("compact", "compact"),
    "weights": ("vgg.th", "vgg.th"),
    "normalise": ("no", "no"),
    "pooling": ("max", "max"),
    "padding": ("reflect", "reflect"),
    "weights_convention": ("caffe", "caffe"),
    "num_iters": ("20", 20),
    "tolerance": ("0.01", 0.01),
    "optimizer": ("adam", "adam"),
    "history": ("5", 5),
    "learning_rate": ("0.5", 0.5),
    "device": ("cpu", "cpu"),
    "cpu": (None, True),
    "backend": ("cudnn", "cudnn"),
    "precision": ("float64", "float64"),
    "memory": ("4GB", "4GB"),
    "tile": ("512", 512),
    "threads": ("3", 3),
    "display": ("browser", "browser"),
    "display_interval": ("0", 0),
    "display_port": ("8000", 8000),
    "log": ("log.jsonl", "log.jsonl"),
    "plot": ("losses.svg", "losses.svg"),
    "animation": ("film.gif", "film.gif"),
    "animation_size": ("320", 320),
    "animation_seconds": ("5", 5.0),
    "checkpoint": ("run.ckpt", "run.ckpt"),
    "checkpoint_interval": ("7", 7),
    "checkpoint_history": ("5", 5),
    "sheet": ("sheet.png", "sheet.png"),
    "quiet": (None, True),
}
EXCLUSIVE = ("scales", "style_size", "style_loss", "content_loss")  # which the other samples rule out
FIELDS = list(declared())
SOURCES = Path(declaration.__file__).parent
NUMBERS = [name for name, (facts, _) in declared().items() if facts.kind in (int, float)]
TEXTS = [name for name, (facts, _) in declared().items() if facts.kind is str]
FLAGS = [name for name, (facts, _) in declared().items() if facts.kind is bool]


def test_there_is_a_sample_of_every_option():
    assert list(SAMPLES) == FIELDS
    assert set(FIELDS) == {field.name for field in dataclasses.fields(Options)}
    assert all(value != declared()[name][1] for name, (_, value) in SAMPLES.items())


def test_the_originals_defaults():
    options = Options()
    assert options.size == 500
    assert options.num_iters == 500
    assert options.style_factor == 2e9
    assert options.display_interval == 20
    assert options.smoothness == 0
    assert options.init == "image"
    assert options.optimizer == "lbfgs"
    assert options.backend is None
    assert options.output_dir is None  # 'frames' in recipe original, see tests/cli
    assert (options.recipe, options.model, options.seed, options.quiet) == ("balanced", "auto", 0, False)


@pytest.mark.parametrize("name", FIELDS)
def test_through_every_door(name):
    words, value = SAMPLES[name]
    wanted = Options(**{name: value})
    assert getattr(wanted, name) == value
    assert type(getattr(wanted, name)) is type(value)
    assert from_mapping({name: value}) == wanted
    if words is None:
        doors = [[flag(name)], [f"--{name}"]]
    else:
        assert from_mapping({name: words}) == wanted
        doors = [[flag(name), words], [f"--{name}", words], [f"{flag(name)}={words}"], [f"--{name}={words}"]]
    for door in doors:
        assert parse(door) == wanted
    # The record of a picture, there and back.
    assert from_mapping(json.loads(json.dumps(wanted.record()))) == wanted


def test_all_at_once():
    chosen = {name: value for name, (_, value) in SAMPLES.items() if name not in EXCLUSIVE}
    # Several values of one are a single one in the record.
    recorded = {name: value[0] if isinstance(value, tuple) else value for name, value in chosen.items()}
    assert from_mapping(Options(**chosen).record()).record() == recorded | {
        name: declared()[name][1] for name in EXCLUSIVE
    }


def reads(tree: ast.AST) -> set[str]:
    """Attributes that are read of something called options, or of a run's settings."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            owner = ast.unparse(node.value).rpartition(".")[2]
            if owner == "options":
                found.add(node.attr)
    return found


def test_no_option_is_dead():
    files = [
        path
        for path in SOURCES.rglob("*.py")
        if path.name not in ("options.py", "looks.py", "running.py", "keywords.py")
    ]
    used = set().union(*(reads(ast.parse(path.read_text(encoding="utf-8"))) for path in files))
    assert set(FIELDS) - used == set()


def test_choices_are_the_registries_keys():
    from neuralart.build import DEVICES, PRECISIONS
    from neuralart.losses.choices import CONTENT_LOSSES, STYLE_LOSSES
    from neuralart.networks.nodes import POOLINGS
    from neuralart.presets import PRESETS
    from neuralart.recipes import RECIPES

    choices = {name: facts.choices for name, (facts, _) in declared().items()}
    assert choices["recipe"] == tuple(RECIPES)
    assert choices["preset"] == tuple(PRESETS)
    assert choices["style_loss"] == tuple(STYLE_LOSSES)
    assert choices["content_loss"] == tuple(CONTENT_LOSSES)
    assert choices["model"] == ("auto", *NETWORKS)
    assert choices["precision"] == ("auto", *PRECISIONS)
    assert choices["pooling"] == tuple(POOLINGS)
    assert "auto" in DEVICES
    assert set(choices["optimizer"]) == {"lbfgs", "sgd", "adam"}


@pytest.mark.parametrize("recipe", ["balanced", "original"])
def test_every_optimizer_is_one(recipe):
    from neuralart.objective.topology import HERE
    from neuralart.recipes import RECIPES
    from neuralart.recipes.recipe import History

    from .networks.tiny import CHAIN, network

    seen = network(CHAIN)
    kinds = [
        type(RECIPES[recipe].optimiser(Options(optimizer=name), seen, History(), HERE)).__name__
        for name in declared()["optimizer"][0].choices
    ]
    assert kinds == [{"balanced": "LBFGS", "original": "LBFGSTorch7"}[recipe], "SGD", "Adam"]


def test_help_names_every_format():
    text = declared()["output"][0].help
    assert all(suffix in text for suffix in (".png", ".jpg", ".tif", ".webp", ".avif"))
    assert set(re.findall(r"\.[a-z]+", text)) <= set(FORMATS)


@pytest.mark.parametrize("name", FIELDS)
def test_declarations_are_complete(name):
    facts, default = declared()[name]
    assert facts.group in GROUPS
    assert facts.help and facts.help[-1] not in ".;," and facts.help == facts.help.strip()
    assert facts.kind in (int, float, str, bool)
    assert not (facts.many and default is not None)
    assert default is None or type(default) is facts.kind
    assert not (default is not None and facts.unset)
    assert name in ("content", "style") or default is not None or facts.unset


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "many", "", " ", True, math.nan, math.inf, [[3]], {}])
def test_what_is_no_number(name, value):
    wanted = "a whole number" if declared()[name][0].kind is int else "a number"
    with pytest.raises(OptionError) as caught:
        Options(**{name: value})
    said = value[0] if isinstance(value, list) and declared()[name][0].many else value
    assert str(caught.value) == f"{flag(name)} is '{said}'; it must be {wanted}"


@pytest.mark.parametrize("name", [name for name in NUMBERS if declared()[name][0].kind is int])
@pytest.mark.parametrize("value", [2.5, "2.5", "1e-3"])
def test_what_is_no_whole_number(name, value):
    with pytest.raises(OptionError, match=f"^{flag(name)} is '{value}'; it must be a whole number$"):
        Options(**{name: value})


@pytest.mark.parametrize("name", [name for name in NUMBERS if not declared()[name][0].choices])
def test_bounds(name):
    facts = declared()[name][0]
    low = facts.least if facts.least is not None else facts.above
    assert low is not None
    below = low - 1 if facts.least is not None else low
    with pytest.raises(OptionError) as caught:
        Options(**{name: below})
    how = f"at least {facts.least:g}" if facts.least is not None else f"more than {facts.above:g}"
    assert str(caught.value) == f"{flag(name)} is {facts.kind(below)}; it must be {how}"
    kept = (lambda value: (value,)) if facts.many else (lambda value: value)
    if facts.least is not None and name != "style_weights":  # of which one at least is above 0
        assert getattr(Options(**{name: facts.least}), name) == kept(facts.least)
    if facts.most is not None:
        assert getattr(Options(**{name: facts.most}), name) == kept(facts.most)
        with pytest.raises(OptionError, match=f"^{flag(name)} is .*; it must be at most "):
            Options(**{name: facts.most + 1})


def test_large_whole_numbers_are_not_rounded():
    assert Options(seed=2**53 - 1).seed == Options(seed=str(2**53 - 1)).seed == 2**53 - 1
    with pytest.raises(OptionError, match="--seed is 9007199254740993; it must be at most"):
        Options(seed="9007199254740993")


@pytest.mark.parametrize("name", TEXTS)
def test_empty_texts(name):
    with pytest.raises(OptionError) as caught:
        Options(**{name: ""})
    assert str(caught.value) == f"{flag(name)} is empty; leave it out or give a value"


@pytest.mark.parametrize("name", FLAGS)
@pytest.mark.parametrize("value", ["yes", 1, 0, "True"])
def test_flags(name, value):
    with pytest.raises(OptionError) as caught:
        Options(**{name: value})
    assert str(caught.value) == f"{flag(name)} is '{value}'; it is either given or not, and takes no value"


@pytest.mark.parametrize("name", FIELDS)
def test_none_is_the_default_or_refused(name):
    default = declared()[name][1]
    if default is None:
        assert getattr(Options(**{name: None}), name) is None
    else:
        with pytest.raises(OptionError) as caught:
            Options(**{name: None})
        assert str(caught.value) == f"{flag(name)} needs a value (default: {default})"


# Of the first image anything else is a file.
@pytest.mark.parametrize("name", [n for n, (facts, _) in declared().items() if facts.choices and n != "init"])
def test_choices(name):
    facts = declared()[name][0]
    for choice in facts.choices:
        assert getattr(Options(**{name: choice}), name) == facts.kind(choice)
    if facts.text is Text.FIRST:
        return  # another word is a file
    value = "7" if facts.kind is int else "kwyjibo"
    with pytest.raises(OptionError) as caught:
        Options(**{name: value})
    assert str(caught.value) == f"{flag(name)} is '{value}', which is not one of {', '.join(facts.choices)}"


def test_the_nearest_choice_whatever_the_case():
    with pytest.raises(OptionError, match=r"not one of lbfgs, sgd, adam; did you mean 'lbfgs'\?$"):
        Options(optimizer="L-BFGS")


def test_numbers_of_other_libraries_and_paths():
    options = Options(size=np.int64(64), style_factor=np.float32(2.0), output=Path("a") / "b.png", num_iters=3.0)
    assert (options.size, options.style_factor, options.num_iters) == (64, 2.0, 3)
    assert options.output == str(Path("a") / "b.png")
    json.dumps(options.record())


def test_unknown_names():
    with pytest.raises(OptionError) as caught:
        from_mapping({"style_facter": 3})
    assert str(caught.value) == "there is no option 'style_facter'; did you mean 'style_factor'?"


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"cpu": True, "device": "cuda"}, "--cpu and --device cuda contradict each other; give one of them"),
        (
            {"bits": 16, "output": "a.JPG"},
            "--bits 16 needs a PNG or TIFF, but --output is 'a.JPG'",
        ),
        (
            {"bits": 16, "format": "webp", "output": "a.png"},
            "--bits 16 needs a PNG or TIFF, but --format is webp",
        ),
        ({"pyramid": True, "output": "-"}, "--pyramid needs a file, but --output is '-'; give --output NAME.tif"),
        (
            {"pyramid": True, "format": "png"},
            "--pyramid needs a TIFF, but --format is png; give --output NAME.tif",
        ),
        ({"content": "-", "style": "-"}, "'-' is given for two pictures, but standard input holds only one"),
        ({"memory": "1KB"}, "--memory is '1KB', which is 1,000 bytes; give at least 1MB"),
        ({"memory": "1"}, "--memory is '1', which is 1 byte; give a unit, such as 4GB or 800MB"),
        (
            {"background": "#xyz"},
            "--background is '#xyz', which is not a colour; give a name that CSS knows, such as navy, or #rrggbb",
        ),
        (
            {"recipe": "original", "style_loss": "sliced"},
            "recipe 'original' compares Gram matrices; leave --style-loss out, or use --recipe balanced",
        ),
        (
            {"recipe": "original", "content_loss": "similarity"},
            "recipe 'original' compares features; leave --content-loss out, or use --recipe balanced",
        ),
        (
            {"content": "none", "content_loss": "similarity"},
            "--content-loss has no effect with --content none; leave one of them out",
        ),
        (
            {"recipe": "original", "scales": 3},
            "recipe 'original' has one scale; leave --scales out, or use --recipe balanced",
        ),
        (
            {"style_scale": 0.5, "style_size": 300},
            "--style-scale and --style-size contradict each other; give one of them",
        ),
        (
            {"style": ("a.jpg", "b.jpg"), "style_weights": "3,1,1"},
            "--style-weights has 3 values, but there are 2 styles; give one weight for each",
        ),
        (
            {"style": "a.jpg", "style_weights": [3, 1]},
            "--style-weights has 2 values, but there is 1 style; give one weight for each",
        ),
        (
            {"style": "a.jpg", "style_weights": 3, "style_scale": "0.5,1"},
            "--style-weights has 1 value, but there are 2 values of --style-scale; give one weight for each",
        ),
        (
            {"style": ("a.jpg", "b.jpg"), "style_weights": "0,0"},
            "--style-weights has no weight above 0; give at least one style a weight",
        ),
        (
            {"style": ("a.jpg", "b.jpg"), "style_size": "100,200,300"},
            "--style-size has 3 values, but there are 2 styles; give one, or 2",
        ),
        (
            {"style": ("a.jpg", "b.jpg"), "style_layers": ["a", "b", "c"]},
            "--style-layers has 3 values, but there are 2 styles; give one, or 2; the layers of one list have commas"
            " between them",
        ),
        (
            {"content": "a.jpg", "size": "64x32"},
            "--size 64x32 is for --content none; a photograph keeps its shape, so give its long edge: --size 64",
        ),
        (
            {"content": "none", "size": 0},
            "--size 0 keeps the content's own size, but --content is none; give --size 1024x512",
        ),
        (
            {"content": "none", "colors": "match"},
            "--colors match takes a photograph's colours, but --content is none; leave one of them out",
        ),
        (
            {"content": "none", "content_layers": "a"},
            "--content-layers has no effect with --content none; leave one of them out",
        ),
        (
            {"display": "window", "display_port": 8000},
            "--display-port needs --display browser, but --display is window",
        ),
        (
            {"display": "terminal", "quiet": True},
            "--quiet and --display terminal contradict each other; give one of them",
        ),
    ],
)
def test_contradictions(chosen, message):
    with pytest.raises(OptionError) as caught:
        Options(**chosen)
    assert str(caught.value) == message


def test_what_only_looks_like_a_contradiction():
    Options(background="Navy")
    Options(cpu=True, device="cpu")
    Options(bits=16, output="a.tif")
    Options(recipe="original", scales=1)
    Options(display="browser", display_port=8000, quiet=True)
    Options(display="window", quiet=True)


def test_values_for_several_styles():
    both = {"style": ("a.jpg", "b.jpg")}
    for given in ("3,1", ["3", "1"], [3, 1], (3.0, 1.0), "3, 1"):
        assert Options(style_weights=given, **both).style_weights == (3.0, 1.0)
    lists = ("conv1_1,conv2_1:2", "conv4_1")
    for given in (list(lists), ";".join(lists), [["conv1_1", "conv2_1:2"], {"conv4_1": 1}]):
        assert Options(style_layers=given, **both).style_layers == lists
    # What holds for all, and scales of one style.
    assert Options(style_scale=0.5, **both).style_scale == (0.5,)
    assert Options(style="a.jpg", style_scale="0.5,1", style_weights="2,1").style_weights == (2.0, 1.0)


def test_width_and_height():
    for given in ("2048x1024", "2048X1024", "2048 \u00d7 1024", (2048, 1024), ["2048", 1024]):
        assert Options(content="none", size=given).size == "2048x1024"
    for given, told in (("0x5", "--size is 0; it must be at least 1"), ("5x999999", "it must be at most 200000")):
        with pytest.raises(OptionError, match=told):
            Options(content="none", size=given)
    assert Options(content="none", size="300").size == 300


def test_options_do_not_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Options().size = 3


@pytest.mark.parametrize(
    ("text", "weights"),
    [
        ("a", {"a": 1.0}),
        ("a:2, b", {"a": 2.0, "b": 1.0}),
        ("a b:0.5", {"a": 1.0, "b": 0.5}),
        ("conv1/7x7_s2:3,inception_3a,", {"conv1/7x7_s2": 3.0, "inception_3a": 1.0}),
    ],
)
def test_layer_weights(text, weights):
    assert layer_weights("--style-layers", text) == weights


@pytest.mark.parametrize("part", ["a:0", "a:-1", "a:nan", "a:inf", "a:x", ":2"])
def test_layer_weights_that_are_none(part):
    with pytest.raises(OptionError) as caught:
        layer_weights("--style-layers", f"b,{part}")
    wanted = f"--style-layers has '{part}'; write a layer, or layer:weight with a weight above 0"
    assert str(caught.value) == wanted


def test_layers_twice_or_never_or_beyond_bounds():
    with pytest.raises(OptionError, match=r"^--style-layers names layer 'a' twice$"):
        layer_weights("--style-layers", "a,b,a:2")
    with pytest.raises(OptionError, match=r"^--style-layers names no layer$"):
        layer_weights("--style-layers", " , ")
    with pytest.raises(OptionError, match="whose sum is not finite"):
        layer_weights("--style-layers", "a:1e308,b:1e308")
