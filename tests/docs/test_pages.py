"""The pages of the documentation: their Python runs, block after block, as a reader would type it.

Blocks that begin with ```py need what is not here, such as torchvision, and are only compiled.
"""

from __future__ import annotations

import re

import pytest

import neuralart
import neuralart.video

from ..cli.made import picture, quiet_environment
from ..conftest import DOCS_PAGES, REPOSITORY
from ..video.movies import movie, scene

PARTS = ("loss", "network", "watcher", "engine")
FILES = {"README.md": REPOSITORY / "README.md"} | DOCS_PAGES
PAGES = [name for name, page in FILES.items() if "```python\n" in page.read_text(encoding="utf-8")]


def blocks(page, kind="python"):
    """(line, code) of every block of Python on a page."""
    text = FILES[page].read_text(encoding="utf-8")
    for found in re.finditer(rf"```{kind}\n(.*?)```", text, re.DOTALL):
        yield text[: found.start()].count("\n") + 2, found[1]


def test_there_are_pages():
    assert {"README.md", "cookbook.md", *(f"own_{part}.md" for part in PARTS)} <= set(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_its_python_runs(page, tmp_path, monkeypatch, capsys):
    quiet_environment(monkeypatch, tmp_path / "cache")
    monkeypatch.chdir(tmp_path)
    picture(96, 72).save("photo.jpg")
    picture(80, 60, seed=1).save("painting.jpg")
    movie("film.mp4", scene(3))
    # Small and short, whatever a reader would ask for.
    for name in ("stylize", "iterate"):
        monkeypatch.setattr(neuralart, name, small(getattr(neuralart, name)))
    monkeypatch.setattr(neuralart.video, "stylize", small(neuralart.video.stylize), raising=False)
    names: dict[str, object] = {"__name__": "page"}
    for line, code in blocks(page):
        exec(compile("\n" * (line - 1) + code, str(FILES[page]), "exec"), names)


@pytest.mark.parametrize("page", FILES)
def test_its_other_python_compiles(page):
    for line, code in blocks(page, "py"):
        compile("\n" * (line - 1) + code, str(FILES[page]), "exec")


def small(stylize):
    def paint(*given, **options):
        size = "64x64" if given[0] == "none" else 64
        return stylize(*given, **(options | {"size": size, "num_iters": 4}))

    return paint
