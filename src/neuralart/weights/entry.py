"""One array as a file holds it: what every reader delivers and what naming sorts."""

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
    """A named array whose numbers are read only when asked for.

    Files state shapes before they prove them. So the shape is compared with the network's first, and a file that claims
    absurd sizes never makes anyone allocate them.

    ``name`` ends in ``.weight`` or ``.bias`` where the reader knows which it is. ``load`` returns float32 of ``shape``,
    or raises WeightsError with the reason.
    """

    name: str
    shape: tuple[int, ...]
    load: Callable[[], torch.Tensor]


def float_tensor(array: np.ndarray[Any, Any]) -> torch.Tensor:
    """A float32 copy of an array of any float type, any byte order and any strides.

    Raises WeightsError for whole numbers: quantised weights mean nothing without their scales.
    """
    if array.dtype.kind != "f":
        raise WeightsError(f"holds {array.dtype} numbers where floating point is wanted")
    with np.errstate(over="ignore"):  # a float64 too large becomes infinite here, and is refused as such by read()
        return torch.from_numpy(np.array(array, dtype=np.float32, order="C", copy=True))


def natural(name: str) -> list[tuple[int, int, str]]:
    """A sort key by which ``features.2`` comes before ``features.10``, for formats that keep no order."""
    # No more digits than Python turns into a number.
    parts = re.split(r"([0-9]{1,4000})", name)
    return [(0, int(part), "") if place % 2 else (1, 0, part) for place, part in enumerate(parts)]
