"""Reads PyTorch state dicts, only with ``torch.load(weights_only=True)``."""

from __future__ import annotations

import pickle
import re
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from neuralart.errors import WeightsError
from neuralart.weights.entry import Entry

_DEEPEST = 8


def read_pytorch(path: Path) -> list[Entry]:
    """Return every tensor of a state dict, even nested ("state_dict", "model"), by dotted path, in the file's order.

    Raises WeightsError for a file with anything but numbers in it, or whatever the library raises for a damaged file.
    """
    _check_archive(path)
    value = _load(path)
    entries: list[Entry] = []
    _flatten(value, "", entries, 0)
    if not entries:
        raise WeightsError(f"contains a Python {type(value).__name__} instead of a state dict")
    return entries


def _check_archive(path: Path) -> None:
    with path.open("rb") as file:
        if file.read(2) != b"PK":
            return
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            whole = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile as error:
        raise WeightsError(f"is a damaged or truncated PyTorch file ({error})") from error
    if whole > path.stat().st_size + 2**20:
        raise WeightsError("is a compressed archive, which PyTorch does not write; it may be meant to fill the memory")
    if not any(name.endswith("data.pkl") for name in names):
        raise WeightsError("is a zip archive, but not one that PyTorch wrote")
    if any(name.endswith("constants.pkl") for name in names):
        raise WeightsError("is a TorchScript program; save its state_dict() instead")


def _load(path: Path) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        # The library's message runs over many lines and advises to switch the protection off.
        if alien := re.search(r"GLOBAL (\S+)", str(error)):
            raise WeightsError(
                f"contains a Python object ({alien[1]}), which is never loaded because loading could run a program; "
                "only save the network's state_dict()"
            ) from error
        raise WeightsError("is a damaged PyTorch file, or a pickle with more than tensors in it") from error


def _flatten(value: object, name: str, entries: list[Entry], depth: int) -> None:
    if isinstance(value, torch.Tensor):
        entries.append(Entry(name, tuple(value.shape), lambda: _numbers(value)))
    elif isinstance(value, Mapping) and depth < _DEEPEST:
        for key, inner in value.items():
            _flatten(inner, f"{name}.{key}" if name else str(key), entries, depth + 1)


def _numbers(tensor: torch.Tensor) -> torch.Tensor:
    if not tensor.is_floating_point() or tensor.is_quantized or tensor.layout != torch.strided or tensor.is_meta:
        raise WeightsError(f"contains {tensor.dtype} numbers instead of plain floating point")
    return tensor.detach().to(torch.float32)
