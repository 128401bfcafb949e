"""docs/peers.md: every option of ours that it names is one, and its table has the same columns throughout."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from neuralart.cli.peers import PEERS
from neuralart.networks.vgg import VGG
from neuralart.options import Options, declared, flag

PAGE = (Path(__file__).parents[2] / "docs" / "peers.md").read_text(encoding="utf-8")
FLAGS = {flag(name): name for name in declared()}
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("| `--")]


def test_every_option_named_there_exists():
    named = re.findall(r"`(--[a-z-]+)", PAGE)
    assert len(named) > 30
    assert [name for name in named if name not in FLAGS] == []


def test_every_row_has_ours_and_five_others():
    head = next(line for line in PAGE.splitlines() if line.startswith("| here"))
    assert {len(row) for row in ROWS} == {len(head.strip("|").split("|"))} == {7}
    assert len({row[0] for row in ROWS}) == len(ROWS)
    # One that no other program has needs no row.
    assert all(any(cell not in ("", "-") for cell in row[1:6]) for row in ROWS)


@pytest.mark.parametrize("example", re.findall(r"`(--[a-z-]+ [^`]+)`", PAGE))
def test_examples_are_taken(example):
    name, value = example.split(" ", 1)
    options = Options(**{FLAGS[name]: value})
    if FLAGS[name] == "style_layers":
        VGG.check_layers(re.findall(r"[a-z0-9_]+(?=:)", options.style_layers[0]))


@pytest.mark.parametrize(("column", "peer"), list(enumerate(PEERS[1:], 1)))
def test_the_names_of_others_are_those_that_are_translated(column, peer):
    head = next(line for line in PAGE.splitlines() if line.startswith("| here"))
    assert head.strip("|").split("|")[column].strip() == peer.name
    theirs = {row.name.lstrip("-").replace("-", "_") for row in peer.rows}
    cells = [re.sub(r"\(.*?\)", "", row[column]).replace("-", "_") for row in ROWS]
    named = {name for cell in cells for name in re.findall(r"[a-z]\w+", cell)}
    assert len(named) > 10
    assert named - theirs == set()
    assert {row.name.lstrip("-").replace("-", "_") for row in peer.rows if row.convert} - named == set()
