"""Freed memory is kept while a run goes on, and given back afterwards."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from neuralart.objective import allocator

SCRIPT = """
import ctypes, json, resource, sys
from pathlib import Path
from neuralart.objective.allocator import give_back, keep_freed
if sys.argv[1] == "kept":
    keep_freed()
malloc, free = (ctypes.CDLL(None)[name] for name in ("malloc", "free"))
malloc.restype, malloc.argtypes, free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
faults = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_minflt
held = lambda: int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
def once():
    block = malloc(2**26)
    ctypes.memset(block, 1, 2**26)
    free(block)
once()
before = faults()
once()
again, kept = faults() - before, held()
give_back()
returned = kept - held()
keep_freed(False)
once()
before = faults()
once()
print(json.dumps([again, returned, faults() - before]))
"""


def told(way: str) -> list:
    done = subprocess.run([sys.executable, "-c", SCRIPT, way], capture_output=True, text=True, check=True, timeout=120)
    return json.loads(done.stdout)


@pytest.mark.skipif(
    not sys.platform.startswith("linux") or allocator._glibc() is None, reason="the C library is not glibc"
)
def test_a_block_is_fetched_once_and_given_back_in_the_end():
    cleared = told("plain")[0]
    again, returned, cleared_in_the_end = told("kept")
    assert again < cleared / 10  # 64 MB are 16,384 pages
    assert returned > 2**25
    assert cleared_in_the_end > cleared / 2


def test_elsewhere_nothing_is_done(monkeypatch):
    monkeypatch.setattr(allocator.sys, "platform", "darwin")
    plain = allocator._glibc.__wrapped__
    assert plain() is None
    monkeypatch.setattr(allocator, "_glibc", plain)
    monkeypatch.setattr(allocator, "_state", {"on": None})
    allocator.keep_freed()
    assert allocator._state["on"] is None
    allocator.give_back()
