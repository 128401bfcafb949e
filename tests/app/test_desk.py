"""Orders that can be refused are refused before they wait."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from neuralart.app.desk import UPLOADS_LAST, Desk
from neuralart.app.order import Order
from neuralart.app.settings import Settings
from neuralart.app.upload import Upload
from neuralart.errors import OptionError, PictureError

from ..cli.made import picture
from ..video.movies import movie, scene


class Line:
    """A studio that only remembers."""

    def __init__(self):
        self.paintings = []

    def submit(self, painting):
        self.paintings.append(painting)

    def wanted(self):
        return self.paintings


@pytest.fixture
def desk(tmp_path):
    made = Desk(Settings(max_size=64, max_megapixels=0.01), Line(), None, tmp_path / "app", {"model": "compact"})
    made.own.mkdir(parents=True)
    return made


@pytest.fixture
def upload(tmp_path):
    def make(width=60, height=45, name="photo.png"):
        picture(width, height).save(tmp_path / name)
        return Upload(tmp_path / name, name)

    return make


def test_an_order(desk, upload):
    painting = desk.order(Order(upload(), [upload(name="style.png")], {"size": 48}))
    assert desk.studio.paintings == [painting]
    assert (painting.options.size, painting.options.model, painting.name) == (48, "compact", "photo-style")
    assert painting.state == "new"


@pytest.mark.parametrize(
    ("size", "message"),
    [
        (65, "--size is 65; this app paints at most 64 pixels"),
        (0, "--size is 0, which keeps the content's 90 x 45 pixels; this app paints at most 64 pixels"),
    ],
)
def test_sizes(desk, upload, size, message):
    with pytest.raises(OptionError) as caught:
        desk.order(Order(upload(90), [upload(name="style.png")], {"size": size}))
    assert str(caught.value) == message
    desk.order(Order(upload(64), [upload(name="style.png")], {"size": 0}))


def test_what_is_missing_or_too_large(desk, upload):
    with pytest.raises(OptionError, match="the content is missing; drop in a picture"):
        desk.order(Order(None, [upload()], {}))
    with pytest.raises(OptionError, match="the style is missing"):
        desk.order(Order(upload(), [None, None], {}))
    large = upload(200, 100, "large.png")
    for content, styles in [(large, [upload()]), (upload(), [large]), (upload(), [upload(), large])]:
        with pytest.raises(PictureError, match=r"'large\.png' has 200 x 100 pixels"):
            desk.order(Order(content, styles, {}))
    assert desk.studio.paintings == []


def test_several_styles_and_none_of_the_content(desk, upload):
    styles = [upload(name="a.png"), None, upload(name="b.png")]
    painting = desk.order(
        Order(upload(), styles, {"size": 48, "style_weights": "3,1", "style_layers": "map1_1;map3_1"})
    )
    assert painting.styles == (styles[0], styles[2])
    assert (painting.options.style_weights, painting.options.style_layers) == ((3.0, 1.0), ("map1_1", "map3_1"))
    assert painting.name == "photo-a-b"
    texture = desk.order(Order(None, [styles[0]], {"size": "64x32"}))
    assert (texture.name, texture.content, texture.uploads) == ("a-texture", None, (styles[0],))
    assert {upload.path for upload in (*painting.uploads, *texture.uploads)} == desk.in_use()


@pytest.mark.parametrize(
    ("content", "values", "message"),
    [
        (True, {"style_weights": "1,2,3"}, "--style-weights has 3 values, but there are 2 styles"),
        (True, {"style_weights": "0,0"}, "--style-weights has no weight above 0"),
        (True, {"size": "64x32"}, "--size is 64x32; a photograph keeps its shape, so give the long edge alone: 64"),
        (False, {"size": 64}, "the content is missing; drop in a picture or choose an example; or give --size"),
        (False, {"size": "32x65"}, "--size is 32x65; this app paints at most 64 pixels"),
    ],
)
def test_what_does_not_match(desk, upload, content, values, message):
    styles = [upload(name="a.png"), upload(name="b.png")]
    with pytest.raises(OptionError) as caught:
        desk.order(Order(upload() if content else None, styles, values))
    assert str(caught.value).startswith(message)
    assert desk.studio.paintings == []


def test_uploads_do_not_pile_up(desk):
    for name in ("old", "new"):
        (desk.folder / name).mkdir()
        (desk.folder / name / "photo.png").touch()
    long_ago = time.time() - UPLOADS_LAST - 60
    for place in ("old", "own"):
        os.utime(desk.folder / place, (long_ago, long_ago))
    desk.tidy()
    assert sorted(place.name for place in desk.folder.iterdir()) == ["new", "own"]


def test_uploads_that_are_painted_with_stay(desk, upload):
    used = desk.folder / "used" / "photo.png"
    used.parent.mkdir()
    upload().path.rename(used)
    painting = desk.order(Order(Upload(used, "photo.png"), [upload(name="style.png")], {"size": 48}))
    os.utime(used.parent, (1, 1))
    desk.tidy()
    assert used.exists() and used in desk.in_use()
    desk.studio.paintings.remove(painting)
    desk.tidy()
    assert not used.exists()


def test_a_folder_that_vanishes_meanwhile(desk, monkeypatch):
    """Another thread, or the system's own tidying, removes it between listing and looking."""
    for name in ("gone", "old"):
        (desk.folder / name).mkdir()
        os.utime(desk.folder / name, (1, 1))
    looked = Path.stat

    def vanishing(path, **how):
        if path.name == "gone" and path.exists():
            path.rmdir()
        return looked(path, **how)

    real_exists = Path.exists
    monkeypatch.setattr(Path, "exists", lambda path, **how: os.path.lexists(path))
    monkeypatch.setattr(Path, "stat", vanishing)
    desk.tidy()
    monkeypatch.setattr(Path, "exists", real_exists)
    assert [place.name for place in desk.folder.iterdir()] == ["own"]
    monkeypatch.undo()
    desk.own.rmdir()
    desk.folder.rmdir()
    desk.tidy()  # nor is it a matter if all of it is gone


