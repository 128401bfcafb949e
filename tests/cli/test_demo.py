"""neuralart demo: the bundled photograph in the bundled style."""

from __future__ import annotations

from neuralart import read
from neuralart.image.record import read_record


def test_demo(call, place):
    code, out, err = call("demo", "--num-iters", 2, "--size", 64, "--display", "off")
    assert (code, err) == (0, "")
    assert "demo.png: 64 x " in out
    picture = read("demo.png")
    assert max(picture.size) == 64
    assert picture.record["network"]["name"] == "compact"
    assert picture.record["description"] == "photo.jpg in the style of style.jpg"


def test_demo_takes_every_option(call, place):
    assert call("demo", "--num-iters", 1, "--size", 32, "--output", "x.jpg", "--seed", 3, "--quiet") == (0, "", "")
    assert read_record("x.jpg")["options"]["seed"] == 3


def test_demo_paints_at_512(monkeypatch, call):
    from neuralart.cli import painting

    seen = []
    monkeypatch.setattr(painting, "paint", lambda options: seen.append(options) or 0)
    assert call("demo").code == 0
    assert (seen[0].size, seen[0].model, seen[0].recipe) == (512, "compact", "balanced")


def test_mistakes(mistake):
    mistake(["demo", "--foo"], "no option '--foo'")
    mistake(["demo", "again"], "'again' does not belong to an option")
    mistake(["demo", "--num-iters", 0], "at least 1")
