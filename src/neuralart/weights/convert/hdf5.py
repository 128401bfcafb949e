"""Reads HDF5: Keras's weight files, old and new, and Caffe's."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import torch

from neuralart.weights.entry import Entry, float_tensor, natural

# Keras 3 numbers a layer's arrays (vars/0, vars/1), Caffe too (data/conv1_1/0, data/conv1_1/1).
_NUMBERED = re.compile(r"(?:/vars)?/([01])$")
# Only these are known to keep PyTorch's and Caffe's order of axes; Keras keeps [kh, kw, in, out].
_OUT_FIRST = re.compile(r"^data/.*/[01]$|[./]weight$")


def read_hdf5(path: Path) -> list[Entry]:
    """Return every array of an HDF5 file; kernels are transposed from Keras's [kh, kw, in, out] to [out, in, kh, kw].

    They are in the natural order of their names: Keras stores another order in attributes, but a damaged attribute can
    crash the HDF5 library. Links to other files are not followed. Raises whatever the library raises for a damaged
    file.
    """
    import h5py

    with h5py.File(path, "r") as file:
        names: list[str] = []
        # visititems follows hard links only, and each object once: no loops, and no other file is opened.
        file.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
        names.sort(key=natural)
        return [_entry(path, name, file[name]) for name in names if file[name].dtype.kind in "fiu"]


def _entry(path: Path, name: str, dataset: Any) -> Entry:
    shape = tuple(int(n) for n in dataset.shape or ())
    turn = len(shape) == 4 and _OUT_FIRST.search(name) is None
    if turn:
        shape = (shape[3], shape[2], shape[0], shape[1])
    return Entry(_NUMBERED.sub(_role, name), shape, lambda: _numbers(path, name, turn))


def _role(number: re.Match[str]) -> str:
    return ".bias" if number[1] == "1" else ".weight"


def _numbers(path: Path, name: str, turn: bool) -> torch.Tensor:
    import h5py

    with h5py.File(path, "r") as file:
        tensor = float_tensor(file[name][()])
    return tensor.permute(3, 2, 0, 1).contiguous() if turn else tensor
