"""Pictures from standard input and pipes, and onto standard output; names that begin with a hyphen."""

from __future__ import annotations

import io
import sys

import pytest

from neuralart.image.read import read, read_bytes
from neuralart.image.write import encode

from .. import warm
from ..warm import COMMAND
from .made import SMALL, picture


def piped(*words, data=b""):
    return warm.run([COMMAND, *words, *SMALL], input=data, capture_output=True, timeout=120)


def test_in_and_out(place):
    done = piped("--content", "-", "--style", "style.png", "--output", "-", data=(place / "photo.png").read_bytes())
    assert done.returncode == 0, done.stderr
    painted = read_bytes(done.stdout)
    assert painted.size == (32, 24)
    assert painted.record["content"]["path"] is None
    assert b"32 x 24 pixels" in done.stderr  # what is said goes there
    assert sorted(path.name for path in place.iterdir()) == ["photo.png", "style.png"]


def test_in_another_format(place):
    done = piped("--content", "photo.png", "--style", "style.png", "--output", "-", "--format", "webp", "--quiet")
    assert (done.returncode, done.stdout[8:12], done.stderr) == (0, b"WEBP", b"")


def test_a_name_for_what_came_from_standard_input(call, place, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(encode(picture(60, 45), ".png"))))
    assert call("--content", "-", "--style", "style.png", "--format", "jpg", *SMALL).code == 0
    assert read("input-style.jpg").size == (32, 24)


def test_no_picture_into_a_terminal(mistake, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "__stdout__", Terminal())
    words = ["--content", "photo.png", "--style", "style.png", "--output", "-", *SMALL]
    mistake(words, "standard output is a terminal; send it into a file or a program")


def test_a_name_that_begins_with_a_hyphen(call, place, mistake):
    (place / "photo.png").rename(place / "-dash.png")
    mistake(
        ["--content", "-dash.png", "--style", "style.png"],
        "--content needs a value; write a name that begins with a hyphen as --content=-dash.png",
    )
    assert mistake(["--content", "--style", "style.png"], "--content needs a value").endswith("needs a value")
    assert call("--content=-dash.png", "--style", "style.png", "--output", "out.png", *SMALL).code == 0


@pytest.mark.parametrize("place_", ["https://example.org/a.jpg", "http://x/y.png", "s3://bucket/a.png"])
def test_an_address_is_refused_with_a_word(mistake, place_):
    mistake(["--content", place_, "--style", "style.png"], "it is an address, not a file; download it first")


def test_damage_is_accepted_when_asked(call, place, mistake):
    whole = (place / "photo.png").read_bytes()
    (place / "photo.png").write_bytes(whole[: len(whole) * 3 // 4])
    words = ["--content", "photo.png", "--style", "style.png", "--output", "out.png", *SMALL]
    mistake(words, "or use the readable part with --accept-damaged")
    code, _, err = call(*words, "--accept-damaged")
    assert code == 0
    assert "damage is accepted; what could not be read is blank" in err


def test_more_megapixels_when_asked(mistake, place):
    picture(2000, 1000).save("photo.png")
    words = ["--content", "photo.png", "--style", "style.png", *SMALL]
    mistake([*words, "--max-megapixels", "1"], "2 megapixels, but only 1 are accepted; make it smaller first, or raise")


def test_what_lies_under_a_jpeg(call, place):
    picture(60, 45, alpha=True).save("clear.png")
    words = ["--content", "clear.png", "--style", "style.png", "--output", "out.jpg", "--background", "#000000", *SMALL]
    code, _, err = call(*words)
    assert code == 0
    assert "'out.jpg': JPEG has no transparency; the background is black" in err
    assert read("out.jpg").pixels[0, :, :, 0].mean() < 12


def test_whose_it_was(call, place):
    from PIL import Image

    exif = Image.Exif()
    exif[0x8298] = "(c) Jane"
    with Image.open("photo.png") as image:
        image.convert("RGB").save("photo.jpg", exif=exif, dpi=(300, 300))
    words = ["--content", "photo.jpg", "--style", "style.png", *SMALL]
    assert call(*words, "--output", "kept.png").code == 0
    assert call(*words, "--output", "bare.png", "--strip").code == 0
    assert read("kept.png").about.fields["exif-ifd0-Copyright"] == "(c) Jane"
    assert read("bare.png").about is None
