"""docs/reference.md is what the declaration says."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

from neuralart.cli.reference import page
from neuralart.networks import NETWORKS
from neuralart.options import GROUPS, declared, flag

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_is_up_to_date():
    assert (DOCS / "reference.md").read_text(encoding="utf-8") == page(), "run `make docs`"


def test_the_page_has_everything():
    text = page()
    for name, (facts, _) in declared().items():
        line = next(line for line in text.splitlines() if line.startswith(f"| `{flag(name)}` "))
        assert not facts.alias or f"| `{flag(name)}` `{flag(facts.alias)}` |" in line
        assert facts.help in line
        assert line.replace("\\|", "").count("|") == 5
        assert not facts.python or f"\n- `{name}`: {facts.python}\n" in text
    for group in GROUPS:
        assert f"\n## {group}: " in text
    for architecture in NETWORKS.values():
        assert all(f"`{layer}`" in text for layer in architecture.layers)


def test_it_writes_itself(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["reference", str(tmp_path / "page.md")])
    monkeypatch.delitem(sys.modules, "neuralart.cli.reference", raising=False)
    runpy.run_module("neuralart.cli.reference", run_name="__main__")
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == page()
