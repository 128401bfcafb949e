"""How things move from one frame to another, and where that is to be trusted.

Optical flow by dense inverse search (Kroeger, Timofte, Dai and Van Gool, arXiv 1603.03590), as OpenCV has it. Where it
fails is found out as Ruder, Dosovitskiy and Brox do it (arXiv 1604.08610, equations 5 and 6, after Sundaram, Brox and
Keutzer, ECCV 2010): there and back again does not lead home where something was hidden; and along the edges of what
moves flow is unreliable.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from neuralart.errors import OptionError

Grey = NDArray[np.uint8]  # [H, W]
Flow = torch.Tensor  # [1, 2, H, W]: where each pixel lies on the other frame, less where it lies here: across, down

SMALLEST = 12  # pixels: narrower frames are enlarged, since the search needs that many
HIDDEN, HIDDEN_LEAST = 0.01, 0.5  # squared pixels: what there-and-back may be off
EDGE, EDGE_LEAST = 0.01, 0.002  # of the flow's squared gradient
SOFT = 0.8  # pixels: the blur that softens what is not trusted
LUMA = (0.299, 0.587, 0.114)  # BT.601


def check_installed() -> None:
    """Raise OptionError unless OpenCV is there."""
    from importlib.util import find_spec

    if find_spec("cv2") is None:
        raise OptionError(
            '--flow dis needs OpenCV, which is not installed: pip install "neuralart[video]", or say --flow none'
        )


def grey(pixels: torch.Tensor) -> Grey:
    """What flow looks at: the brightness of [1, 3, H, W], 0..255."""
    weights = torch.tensor(LUMA).view(1, 3, 1, 1)
    return (pixels.cpu() * weights).sum(1)[0].clamp(0, 255).round().to(torch.uint8).numpy()


def between(here: Grey, there: Grey) -> Flow:
    """Where every pixel of `here` is found in `there`."""
    import cv2

    height, width = here.shape
    scale = max(1, -(-SMALLEST // min(height, width)))
    here, there = (np.ascontiguousarray(one.repeat(scale, 0).repeat(scale, 1)) for one in (here, there))
    search: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    found = torch.from_numpy(search.calc(here, there, None)).permute(2, 0, 1)[None]
    return F.avg_pool2d(found, scale) / scale if scale > 1 else found


def warped(image: torch.Tensor, flow: Flow) -> torch.Tensor:
    """The image [1, C, H, W] moved to where the flow comes from: each pixel is fetched from where it points.

    Bicubic, so that a frame that is warped again and again stays sharp; beyond an edge lies the edge.
    """
    return F.grid_sample(image, _grid(flow), mode="bicubic", padding_mode="border", align_corners=False)


def trust(forward: Flow, backward: Flow) -> torch.Tensor:
    """How far a warp along `backward` is to be trusted: [1, 1, H, W], 0..1.

    forward: from the other frame to this one. backward: from this one to the other.
    """
    there = F.grid_sample(forward, _grid(backward), mode="bilinear", padding_mode="border", align_corners=False)
    square = lambda flow: flow.square().sum(1, keepdim=True)
    hidden = square(there + backward) > HIDDEN * (square(there) + square(backward)) + HIDDEN_LEAST
    edge = _gradient(backward) > EDGE * square(backward) + EDGE_LEAST
    bad = hidden | edge | _outside(backward)
    return _blurred(torch.where(bad, -1.0, 1.0)).clamp(0, 1)


def _places(flow: Flow) -> tuple[torch.Tensor, torch.Tensor]:
    """Where it points: (across, down), [H, W] each, in pixels."""
    height, width = flow.shape[2:]
    down, across = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return across + flow[0, 0], down + flow[0, 1]


def _grid(flow: Flow) -> torch.Tensor:
    """The same as `grid_sample` counts: -1..1, whose ends are the outer edges of the outer pixels."""
    height, width = flow.shape[2:]
    x, y = _places(flow)
    return torch.stack([(2 * x + 1) / width - 1, (2 * y + 1) / height - 1], -1)[None]


def _outside(flow: Flow) -> torch.Tensor:
    """Where it points beyond the frame."""
    height, width = flow.shape[2:]
    x, y = _places(flow)
    return ((x < -0.5) | (y < -0.5) | (x > width - 0.5) | (y > height - 0.5))[None, None]


def _gradient(flow: Flow) -> torch.Tensor:
    """|grad u|^2 + |grad v|^2, by differences of neighbours on either side, [1, 1, H, W]."""
    padded = F.pad(flow, (1, 1, 1, 1), mode="replicate")
    across = (padded[:, :, 1:-1, 2:] - padded[:, :, 1:-1, :-2]) / 2
    down = (padded[:, :, 2:, 1:-1] - padded[:, :, :-2, 1:-1]) / 2
    return (across.square() + down.square()).sum(1, keepdim=True)


def _blurred(plane: torch.Tensor) -> torch.Tensor:
    """Gaussian, along both axes."""
    reach = 3
    kernel = torch.exp(-torch.arange(-reach, reach + 1).float().square() / (2 * SOFT**2))
    kernel = (kernel / kernel.sum()).to(plane)
    padded = F.pad(plane, (reach, reach, reach, reach), mode="replicate")
    return F.conv2d(F.conv2d(padded, kernel.view(1, 1, 1, -1)), kernel.view(1, 1, -1, 1))
