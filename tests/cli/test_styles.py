"""neuralart styles: a line for each painting."""

from __future__ import annotations

from neuralart import cli
from neuralart.image.paintings import PAINTINGS


def test_every_painting_is_listed(capsys):
    assert cli.main(["styles"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(PAINTINGS)
    assert all(line.endswith(str(painting)) for line, painting in zip(lines, PAINTINGS.values(), strict=True))