def test_masks_are_painted_by_and_recorded_under_their_own_names(desk, upload, tmp_path):
    styles, masks = (
        [None, upload(name="style.png")],
        {"style_mask": [None, upload(name="sky.png")], "mask": [None, None]},
    )
    painting = desk.order(
        Order(upload(), styles, {"size": 48, "num_iters": 1}, masks | {"preserve": [upload(name="face.png")]})
    )
    assert painting.options.style_mask == ("sky.png",)
    assert (painting.options.mask, painting.options.preserve) == (None, "face.png")
    assert painting.name == "photo-style"
    assert {path.name for path in desk.in_use()} == {"photo.png", "style.png", "sky.png", "face.png"}
    painting.prepare(lambda painting: None)
    assert [(name, one.source.name) for name, one in painting.run.regions.masks.named()] == [
        ("style_mask", "sky.png"),
        ("preserve", "face.png"),
    ]
    assert not painting.run.regions.is_whole


@pytest.mark.parametrize(
    ("masks", "message"),
    [
        ({"style_mask": [None, "m.png"]}, "--style-mask is given for a style that is missing; drop in that style, too"),
        ({"preserve": ["m.png", "m.png"]}, "--preserve is one picture, but 2 are given"),
        ({"preserv": ["m.png"]}, "there is no mask 'preserv'; did you mean 'preserve'?"),
    ],
)
def test_masks_that_belong_to_nothing(desk, upload, masks, message):
    sent = {name: [one and upload(name=one) for one in several] for name, several in masks.items()}
    with pytest.raises(OptionError) as caught:
        desk.order(Order(upload(), [upload(name="style.png"), None], {"size": 48}, sent))
    assert str(caught.value).startswith(message)
    assert desk.studio.paintings == []


def test_a_mask_is_no_larger_than_other_pictures(desk, upload):
    with pytest.raises(PictureError, match=r"'huge.png' has 200 x 150 pixels, but this app accepts at most"):
        desk.order(Order(upload(), [upload(name="s.png")], {"size": 48}, {"preserve": [upload(200, 150, "huge.png")]}))


@pytest.fixture
def film(tmp_path):
    """A film of a tenth of a second."""
    pytest.importorskip("av", reason='PyAV is not installed: pip install "neuralart[video]"')
    pytest.importorskip("cv2", reason='OpenCV is not installed: pip install "neuralart[video]"')
    movie(tmp_path / "film.mp4", scene(3))
    return Upload(tmp_path / "film.mp4", "film.mp4")


