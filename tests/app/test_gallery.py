"""A folder of pictures that outlives the app, and shows nothing else that lies in it."""

from __future__ import annotations

import json
import os

import pytest

from neuralart.app.gallery import DELETED, Gallery, files, plain, shown
from neuralart.errors import OptionError, PictureError
from neuralart.image.picture import Picture
from neuralart.image.read import read

from ..cli.made import contents, picture


def made(record):
    return Picture(picture(60, 45).pixels, record=record)


@pytest.fixture
def gallery(tmp_path):
    return Gallery(tmp_path / "deep" / "gallery")


def test_newest_first_and_only_what_has_a_record(gallery):
    assert gallery.items(9) == []
    one = gallery.keep(made({"description": "one"}), "a-b", 8)
    two = gallery.keep(made({"description": "two"}), "a-b", 16)
    os.utime(one, (1, 1))
    picture(20, 20).save(gallery.folder / "private.png")
    (gallery.folder / "broken.png").write_bytes(b"\x89PNG")
    assert [path.name for path in (one, two)] == ["a-b.png", "a-b-2.png"]
    assert read(two).bits == 16
    for again in (gallery, Gallery(gallery.folder)):
        assert [(item.name, item.caption) for item in again.items(9)] == [("a-b-2.png", "two"), ("a-b.png", "one")]
        assert len(again.items(1)) == 1
        assert again.find("a-b.png").record == {"description": "one"}
    for name in ("private.png", "none.png", "../a-b.png", str(one)):
        with pytest.raises(OptionError, match="the gallery has no picture"):
            gallery.find(name)


def test_a_later_state_takes_the_place_of_an_earlier_one_and_of_nothing_else(gallery, tmp_path):
    (gallery.folder / "a-b.mp4").write_text("of earlier days")
    place = gallery.keep(made({"n": 1}), "a-b", 8)
    assert place.name == "a-b-2.png"
    assert gallery.keep(made({"n": 2}), "a-b", 8, place) == place
    assert gallery.find("a-b-2.png").record == {"n": 2}
    assert gallery.find("a-b-2.png").animation is None
    film = tmp_path / "film.mp4"
    film.write_text("new")
    gallery.join(place, film)
    assert gallery.find("a-b-2.png").animation.read_text() == "new"
    assert (gallery.folder / "a-b.mp4").read_text() == "of earlier days"
    assert len(contents(gallery.folder)) == 3


def test_what_a_visitor_takes_home(gallery, tmp_path):
    gallery.keep(made({"description": "größe"}), "a-b", 8)
    (item,) = gallery.items(1)
    taken = files(item, tmp_path)
    assert taken["picture"].read_bytes() == item.path.read_bytes()
    assert json.loads(taken["record"].read_text(encoding="utf-8")) == {"description": "größe"}
    assert taken["animation"] is None
    assert gallery.folder not in taken["picture"].parents


def test_what_is_shown_is_small_and_made_once(gallery, tmp_path):
    path = gallery.keep(made({"n": 1}), "a-b", 8)
    small = shown(path, 30, tmp_path)
    assert read(small).size == (30, 22)
    assert shown(path, 30, tmp_path) == small
    gallery.keep(made({"n": 2, "m": "longer"}), "a-b", 8, path)
    assert shown(path, 30, tmp_path) != small


@pytest.mark.parametrize(
    ("stem", "name"),
    [("photo-style", "photo-style"), ("../../etc/x", "etc-x"), ("größe 2", "größe-2"), ("..", "picture"), ("-x", "x")],
)
def test_names(stem, name):
    assert plain(stem) == name


def test_a_folder_that_cannot_be(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(PictureError, match=r"cannot create the gallery .*; give another --gallery"):
        Gallery(tmp_path / "file" / "gallery")


def test_a_film_that_vanishes_costs_no_picture(gallery, tmp_path, monkeypatch):
    gallery.keep(made({"n": 1}), "a-b", 8)
    (gallery.folder / "a-b.mp4").write_text("a film")
    item = gallery.find("a-b.png")
    film = item.animation
    film.unlink()
    monkeypatch.setattr(type(item), "animation", property(lambda self: film))
    taken = files(item, tmp_path)
    assert taken["animation"] is None
    assert taken["picture"].is_file() and taken["record"].is_file()


def test_a_picture_that_vanishes_is_no_longer_in_the_list(gallery, tmp_path):
    pytest.importorskip("gradio", reason='Gradio is not installed: pip install "neuralart[app]"')
    from types import SimpleNamespace

    from neuralart.app import doors

    for name in ("a", "b"):
        gallery.keep(made({"description": name}), name, 8)
    items = gallery.items(9)
    (gallery.folder / "a.png").unlink()
    desk = SimpleNamespace(gallery=SimpleNamespace(items=lambda count: items), own=tmp_path)
    assert [one["description"] for one in doors.listed(desk)] == ["b"]


def test_a_favourite_stays_one(gallery):
    for name in ("a", "b"):
        gallery.keep(made({"description": name}), name, 8)
    assert gallery.favour("a.png")
    again = Gallery(gallery.folder)
    assert [item.name for item in again.items(9, lambda item: item.is_favourite)] == ["a.png"]
    assert not again.favour("a.png")
    assert not gallery.find("a.png").is_favourite
    with pytest.raises(OptionError, match="the gallery has no picture"):
        gallery.favour("../a.png")


def test_what_was_deleted_comes_back_whole_and_takes_no_other_place(gallery):
    place = gallery.keep(made({"description": "old"}), "a", 8)
    place.with_suffix(".mp4").write_text("old film")
    gallery.favour("a.png")
    key = gallery.delete("a.png")
    assert gallery.items(9) == [] and gallery.keep(made({"description": "new"}), "a", 8) == place
    assert not gallery.find("a.png").is_favourite
    item = gallery.find(gallery.restore(key).name)
    assert (item.name, item.caption, item.is_favourite) == ("a-2.png", "old", True)
    assert item.animation.read_text() == "old film"
    assert gallery.find("a.png").caption == "new"
    gallery.delete("a.png")
    key = gallery.delete("a-2.png")
    assert gallery.restore(key).name == "a-2.png"
    for wrong in (key, "", "..", "../..", "0" * 16):
        with pytest.raises(OptionError, match="no longer there"):
            gallery.restore(wrong)


def test_what_was_deleted_is_removed_after_a_month(gallery):
    for name in ("a", "b"):
        gallery.keep(made({"description": name}), name, 8)
    old, new = gallery.delete("a.png"), gallery.delete("b.png")
    os.utime(gallery.folder / DELETED / old, (1, 1))
    again = Gallery(gallery.folder)
    assert again.restore(new).name == "b.png"
    with pytest.raises(OptionError, match="no longer there"):
        again.restore(old)


def test_a_mark_without_its_picture_marks_no_later_one(gallery):
    place = gallery.keep(made({"description": "a"}), "a", 8)
    gallery.favour("a.png")
    place.unlink()
    gallery.keep(made({"description": "b"}), "a", 8)
    assert not gallery.find("a.png").is_favourite
