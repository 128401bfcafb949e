"""The form of every loss: features -> statistic -> penalty.

A loss has two parts, so that the image can be evaluated whole, in tiles, on several devices or by several processes:

- its *statistic* is a sum over positions of the features, so that the statistics of parts add up to that of the whole;
- its *penalty* turns the statistic into a number, usually by comparing it with a target.

Both are plain PyTorch, and autograd differentiates them. A loss may bring its own derivatives, for speed and memory.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import torch

from neuralart.losses.positions import Positions
from neuralart.reduce import AllReduce, alone

BESIDE = ("features", "pixels")  # targets that have a part for every part of the image


class Loss:
    """One formula. A subclass defines `statistic` and `penalty`; features are [1, C, H, W].

    Attributes:
        compares: What `target` is. "style": the statistic of the styles, divided by their positions if the loss is
            `additive`. "samples": the styles' features at no more than `samples` positions, evenly spread, [n, C].
            "content": the statistic of the content, divided likewise. "features": the content's features at the same
            positions. "pixels": `pixels` [1, C, H, W], which a loss on the image brings itself, at the same positions.
            "nothing": there is no target.
        samples: How many positions "samples" asks for, at least 1.
        additive: Whether the statistic is a sum over positions. If not, only the whole image can be evaluated.
        reach: For a loss on pixels, how many rows below and columns to the right of a pixel its share of the statistic
            depends on: 0 for a sum over pixels, 1 for differences of neighbours.
        reported: Whether the value counts in the total. The gradient always does.
        fast: Whether the loss has its own `differentiate` and `pull`, takes features in the network's precision, and
            returns new memory from `pull`, which the caller may overwrite.
        keeps: How many numbers per position a loss keeps of every part, from `statistic` until `pull`.
        weighable: Whether the statistic weighs positions by `here`, so that the loss can be restricted to a region.
        everywhere: Whether the loss is about the whole picture, whatever masks and transparency hide.
        target: What the statistic is compared with.
        pixels: The pixels of a loss that compares with "pixels".
        positions: The number of positions of the image being made at the loss's layer, or the sum of their weights.
        counted: The weights of the positions, part by part.
        here: The weights of the positions of the current part.
    """

    compares: ClassVar[Literal["style", "samples", "content", "features", "pixels", "nothing"]] = "style"
    samples: ClassVar[int] = 0
    additive: ClassVar[bool] = True
    reach: ClassVar[int] = 0
    reported: ClassVar[bool] = True
    fast: ClassVar[bool] = False
    weighable: ClassVar[bool] = False
    everywhere: ClassVar[bool] = False
    keeps: ClassVar[int] = 0

    target: Any = None
    pixels: torch.Tensor | None = None
    positions: float = 1
    counted: Sequence[Positions] | None = None
    here: Positions | None = None

    @property
    def sees_styles(self) -> bool:
        """Whether the target comes from the styles."""
        return self.compares in ("style", "samples")

    def statistic(self, features: torch.Tensor) -> torch.Tensor:
        """Return the statistic of these features, summed over their positions: a tensor of any shape."""
        raise NotImplementedError

    def penalty(self, statistic: torch.Tensor) -> torch.Tensor:
        """Return the loss, a scalar, from the statistic of the whole image; see `target` and `positions`."""
        raise NotImplementedError

    def summary(self, statistic: torch.Tensor, positions: float) -> torch.Tensor:
        """Return the target for a picture's statistic; the targets of several styles are averaged by weight."""
        return statistic / positions if self.additive else statistic

    def aimed(self, target: Any, positions: float, all_reduce: AllReduce = alone) -> Any:
        """Return this loss with a target.

        Args:
            target: What `compares` asks for: a summary; for "features" the content's features, for "pixels" the loss's
                own, part by part.
            positions: The number of positions of the image being made at the loss's layer.
            all_reduce: Adds up over the processes that share the image, if the target is spread over them.
        """
        result = copy.copy(self)
        result.target, result.positions = target, positions
        return result

    def at(self, part: int) -> Loss:
        """Return this loss for one part of the image, with the target's features and the weights of that part."""
        if self.compares not in BESIDE and self.counted is None:
            return self
        result = copy.copy(self)
        if self.compares in BESIDE:
            result.target = self.target[part]
        if self.counted is not None:
            result.here = self.counted[part]
        return result

    def weighted(self, counted: Sequence[Positions]) -> Any:
        """Return this loss with weights for its positions, part by part."""
        result = copy.copy(self)
        result.counted = counted
        return result

    def differentiate(self, statistic: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the penalty and its derivative by the statistic, in the statistic's shape."""
        leaf = statistic.detach().requires_grad_()
        with torch.enable_grad():
            value = self.penalty(leaf)
        return value.detach(), _gradient(value, leaf, None)

    def pull(self, features: torch.Tensor, cotangent: torch.Tensor) -> torch.Tensor:
        """Return the gradient on the features: the cotangent pulled back through `statistic`."""
        leaf = features.detach().requires_grad_()
        with torch.enable_grad():
            statistic = self.statistic(leaf)
        return _gradient(statistic, leaf, cotangent.to(statistic.dtype))


def _gradient(value: torch.Tensor, leaf: torch.Tensor, cotangent: torch.Tensor | None) -> torch.Tensor:
    """Return the gradient on `leaf`; zero if the value does not depend on it."""
    if not value.requires_grad:
        return torch.zeros_like(leaf)
    (result,) = torch.autograd.grad(value, leaf, cotangent, allow_unused=True)
    return torch.zeros_like(leaf) if result is None else result


def root(value: torch.Tensor, cotangent: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the square root of a value and its derivative, from the value's derivative; a value of 0 is unchanged."""
    result = value.clamp_min(0).sqrt()  # rounding may take it below 0
    return result, divide(cotangent, 2 * result)


def widened(numbers: torch.Tensor) -> torch.Tensor:
    """Convert to float32 or better: sums of squares overflow half precision and lose digits in bfloat16."""
    return numbers.float() if numbers.dtype in (torch.bfloat16, torch.float16) else numbers


def exactly(numbers: torch.Tensor) -> torch.Tensor:
    """Convert to float64, on the CPU if the device lacks it."""
    return (numbers.cpu() if numbers.device.type == "mps" else numbers).double()


def divide(value: torch.Tensor, norm: torch.Tensor | float) -> torch.Tensor:
    """Return value / norm, or the value itself if the norm is zero (there is no gradient to rescale)."""
    if isinstance(norm, float):
        # A tensor would have to be copied to a GPU, which makes the program wait for it.
        return value / norm if norm > 0 else value
    norm = norm.to(value)
    return value / torch.where(norm > 0, norm, 1.0)
