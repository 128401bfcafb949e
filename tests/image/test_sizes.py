"""Sizes: the original's truncation, line by line."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralart.image.sizes import fit, shrink

from .make import ORACLE

LINES = [
    tuple(map(int, re.findall(r"\d+", line)))
    for line in (ORACLE / "sizes.txt").read_text().splitlines()
    if not line.startswith("#")
]


def test_the_oracle_was_found():
    assert len(LINES) == 27


@pytest.mark.parametrize(("width", "height", "size", "out_w", "out_h"), LINES)
def test_fit_agrees_with_the_original(width, height, size, out_w, out_h):
    assert fit(width, height, size) == (out_w, out_h)


def test_a_long_edge_of_zero_keeps_the_size():
    assert fit(641, 479, 0) == (641, 479)


@given(st.integers(1, 10**5), st.integers(1, 10**5), st.integers(1, 10**5))
def test_fit_is_the_originals_double_arithmetic(width, height, size):
    short = size * width / height if width < height else size * height / width
    assert sorted(fit(width, height, size)) == sorted((size, max(1, int(short))))


@given(st.integers(1, 10**4), st.integers(1, 10**4), st.integers(1, 10**4))
def test_fit_of_a_turned_picture_is_the_turned_size(width, height, size):
    assert fit(height, width, size) == fit(width, height, size)[::-1]


def test_shrink_never_enlarges():
    assert shrink(640, 480, 1000) == (640, 480)
    assert shrink(640, 480, 320) == (320, 240)
    assert shrink(640, 480, None) == shrink(640, 480, 0) == (640, 480)


@pytest.mark.parametrize("wrong", [(0, 5, 5), (5, 0, 5), (5, 5, -1)])
def test_nonsense_is_refused(wrong):
    with pytest.raises(ValueError, match="cannot fit"):
        fit(*wrong)


def test_arithmetic_needs_neither_torch_nor_pyvips():
    code = "import sys, neuralart.image.sizes; print({'torch', 'pyvips', 'numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "set()"
