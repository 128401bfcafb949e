"""Builds these pages into a site: `make docs`. Neither the build nor the site loads anything from the web."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from latex2mathml.converter import convert

import neuralart

DOCS = Path(__file__).parent
ROOT = DOCS.parent

project = "neuralart"
author = "the authors of neuralart"
version = release = neuralart.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]

html_theme = "furo"
html_title = f"neuralart {version}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_math_renderer = "mathml"
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
exclude_patterns = ["_build"]
highlight_language = "text"

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # Args say it in words; a signature with its types would fill a screen
autodoc_preserve_defaults = True
napoleon_use_ivar = True
nitpicky = True
smartquotes = False  # they would turn --size into –size
# Other projects' names, whose pages are on the web.
nitpick_ignore_regex = [
    ("py:class", r"neuralart\.(run|video|losses)\.\w+\.(Finish|Live|Moment|Positions)"),  # types nobody needs by name
    ("py:.*", r"(torch|numpy|np|PIL|os|pathlib|collections|typing|NDArray)(\..*)?"),
]
linkcheck_timeout = 20

# Files outside this folder that have a page here.
PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "benchmarks/RESULTS.md": "performance.md",
    "training": "training.md",
    "training/README.md": "training.md",
    "src/neuralart/assets/SOURCES.md": "sources.md",
}
INCLUDED = re.compile(r"^```\{include\} (\S+)\n```$", re.MULTILINE)
COMMANDS = re.compile(r'(<div class="highlight-(?:none|text) .*?<pre>(?:<span></span>)?)(.*?)</pre>', re.DOTALL)
MARKED = re.compile(r"(?<!`)`([^`]+)`(?!`)|\|")  # in a docstring
SECTION = re.compile(r"[A-Z]\w+:")  # Args: and the like
LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#)([^)#\s]+)")


def setup(app: Any) -> None:
    """Register what Sphinx does not bring along."""
    app.connect("source-read", put_together)
    app.connect("autodoc-process-docstring", in_rst, priority=400)  # before napoleon
    app.connect("html-page-context", hung)
    app.add_html_math_renderer("mathml", (inline_formula, None), (formula, None))


def put_together(app: Any, docname: str, source: list[str]) -> None:
    """Put in the included files, and make their links, and those to files outside, work from here.

    In a page with a title of its own, their headings go down a level.
    """

    here = (DOCS / docname).parent

    def included(found: re.Match[str]) -> str:
        file = here / found[1]
        app.env.note_dependency(str(file))
        text = moved(file.read_text(encoding="utf-8"), file.parent, here)
        return re.sub("^#", "##", text, flags=re.MULTILINE) if source[0].startswith("# ") else text

    source[0] = INCLUDED.sub(included, moved(source[0], here, here))


def moved(text: str, folder: Path, here: Path) -> str:
    """Return Markdown from a folder with links that work from here, a folder of pages.

    >>> moved("[results](../benchmarks/RESULTS.md#films), [code](conf.py)", DOCS, DOCS / "gallery")
    '[results](../performance.md#films), [code](../conf.py)'
    """

    def target(found: re.Match[str]) -> str:
        path = os.path.relpath(folder / found[1], ROOT)
        return os.path.relpath(DOCS / PAGES[path] if path in PAGES else ROOT / path, here)

    return LINK.sub(target, text)


def in_rst(app: Any, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Turn a docstring from plain text into reStructuredText: `code`, public names, |norms|, blocks of code."""
    result: list[str] = []
    before, is_block = "", False
    for line in lines:
        if line.startswith(" ") and not is_block and result and not result[-1]:
            is_block = bool(before) and not before.startswith(" ") and not SECTION.fullmatch(before)
            result += ["::", ""] if is_block else []
        elif line and not line.startswith(" "):
            is_block = False
        result.append(line if is_block else MARKED.sub(marked_in_rst, line))
        before = line or before
    lines[:] = result


def marked_in_rst(found: re.Match[str]) -> str:
    """Return code as a literal, or as a link if it is a public name; and a bar with a backslash."""
    if found[0] == "|":
        return r"\|"
    public = found[1].removeprefix("neuralart.")
    if public in neuralart.__all__ or public.partition(".")[0] in ("Loss", "Step", "Picture"):
        return f":py:obj:`{found[1]} <neuralart.{public}>`"
    return f"``{found[1]}``"


def hung(app: Any, pagename: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Mark lines and words of commands, so that a long one wraps between words, and its second line is indented.

    The page's own name becomes a class, for its looks.
    """

    def marked(found: re.Match[str]) -> str:
        words = re.sub(r"\S+", r'<span class="pre">\g<0></span>', found[2])
        lines = "\n".join(f'<span class="line">{line}</span>' for line in words.splitlines())
        return f"{found[1]}{lines}</pre>"

    body = COMMANDS.sub(marked, context.get("body", ""))
    context["body"] = f'<div class="page-{pagename.replace("/", "-")}">{body}</div>'


def inline_formula(writer: Any, node: nodes.math) -> None:
    """Write a formula in a line as MathML, which browsers show by themselves."""
    writer.body.append(convert(node.astext()))
    raise nodes.SkipNode


def formula(writer: Any, node: nodes.math_block) -> None:
    """Write a formula on a line of its own."""
    writer.body.append(f'<div class="formula">{convert(node.astext(), display="block")}</div>')
    raise nodes.SkipNode
