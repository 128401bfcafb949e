"""The short form of `make torture`: some hundred mutated files for every reader, and that the watcher would notice."""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

import pytest

from .torture.mutate import STRANGE, mutated
from .torture.readers import READERS
from .torture.watch import Tally, _forget_peak, _resident, _watch

COUNT = 120
KEPT = Path(__file__).parent / "torture" / "corpus"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(READERS))
def test_some(name):
    pytest.importorskip("pillow_jxl")
    pytest.importorskip("rawpy")
    reader, chance = READERS[name](), random.Random(21)
    seeds = reader.seeds()
    assert all(reader.read(seed) for seed in seeds)
    outcomes = [reader.read(mutated(chance, seeds)) for _ in range(COUNT)]
    # Neither is everything taken, nor everything refused.
    assert 0 < sum(outcomes) < COUNT


def test_what_is_put_in_is_not_changed_with_what_it_is_put_into():
    chance, before = random.Random(28), repr(STRANGE)
    for _ in range(2000):
        mutated(chance, [b'{"a": {"b": [1, 2], "c": {"d": "{\\"e\\": [3]}"}}}'])
    assert repr(STRANGE) == before


@pytest.mark.parametrize("path", sorted(KEPT.iterdir()), ids=lambda path: path.name)
def test_what_was_found_once_is_never_found_again(path):
    READERS[path.name.partition("-")[0]]().read(path.read_bytes())


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_memory_is_measured():
    before = _resident(peak=False)
    _forget_peak()
    assert _resident(peak=True) < before + 2**24
    taken = bytearray(b"x") * 2**26
    assert len(taken) == 2**26
    assert _resident(peak=True) - before > 2**25


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_a_finding_is_kept(tmp_path):
    class Pipe:
        said = iter(
            (b"input", ("KeyError: 'oh'", 0.1, 0), b"slow", ("refused", 9.0, 0), b"large", ("refused", 0.1, 2**30))
        )

        def poll(self, seconds):
            return True

        def recv_bytes(self):
            if (said := next(self.said, None)) is None:
                raise EOFError
            return said

        recv = recv_bytes

    tally = Tally()
    _watch(Pipe(), tally, time.monotonic() + 60, "images", tmp_path)
    told = [finding.partition(":")[0] for finding in tally.findings]
    assert told == ["KeyError", "refused after 9.0 seconds", "refused after taking 1024 MB", "its process ended"]
    assert {path.read_bytes() for path in tmp_path.iterdir()} == {b"input", b"slow", b"large"}
