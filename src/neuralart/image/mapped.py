"""Keeps arrays of large pictures in temporary files mapped into memory, whose pages the system can write out.

The file has no name (if the system allows that) and disappears with the array.
"""

from __future__ import annotations

import os
import tempfile
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
import torch
from numpy.typing import DTypeLike, NDArray

LARGE = 20_000_000  # pixels; a file is not worthwhile for a smaller picture

_by_address: WeakValueDictionary[int, np.memmap[Any, Any]] = WeakValueDictionary()


def empty(shape: tuple[int, ...], dtype: DTypeLike, pixels: int) -> NDArray[Any]:
    """Return an array for a picture with this number of pixels: in a file if it is large, otherwise in memory.

    If the disk has no room for the file, the array is in memory as well.
    """
    if pixels <= LARGE:
        return np.empty(shape, dtype)
    size = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
    try:
        with tempfile.TemporaryFile(prefix="neuralart-") as file:
            _reserve(file.fileno(), size)
            result = np.memmap(file, dtype, "r+", shape=shape)
    except OSError:
        return np.empty(shape, dtype)
    _by_address[result.ctypes.data] = result
    return result


def copied(pixels: torch.Tensor) -> torch.Tensor:
    """Return a float32 copy of [1, C, H, W] on the CPU, in a file if it is large."""
    count = int(pixels.shape[2]) * int(pixels.shape[3])
    copy = torch.from_numpy(np.asarray(empty(tuple(pixels.shape), np.float32, count)))
    return copy.copy_(pixels.detach())


def is_mapped(tensor: torch.Tensor) -> bool:
    """Whether a tensor's numbers are in such a file."""
    return tensor.device.type == "cpu" and tensor.untyped_storage().data_ptr() in _by_address


def _reserve(file: int, size: int) -> None:
    """Raise OSError unless there is room: if a mapped page found none later, it would end the program."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, size)
    else:
        os.ftruncate(file, size)
