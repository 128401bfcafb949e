"""Keeps a frame like those before it: finds where their pixels have gone, and how far that can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from neuralart.image.picture import Picture
from neuralart.image.recolour import matched
from neuralart.video import flow
from neuralart.video.motion import Motion

# How many frames back to look if the nearer ones do not show a place (Ruder et al., section 4.2).
BACK = (1, 2, 4)
# Of the long edge: the blur that tells strokes from what they show. At 0.02, traces of a moving thing stay behind it.
STROKE = 0.0125
# Of the long edge: how far from the edge strokes are taken for what comes into view.
INWARD = 0.125
LEAST = 1.0  # trusted pixels: fewer are ignored


@dataclass(frozen=True, eq=False)
class Near:
    """A painted frame: what was filmed [1, 3, H, W], 0..255, and its painting of the same size."""

    filmed: torch.Tensor
    painted: torch.Tensor


@dataclass(frozen=True, eq=False)
class Beside:
    """What other frames say about this one.

    Attributes:
        warped: Their paintings, warped to this frame, [1, 3, H, W], 0..255.
        trust: How far each pixel of `warped` can be trusted, [1, 1, H, W], 0..1.
        nearest: The nearest painting, warped whether that can be trusted or not, [1, 3, H, W], 0..255. Beyond its edges
            it continues with a copy of what lies `INWARD` from them. So in a pan, what comes into view frame by frame
            is one piece of that copy after another; the edge itself, again and again, would look like a comb.
    """

    warped: torch.Tensor
    trust: torch.Tensor
    nearest: torch.Tensor

    @property
    def says_something(self) -> bool:
        """Whether any of it is trusted."""
        return float(self.trust.sum()) >= LEAST


def beside(here: torch.Tensor, others: Sequence[Near], motion: Motion, *, share: bool = False) -> Beside:
    """Return what other frames, the nearest first, say about a frame.

    Farther frames count only where nearer ones show nothing (Ruder et al., equation 10: c_j := max(c_j - sum of nearer
    c, 0)). Their terms sum c_j |x - w_j|^2 have the gradient of a single one, with c = sum c_j and w = sum c_j w_j / c.

    Args:
        here: The frame as it was filmed, [1, 3, H, W], 0..255.
        others: At least one.
        motion: How motion is found.
        share: Whether all count alike, as neighbours on either side do; otherwise the nearest takes precedence.
    """
    height, width = here.shape[2:]
    total, trusted = torch.zeros(1, 3, height, width), torch.zeros(1, 1, height, width)
    nearest: torch.Tensor | None = None
    for other in others:
        back, forth = motion.between(here, other.filmed), motion.between(other.filmed, here)
        own = flow.trust(forth, back)
        own = own if share else torch.minimum(own, (1 - trusted).clamp_min(0))
        moved = flow.warped(other.painted, back).clamp(0, 255)
        if nearest is None:
            inside = flow.inward(back, INWARD * max(height, width))
            nearest = flow.warped(other.painted, inside).clamp(0, 255)
        total += own * moved
        trusted += own
    assert nearest is not None
    return Beside(total / trusted.clamp_min(1e-6), trusted, nearest)


def beginning(filmed: torch.Tensor, known: Beside, nearest: Near) -> torch.Tensor:
    """Return the first image: what is known; elsewhere the film, in the colours and strokes of the nearest painting.

    Without strokes, such places would stay smooth, since a later frame has few iterations. They are taken from the
    nearest painting, warped: all of it that is finer than a blur. Departs from Ruder et al., who begin with the
    warped painting everywhere, and with the mean pixel beyond its edges.

    filmed: This frame, [1, 3, H, W], 0..255.
    """
    trust = known.trust.clamp(0, 1)
    recoloured = matched(Picture(nearest.filmed), Picture(nearest.painted))(filmed)
    coarse = max(filmed.shape[2:]) * STROKE
    strokes = known.nearest - flow.blurred(known.nearest, coarse)
    return (flow.blurred(recoloured, coarse) + strokes).lerp(known.warped, trust)


def again(painted: torch.Tensor, known: Beside) -> torch.Tensor:
    """Return the first image of a later pass: the frame from the pass before, averaged with its neighbours by trust."""
    return (painted + known.trust * known.warped) / (1 + known.trust)


def variance(filmed: torch.Tensor) -> float:
    """Return the variance of a frame's pixels, the mean over colours; at least that of one grey level."""
    return max(1.0, float(filmed.var((2, 3), correction=0).mean()))
