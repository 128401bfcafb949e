"""What pictures are called: by what differs between them."""

from __future__ import annotations

import pytest

from neuralart.figures.labels import labels, of_the_picture, setting, spoken
from neuralart.options import Options


def record(network="compact", **options):
    return {"options": Options(**options).record(), "network": {"name": network}}


def test_options_that_differ():
    records = [record(style_factor=10.0**k, seed=k, size=64) for k in (8, 9)]
    assert labels(records, ["a.png", "b.png"]) == [
        ("seed 8, style-factor 1e8", "a.png"),
        ("seed 9, style-factor 1e9", "b.png"),
    ]


def test_inputs_by_their_names_and_the_network_as_it_was():
    records = [
        record(content="here/photo.jpg", style="a/x.jpg", model="auto", network="vgg"),
        record(content="there/photo.jpg", style="b/y.jpg", model="vgg", network="vgg"),
    ]
    assert [title for title, _ in labels(records, ["a", "b"])] == ["style x.jpg", "style y.jpg"]
    assert labels([record(model="auto"), record(network="vgg")], ["a", "b"])[0][0] == "model compact"


def test_what_does_not_change_a_picture_is_no_difference():
    records = [record(output="a.png", log="a.jsonl", quiet=True), record(output="b.png", animation="film.gif")]
    assert labels(records, ["a.png", "b.png"]) == [("a.png", ""), ("b.png", "")]


def test_pictures_that_others_made():
    records = [None, record(seed=1), record(seed=2), {"options": "damaged"}]
    assert labels(records, list("abcd")) == [("a", ""), ("seed 1", "b"), ("seed 2", "c"), ("d", "")]


def test_an_option_that_an_older_record_lacks():
    older = record()
    del older["options"]["pooling"]
    assert labels([older, record()], ["a", "b"])[1] == ("pooling average", "b")


def test_of_the_picture():
    found = of_the_picture(Options(content="a.jpg", output="b.png", quiet=True).record() | {"unheard_of": 3})
    assert {"content", "size", "style_factor", "model", "num_iters"} <= found.keys()
    assert not {"output", "output_dir", "quiet", "log", "animation", "unheard_of"} & found.keys()


@pytest.mark.parametrize(
    ("value", "words"),
    [(2e9, "2e9"), (1e-5, "1e-5"), (0.0, "0"), (1234.5, "1234.5"), (True, "yes"), (False, "no"), (None, "default")],
)
def test_values_as_one_types_them(value, words):
    assert spoken(value) == words
    assert setting("style_factor", value) == f"style-factor {words}"
