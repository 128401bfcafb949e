"""The whole program from Python, in small: the network that ships, a few pixels, a few iterations."""

from __future__ import annotations

import json
import logging
import re

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

import neuralart
from neuralart import api
from neuralart.errors import FetchError, OptionError, PictureError, WeightsError, keywords, speaking
from neuralart.networks import provide
from neuralart.networks.compact import COMPACT
from neuralart.networks.provide import COMPACT_FILE
from neuralart.options import Options
from neuralart.weights.read import read as read_weights

from .cli.made import picture, quiet_environment

SMALL = {"size": 32, "num_iters": 3, "model": "compact", "precision": "float32"}
CONTENT, STYLE = picture(60, 45), picture(40, 50, seed=1)


@pytest.fixture(autouse=True)
def voice():
    """Here messages are what Python users read."""
    with speaking(keywords):
        yield


@pytest.fixture(autouse=True)
def surroundings(monkeypatch, tmp_path):
    quiet_environment(monkeypatch, tmp_path / "cache")
    monkeypatch.chdir(tmp_path)


def paint(**options):
    return neuralart.stylize(CONTENT, STYLE, **(SMALL | options))


def test_paths_pictures_and_arrays_paint_alike(tmp_path):
    CONTENT.save("photo.png")
    STYLE.save("style.png")
    path = neuralart.stylize("photo.png", tmp_path / "style.png", **SMALL)
    content, style = neuralart.read("photo.png"), neuralart.read("style.png")
    read = neuralart.stylize(content, style, **SMALL)
    array = neuralart.stylize(content.numpy(), style.numpy(), **SMALL)
    floats = neuralart.stylize(content.numpy().astype(np.float64), style.numpy().astype(np.int32), **SMALL)
    assert path.size == (32, 24)
    for other in (read, array, floats):
        assert torch.equal(path.pixels, other.pixels)


def test_an_array_with_alpha():
    array = np.concatenate([CONTENT.numpy(), np.full((45, 60, 1), 128, np.uint8)], axis=2)
    array[:, :30, 3] = 0
    made = neuralart.stylize(array, STYLE, **SMALL)
    assert made.alpha.shape == (1, 1, 24, 32)
    assert made.alpha[..., 0].max() == 0
    assert made.alpha[..., -1].min() == pytest.approx(128)
    # The style's is not looked at, the array is not written to, and its order in memory does not matter.
    assert neuralart.stylize(CONTENT, array, **SMALL).alpha is None
    assert torch.equal(neuralart.stylize(np.asfortranarray(array), STYLE, **SMALL).pixels, made.pixels)


def test_what_is_no_picture():
    for role, pictures in (("content", (None, STYLE)), ("style", (CONTENT, None))):
        with pytest.raises(OptionError, match=f"^the {role} is a NoneType; give a path"):
            neuralart.stylize(*pictures, **SMALL)


def test_what_python_has_besides_text():
    told = {
        "style_layers": ({"map1_1": 2, "map3_1": 0.5}, "map1_1:2,map3_1:0.5"),
        "content_layers": (["map1_1", "conv2_2:3"], "map1_1,conv2_2:3"),
        "precision": (torch.float64, "float64"),
        "device": (torch.device("cpu"), "cpu"),
        "memory": (3e9, "3000000000"),
    }
    made = paint(**{name: given for name, (given, _) in told.items()})
    assert {name: made.record["options"][name] for name in told} == {name: text for name, (_, text) in told.items()}
    assert torch.equal(made.pixels, paint(**{name: text for name, (_, text) in told.items()}).pixels)


def test_an_options_object():
    options = Options(**SMALL, seed=3, init="random", content="elsewhere.jpg")
    made = neuralart.stylize(CONTENT, STYLE, options=options, seed=4)
    assert torch.equal(made.pixels, paint(seed=4, init="random").pixels)
    # The inputs are those that were given.
    assert made.record["options"]["content"] is None
    with pytest.raises(OptionError, match=r"^'log' belongs to the command line; in Python use neuralart"):
        neuralart.iterate(CONTENT, STYLE, options=Options(log="log.jsonl"))
    with pytest.raises(OptionError, match=r"^options is a dict; give neuralart\.Options"):
        neuralart.iterate(CONTENT, STYLE, options={"size": 32})


