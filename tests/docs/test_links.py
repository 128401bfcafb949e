"""Links of the pages lead somewhere, tables are tables, every page is listed. `make docs` checks the built site."""

from __future__ import annotations

import re

import pytest

import neuralart

from ..conftest import DOCS, DOCS_PAGES, REPOSITORY

ELSEWHERE = (
    "README",
    "CHANGELOG",
    "CONTRIBUTING",
    "benchmarks/RESULTS",
    "training/README",
    "src/neuralart/assets/SOURCES",
)
PAGES = [*DOCS_PAGES.values(), *(REPOSITORY / f"{name}.md" for name in ELSEWHERE)]
LISTS = re.compile(r"^```\{toctree\}\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?![a-z]+:)([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def headings(text):
    """The anchors of a page's headings, as GitHub and MyST name them."""
    titles = re.findall(r"^#+ (.*)$", FENCED.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(REPOSITORY).as_posix())
def test_its_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    for link in LINK.findall(FENCED.sub("", text)):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert not anchor or anchor in headings(target.read_text(encoding="utf-8")), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(REPOSITORY).as_posix())
def test_its_tables_have_a_head(page):
    lines = page.read_text(encoding="utf-8").splitlines()
    first = [k for k, line in enumerate(lines) if line.startswith("|") and not lines[k - 1].startswith("|")]
    assert [lines[k] for k in first if not lines[k + 1].startswith("| ---")] == []


def test_every_page_is_listed_once():
    listed = []
    for page in DOCS_PAGES.values():
        for entries in LISTS.findall(page.read_text(encoding="utf-8")):
            lines = [line for line in entries.splitlines() if line and not line.startswith(":")]
            listed += [
                page.parent / re.sub(r".*<(.*)>", r"\1.md", line + ("" if "<" in line else ".md")) for line in lines
            ]
    assert sorted(listed) == sorted(set(DOCS_PAGES.values()) - {DOCS / "index.md"})


def test_every_public_name_is_in_the_api():
    text = (DOCS / "api.md").read_text(encoding="utf-8")
    named = set(re.findall(r":: neuralart\.(\w+)$", text, re.MULTILINE))
    assert set(neuralart.__all__) - named == {"__version__"}


def test_the_readme_has_two_screens_and_begins_with_the_picture():
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert text.count("\n") <= 100
    assert text.splitlines()[2].startswith("![")
