"""How things move from one frame to another, and where that can be trusted.

Optical flow by dense inverse search (Kroeger, Timofte, Dai and Van Gool, arXiv 1603.03590), from OpenCV. Failures are
found as by Ruder, Dosovitskiy and Brox (arXiv 1604.08610, equations 5 and 6, after Sundaram, Brox and Keutzer, ECCV
2010): where something was hidden, forward and backward flow do not cancel; and flow is unreliable along the edges of
moving things.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from neuralart.errors import OptionError

Grey = NDArray[np.uint8]  # [H, W]
Flow = torch.Tensor  # [1, 2, H, W]: each pixel's place on the other frame minus its place here: across, down

SMALLEST = 12  # pixels: narrower frames are enlarged, since the search needs that many
HIDDEN, HIDDEN_LEAST = 0.01, 0.5  # squared pixels: how far forward plus backward flow may miss
EDGE, EDGE_LEAST = 0.01, 0.002  # of the flow's squared gradient
SOFT = 0.8  # pixels: the blur that softens the edges of what is not trusted
LUMA = (0.299, 0.587, 0.114)  # BT.601


def check_installed() -> None:
    """Raise OptionError unless OpenCV is installed."""
    from importlib.util import find_spec

    if find_spec("cv2") is None:
        raise OptionError(
            '--flow dis needs OpenCV, which is not installed: pip install "neuralart[video]", or say --flow none'
        )


def grey(pixels: torch.Tensor) -> Grey:
    """Return the brightness, which the flow is computed from; pixels: [1, 3, H, W], 0..255."""
    weights = torch.tensor(LUMA).view(1, 3, 1, 1)
    return (pixels.cpu() * weights).sum(1)[0].clamp(0, 255).round().to(torch.uint8).numpy()


def between(here: Grey, there: Grey) -> Flow:
    """Return the flow from `here` to `there`."""
    import cv2

    height, width = here.shape
    scale = max(1, -(-SMALLEST // min(height, width)))
    here, there = (np.ascontiguousarray(one.repeat(scale, 0).repeat(scale, 1)) for one in (here, there))
    search: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    found = torch.from_numpy(search.calc(here, there, None)).permute(2, 0, 1)[None]
    return F.avg_pool2d(found, scale) / scale if scale > 1 else found


def warped(image: torch.Tensor, flow: Flow) -> torch.Tensor:
    """Warp the image [1, C, H, W] along the flow: each pixel is fetched from the place that its flow points to.

    Bicubic, so that a frame that is warped again and again stays sharp; edge pixels repeat beyond the edge.
    """
    return F.grid_sample(image, _grid(flow), mode="bicubic", padding_mode="border", align_corners=False)


def trust(forward: Flow, backward: Flow) -> torch.Tensor:
    """Return how far a warp along `backward` can be trusted: [1, 1, H, W], 0..1.

    forward: The flow from the other frame to this one. backward: The flow from this one to the other.
    """
    there = F.grid_sample(forward, _grid(backward), mode="bilinear", padding_mode="border", align_corners=False)
    square = lambda flow: flow.square().sum(1, keepdim=True)
    hidden = square(there + backward) > HIDDEN * (square(there) + square(backward)) + HIDDEN_LEAST
    edge = _gradient(backward) > EDGE * square(backward) + EDGE_LEAST
    bad = hidden | edge | outside(backward)
    return blurred(torch.where(bad, -1.0, 1.0), SOFT).clamp(0, 1)


def _places(flow: Flow) -> tuple[torch.Tensor, torch.Tensor]:
    """Return where the flow points: (across, down), [H, W] each, in pixels."""
    height, width = flow.shape[2:]
    down, across = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return across + flow[0, 0], down + flow[0, 1]


def _grid(flow: Flow) -> torch.Tensor:
    """The same in the units of `grid_sample`: -1..1 from outer edge to outer edge of the outermost pixels."""
    height, width = flow.shape[2:]
    x, y = _places(flow)
    return torch.stack([(2 * x + 1) / width - 1, (2 * y + 1) / height - 1], -1)[None]


def outside(flow: Flow) -> torch.Tensor:
    """Return where the flow points beyond the frame, [1, 1, H, W]."""
    height, width = flow.shape[2:]
    x, y = _places(flow)
    return ((x < -0.5) | (y < -0.5) | (x > width - 0.5) | (y > height - 0.5))[None, None]


def _gradient(flow: Flow) -> torch.Tensor:
    """|grad u|^2 + |grad v|^2 by central differences, [1, 1, H, W]."""
    padded = F.pad(flow, (1, 1, 1, 1), mode="replicate")
    across = (padded[:, :, 1:-1, 2:] - padded[:, :, 1:-1, :-2]) / 2
    down = (padded[:, :, 2:, 1:-1] - padded[:, :, :-2, 1:-1]) / 2
    return (across.square() + down.square()).sum(1, keepdim=True)


def blurred(image: torch.Tensor, sigma: float) -> torch.Tensor:
    """Apply a Gaussian blur of this many pixels along both axes of an image [1, C, H, W].

    Sums of shifted images, since the last bits of a convolution may depend on where the image lies in memory.
    """
    reach = round(3.5 * sigma)
    weights = [math.exp(-(k**2) / (2 * sigma**2)) for k in range(-reach, reach + 1)]
    result = F.pad(image, (reach, reach, reach, reach), mode="replicate")
    for dim in (2, 3):
        length = image.shape[dim]
        parts = (result.narrow(dim, k, length) * (weight / sum(weights)) for k, weight in enumerate(weights))
        result = functools.reduce(torch.add, parts)
    return result
