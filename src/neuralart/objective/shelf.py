"""Tensors stored in a temporary file, and read back on demand.

It holds the content's features of images for which they do not fit into memory. The file has no name (if the system
allows that) and disappears with the shelf, however the program ends.
"""

from __future__ import annotations

import os
import tempfile
import threading
import weakref
from collections.abc import Sequence
from typing import overload

import torch

from neuralart.errors import PaintError


class Shelf(Sequence[torch.Tensor]):
    """A sequence of tensors on disk. Reading returns a copy, channels-last if it has four dimensions."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="neuralart-", buffering=0)  # noqa: SIM115  (closed with the shelf)
        weakref.finalize(self, self._file.close)
        self._items: list[tuple[int, torch.Size, torch.dtype]] = []
        self._end = 0
        self._one_at_a_time = threading.Lock()  # several devices may read at once

    def append(self, tensor: torch.Tensor) -> None:
        """Store a tensor. Raises PaintError if the disk is full."""
        weakref.finalize(self, self._file.close)
        self._items.append((self._end, tensor.shape, tensor.dtype))
        flat = _rows_last(tensor.detach().to("cpu")).contiguous().view(torch.uint8 if tensor.numel() else tensor.dtype)
        data = flat.numpy().data.cast("B") if tensor.numel() else memoryview(b"")
        try:
            while data:
                data = data[self._file.write(data) :]
        except OSError as error:
            raise PaintError(
                f"no room for the content's features in {tempfile.gettempdir()} ({error.strerror});"
                " make room, or point TMPDIR to another disk"
            ) from None
        self._end = self._file.seek(0, os.SEEK_END)

    @overload
    def __getitem__(self, index: int) -> torch.Tensor: ...
    @overload
    def __getitem__(self, index: slice) -> list[torch.Tensor]: ...
    def __getitem__(self, index: int | slice) -> torch.Tensor | list[torch.Tensor]:
        if isinstance(index, slice):
            return [self[one] for one in range(len(self))[index]]
        start, shape, dtype = self._items[index]
        moved = (shape[0], *shape[2:], shape[1]) if len(shape) == 4 else shape
        flat = torch.empty(moved, dtype=dtype)
        if flat.numel():
            with self._one_at_a_time:
                self._file.seek(start)
                rest = flat.view(torch.uint8).numpy().data.cast("B")
                while rest:
                    rest = rest[self._file.readinto(rest) :]
        return flat.permute(0, 3, 1, 2) if len(shape) == 4 else flat

    def __len__(self) -> int:
        return len(self._items)


def _rows_last(tensor: torch.Tensor) -> torch.Tensor:
    """View [1, C, H, W] as [1, H, W, C], the order of channels-last features in memory."""
    return tensor.permute(0, 2, 3, 1) if tensor.ndim == 4 else tensor