def test_asked_to_show():
    assert not api.asked_to_show({}, Options(size=3))
    assert api.asked_to_show({"display": "off"})
    assert api.asked_to_show({}, Options(display_port=8000))


def test_several_styles():
    other = picture(50, 40, seed=7)
    paint_in = lambda *styles: neuralart.stylize(CONTENT, list(styles), **(SMALL | {"precision": "float64"})).pixels
    one, both = paint_in(STYLE), paint_in(STYLE, neuralart.Style(other, weight=2.0))
    assert (one - both).abs().mean() > 0.1
    torch.testing.assert_close(paint_in(neuralart.Style(other, weight=4.0), neuralart.Style(STYLE, weight=2.0)), both)
    torch.testing.assert_close(paint_in(STYLE, STYLE), one, rtol=0, atol=0.01)


@pytest.mark.parametrize(
    ("styles", "message"),
    [
        ([], "there is no style; give one picture at least"),
        ([STYLE, 3], "the style is a int; give a path"),
    ],
)
def test_what_is_no_list_of_styles(styles, message):
    with pytest.raises(OptionError, match=f"^{message}"):
        neuralart.stylize(CONTENT, styles, **SMALL)


@pytest.mark.parametrize("changes", [{"weight": 0}, {"weight": -1.0}, {"weight": float("nan")}, {"scale": 0.0}])
def test_weights_and_scales_are_above_zero(changes):
    with pytest.raises(OptionError, match=r"of a style is .*; it must be a number above 0"):
        neuralart.Style(STYLE, **changes)


def test_the_first_image_may_be_any_picture():
    begun = picture(60, 45, seed=9)
    steps = list(neuralart.iterate(CONTENT, STYLE, first=begun, **SMALL))
    assert torch.equal(steps[0].image, begun.resized((32, 24)).pixels)


def test_a_style_smaller_than_the_picture_is_told_and_not_enlarged(caplog):
    with caplog.at_level(logging.INFO, "neuralart"):
        run = neuralart.prepare(CONTENT, picture(20, 18, seed=1), Options(**(SMALL | {"size": 48})))
    assert "style: the style has 20 x 18 pixels, far fewer than the picture; it is kept at 20 x 18" in caplog.messages
    assert run.styles[0].size((48, 36), enlarged=False) == (20, 18)
    assert neuralart.Style(STYLE, scale=2.0).size((48, 36), enlarged=False) == (76, 96)


@pytest.mark.parametrize("download", [False, True])
def test_auto_downloads_only_if_told_so(monkeypatch, download):
    asked = []
    monkeypatch.setattr(provide, "fetch_any", lambda *given, **others: asked.append(given) or refuse())
    provide._tell_of_compact.cache_clear()
    run = paint(model="auto", download=download)
    assert bool(asked) == download
    assert (run.record["options"]["model"], run.record["network"]["name"]) == ("auto", "compact")


def refuse():
    raise FetchError("there is no web here")


def test_watchers_see_every_step():
    first, second = [], []
    made = paint(watchers=[first.append, second.append], num_iters=4)
    assert first == second
    assert [step.iteration for step in first] == [0, 1, 2, 3, 4]
    assert all(isinstance(step, neuralart.Step) for step in first)
    assert first[0].total is None and first[0].terms == {}
    assert torch.equal(first[-1].picture().pixels, made.pixels)
    assert len({id(step.image) for step in first}) == 5


def test_iterate():
    steps = neuralart.iterate(CONTENT, STYLE, **SMALL)
    assert next(steps).iteration == 0
    rest = list(steps)
    assert [(step.iteration, step.iterations, step.is_last) for step in rest] == [(1, 3, 0), (2, 3, 0), (3, 3, 1)]
    assert torch.equal(rest[-1].picture().pixels, paint().pixels)


