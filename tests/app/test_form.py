"""The form is the declaration, but for what has no place in a browser."""

from __future__ import annotations

import pytest

from neuralart.app import form
from neuralart.errors import OptionError
from neuralart.facts import Facts, Text
from neuralart.options import Options, declared
from neuralart.presets import PRESETS

# What visitors choose. A new option shows up here: its declaration decides, see neuralart.facts.
SHOWN = {
    "animation_seconds", "animation_size", "bits", "color_strength", "colors", "content_layers", "content_loss",
    "history", "init", "learning_rate", "model", "normalise", "normalize_gradients", "num_iters", "optimizer",
    "padding", "pooling", "precision", "recipe", "scales", "seamless", "seed", "size", "smoothness", "smoothness_power",
    "strength", "style_factor", "style_layers", "style_loss", "style_scale", "style_size", "style_weights", "tolerance",
}  # fmt: skip


def test_every_option_has_been_decided_on():
    absent = {name for name, (facts, _) in declared().items() if facts.app}
    decided = [SHOWN, set(form.owners()), absent]
    assert set().union(*decided) == set(declared())
    assert sum(map(len, decided)) == len(declared())
    assert {entry.name for entry in form.entries()} == SHOWN
    machine = {"device", "cpu", "backend", "memory", "tile", "threads"}
    assert set(form.owners()) == {"weights", "weights_convention", *machine}
    assert set(form.COMMON) <= SHOWN


def test_a_visitor_begins_with_no_file_of_the_server():
    assert form.chosen({"init": "image:0.5:pink"}).init == "image:0.5:pink"
    for file in ("/etc/passwd", "photo.jpg:0.5"):
        with pytest.raises(
            OptionError, match=r"^--init is '.*', which is not one of image, style, grey, random, pink, nor a"
        ):
            form.chosen({"init": file})
    with pytest.raises(OptionError, match="did you mean 'image'"):
        form.chosen({"init": "imag"})
    # A picture that began with a file is made again, as near as may be.
    assert form.values({"options": Options(init="/etc/passwd").record()})["init"] == "image"
    assert form.values({"options": Options(init="pink").record()})["init"] == "pink"


def test_no_file_of_the_server_is_shown():
    for name in SHOWN:
        facts, _ = declared()[name]
        assert facts.shown not in ("FILE", "FOLDER", "PHOTO", "PAINTING", "DEVICE")
        assert facts.kind is not str or facts.choices or facts.text is Text.LAYERS


def test_an_unknown_text_would_stay_away(monkeypatch):
    novelty = Facts(help="what nobody has thought of", group="Look", kind=str)
    monkeypatch.setattr(form, "declared", lambda: declared() | {"novelty": (novelty, None)})
    assert not form.is_shown("novelty")


def test_common_fields_come_first():
    assert tuple(entry.name for entry in form.entries())[: len(form.COMMON)] == form.COMMON


@pytest.mark.parametrize("entry", form.entries(), ids=lambda entry: entry.name)
def test_entries_say_what_the_declaration_says(entry):
    facts, default = declared()[entry.name]
    assert (entry.default, entry.least, entry.most) == (default, facts.least, facts.most)
    assert entry.choices == (facts.choices or ())
    assert entry.label and entry.info and "--" not in entry.info


def test_what_lies_between_0_and_1_is_a_slider():
    kinds = {entry.name: entry.kind for entry in form.entries()}
    assert {name for name, kind in kinds.items() if kind == "share"} == {"strength", "color_strength"}
    assert form.chosen({"strength": 0.35}).strength == 0.35


@pytest.mark.parametrize("entry", [one for one in form.entries() if one.named], ids=lambda entry: entry.name)
def test_values_with_names(entry):
    """Each is one that the option takes, and they differ."""
    taken = [getattr(form.chosen({entry.name: f"{value:g}"}), entry.name) for _, value in entry.named]
    assert len(set(taken)) == len(taken) == len({name for name, _ in entry.named})


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_fills_in_the_form(name):
    """The form then paints what the command line paints with this preset, whichever preset was chosen before."""
    for before in PRESETS:
        options = form.chosen(form.preset(before) | form.preset(name))
        assert options.record() == Options(preset=name).record() | {"preset": None}


def test_a_preset_keeps_the_owners_values():
    assert form.preset("texture", {"recipe": "original"})["recipe"] == "original"
    assert form.preset("original", {"strength": 0.3}) == form.preset("original") | {"strength": 0.3}


