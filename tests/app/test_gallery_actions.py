"""The handlers of the gallery, without a page."""

from __future__ import annotations

from dataclasses import fields
from types import SimpleNamespace

import pytest

pytest.importorskip("gradio", reason='Gradio is not installed: pip install "neuralart[app]"')


from neuralart.app import film_form, films, form
from neuralart.app.film_actions import FilmActions
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
    return GalleryActions(SimpleNamespace(gallery=gallery, own=tmp_path / "own", fixed={}), PARTS, {})


class Tab(FilmActions):
    """A tab with two styles and two presets."""

    def __init__(self, of, entries):
        named = {name: f"{of}-{name}" for name in ("preset", "status")}
        fields = {entry.name: f"{of}-{entry.name}" for entry in entries}
        presets = {"bold": f"{of}-bold", "texture": f"{of}-texture"}
        super().__init__(None, SimpleNamespace(presets=presets, fields=fields, weights=["w1", "w2"], **named), entries)


def listed(changes):
    """What the page gets of the thumbnails."""
    return changes["thumbnails"].constructor_args


def chosen(actions, name, first=""):
    return actions.choose([name], first, "", False, SimpleNamespace(index=0))


def test_only_what_is_looked_for_is_listed(actions):
    assert set(actions.search("", False, "")["names"]) == {"castle.png", "river.png"}
    found = actions.search("bold", False, "")
    assert found["names"] == ["river.png"] and "1 picture found" in found["told"]
    assert "words" not in found  # of which the visitor may have typed more since
    assert actions.search("", True, "")["names"] == []
    assert "river.png is now a favourite" in actions.favour("river.png", "", False)["told"]
    assert actions.search("", True, "")["names"] == ["river.png"]
    assert listed(actions.search("", True, ""))["value"][0][1] == "★ river.jpg in the style of <wave>"
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


def test_nothing_stays_of_an_earlier_choice_if_a_picture_has_gone(actions):
    chosen(actions, "river.png")
    actions.desk.gallery.delete("castle.png")  # by somebody else
    changes = chosen(actions, "castle.png")
    assert "no picture &#x27;castle.png&#x27;" in changes["told"]
    assert not changes["chosen"]["visible"] and changes["chosen_name"] == changes["first"] == ""
    assert changes["names"] == ["river.png"]


def test_the_chosen_picture_stays_selected_wherever_it_is_listed(actions):
    number = lambda changes, name: changes["names"].index(name)
    every, found = actions.search("", False, "river.png"), actions.search("bold", False, "river.png")
    assert listed(every)["selected_index"] == number(every, "river.png")
    assert listed(found)["selected_index"] == number(found, "river.png") == 0
    assert listed(actions.search("bold", False, "castle.png"))["selected_index"] is None
    marked = actions.favour("castle.png", "", False)
    assert listed(marked)["selected_index"] == number(marked, "castle.png")


def test_settings_are_used_where_they_belong(actions, monkeypatch):
    """Sliders hold the weights, no preset is chosen any more, and what is told names the tab."""
    styles, options = [{"sha256": "a"}, {"sha256": "b"}], {"style_weights": [3, 0.5], "size": 96}
    for name, more in {"blend": {}, "walk": {"film": {"options": {"begin": 2}}}}.items():
        record = {"description": name, "styles": styles, "options": options} | more
        actions.desk.gallery.keep(Picture(picture(32, 24).pixels, record=record), name, 8)
    monkeypatch.setattr(films, "missing", lambda: "films need PyAV")
    assert "Films need PyAV" in actions.reuse("walk.png")["told"]
    actions.tabs = {"picture": Tab("picture", form.entries()), "film": Tab("film", film_form.entries())}
    for kind, name in {"picture": "blend.png", "film": "walk.png"}.items():
        changes = actions.reuse(name)
        assert (changes["w1"], changes["w2"], changes[f"{kind}-style_weights"]) == (3, 0.5, "")
        assert changes[f"{kind}-size"] == "96"
        assert [changes[f"{kind}-{preset}"]["variant"] for preset in ("bold", "texture")] == ["secondary"] * 2
        assert changes[f"{kind}-preset"] == ""
        words = f"The form of the tab &#x27;{kind.capitalize()}&#x27; has the settings of {name}."
        assert words in changes["told"] and words in changes[f"{kind}-status"]
        other = {"picture": "film", "film": "picture"}[kind]
        assert not any(str(part).startswith(other) for part in changes)
    assert "no picture &#x27;gone.png&#x27;" in actions.reuse("gone.png")["told"]


def test_delete_and_undo(actions):
    changes = actions.delete("castle.png", "wave", False)
    assert changes["names"] == ["river.png"] and not changes["chosen"]["visible"] and changes["undo"]["visible"]
    assert "no picture &#x27;castle.png&#x27;" in actions.delete("castle.png", "", False)["told"]
    assert "no picture &#x27;castle.png&#x27;" in chosen(actions, "river.png", "castle.png")["told"]
    back = actions.undo(changes["deleted"], "wave", False)
    assert set(back["names"]) == {"castle.png", "river.png"} and not back["undo"]["visible"]
    assert "no longer there" in actions.undo(changes["deleted"], "", False)["told"]


def test_everything_that_changes_is_declared(actions):
    """Gradio refuses a change of a component that a handler does not declare."""
    several = (chosen(actions, "river.png"), chosen(actions, "river.png", "castle.png"), chosen(actions, "gone.png"))
    assert set().union(*several) <= {*PARTS.closer()}
    assert {*actions.search("x", True, "")} == {*PARTS.found()}
    assert {*everything(actions.desk, PARTS)} == {*PARTS.listed()}
    changes = actions.delete("castle.png", "", False)
    undone = actions.undo(changes["deleted"], "", False)
    assert {*changes, *undone, *actions.favour("river.png", "", False)} <= {*PARTS.changed()}
