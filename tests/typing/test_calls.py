"""mypy over a user's calls: the right ones pass, each wrong one is found and nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import neuralart

HERE = Path(__file__).parent
CALLS = HERE / "calls.py"


def test_mypy_checks_a_users_calls(request, tmp_path):
    pytest.importorskip("mypy")
    pytest.importorskip("PIL")
    cache = request.config.cache.mkdir("mypy_of_calls")
    paths = os.pathsep.join([str(HERE / "stubs"), str(Path(neuralart.__file__).parents[1])])
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", HERE / "mypy.ini", "--cache-dir", cache, CALLS],
        env={**os.environ, "MYPYPATH": paths},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,  # without a cache mypy reads torch
    )
    found: dict[int, str] = {}
    for number, text in re.findall(r"calls\.py:(\d+): error: (.*)", done.stdout):
        found[int(number)] = found.get(int(number), "") + text
    marked = {
        number: line.partition("# wrong: ")[2]
        for number, line in enumerate(CALLS.read_text(encoding="utf-8").splitlines(), 1)
        if "# wrong: " in line
    }
    assert found.keys() == marked.keys(), done.stdout + done.stderr
    assert {number: text for number, text in found.items() if marked[number] not in text} == {}
