"""One array of a file: every reader returns a list of them, and `naming` sorts them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from neuralart.errors import WeightsError


@dataclass(frozen=True)
class Entry:
    """A named array whose numbers are only read on request.

    The shape is compared with the network's first, so a file that claims absurd sizes never causes such an allocation.

    Attributes:
        name: Ends in ``.weight`` or ``.bias`` if the reader knows which of them it is.
        shape: The shape that the file claims.
        load: Returns float32 of ``shape``, or raises WeightsError with the reason.
    """

    name: str
    shape: tuple[int, ...]
    load: Callable[[], torch.Tensor]


def float_tensor(array: np.ndarray[Any, Any]) -> torch.Tensor:
    """Return a float32 copy of an array of any float type, byte order and strides.

    Raises:
        WeightsError: The array has whole numbers; quantised weights are meaningless without their scales.
    """
    if array.dtype.kind != "f":
        raise WeightsError(f"contains {array.dtype} numbers instead of floating point")
    with np.errstate(over="ignore"):  # a float64 too large becomes infinite here, and is refused as such by read()
        return torch.from_numpy(np.array(array, dtype=np.float32, order="C", copy=True))


def natural(name: str) -> list[tuple[int, int, str]]:
    """Return a sort key that puts ``features.2`` before ``features.10``, for formats without an order."""
    # Python does not convert longer runs of digits to a number.
    parts = re.split(r"([0-9]{1,4000})", name)
    return [(0, int(part), "") if place % 2 else (1, 0, part) for place, part in enumerate(parts)]
