"""neuralart presets: each with what it is for and what it sets."""

from __future__ import annotations

from neuralart import cli
from neuralart.cli import parser
from neuralart.cli.presets import PICTURES
from neuralart.image.read import read
from neuralart.presets import PRESETS


def test_what_is_listed_can_be_typed(capsys):
    assert cli.main(["presets"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 * len(PRESETS)
    for (name, preset), first, second in zip(PRESETS.items(), lines[::2], lines[1::2], strict=True):
        assert first == f"{name}: {preset.about}"
        if preset.options:
            typed, named = parser.parse(second.split()), parser.parse(["--preset", name])
            assert {**typed.record(), "preset": name} == named.record()


def test_every_preset_has_a_small_picture():
    pictures = {path.stem: path for path in PICTURES.iterdir()}
    assert set(pictures) == set(PRESETS)
    assert {max(read(path).size) for path in pictures.values()} == {256}
    assert sum(path.stat().st_size for path in pictures.values()) < 300_000


def test_a_preset_that_there_is_none_of(capsys):
    assert cli.main(["--content", "a.jpg", "--style", "b.jpg", "--preset", "bald"]) == 2
    assert "did you mean 'bold'?" in capsys.readouterr().err