def test_an_order_of_a_film(desk, upload, film):
    style = upload(name="style.png")
    made = desk.order(Order(film, [None, style], {"size": 48, "begin": "0.05"}, kind="film"))
    assert desk.studio.paintings == [made]
    assert (made.choices.begin, made.options.size, made.options.model) == (0.05, 48, "compact")
    assert (made.name, made.uploads) == ("film-style", (film, style))
    assert desk.in_use() == {film.path, style.path}


@pytest.mark.parametrize(
    ("content", "styles", "values", "message"),
    [
        (False, True, {}, "the film is missing; drop in a file: MP4, MOV, WebM or GIF"),
        (True, False, {}, "the style is missing"),
        (True, True, {"size": 65}, "--size is 65; this app paints at most 64 pixels"),
        (True, True, {"size": "64x32"}, "--size is 64x32; a film keeps its shape, so give the long edge alone: 64"),
        (True, True, {"size": 48, "end": "3"}, "'film.mp4' is 0.12 seconds long, and this app paints at most 0.01"),
        (True, True, {"bits": 16}, "'bits' belongs to a single picture, and has no effect on a film"),
    ],
)
def test_a_film_that_cannot_be_painted(desk, upload, film, content, styles, values, message):
    limited = replace(desk, settings=replace(desk.settings, max_film_seconds=0.01)) if "end" in values else desk
    with pytest.raises(OptionError) as caught:
        sent = [upload(name="style.png")] if styles else []
        limited.order(Order(film if content else None, sent, values, kind="film"))
    assert str(caught.value).startswith(message)
    assert desk.studio.paintings == []


def of_many(contents, styles, values):
    return Order(None, styles, values, kind="batch", contents=contents)


def test_an_order_of_many_pictures(desk, upload):
    contents, styles = (
        [upload(name=f"{name}.png") for name in "abc"],
        [upload(name="s.png"), None, upload(name="t.png")],
    )
    made = desk.order(of_many([*contents, contents[0]], styles, {"size": 48}))  # one was dropped in twice
    assert desk.studio.paintings == [made]
    assert [piece.name for piece in made.pieces] == ["a-s", "b-s", "c-s", "a-t", "b-t", "c-t"]
    assert (made.options.size, made.options.model) == (48, "compact")
    assert desk.in_use() == {one.path for one in (*contents, styles[0], styles[2])}


@pytest.mark.parametrize(
    ("contents", "styles", "values", "message"),
    [
        (0, 1, {}, "the photographs are missing; drop in several pictures or choose examples"),
        (1, 0, {}, "the style is missing"),
        (3, 2, {}, "3 photographs in 2 styles are 6 pictures; this app paints at most 5 at one go, so leave some out"),
        (1, 1, {"size": 65}, "--size is 65; this app paints at most 64 pixels"),
        (
            1,
            1,
            {"size": 0},
            "--size is 0, which keeps the 90 x 45 pixels of '0.png'; this app paints at most 64 pixels",
        ),
        (1, 1, {"size": "64x32"}, "--size is 64x32; a photograph keeps its shape"),
        (1, 1, {"style_weights": "1,2"}, "'style_weights' belongs to a single picture, and has no effect on a batch"),
    ],
)
def test_many_pictures_that_cannot_be_painted(desk, upload, contents, styles, values, message):
    limited = replace(desk, settings=replace(desk.settings, max_batch_pictures=5))
    given = [upload(90, name=f"{k}.png") for k in range(contents)], [upload(name=f"s{k}.png") for k in range(styles)]
    with pytest.raises(OptionError) as caught:
        limited.order(of_many(*given, values))
    assert str(caught.value).startswith(message)
    assert desk.studio.paintings == []


def test_many_pictures_have_a_size_together(desk, upload, tmp_path):
    limited = replace(desk, settings=replace(desk.settings, max_batch_megabytes=1))
    large = upload(name="a.png")
    with large.path.open("ab") as file:
        file.truncate(2**20)
    with pytest.raises(OptionError, match=r"^the files have 1 megabytes together; this app accepts at most 1 for one"):
        limited.order(of_many([large], [upload(name="s.png")], {"size": 48}))
