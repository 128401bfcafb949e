"""src/neuralart/keywords.py is what the declaration says."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import neuralart
from neuralart.cli.typed import page
from neuralart.keywords import Keywords
from neuralart.options import declared

FILE = Path(neuralart.__file__).with_name("keywords.py")


def test_the_file_is_up_to_date():
    assert FILE.read_text(encoding="utf-8") == page(), "run `make docs`"


def test_it_has_every_keyword_and_nothing_else():
    known = {name: facts for name, (facts, _) in declared().items() if facts.is_keyword}
    assert list(Keywords.__annotations__) == [*known, *(facts.alias for facts in known.values() if facts.alias)]
    assert Keywords.__required_keys__ == frozenset()


def test_it_speaks_of_keywords():
    assert "--" not in page()


def test_it_writes_itself(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["typed", str(tmp_path / "keywords.py")])
    monkeypatch.delitem(sys.modules, "neuralart.cli.typed", raising=False)
    runpy.run_module("neuralart.cli.typed", run_name="__main__")
    assert (tmp_path / "keywords.py").read_text(encoding="utf-8") == page()
