"""Every command on a page is one that the program takes, up to where it would read, paint or serve something."""

from __future__ import annotations

import contextlib
import re
import shlex

import pytest

from neuralart.app.access import Access
from neuralart.cli import (
    app,
    batch,
    blend,
    commands,
    compare,
    estimate,
    models,
    parser,
    sweep,
    video,
    video_options,
    watch,
)
from neuralart.errors import OptionError
from neuralart.options import Options, declared, flag, from_mapping
from neuralart.presets import unfolded

from ..conftest import DOCS_PAGES, REPOSITORY

OUTSIDE = [REPOSITORY / "README.md", REPOSITORY / "benchmarks" / "RESULTS.md"]
PAGES = {page.name: page for page in OUTSIDE} | DOCS_PAGES
TEXTS = {name: page.read_text(encoding="utf-8") for name, page in PAGES.items()}
LINE = re.compile(r"^ {4}(?:[^#\n]*\s)?neuralart( (?:[^\n\\]|\\\n)+)$", re.MULTILINE)
KINDS = (
    Options,
    Access,
    batch.BatchOptions,
    blend.BlendOptions,
    compare.CompareOptions,
    estimate.EstimateOptions,
    sweep.SweepOptions,
    video_options.VideoOptions,
    watch.WatchOptions,
)
# Which are declared nowhere, or are those of other programs.
OF_OTHERS = (
    "RESULTS.md",
    "coming-from.md",
    "mistakes.md",
)  # pages that name those of benchmarks and of other programs, too
OTHERS = {"--help", "--nnodes"}


def words_of(line: str) -> list[str]:
    """The words that the shell would give to the program."""
    words = shlex.split(line.replace("\\\n", " "), comments=True)
    ends = [k for k, word in enumerate(words) if word in ("|", ">", "&")]
    return words[: ends[0]] if ends else words


COMMANDS = sorted({(page, shlex.join(words_of(line))) for page, text in TEXTS.items() for line in LINE.findall(text)})


class ReadyError(Exception):
    """The program has understood the words, and would begin to work."""


def take(*given, **more):
    """Stands in for the work."""
    raise ReadyError


def take_many(settings, place, common, **more):
    """Stands in for painting many pictures: their options are not checked until there is a list."""
    from_mapping(unfolded(common))
    raise ReadyError


@pytest.fixture
def idle(monkeypatch):
    """The program understands its words, and does nothing."""
    for module, name in [
        (commands, "stylize"),
        (blend, "blend"),
        (compare, "compare"),
        (estimate, "estimate"),
        (estimate, "estimate_film"),
        (models, "listing"),
        (sweep, "sweep"),
        (video, "paint"),
        (app.settings, "password"),
    ]:
        monkeypatch.setattr(module, name, take)
    for module, name in [(batch, "batch"), (watch, "watch")]:
        monkeypatch.setattr(module, name, take_many)
    monkeypatch.setattr(watch, "template", lambda folder, common: "out.png")
    monkeypatch.setattr(models, "ACTIONS", dict.fromkeys(models.ACTIONS, take))
    for name in ("neuralart.cli.listing.run", "neuralart.figures.plot.read_log"):
        monkeypatch.setattr(name, take)


def understand(words: list[str]) -> None:
    """Raise OptionError where the program would."""
    if words and words[0] in ("again", "resume", "record"):  # they read the file before the options
        assert len(words) > 1 and not words[1].startswith("-")
        parser.parse(words[2:])
        return
    with contextlib.suppress(ReadyError):
        assert commands.run(words) == 0


def test_there_are_commands_of_every_kind():
    seen = {command.split()[0] for _, command in COMMANDS if command}
    assert seen >= {"--content", "again", "app", "batch", "blend", "estimate", "models", "resume", "sweep", "video"}
    assert len(COMMANDS) > 80
    assert "gallery/strength.md" in dict(COMMANDS)


@pytest.mark.parametrize(("page", "command"), COMMANDS)
def test_it_is_taken(page, command, idle):
    understand(shlex.split(command))


@pytest.mark.parametrize(
    "command",
    [
        "--content a.jpg --style b.jpg --no-such-option",
        "--content a.jpg --style b.jpg --size much",
        "again a.png --size much",
        "batch --content a.jpg --style b.jpg --output c.png --size much",
        "estimate --content in.mp4 --codec none",
        "models bake vgg",
        "paint a.jpg",
        "video in.mp4 --style a.jpg --content b.jpg",
        "watch in --style a.jpg --size much",
    ],
)
def test_mistakes_are_found(command, idle):
    with pytest.raises(OptionError):
        understand(shlex.split(command))


@pytest.mark.parametrize("page", [name for name in TEXTS if name not in OF_OTHERS])
def test_every_option_named_there_exists(page):
    known = OTHERS | {flag(name) for kind in KINDS for name in names(kind)}
    code = " ".join(re.findall(r"`([^`\n]+)`", TEXTS[page]))
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", code)) - known == set()


def names(kind: type) -> list[str]:
    """The names of all settings of this kind, and their other names."""
    return [one for name, (facts, _) in declared(kind).items() for one in (name, facts.alias) if one]
