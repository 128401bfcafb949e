"""What holds of every loss of styles: slopes by differences, and features with their positions shuffled."""

from __future__ import annotations

import pytest
import torch

from .made import pulled, value_of


def check_slope(loss, seen, step=1e-5, rel=1e-5):
    """The gradient along a random direction is the difference of values there."""
    way = torch.randn(seen.shape, generator=torch.Generator().manual_seed(11), dtype=torch.float64)
    slope = float((pulled(loss, seen) * way).sum())
    there, here = (float(value_of(loss, seen + sign * step * way)) for sign in (1, -1))
    assert slope == pytest.approx((there - here) / (2 * step), rel=rel)


def shuffled(seen):
    """The same features in other places."""
    order = torch.randperm(seen.shape[2] * seen.shape[3], generator=torch.Generator().manual_seed(0))
    return seen.flatten(2)[..., order].view_as(seen)
