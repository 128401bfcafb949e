"""docs/coming-from.md is what the tables say."""

from __future__ import annotations

import runpy
import sys

from neuralart.cli.peers import PEERS
from neuralart.cli.peers.page import page

from ...conftest import REPOSITORY


def test_the_page_is_up_to_date():
    assert (REPOSITORY / "docs" / "coming-from.md").read_text(encoding="utf-8") == page(), "run `make docs`"


def test_every_row_has_four_cells():
    rows = [line for line in page().splitlines() if line.startswith("| `")]
    assert len(rows) == sum(len(peer.rows) for peer in PEERS)
    assert {row.count("|") for row in rows} == {5}


def test_it_writes_itself(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["page", str(tmp_path / "page.md")])
    monkeypatch.delitem(sys.modules, "neuralart.cli.peers.page", raising=False)
    runpy.run_module("neuralart.cli.peers.page", run_name="__main__")
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == page()