def test_stopping_is_ceasing_to_read():
    for step in neuralart.iterate(CONTENT, STYLE, **(SMALL | {"num_iters": 10**6})):
        if step.iteration == 2:
            break
    assert step.picture().size == (32, 24)


def test_mistakes_are_found_before_the_first_step():
    # Not when the generator is first asked.
    with pytest.raises(OptionError, match="no layer 'map9_9'"):
        neuralart.iterate(CONTENT, STYLE, style_layers="map9_9", **SMALL)


def test_the_record():
    CONTENT.save("photo.png")
    made = neuralart.stylize("photo.png", STYLE, **(SMALL | {"precision": "float64"}))
    record = json.loads(json.dumps(made.record))
    assert set(record) == {
        *("schema", "program", "description", "options", "content", "styles", "network", "objective"),
        *("versions", "result"),
    }
    assert record["program"] == f"neuralart {neuralart.__version__}"
    assert record["description"] == "photo.png in the style of a picture"
    assert record["options"] == Options(**(SMALL | {"precision": "float64"})).record()
    assert record["content"] == {"path": "photo.png", "sha256": neuralart.read("photo.png").digest, "size": [60, 45]}
    (style,) = record["styles"]
    assert style == {"path": None, "sha256": None, "size": [40, 50], "weight": 1.0, "scale": None}
    assert record["objective"][0]["name"] == "content map3_3"
    assert record["network"]["name"] == "compact"
    assert record["network"]["file"] == "compact.safetensors"
    assert len(record["network"]["sha256"]) == 64
    assert record["versions"]["torch"] == torch.__version__
    assert record["versions"]["device"] == "cpu"
    assert record["result"]["iterations"] == 3
    assert record["result"]["evaluations"] >= 3
    assert record["result"]["size"] == [32, 24]
    assert record["result"]["total"] == pytest.approx(sum(record["result"]["terms"].values()))
    made.save("made.png")
    assert neuralart.read("made.png").record == record
    made.save("bare.png", record={})
    assert neuralart.read("bare.png").record is None


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp", ".avif"])
def test_every_picture_saved_carries_the_record(suffix):
    made = paint()
    *_, step = neuralart.iterate(CONTENT, STYLE, **SMALL)
    for number, one in enumerate((made, step.picture())):
        one.save(f"{number}{suffix}")
        assert neuralart.read(f"{number}{suffix}").record["options"] == made.record["options"]
        assert neuralart.read(f"{number}{suffix}").record["result"]["iterations"] == 3


def test_a_step_is_finished_as_the_picture_is():
    content = picture(60, 45, alpha=True)
    run = api.prepare(content, STYLE, Options(**SMALL))
    *_, step = run.steps()
    mine, runs = step.picture(), run.picture(step)
    assert torch.equal(mine.pixels, runs.pixels) and torch.equal(mine.alpha, runs.alpha)
    assert mine.record == runs.record
    assert mine.alpha.shape == (1, 1, 24, 32)


def test_a_watcher_that_fails_costs_no_picture(caplog):
    def broken(step):
        raise ZeroDivisionError("mine")

    seen = []
    made = paint(watchers=[broken, seen.append])
    assert made.record["result"]["iterations"] == 3
    assert len(seen) == 4
    assert caplog.messages == ["broken failed (mine); the painting goes on without it"]


