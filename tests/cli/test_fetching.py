"""The bar for downloads."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from neuralart.cli.fetching import Bar


def test_silent_where_there_is_no_terminal(capsys):
    with Bar() as bar:
        bar(10, 100)
        bar(100, 100)
    assert capsys.readouterr() == ("", "")


def test_silent_where_nothing_is_fetched(capsys):
    with Bar():
        pass
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("quiet", [False, True])
def test_on_a_terminal(monkeypatch, quiet):
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=100)
    monkeypatch.setattr("neuralart.cli.fetching.Console", lambda stderr: console)
    with Bar(quiet) as bar:
        bar(2_000_000, 4_000_000)
        bar(3_000_000, None)
    assert ("downloading" in out.getvalue()) is not quiet
