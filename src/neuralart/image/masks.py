"""Masks in grey levels, and label images in which every region has its own colour."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import numpy as np
import torch
import torch.nn.functional as F

from neuralart.errors import OptionError
from neuralart.image.picture import Picture
from neuralart.image.resize import resize
from neuralart.image.source import quoted

log = logging.getLogger(__name__)

LUMA = (0.2126, 0.7152, 0.0722)  # ITU-R BT.709
ASPECT = 0.02  # by how much a mask's shape may differ from its picture's
MOST = 32  # regions
NEARLY = 1e-4
LEAST = 0.005  # of a label image; a smaller area is the edge between two regions
ALIKE = 48.0  # of 255; two colours at this distance are the same label, since JPEG changes colours


def as_mask(picture: Picture, name: str, *, may_be_black: bool = False) -> torch.Tensor:
    """Return how white a picture is, [1, 1, H, W], 0..1; transparent is black.

    Raises OptionError if all is black, unless `may_be_black`, as a frame of a film may be.
    """
    weights = torch.tensor(LUMA, dtype=picture.pixels.dtype).view(1, 3, 1, 1)
    result = ((picture.pixels * weights).sum(1, keepdim=True) / 255).clamp(0, 1)
    if picture.alpha is not None:
        result = result * (picture.alpha / 255)
    # Nearly white counts as white, since rounding would otherwise make every mask soft.
    result = torch.where(result > 1 - 1 / 255, 1.0, torch.where(result < 1 / 255, 0.0, result)).float()
    if not may_be_black and not bool(result.max() > 0):
        raise OptionError(f"{name} is black everywhere, so nothing counts; paint the part that counts white")
    return result


def resized(mask: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Resize a mask [1, 1, H, W] to (width, height), and correct values of 0 and 1 that rounding has changed."""
    result = resize(mask, size)
    return torch.where(result > 1 - NEARLY, 1.0, torch.where(result < NEARLY, 0.0, result))


def feathered(mask: torch.Tensor, half: int) -> torch.Tensor:
    """Let a mask [1, 1, H, W] fade out over twice `half` pixels beyond its edge; its white part stays white."""
    if half < 1:
        return mask
    result = mask
    for kernel, padding in (((2 * half + 1, 1), (half, 0)), ((1, 2 * half + 1), (0, half))):
        result = F.max_pool2d(result, kernel, 1, padding)
        result = F.avg_pool2d(result, kernel, 1, padding, count_include_pad=False)
    return torch.maximum(mask, result.clamp(max=1))


def labels(picture: Picture, name: str) -> dict[str, torch.Tensor]:
    """Return the regions of a label image by their colour, from dark to light: [1, 1, H, W] each, 0 or 1.

    A colour that fills a significant part of the image is a region. Every other pixel, such as on soft edges, belongs
    to the region with the nearest colour.

    Raises:
        OptionError: For a picture that is not a label image.
    """
    pixels = picture.numpy()[..., :3].reshape(-1, 3)
    packed = pixels.astype(np.int64) @ np.array([1 << 16, 1 << 8, 1])
    colours, place, counts = np.unique(packed, return_inverse=True, return_counts=True)
    values = np.stack([colours >> 16, (colours >> 8) & 255, colours & 255], 1).astype(np.float64)
    chosen: list[int] = []
    for one in np.argsort(-counts):
        if counts[one] < LEAST * len(pixels):
            break
        if all(np.linalg.norm(values[one] - values[other]) > ALIKE for other in chosen):
            chosen.append(int(one))
        if len(chosen) > MOST:
            raise OptionError(f"{name} has more than {MOST} regions; a label image has one colour for each region")
    if not chosen:
        raise OptionError(f"{name} has no even areas; a label image has one colour for each region")
    chosen.sort(key=lambda one: float(values[one] @ np.array(LUMA)))
    nearest = np.linalg.norm(values[:, None] - values[chosen][None], axis=2).argmin(1)[place.reshape(-1)]
    nearest = nearest.reshape(picture.height, picture.width)
    named = ["#%02x%02x%02x" % tuple(int(part) for part in values[one]) for one in chosen]  # noqa: UP031
    return {colour: torch.from_numpy((nearest == k).astype(np.float32))[None, None] for k, colour in enumerate(named)}


def like(colour: str, regions: Mapping[str, torch.Tensor]) -> torch.Tensor | None:
    """Return the region with this colour, or almost this colour; None if there is none."""
    parts = lambda text: np.array([int(text[k : k + 2], 16) for k in (1, 3, 5)], dtype=np.float64)
    nearest = min(regions, key=lambda other: float(np.linalg.norm(parts(other) - parts(colour))))
    return regions[nearest] if np.linalg.norm(parts(nearest) - parts(colour)) <= ALIKE else None


def check_shape(mask: Picture, of: Picture, name: str, role: str) -> None:
    """Log if a mask has another size than its picture. Raises OptionError for another shape."""
    if mask.size == of.size:
        return
    ratio = (mask.width * of.height) / (mask.height * of.width)
    if abs(ratio - 1) > ASPECT:
        raise OptionError(
            f"{name} has {mask.width} x {mask.height} pixels, but the {role} has {of.width} x {of.height}, another"
            f" shape; make the mask over the {role} itself"
        )
    log.info("%s: %d x %d pixels, resized to those of the %s", name, *mask.size, role)


def called(option: str, picture: Picture) -> str:
    """Return the name of a mask for messages."""
    return f"{option} {quoted(picture.source)}" if picture.source else f"{option} (a picture)"
