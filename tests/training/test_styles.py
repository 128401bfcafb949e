"""training/styles.py: seven pictures that differ, the same each time."""

from __future__ import annotations

from itertools import combinations

from neuralart.image.read import read


def test_seven_styles(module, tmp_path, monkeypatch, capsys):
    styles = module("styles")
    monkeypatch.setattr(styles, "SIDE", 512)
    monkeypatch.setattr(styles, "ROWS", styles.ROWS[:512, :512])
    monkeypatch.setattr(styles, "COLUMNS", styles.COLUMNS[:512, :512])
    for folder in ("once", "again"):
        styles.main(tmp_path / folder)
    made = sorted((tmp_path / "once").glob("*.jpg"))
    assert [path.stem for path in made] == ["blocks", "discs", "dots", "etching", "glass", "marbling", "mosaic"]
    assert capsys.readouterr().out.splitlines()[0] == str(tmp_path / "once" / "glass.jpg")
    assert all(path.read_bytes() == (tmp_path / "again" / path.name).read_bytes() for path in made)
    pictures = [read(path) for path in made]
    assert {(one.width, one.height) for one in pictures} == {(256, 256)}
    # None is of one colour, and no two are alike.
    assert all(float(one.pixels.std()) > 20 for one in pictures)
    assert min(float((a.pixels - b.pixels).abs().mean()) for a, b in combinations(pictures, 2)) > 20
