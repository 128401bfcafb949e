"""Keeps a frame like those before it: finds where their pixels have gone, and how far that can be trusted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.nn import functional as F

from neuralart.image.picture import Picture
from neuralart.image.recolour import matched
from neuralart.video import flow
from neuralart.video.motion import Motion

# How many frames back to look if the nearer ones do not show a place (Ruder et al., section 4.2).
BACK = (1, 2, 4)
# Of the long edge: the blur that tells strokes from what they show. At 0.02, traces of a moving thing stay behind it.
STROKE = 0.0125
# From how far away what comes into view takes its strokes, of the long edge; how far these must be trusted.
AWAY, SURE = 0.125, 0.9
LOOK = 0.04  # of the long edge: the blur by which these places are compared, and of the colours taken from them
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
        nearest: The nearest painting, warped whether that can be trusted or not, [1, 3, H, W], 0..255.
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
            nearest = torch.where(flow.outside(back), other.painted, moved)
        total += own * moved
        trusted += own
    assert nearest is not None
    return Beside(total / trusted.clamp_min(1e-6), trusted, nearest)


def beginning(filmed: torch.Tensor, known: Beside, nearest: Near) -> torch.Tensor:
    """Return the first image: what is known; elsewhere the film in the colours of the nearest painting, with strokes.

    Without strokes, such places would stay smooth, since a later frame has few iterations. Departs from Ruder et al.,
    who begin with the warped painting everywhere, and with the mean pixel beyond its edges.

    filmed: This frame, [1, 3, H, W], 0..255.
    """
    recoloured = matched(Picture(nearest.filmed), Picture(nearest.painted))(filmed)
    return (recoloured + added(filmed, recoloured, known)).lerp(known.warped, known.trust.clamp(0, 1))


def added(filmed: torch.Tensor, recoloured: torch.Tensor, known: Beside) -> torch.Tensor:
    """Return what a painting adds to the film: its strokes, and the colours that it gives to a thing, [1, 3, H, W].

    A place takes both from what is known a fixed way beside it, wherever the film looks most like this place. So what
    comes into view frame by frame continues a copy of the strokes beside it; those of its own edge, again and again,
    would look like a comb. And what a moving thing uncovers takes nothing from that thing. Only where nothing is known
    there either, it takes the strokes of the nearest painting at its own place.

    Args:
        filmed, recoloured: This frame, and the same with colours like those of the painting as a whole, 0..255.
        known: What other frames say.
    """
    trust, edge = known.trust.clamp(0, 1), max(filmed.shape[2:])
    coarse, wide = edge * STROKE, edge * LOOK
    painted = known.nearest.lerp(known.warped, trust)
    sure, seen = flow.blurred(trust, coarse), flow.blurred(filmed, wide)
    fine = painted - flow.blurred(painted, coarse)
    colours = flow.blurred((painted - recoloured) * trust, wide) / flow.blurred(trust, wide).clamp_min(1e-3)
    more, result, best = fine + colours, fine, torch.full_like(sure, torch.inf)
    for shift in ways(round(AWAY * edge)):
        unlike = (_shifted(seen, shift) - seen).square().mean(1, keepdim=True)
        unlike = unlike.where(_shifted(sure, shift) > SURE, torch.inf)
        result = torch.where(unlike < best, _shifted(more, shift), result)
        best = torch.minimum(best, unlike)
    return result


def ways(away: int) -> list[tuple[int, int]]:
    """Return 24 ways (down, right) of once or twice `away` pixels along one axis or both, the shorter first."""
    steps = (-2 * away, -away, 0, away, 2 * away)
    return sorted(((down, right) for down in steps for right in steps), key=lambda way: math.hypot(*way))[1:]


def _shifted(image: torch.Tensor, shift: tuple[int, int]) -> torch.Tensor:
    """Return an image moved down and to the right, with zeros where nothing comes."""
    (down, right), (height, width) = shift, image.shape[2:]
    padded = F.pad(image, (max(right, 0), max(-right, 0), max(down, 0), max(-down, 0)))
    return padded[:, :, max(-down, 0) :, max(-right, 0) :][:, :, :height, :width]


def again(painted: torch.Tensor, known: Beside) -> torch.Tensor:
    """Return the first image of a later pass: the frame from the pass before, averaged with its neighbours by trust."""
    return (painted + known.trust * known.warped) / (1 + known.trust)


def variance(filmed: torch.Tensor) -> float:
    """Return the variance of a frame's pixels, the mean over colours; at least that of one grey level."""
    return max(1.0, float(filmed.var((2, 3), correction=0).mean()))
