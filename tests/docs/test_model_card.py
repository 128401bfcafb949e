"""docs/model_card.md is about the network that ships."""

from __future__ import annotations

from neuralart.networks.compact import SHA256, WIDTHS
from neuralart.networks.provide import COMPACT_FILE

from ..conftest import REPOSITORY

TEXT = (REPOSITORY / "docs" / "model_card.md").read_text(encoding="utf-8")


def test_it_is_the_file_that_ships():
    assert f"`{SHA256[:16]}`" in TEXT, (
        "another network ships: measure it (training/measure.py), and write its card anew"
    )
    assert f"{COMPACT_FILE.stat().st_size / 1e6:.1f} MB" in TEXT


def test_it_has_the_shape_of_the_network():
    assert f"{len(WIDTHS)} convolutions" in TEXT
    assert f"{min(WIDTHS.values())} to {max(WIDTHS.values())} channels" in TEXT