@pytest.mark.parametrize(
    ("given", "weights", "expected"),
    [
        ("", [3, 0.5], (3.0, 0.5)),
        ("", [0, 2, 1], (0.0, 2.0, 1.0)),
        ("", [1, 1], None),
        ("", [3], None),  # there is nothing to weigh it against
        ("1,2", [1, 1], (1.0, 2.0)),
        ("1,2", [3], (1.0, 2.0)),  # of one style at two scales
    ],
)
def test_the_weights_of_styles(given, weights, expected):
    assert form.chosen(form.weighed({"style_weights": given}, weights)).style_weights == expected


def test_weights_that_are_no_numbers():
    with pytest.raises(OptionError, match=r"^--style-weights is"):
        form.chosen(form.weighed({}, [1, None]))


def test_only_one_of_field_and_sliders_gives_weights():
    with pytest.raises(
        OptionError, match=r"^--style-weights is 1,2, and the sliders give weights, too; empty the field"
    ):
        form.weighed({"style_weights": "1,2"}, [3, 1])


@pytest.mark.parametrize(
    ("text", "styles", "expected"),
    [
        ("3,0.5", ["a", "b"], [3, 0.5]),
        ("7,2,0", ["a", "b", "c"], [4, 1.143, 0]),  # only their ratio counts
        (None, ["a", "b"], []),
        ("2,1", ["a", "a"], []),  # one style at two scales
        ("1,2,3,4", ["a", "b", "c", "d"], []),
    ],
)
def test_weights_of_a_record_on_the_sliders(text, styles, expected):
    assert form.slid({"styles": [{"sha256": style} for style in styles]}, text, 3) == expected


def test_a_record_of_other_days_moves_no_slider():
    assert [form.slid(record, "3,1", 3) for record in ({}, {"styles": 3}, {"styles": [3, None]})] == [[], [], []]


def test_the_owners_values_are_the_forms():
    found = {entry.name: entry.default for entry in form.entries({"size": 800, "device": "cpu"})}
    assert found["size"] == 800
    assert (
        form.chosen({"seed": 3}, {"size": 800, "device": "cpu"}).record() | {"seed": 0}
        == Options(size=800, device="cpu").record()
    )


def test_what_is_chosen():
    assert form.chosen({"size": "96", "style_factor": "1e9", "history": "", "bits": "16"}) == Options(
        size=96, style_factor=1e9, bits=16
    )
    assert form.chosen({"history": ""}, {"history": 7}).history is None


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"sise": 3}, "there is no option 'sise'; did you mean 'size'?"),
        ({"output": "x.png"}, "'output' has no effect in the app: pictures go to the gallery; see --gallery"),
        ({"weights": "/etc/passwd"}, "'weights' is chosen by the app's owner, not by its visitors"),
        ({"device": "cuda"}, "'device' is chosen by the app's owner, not by its visitors"),
        ({"size": None}, "--size is empty; the usual value is 500"),
        ({"size": 2.5}, "--size is '2.5'; it must be a whole number"),
        ({"model": "vg"}, "--model is 'vg', which is not one of"),
    ],
)
def test_what_is_refused(values, message):
    with pytest.raises(OptionError) as caught:
        form.chosen(values)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("--num-iters is 0; give --style-factor", "'Iterations' is 0; give 'Style factor'"),
        ("it is damaged; fetch it again, or use a part with --accept-damaged", "it is damaged; fetch it again"),
        ("it is large; make it smaller, or raise --max-megapixels", "it is large; make it smaller"),
        ("--memory is 1 GB; give more, or a smaller --tile, or none", "--memory is 1 GB; give more"),
        ("there is no file; give --weights FILE", "there is no file"),
        ("'a; b.jpg' is damaged; save it", "'a; b.jpg' is damaged; save it"),
        ("--colors takes a photograph, but --content is none", "'Colors' takes a photograph, but 'Content' is none"),
    ],
)
def test_messages_speak_of_what_is_on_the_page(message, told):
    assert form.in_words(message) == told


def test_values_from_a_record():
    options = Options(size=96, style_layers="conv1_1:2", history=7, style_factor=1e9)
    found = form.values({"options": options.record()})
    assert set(found) == SHOWN
    assert (found["size"], found["style_layers"], found["history"], found["style_factor"]) == (96, "conv1_1:2", 7, 1e9)


@pytest.mark.parametrize("record", [{}, {"options": 3}, {"options": {"size": "huge", "model": "resnet", "old": 1}}])
def test_values_from_a_record_of_other_days(record):
    assert form.values(record) == {entry.name: entry.default for entry in form.entries()}
