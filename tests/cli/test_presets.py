"""neuralart presets: each with what it is for and what it sets."""

from __future__ import annotations

from neuralart import cli
from neuralart.cli import parser
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


def test_mistakes(capsys):
    assert cli.main(["presets", "bold"]) == 2
    assert "takes no words, and 'bold' is one too many" in capsys.readouterr().err
    assert cli.main(["presets", "--help"]) == 0
    assert cli.main(["--content", "a.jpg", "--style", "b.jpg", "--preset", "bald"]) == 2
    assert "did you mean 'bold'?" in capsys.readouterr().err
