"""The handlers of the gallery, without a page."""

from __future__ import annotations

from dataclasses import fields
from types import SimpleNamespace

import pytest

pytest.importorskip("gradio", reason='Gradio is not installed: pip install "neuralart[app]"')


from neuralart.app.gallery import Gallery
from neuralart.app.gallery_actions import GalleryActions
from neuralart.app.parts import Shelf
from neuralart.app.shelf import everything
from neuralart.image.picture import Picture

from ..cli.made import picture

NAMES = {field.name: field.name for field in fields(Shelf)}
PARTS = Shelf(**NAMES | {"files": ("picture", "animation", "record")})


@pytest.fixture
def actions(tmp_path):
    gallery = Gallery(tmp_path / "gallery")
    for name, strength in (("castle", 0.5), ("river", 0.65)):
        record = {"description": f"{name}.jpg in the style of <wave>", "options": {"strength": strength}}
        gallery.keep(Picture(picture(32, 24).pixels, record=record), name, 8)
    return GalleryActions(SimpleNamespace(gallery=gallery, own=tmp_path / "own"), PARTS, {})


def chosen(actions, name, first=""):
    return actions.choose([name], first, SimpleNamespace(index=0))


def test_only_what_is_looked_for_is_listed(actions):
    assert set(actions.search("", False)["names"]) == {"castle.png", "river.png"}
    found = actions.search("bold", False)
    assert found["names"] == ["river.png"] and "1 picture found" in found["told"]
    assert "words" not in found  # of which the visitor may have typed more since
    assert actions.search("", True)["names"] == []
    assert "river.png is now a favourite" in actions.favour("river.png", "", False)["told"]
    assert actions.search("", True)["names"] == ["river.png"]
    assert actions.search("", True)["thumbnails"][0][1] == "★ river.jpg in the style of <wave>"
    assert chosen(actions, "river.png")["favour"] == "Remove from favourites"


def test_two_side_by_side(actions):
    asked = actions.compare("castle.png")
    assert "castle.png" in asked["told"]
    pair = chosen(actions, "river.png", asked["first"])
    assert pair["large"].count("<img") == 2 and "<wave>" not in pair["large"]
    assert "<td>0.5</td><td>0.65</td>" in pair["large"]
    assert pair["first"] == ""  # the next one is shown alone
    assert {pair[part]["visible"] for part in ("what_to_do", *PARTS.files)} == {False}
    alone = chosen(actions, "river.png")
    assert alone["large"].count("<img") == 1 and alone["what_to_do"]["visible"]


def test_delete_and_undo(actions):
    changes = actions.delete("castle.png", "wave", False)
    assert changes["names"] == ["river.png"] and not changes["chosen"]["visible"] and changes["undo"]["visible"]
    assert "no picture &#x27;castle.png&#x27;" in actions.delete("castle.png", "", False)["told"]
    assert "no picture &#x27;castle.png&#x27;" in chosen(actions, "river.png", "castle.png")["large"]
    back = actions.undo(changes["deleted"], "wave", False)
    assert set(back["names"]) == {"castle.png", "river.png"} and not back["undo"]["visible"]
    assert "no longer there" in actions.undo(changes["deleted"], "", False)["told"]


def test_everything_that_changes_is_declared(actions):
    """Gradio refuses a change of a component that a handler does not declare."""
    assert {*chosen(actions, "river.png"), *chosen(actions, "river.png", "castle.png")} <= {*PARTS.closer()}
    assert {*actions.search("x", True)} == {*PARTS.found()}
    assert {*everything(actions.desk, PARTS)} == {*PARTS.listed()}
    changes = actions.delete("castle.png", "", False)
    undone = actions.undo(changes["deleted"], "", False)
    assert {*changes, *undone, *actions.favour("river.png", "", False)} <= {*PARTS.changed()}
