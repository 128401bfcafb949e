"""The pages of the documentation: their Python runs, block after block, as a reader would type it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import neuralart
import neuralart.video

from ..cli.made import picture, quiet_environment
from ..video.movies import movie, scene

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(page.name for page in DOCS.glob("*.md") if "```python" in page.read_text(encoding="utf-8"))


def blocks(page):
    """(line, code) of every block of Python on a page."""
    text = (DOCS / page).read_text(encoding="utf-8")
    for found in re.finditer(r"```python\n(.*?)```", text, re.DOTALL):
        yield text[: found.start()].count("\n") + 2, found[1]


def test_there_are_pages():
    assert {"own_loss.md", "own_network.md"} <= set(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_its_python_runs(page, tmp_path, monkeypatch, capsys):
    quiet_environment(monkeypatch, tmp_path / "cache")
    monkeypatch.chdir(tmp_path)
    picture(96, 72).save("photo.jpg")
    picture(80, 60, seed=1).save("painting.jpg")
    movie("film.mp4", scene(3))
    # Small and short, whatever a reader would ask for.
    monkeypatch.setattr(neuralart, "stylize", small(neuralart.stylize))
    monkeypatch.setattr(neuralart.video, "stylize", small(neuralart.video.stylize), raising=False)
    names: dict[str, object] = {"__name__": "page"}
    for line, code in blocks(page):
        exec(compile("\n" * (line - 1) + code, str(DOCS / page), "exec"), names)


def small(stylize):
    return lambda *given, **options: stylize(*given, **(options | {"size": 64, "num_iters": 4}))