def test_pixels_are_clamped_and_the_inputs_untouched():
    before = CONTENT.pixels.clone(), STYLE.pixels.clone()
    made = paint(style_factor=1e12, num_iters=5)
    assert made.pixels.min() >= 0 and made.pixels.max() <= 255
    assert torch.equal(CONTENT.pixels, before[0]) and torch.equal(STYLE.pixels, before[1])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: neuralart.stylize("nothing.png", STYLE, **SMALL), PictureError, "cannot read 'nothing.png'"),
        (lambda: paint(sise=3), OptionError, "there is no option 'sise'; did you mean 'size'?"),
        (lambda: paint(num_iters=0), OptionError, "num_iters is 0; it must be at least 1"),
        (lambda: paint(style_factor="x"), OptionError, "style_factor is 'x'; it must be a number"),
        (
            lambda: paint(style_layers={"map1_1": "x"}),
            OptionError,
            "style_layers is {'map1_1': 'x'}; it must be text, a",
        ),
        (lambda: paint(memory=5), OptionError, "memory is '5', which is 5 bytes; say the unit"),
        (lambda: paint(recipe="original", scales=2), OptionError, "recipe 'original' has one scale; leave scales out"),
        (lambda: Options(cpu=True, device="cuda"), OptionError, "cpu and device cuda contradict each other"),
        (lambda: neuralart.iterate(CONTENT, STYLE, quiet=True), OptionError, "'quiet' belongs to the command line; in"),
        (lambda: paint(size=4), OptionError, "the content (60 x 45) would be 4 x 3 pixels"),
        (lambda: paint(device="banana"), OptionError, "device is 'banana'"),
        (lambda: paint(weights="no.th"), WeightsError, "no.th: does not exist"),
        (lambda: paint(model="vgg"), FetchError, "vgg_normalized.th or "),
        (lambda: paint(style_layers="conv42"), OptionError, "network 'compact' has no layer 'conv42'; did you mean"),
    ],
)
def test_mistakes(call, error, message):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value).startswith(message)
    assert isinstance(caught.value, neuralart.NeuralartError)


