"""What keeps a frame like those before it: where each of their pixels has gone, and how far that is to be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from neuralart.image.picture import Picture
from neuralart.image.recolour import matched
from neuralart.video import flow
from neuralart.video.flow import Grey

# How many frames back is looked, where the nearer ones show nothing of a place (Ruder et al., section 4.2).
BACK = (1, 2, 4)
LEAST = 1.0  # pixels: fewer that are trusted say nothing


@dataclass(frozen=True, eq=False)
class Near:
    """A frame that is painted: what was filmed [1, 3, H, W], and what was painted of it, at the same size."""

    filmed: torch.Tensor
    grey: Grey
    painted: torch.Tensor


@dataclass(frozen=True, eq=False)
class Beside:
    """What other frames say of this one.

    Attributes:
        warped: [1, 3, H, W], 0..255.
        trust: [1, 1, H, W], 0..1, of each pixel of it.
    """

    warped: torch.Tensor
    trust: torch.Tensor

    @property
    def says_something(self) -> bool:
        """Whether anything of it is trusted."""
        return float(self.trust.sum()) >= LEAST


def beside(here: Grey, others: Sequence[Near], *, share: bool = False) -> Beside:
    """What is known of a frame from others, the nearest first.

    What a nearer frame shows, the others do not say (Ruder et al., equation 10: c_j := max(c_j - sum of nearer c, 0)).
    Their terms sum c_j |x - w_j|^2 have the gradient of a single one, with c = sum c_j and w = sum c_j w_j / c.

    Args:
        here: The frame.
        others: At least one.
        share: Whether all of them say alike, as neighbours on either side do; else the nearest goes before.
    """
    height, width = here.shape
    total, trusted = torch.zeros(1, 3, height, width), torch.zeros(1, 1, height, width)
    for other in others:
        back, forth = flow.between(here, other.grey), flow.between(other.grey, here)
        own = flow.trust(forth, back)
        own = own if share else torch.minimum(own, (1 - trusted).clamp_min(0))
        total += own * flow.warped(other.painted, back).clamp(0, 255)
        trusted += own
    return Beside(total / trusted.clamp_min(1e-6), trusted)


def beginning(filmed: torch.Tensor, known: Beside, nearest: Near) -> torch.Tensor:
    """What painting begins with: what is known, and where nothing is, the film in the colours of the nearest painting.

    filmed: this frame, [1, 3, H, W], 0..255.
    """
    trust = known.trust.clamp(0, 1)
    recoloured = matched(Picture(nearest.filmed), Picture(nearest.painted))(filmed)
    return recoloured.lerp(known.warped, trust)


def again(painted: torch.Tensor, known: Beside) -> torch.Tensor:
    """What a further pass begins with: the frame as the last one left it, and what its neighbours say, by its trust."""
    return (painted + known.trust * known.warped) / (1 + known.trust)


def variance(filmed: torch.Tensor) -> float:
    """Of a frame's pixels around the mean of their colour: the mean over colours; at least one grey level's."""
    return max(1.0, float(filmed.var((2, 3), correction=0).mean()))
