"""A folder with a photograph and a painting, and the program called from within it."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import NamedTuple

import pytest

from neuralart.cli import main

from .. import warm
from ..warm import COMMAND
from .made import contents, merged, picture, quiet_environment


class Outcome(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def place(tmp_path, monkeypatch, alone) -> Path:
    """The working directory: photo.png (60 x 45) and style.png (40 x 50)."""
    quiet_environment(monkeypatch, tmp_path / "cache")
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    picture(60, 45).save("photo.png")
    picture(40, 50, seed=1).save("style.png")
    return folder


@pytest.fixture
def call(place, capsys):
    """Calls the program in this process: call("--size", 32) -> Outcome(code, out, err)."""
    logger = logging.getLogger("neuralart")
    before = logger.handlers, logger.level

    def run(*words: object) -> Outcome:
        capsys.readouterr()
        code = main(merged(words))
        return Outcome(code, *capsys.readouterr())

    yield run
    logger.handlers, logger.level = before


@pytest.fixture
def installed(place):
    """Runs the installed command, as a shell would: installed("--version") -> Outcome."""

    def run(*words: object) -> Outcome:
        done = warm.run([COMMAND, *merged(words)], capture_output=True, text=True, timeout=60)
        return Outcome(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def mistake(call, place):
    """A call that must end with code 2 and one line that holds these parts, and leave every file as it was."""

    def check(words, *parts: str) -> str:
        before = contents(place)
        code, out, err = call(*words)
        told = err.strip()
        assert code == 2, err
        assert out == ""
        assert told.startswith("neuralart: "), err
        assert told.count("\n") == 0, err
        assert "?;" not in told
        for part in parts:
            assert part in told
        assert contents(place) == before
        return told

    return check
