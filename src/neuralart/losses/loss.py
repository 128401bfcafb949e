"""What every loss is: features -> statistic -> penalty.

A loss is split in two, so that the image may be looked at whole, in tiles or on several devices:

- its *statistic* is a sum over positions of the features, so that statistics of parts add up to that of the whole;
  where a target belongs to positions too, `part` says which of the image's parts the features are of;
- its *penalty* compares the statistic with its target and says by how much the statistic should change.

The gradient on the features then follows from the penalty's derivative alone, part by part.
"""

from __future__ import annotations

from typing import Protocol

import torch


class Loss(Protocol):
    """One formula. Features are [1, C, H, W]; `None` is never passed or returned."""

    # False where the statistic is not a sum over positions; such a loss can be evaluated only on the whole image.
    additive: bool
    # False where the value is left out of the total though its gradient counts (a quirk of the original program).
    reported: bool

    def statistic(self, features: torch.Tensor, part: int = 0) -> torch.Tensor:
        """The statistic of these features, summed over their positions."""

    def penalty(self, statistic: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(value, cotangent): the loss, and its derivative by the statistic, in the statistic's shape."""

    def pull(self, features: torch.Tensor, cotangent: torch.Tensor, part: int = 0) -> torch.Tensor:
        """The gradient on the features: the cotangent taken back through `statistic`."""
