"""safetensors -> entries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from neuralart.errors import WeightsError
from neuralart.weights.entry import Entry, natural


def read_safetensors(path: Path) -> list[Entry]:
    """Every array of a safetensors file, in natural order of the names, since the format keeps none.

    Raises WeightsError, or whatever the library raises on damage.
    """
    with _open(path) as file:
        names = sorted(file.keys(), key=natural)
        return [Entry(name, tuple(file.get_slice(name).get_shape()), _loader(path, name)) for name in names]


def read_metadata(path: Path) -> dict[str, str]:
    """The file's free-form metadata."""
    with _open(path) as file:
        return dict(file.metadata() or {})


def _loader(path: Path, name: str) -> Any:
    def load() -> torch.Tensor:
        with _open(path) as file:
            tensor: torch.Tensor = file.get_tensor(name)
        if not tensor.is_floating_point():
            raise WeightsError(f"holds {tensor.dtype} numbers where floating point is wanted")
        return tensor.to(torch.float32)

    return load


def _open(path: Path) -> Any:
    import safetensors

    return safetensors.safe_open(path, framework="pt")
