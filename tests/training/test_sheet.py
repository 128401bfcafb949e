"""training/sheet.py: a row per content, a column per style; what is painted already is not painted again."""

from __future__ import annotations

from neuralart.image.read import read

from ..cli.made import picture


def test_a_sheet(module, tmp_path, monkeypatch, capsys):
    for number, name in enumerate("abc"):
        picture(40, 40, number).save(tmp_path / f"{name}.png")
    paths = [str(tmp_path / f"{name}.png") for name in "abc"]
    sheet, work = tmp_path / "sheet.jpg", tmp_path / "work"
    arguments = [str(sheet), "--contents", paths[0], "--styles", *paths[1:], "--work", str(work), "--size", "36"]
    monkeypatch.setattr("sys.argv", ["sheet.py", *arguments, "--iterations", "1", "--edge", "40"])
    for _ in range(2):
        module("sheet").main()
        assert read(sheet).width > read(sheet).height / 2
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert sorted(path.name for path in work.glob("*/*")) == ["a-b-36.png", "a-c-36.png"]
