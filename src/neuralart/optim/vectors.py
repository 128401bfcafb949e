"""Sums and products of vectors with the size of the image, which may be spread over several machines.

An optimiser accesses its vectors only through these functions, so it also works if each machine holds one band of the
image: `all_reduce` then adds up the parts of all machines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch

from neuralart.reduce import AllReduce, alone

# as_one(work, bands, back) runs `work` in one place on whole images, of which each machine has a band [1, C, h, W].
# With `back`, the result is such an image, and each machine gets its band; otherwise it returns nothing.
Work = Callable[..., torch.Tensor | None]
AsOne = Callable[[Work, Sequence[torch.Tensor], bool], torch.Tensor | None]


def alone_as_one(work: Work, bands: Sequence[torch.Tensor], back: bool) -> torch.Tensor | None:
    """`AsOne` if one machine holds the whole image."""
    return work(*bands)


def stretches(length: int, step: int) -> Iterator[slice]:
    """Yield slices of `length` items, `step` at a time."""
    return (slice(begin, min(begin + step, length)) for begin in range(0, length, step))


def totals(here: Sequence[torch.Tensor], all_reduce: AllReduce = alone) -> list[float]:
    """Return several sums over all machines as plain numbers, waiting only once for a GPU."""
    numbers: list[float] = all_reduce(torch.stack(list(here))).tolist()
    return numbers


def dots(*pairs: tuple[torch.Tensor, torch.Tensor], all_reduce: AllReduce = alone) -> list[float]:
    """Return the inner products of pairs of vectors [n]."""
    return totals([one @ other for one, other in pairs], all_reduce)


def absolute(vector: torch.Tensor) -> torch.Tensor:
    """Return the sum of absolute values of this machine's part."""
    return vector.abs().sum()


def count(vector: torch.Tensor, all_reduce: AllReduce = alone) -> int:
    """Return how many numbers there are on all machines."""
    # On the CPU, to avoid waiting for a GPU.
    return int(all_reduce(torch.tensor(float(vector.numel()), dtype=torch.float64)))
