"""Finds the stride and reach of any module's layers by probing.

The stride is how much wider an image must be for one more position. For the reach, the pixels on one side of a cut are
not a number (NaN), which spreads through sums, maxima, ReLUs and norms to everything that depends on them, whatever the
weights: positions that stay finite do not look across the cut. (This runs in float64, in which convolutions are plain
matrix products; a faster algorithm may mix in neighbours times zero.) Finally, features of parts are compared with
those of the whole, which reveals what NaN does not, such as a mask or a positional embedding.

Probing uses strips along either axis, as long as the reach requires and as narrow as the layers allow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import nn

from neuralart.networks.capture import USUAL, Captured, shared_copy
from neuralart.seeds import seeded

GROWTH = 2**8 * 3**2 * 5 * 7  # pixels; a multiple of every stride that occurs
FIRST, LAST = 64, 2048  # pixels on either side of the cut, at first and at most
WEIGHT = 0.01  # the value of every parameter while NaN is followed: keeps outputs of deep networks within range

WAYS = [(across, before) for across in (False, True) for before in (False, True)]

NOT_FINITE = "its features are not finite on a plain image, so its reach cannot be found"
GLOBAL = (
    "its features at one place depend on the image further than {} pixels away, as after global pooling, attention or"
    " instance normalisation"
)

Sizes = Callable[[int, int], Mapping[str, tuple[int, int]]]  # (width, height) of an image -> sizes of its layers
Look = Callable[[torch.Tensor], Mapping[str, torch.Tensor]]


@dataclass(frozen=True)
class Geometry:
    """A layer's stride and reach in pixels; see `Architecture`. A probed reach is a multiple of the stride."""

    stride: int
    reach: int


def stride(layer: str, sizes: Sizes) -> int | None:
    """Return the pixels from one position of the layer to the next; None if they vary, or there are no positions."""
    here, wider, higher = (
        sizes(*size).get(layer) for size in ((USUAL, USUAL), (USUAL + GROWTH, USUAL), (USUAL, USUAL + GROWTH))
    )
    if here is None or wider is None or higher is None:
        return None
    more = wider[0] - here[0]
    even = more > 0 and GROWTH % more == 0 and (higher[1] - here[1], wider[1], higher[0]) == (more, here[1], here[0])
    return GROWTH // more if even else None


def reaches(captured: Captured, strides: Mapping[str, int], step: int, narrow: int) -> dict[str, int | str]:
    """Return how far the layers reach in pixels, or why that cannot be found.

    Args:
        captured: The module.
        strides: The stride of every layer.
        step: A multiple of all strides.
        narrow: A side with which an image has all of these layers.
    """
    follow, side = follower(captured, list(strides)), -(-FIRST // step) * step
    blank = unclean(follow(strip(side, narrow, across=False)))
    result: dict[str, int | str] = {layer: NOT_FINITE for layer in strides if blank[layer].any()}
    while left := {layer: strides[layer] for layer in strides if layer not in result}:
        if side > max(LAST, step):
            return result | dict.fromkeys(left, GLOBAL.format(side // 2))
        most = dict.fromkeys(left, 0)
        for across, before in WAYS:
            lost = lost_beyond(follow, left, side, narrow, across, before) if most else {}
            most = {layer: max(one, lost[layer]) for layer, one in most.items() if layer in lost}
        result |= most
        side *= 2
    return result


def lost_beyond(
    follow: Look, strides: Mapping[str, int], side: int, narrow: int, across: bool, before: bool
) -> dict[str, int]:
    """Return, by layer, how many pixels beyond a cut positions look; layers that are finite nowhere are missing."""
    pixels = strip(side, narrow, across)
    along = pixels.transpose(2, 3) if across else pixels
    (along[..., :side] if before else along[..., side:]).fill_(torch.nan)
    places, result = unclean(follow(pixels)), {}
    for layer, stride_ in strides.items():
        here, cut = places[layer].any(1 if across else 0), side // stride_
        beyond = here[cut:] if before else here[:cut].flip(0)
        touched = beyond.nonzero()
        lost = int(touched.max()) + 1 if len(touched) else 0
        if lost < len(beyond):
            result[layer] = lost * stride_
    return result


def unclean(features: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return, by layer, where any channel is not a finite number, [h, w]."""
    return {layer: ~one.isfinite().all(1)[0] for layer, one in features.items()}


def strip(side: int, narrow: int, across: bool) -> torch.Tensor:
    """Return a strip of ones, two sides long, horizontal or, with `across`, vertical."""
    shape = (narrow, 2 * side) if not across else (2 * side, narrow)
    return torch.ones(1, 3, *shape, dtype=torch.float64)


def follower(captured: Captured, layers: list[str]) -> Look:
    """Return the module with constant weights in float64, which take no memory: one number per tensor."""
    plain = Captured.__new__(Captured)
    plain.calls, plain.copied = {layer: captured.calls[layer] for layer in layers}, captured.copied
    plain.module = shared_copy(captured.module)
    for part in plain.module.modules():
        for name, one in part.named_parameters(recurse=False):
            if one.is_floating_point():
                number = torch.full((), WEIGHT, dtype=torch.float64).expand(one.shape)
                part._parameters[name] = nn.Parameter(number, requires_grad=False)
    plain.module.to("cpu", torch.float64)

    @torch.no_grad()
    def follow(pixels: torch.Tensor) -> Mapping[str, torch.Tensor]:
        return plain.run(pixels, layers)

    return follow


@torch.no_grad()
def differing(look: Look, geometry: Mapping[str, Geometry], step: int, narrow: int, like: torch.Tensor) -> set[str]:
    """Return the layers whose features of a part, extended by its reach, differ from those of the whole.

    Args:
        look: Pixels in 0..255 -> features.
        geometry: Stride and reach of the layers.
        step: A multiple of all strides.
        narrow: A side with which an image has all of these layers.
        like: A tensor with the network's device and precision.
    """
    halo = max(-(-one.reach // step) * step for one in geometry.values())
    side = halo + max(step, -(-FIRST // step) * step)
    tolerance = torch.finfo(like.dtype).eps ** 0.5
    generator = seeded(0)
    result = set()
    for across in (False, True):
        shape = (1, 3, 2 * side, narrow) if across else (1, 3, narrow, 2 * side)
        pixels = torch.rand(shape, generator=generator).mul_(255).to(like.device)
        along = 2 if across else 3
        whole, first, last = (
            {layer: one.transpose(2, 3) if across else one for layer, one in look(part).items()}
            for part in (pixels, pixels.narrow(along, 0, side + halo), pixels.narrow(along, side - halo, side + halo))
        )
        for layer, one in geometry.items():
            cut, around = side // one.stride, halo // one.stride
            pairs = (
                (whole[layer][..., :cut], first[layer][..., :cut]),
                (whole[layer][..., cut:], last[layer][..., around:]),
            )
            scale = tolerance * whole[layer].abs().max()
            if not all(a.shape == b.shape and bool((a - b).abs().max() <= scale) for a, b in pairs):
                result.add(layer)
    return result
