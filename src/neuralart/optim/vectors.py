"""Sums and products of vectors as long as the image has numbers, which may be spread over several machines.

An optimiser touches its vectors only through these few, so that it is the same optimiser where each machine holds one
band of the image: `total` then adds up what the machines found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch

Total = Callable[[torch.Tensor], torch.Tensor]


# as_one(work, bands, back): what `work` makes, in one place, of whole images of which each machine has a band
# [1, C, h, W]; with `back` that is such an image, of which each machine gets its band, else nothing.
Work = Callable[..., torch.Tensor | None]
AsOne = Callable[[Work, Sequence[torch.Tensor], bool], torch.Tensor | None]


def alone(here: torch.Tensor) -> torch.Tensor:
    """The total where one machine holds the whole image."""
    return here


def alone_as_one(work: Work, bands: Sequence[torch.Tensor], back: bool) -> torch.Tensor | None:
    """`AsOne` where one machine holds the whole image."""
    return work(*bands)


def stretches(length: int, step: int) -> Iterator[slice]:
    """`length` things, so many at once."""
    return (slice(begin, min(begin + step, length)) for begin in range(0, length, step))


def dot(one: torch.Tensor, other: torch.Tensor, total: Total = alone) -> float:
    """The inner product of two vectors [n]."""
    return float(total(one @ other))


def norm(vector: torch.Tensor, total: Total = alone) -> float:
    """The Euclidean norm."""
    return float(total(vector @ vector)) ** 0.5


def absolute(vector: torch.Tensor, total: Total = alone) -> float:
    """The sum of absolute values."""
    return float(total(vector.abs().sum()))


def count(vector: torch.Tensor, total: Total = alone) -> int:
    """How many numbers there are."""
    return int(total(torch.tensor(float(vector.numel()), dtype=torch.float64, device=_host(vector))))


def _host(vector: torch.Tensor) -> torch.device:
    # Apple's GPUs have no float64.
    return torch.device("cpu") if vector.device.type == "mps" else vector.device
