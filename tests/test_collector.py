"""The garbage collector while libraries are loaded, in processes of their own."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

LOAD = """
import gc, json, sys
from neuralart import collector
usual = gc.get_threshold()
told = lambda: sum(one["collections"] for one in gc.get_stats())
before = told()
if POSTPONED:
    collector.postpone()
import torch
loaded = told() - before
ENDED
frozen, again, callbacks = gc.get_freeze_count(), gc.get_threshold() == usual, len(gc.callbacks)
class Circle: pass
one = Circle(); one.itself = one
import weakref
seen = weakref.ref(one); del one
gc.collect()
print(json.dumps([loaded, frozen, again, callbacks, seen() is None]))
"""


def run(*, postponed: bool, ended: str) -> list[object]:
    code = LOAD.replace("POSTPONED", str(postponed)).replace("ENDED", ended)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    return json.loads(done.stdout)


@pytest.mark.parametrize("ended", ["collector.begin(); collector.begin()", "kept = [[] for _ in range(400_000)]"])
def test_nothing_is_collected_until_libraries_are_loaded(ended):
    loaded, frozen, again, callbacks, collects = run(postponed=True, ended=ended)
    assert loaded == 0 and frozen > 50_000
    assert again and callbacks == 0 and collects


def test_otherwise_it_is_and_to_begin_does_nothing():
    loaded, frozen, again, callbacks, collects = run(postponed=False, ended="collector.begin()")
    assert loaded > 100 and frozen == 0
    assert again and callbacks == 0 and collects
