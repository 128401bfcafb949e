"""Sums and products of vectors as long as the image has numbers, which may be spread over several machines.

An optimiser touches its vectors only through these few, so that it is the same optimiser where each machine holds one
band of the image: `all_reduce` then adds up what the machines have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch

from neuralart.reduce import AllReduce, alone

# as_one(work, bands, back): what `work` makes, in one place, of whole images of which each machine has a band
# [1, C, h, W]; with `back` that is such an image, of which each machine gets its band, else nothing.
Work = Callable[..., torch.Tensor | None]
AsOne = Callable[[Work, Sequence[torch.Tensor], bool], torch.Tensor | None]


def alone_as_one(work: Work, bands: Sequence[torch.Tensor], back: bool) -> torch.Tensor | None:
    """`AsOne` where one machine holds the whole image."""
    return work(*bands)


def stretches(length: int, step: int) -> Iterator[slice]:
    """`length` things, so many at once."""
    return (slice(begin, min(begin + step, length)) for begin in range(0, length, step))


def totals(here: Sequence[torch.Tensor], all_reduce: AllReduce = alone) -> list[float]:
    """Several sums over these machines' vectors as plain numbers: a GPU is waited for once, not once for each."""
    numbers: list[float] = all_reduce(torch.stack(list(here))).tolist()
    return numbers


def dots(*pairs: tuple[torch.Tensor, torch.Tensor], all_reduce: AllReduce = alone) -> list[float]:
    """The inner products of pairs of vectors [n]."""
    return totals([one @ other for one, other in pairs], all_reduce)


def absolute(vector: torch.Tensor) -> torch.Tensor:
    """The sum of absolute values here."""
    return vector.abs().sum()


def count(vector: torch.Tensor, all_reduce: AllReduce = alone) -> int:
    """How many numbers there are."""
    # On the CPU, so that no GPU has to be waited for.
    return int(all_reduce(torch.tensor(float(vector.numel()), dtype=torch.float64)))
