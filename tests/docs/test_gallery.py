"""docs/gallery: a page for every strip that examples/make_control.py makes; their commands are taken as they stand."""

from __future__ import annotations

import re
import runpy
import shlex

import numpy as np
import pytest
from PIL import Image

from neuralart.cli import parser
from neuralart.figures.sheet import Tile, grid
from neuralart.image.paintings import PAINTINGS

from ..conftest import DOCS, REPOSITORY

FOLDER = DOCS / "gallery"
PICTURES = DOCS / "images" / "control"
SCRIPT = runpy.run_path(str(REPOSITORY / "examples" / "make_control.py"))
STRIPS = SCRIPT["STRIPS"]
TEXTS = {page.stem: page.read_text(encoding="utf-8") for page in sorted(FOLDER.glob("*.md"))}
INDEX = TEXTS.pop("index")
IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)]+)\)")
COMMAND = re.compile(r"^    neuralart (?:--|video )", re.MULTILINE)
COMMANDS = {
    (name, command)
    for name, text in TEXTS.items()
    for command in re.findall(r"^    neuralart (--.*)$", text, re.MULTILINE)
}
MOST_BYTES = 800_000  # of all strips: pages that are read in a browser
MOST_BYTES_OF_INDEX = 200_000


def title(name):
    """The heading of a page."""
    return re.match(r"# (.+)\n", TEXTS[name])[1]


def test_every_control_has_a_page_and_every_page_a_control():
    assert sorted(TEXTS) == sorted(STRIPS)


@pytest.mark.parametrize("name", STRIPS)
def test_its_page_shows_its_strip_and_no_other(name):
    ((words, picture),) = IMAGE.findall(TEXTS[name])
    assert picture == f"../images/control/{name}.jpg"
    assert len(words.split()) > 4, "say what the pictures show"


@pytest.mark.parametrize("name", STRIPS)
def test_its_page_stands_on_its_own(name):
    assert COMMAND.search(TEXTS[name])
    for target in ("index.md#how-the-pictures-are-made", "../reference.md#"):
        assert f"]({target}" in TEXTS[name]
    assert re.findall(r"^## (.*)$", TEXTS[name], re.MULTILINE) == ["What to watch out for", "Read on"]


def test_their_titles_are_plain_words_and_differ():
    titles = [title(name) for name in TEXTS]
    assert len(set(titles)) == len(titles)
    assert [one for one in titles if not re.fullmatch(r"[A-Z][a-z ]+", one)] == []


def test_the_index_shows_every_control_in_order_and_links_to_its_page():
    entries = re.findall(
        r"^- \[!\[([^\]]+)\]\(([^)]+)\)\]\(([^)]+)\)\\\n  \[([^\]]+)\]\(([^)]+)\): ", INDEX, re.MULTILINE
    )
    seen = [(small, page, words, again) for _, small, page, words, again in entries]
    page = "{}.md".format
    assert seen == [(f"../images/control/small/{name}.jpg", page(name), title(name), page(name)) for name in STRIPS]
    assert len(IMAGE.findall(INDEX)) == len(STRIPS)
    assert re.search(r"^:hidden:\n\n(.*?)\n```$", INDEX, re.MULTILINE | re.DOTALL)[1].split() == list(STRIPS)


def test_there_is_no_picture_that_no_page_shows():
    assert sorted(PICTURES.rglob("*.*")) == sorted(
        folder / f"{name}.jpg" for folder in (PICTURES, PICTURES / "small") for name in STRIPS
    )
    assert sum(file.stat().st_size for file in PICTURES.glob("*.jpg")) < MOST_BYTES
    assert sum(file.stat().st_size for file in PICTURES.glob("small/*.jpg")) < MOST_BYTES_OF_INDEX


@pytest.mark.parametrize(("name", "command"), sorted(COMMANDS))
def test_its_commands_are_taken(name, command):
    options = parser.parse(shlex.split(command, comments=True))
    assert set(options.style) <= set(PAINTINGS)


@pytest.mark.parametrize("count", [2, 3, 4, 7, 9])
@pytest.mark.parametrize("shape", [(168, 224), (194, 194)])
def test_a_small_picture_is_half_the_first_and_half_the_last(count, shape, tmp_path):
    red, green, blue = (np.full((*shape, 3), colour, np.uint8) for colour in np.diag([255, 255, 255]))
    tiles = [Tile(pixels, "its label") for pixels in (red, *[green] * (count - 2), blue)]
    grid(tiles, columns=SCRIPT["across"](count), edge=SCRIPT["EDGE"]).save(tmp_path / "a.png")
    SCRIPT["save_small"](tmp_path / "a.png", count)
    small = np.asarray(Image.open(tmp_path / "small" / "a.png"))
    half = shape[1] // 2
    assert small.shape == (*shape, 3)
    assert (small[:, :half] == red[:, :half]).all() and (small[:, half:] == blue[:, half:]).all()
