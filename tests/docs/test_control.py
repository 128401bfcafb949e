"""docs/control.md: its commands are taken as they stand, and its pictures are those that the script makes."""

from __future__ import annotations

import re
import runpy
import shlex

import pytest

from neuralart.cli import parser
from neuralart.image.paintings import PAINTINGS

from ..conftest import REPOSITORY

PAGE = REPOSITORY / "docs" / "control.md"
TEXT = PAGE.read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    neuralart (--.*)$", TEXT, re.MULTILINE)
COMMAND = re.compile(r"^    neuralart (--|video )", re.MULTILINE)
SHOWN = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", TEXT)
STRIPS = runpy.run_path(str(REPOSITORY / "examples" / "make_control.py"))["STRIPS"]
MOST_BYTES = 800_000  # of all strips: a page that is read in a browser


def test_it_shows_every_strip_once_and_no_other():
    assert [f"images/control/{name}.jpg" for name in STRIPS] == SHOWN
    folder = PAGE.parent / "images" / "control"
    assert sorted(folder.iterdir()) == sorted(PAGE.parent / name for name in SHOWN)
    assert sum(file.stat().st_size for file in folder.iterdir()) < MOST_BYTES


def test_every_strip_has_a_command():
    sections = re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]
    shown = [section for section in sections if "](images/" in section]
    assert len(shown) == len(STRIPS)
    assert [section for section in shown if not COMMAND.search(section)] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_its_commands_are_taken(command):
    options = parser.parse(shlex.split(command, comments=True))
    assert set(options.style) <= set(PAINTINGS)
