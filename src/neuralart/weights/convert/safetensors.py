"""Reads safetensors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from neuralart.errors import WeightsError
from neuralart.weights.entry import Entry, natural


def read_safetensors(path: Path) -> list[Entry]:
    """Return every array of a safetensors file in the natural order of the names, since the format has none.

    Raises WeightsError, or whatever the library raises for a damaged file.
    """
    with _open(path) as file:
        names = sorted(file.keys(), key=natural)
        return [Entry(name, tuple(file.get_slice(name).get_shape()), _loader(path, name)) for name in names]


def read_metadata(path: Path) -> dict[str, str]:
    """Return the file's free-form metadata."""
    with _open(path) as file:
        return dict(file.metadata() or {})


def _loader(path: Path, name: str) -> Any:
    def load() -> torch.Tensor:
        with _open(path) as file:
            tensor: torch.Tensor = file.get_tensor(name)
        if not tensor.is_floating_point():
            raise WeightsError(f"contains {tensor.dtype} numbers instead of floating point")
        return tensor.to(torch.float32)

    return load


def _open(path: Path) -> Any:
    import safetensors

    return safetensors.safe_open(path, framework="pt")