@pytest.mark.parametrize("recipe", ["balanced", "original"])
def test_the_same_seed_paints_the_same_picture(recipe):
    one, same, other = (paint(init="random", seed=seed, recipe=recipe).pixels for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


@pytest.mark.parametrize("recipe", ["balanced", "original"])
def test_the_global_generator_is_left_alone(recipe):
    before = torch.random.get_rng_state()
    paint(init="random", seed=1, recipe=recipe)
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("recipe", ["balanced", "original"])
@pytest.mark.parametrize("optimizer", ["lbfgs", "adam", "sgd"])
@pytest.mark.parametrize("init", ["image", "random"])
def test_every_optimizer_lowers_the_total(recipe, optimizer, init):
    # The original's steps have no line search, and its factor was chosen for 500 pixels: here the style weighs less.
    factor = {"style_factor": 1e4} if recipe == "original" else {}
    options = SMALL | {"num_iters": 12, "recipe": recipe, "optimizer": optimizer, "init": init} | factor
    totals = [step.total for step in neuralart.iterate(CONTENT, STYLE, **options)][1:]
    assert all(np.isfinite(totals))
    assert totals[-1] < 0.97 * totals[0]


# What differs, and from what, if it is not SMALL.
EFFECTS = {
    "size": ({"size": 48}, {}),
    "init": ({"init": "random"}, {}),
    "seed": ({"seed": 1}, {"init": "random"}),
    "recipe": ({"recipe": "original"}, {}),
    "style_factor": ({"style_factor": 1e8}, {}),
    "smoothness": ({"smoothness": 0.1}, {}),
    "smoothness in original": ({"smoothness": 1e3}, {"recipe": "original"}),
    "style_layers": ({"style_layers": "map1_1"}, {}),
    "style_layers' weights": ({"style_layers": "map1_1:5,map3_1"}, {"style_layers": "map1_1,map3_1"}),
    "content_layers": ({"content_layers": "map1_1"}, {}),
    "scales": ({"scales": 2}, {"size": 64}),
    "pooling": ({"pooling": "max"}, {}),
    "num_iters": ({"num_iters": 4}, {}),
    "optimizer": ({"optimizer": "adam"}, {}),
    "tolerance": ({"tolerance": 1.0}, {"num_iters": 12, "scales": 1}),
    "history": ({"history": 1}, {"num_iters": 6}),
    "history in original": ({"history": 1}, {"num_iters": 3, "recipe": "original"}),
    "learning_rate of lbfgs": ({"learning_rate": 0.5}, {}),
    "learning_rate of adam": ({"learning_rate": 0.5}, {"optimizer": "adam"}),
    "learning_rate of sgd": ({"learning_rate": 0.5}, {"optimizer": "sgd"}),
    "learning_rate in original": ({"learning_rate": 0.5}, {"recipe": "original"}),
    "precision": ({"precision": "bfloat16"}, {}),
    "normalise": ({"normalise": "yes"}, {"recipe": "original", "style_layers": "conv2_1"}),
}


@pytest.mark.parametrize("case", EFFECTS)
def test_options_have_an_effect(case):
    changes, base = EFFECTS[case]
    one, other = paint(**base), paint(**(base | changes))
    assert other.pixels.isfinite().all()
    assert one.size != other.size or (one.pixels - other.pixels).abs().max() > 0.01


@pytest.mark.parametrize(("precision", "tolerance"), [("float64", 1e-2), ("bfloat16", 12)])
def test_precisions_paint_alike(precision, tolerance):
    steps = list(neuralart.iterate(CONTENT, STYLE, **(SMALL | {"precision": precision, "num_iters": 2})))
    assert steps[-1].image.dtype == (torch.float64 if precision == "float64" else torch.float32)
    usual = paint(num_iters=2).pixels
    assert (steps[-1].picture().pixels - usual).abs().mean() < tolerance


def test_weights_of_ones_own(tmp_path):
    weights = read_weights(COMPACT_FILE, COMPACT.kernels())
    save_file({key: value.half() for key, value in weights.items()}, tmp_path / "own.safetensors")
    made = paint(weights=tmp_path / "own.safetensors")
    assert torch.equal(made.pixels, paint().pixels)
    assert made.record["network"]["file"] == "own.safetensors"
    assert made.record["options"]["weights"] == str(tmp_path / "own.safetensors")
    swapped = weights | {"conv1_1.weight": weights["conv1_1.weight"].flip(1).contiguous()}
    save_file(swapped, tmp_path / "other.safetensors")
    assert not torch.equal(paint(weights=tmp_path / "other.safetensors").pixels, made.pixels)


def test_weights_that_end_early(tmp_path):
    weights = read_weights(COMPACT_FILE, COMPACT.kernels())
    save_file({k: v for k, v in weights.items() if re.search("[0-9]", k)[0] < "3"}, tmp_path / "short.safetensors")
    with pytest.raises(OptionError, match="do not reach layer 'map3_1': 'conv3_1' is missing; choose among conv1_1"):
        paint(weights=tmp_path / "short.safetensors")
    made = paint(weights=tmp_path / "short.safetensors", style_layers="map1_1,map2_1", content_layers="conv2_2")
    assert set(made.record["result"]["terms"]) == {"style map1_1", "style map2_1", "content conv2_2"}


def test_a_picture_is_its_own_style():
    # Everything is in place already: nothing to do, and nothing breaks.
    made = neuralart.stylize(STYLE, STYLE, **SMALL)
    assert made.pixels.isfinite().all()


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_pictures_of_one_colour(shade):
    flat = np.full((40, 30, 3), shade, np.uint8)
    for content, style in ((flat, STYLE), (CONTENT, flat), (flat, flat)):
        for recipe in ("balanced", "original"):
            assert neuralart.stylize(content, style, recipe=recipe, **SMALL).pixels.isfinite().all()


@pytest.mark.parametrize("recipe", ["balanced", "original"])
def test_portrait_and_own_size(recipe):
    portrait = picture(21, 37)
    made = neuralart.stylize(portrait, STYLE, recipe=recipe, **(SMALL | {"size": 0}))
    assert made.size == (21, 37)


def test_prepared_runs_can_be_run_again():
    run = neuralart.prepare(CONTENT, STYLE, Options(**SMALL))
    one, other = (list(run.steps())[-1].image for _ in range(2))
    assert torch.equal(one, other)
    assert [scale.iterations for scale in run.schedule] == [3]
