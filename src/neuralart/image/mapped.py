"""Arrays of large pictures in temporary files, mapped into memory, whose pages the system may put away.

The file has no name (where the system allows it) and goes with the array.
"""

from __future__ import annotations

import os
import tempfile
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
import torch
from numpy.typing import DTypeLike, NDArray

LARGE = 20_000_000  # pixels; below it a file is not worth its while

_by_address: WeakValueDictionary[int, np.memmap[Any, Any]] = WeakValueDictionary()


def empty(shape: tuple[int, ...], dtype: DTypeLike, pixels: int) -> NDArray[Any]:
    """An array of that shape for a picture of so many pixels: in a file if it is large, else in memory.

    Where the disk has no room for the file it is memory after all.
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
    """A copy on the CPU, float32, of [1, C, H, W]; in a file if it is large."""
    count = int(pixels.shape[2]) * int(pixels.shape[3])
    copy = torch.from_numpy(np.asarray(empty(tuple(pixels.shape), np.float32, count)))
    return copy.copy_(pixels.detach())


def is_mapped(tensor: torch.Tensor) -> bool:
    """Whether a tensor's numbers lie in such a file."""
    return tensor.device.type == "cpu" and tensor.untyped_storage().data_ptr() in _by_address


def _reserve(file: int, size: int) -> None:
    """Raise OSError unless there is room: a mapped page that finds none later would end the program."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, size)
    else:
        os.ftruncate(file, size)
