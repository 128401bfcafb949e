"""The mistakes of newcomers that mistakes.toml lists, and their page.

python -m tests.cli.mistakes docs/mistakes.md writes it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SOURCE = Path(__file__).with_name("mistakes.toml")
DOCS = Path(__file__).parents[2] / "docs"

HEAD = """\
# When something goes wrong

The program says what was wrong, what it saw and what to do. This page says more about the mistakes that are made most
often: search it for words of the message. After a mistake, nothing has been painted and no file has changed. The exit
code is what a shell or a script sees: 2 for a mistake, 1 for what is nobody's fault, such as a network that cannot be
reached, and 0 for a picture. `…` stands for what differs from machine to machine.

| what you do | what you see | exit code | what it means, and what to do |
| --- | --- | --- | --- |
"""


class Mistake(NamedTuple):
    """A mistake; mistakes.toml says what its parts mean."""

    title: str
    command: str
    do: str
    page: str
    says: str = ""
    where: str = ""
    code: int = 2
    by: str = "neuralart"


def mistakes() -> list[Mistake]:
    """Return all of them, in the order of the page."""
    return [Mistake(**one) for one in tomllib.loads(SOURCE.read_text(encoding="utf-8"))["mistake"]]


def page() -> str:
    """Return the page as Markdown."""
    return HEAD + "".join(row(one) for one in mistakes())


def row(one: Mistake) -> str:
    """Return a mistake's line of the table."""
    command = code(one.command) + (f" {one.where}" if one.where else "")
    said = "<br>".join(code(line.strip()) for line in one.says.splitlines())
    return f"| {one.title}:<br>{command} | {said} | {one.code} | {one.do} → {link(one.page)} |\n"


def code(text: str) -> str:
    """Return text as code in a table."""
    return f"`{text}`".replace("|", r"\|")


def link(place: str) -> str:
    """Return a link to a page or one of its headings, called as the page calls it."""
    name, _, anchor = place.partition("#")
    titles = [line.lstrip("# ") for line in (DOCS / name).read_text(encoding="utf-8").splitlines() if line[:1] == "#"]
    title = next((one for one in titles if one.lower().replace(" ", "-") == anchor), titles[0])
    return f"[{title}]({place})"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
