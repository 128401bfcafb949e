"""Oklab separates lightness from colour, so that one can be painted and the other kept.

Björn Ottosson, A perceptual color space for image processing (2020), and sRGB gamut clipping (2021). Lightness L is
0..1, from black to white; a and b are 0 for greys, their direction is the hue and their length the chroma.
"""

from __future__ import annotations

import torch

# Linear sRGB -> cone responses, and their cube roots -> L, a, b.
CONES = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
LAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
EDGE = 1e-4  # of linear light; leaving 0..1 by less does not show in 8 bits
HALVINGS = 12  # bisections for the share of chroma that is kept: to 1 in 4096
# How much lightness changes when chroma is reduced. 0 keeps lightness, but bleaches light parts: faces got white spots.
# At 5, strokes on faces vanish. Ottosson shows 0.05, 0.5 and 5; of these, 0.5 looked best.
GIVE = 0.5


def to_oklab(pixels: torch.Tensor) -> torch.Tensor:
    """Convert sRGB [1, 3, H, W], 0..255, to L, a, b in the same shape."""
    unit = pixels / 255
    light = torch.where(unit <= 0.04045, unit / 12.92, ((unit.clamp(min=0) + 0.055) / 1.055) ** 2.4)
    # Colours within sRGB are never below 0, except by rounding.
    return _mixed(_mixed(light, CONES).clamp(min=0) ** (1 / 3), LAB)


def from_oklab(lab: torch.Tensor) -> torch.Tensor:
    """Convert L, a, b [1, 3, H, W], with L in 0..1, to sRGB, 0..255.

    Colours outside sRGB lose chroma and a little lightness, but keep their hue.
    """
    light = _to_light(lab)
    lost = ((light < -EDGE) | (light > 1 + EDGE)).any(1, keepdim=True)
    if bool(lost.any()):
        place = lost[0, 0]
        inside = _inside(lab[:, :, place][..., None])
        light[:, :, place] = _to_light(inside)[..., 0]
    light = light.clamp(0, 1)
    return 255 * torch.where(light <= 0.0031308, light * 12.92, 1.055 * light.clamp(min=1e-9) ** (1 / 2.4) - 0.055)


def lightness(pixels: torch.Tensor) -> torch.Tensor:
    """Return L [1, 1, H, W] of sRGB [1, 3, H, W], 0..255."""
    return to_oklab(pixels)[:, :1]


def grey(light: torch.Tensor) -> torch.Tensor:
    """Return the greys with lightness L [1, 1, H, W]: sRGB [1, 3, H, W], 0..255."""
    nothing = torch.zeros_like(light)
    return from_oklab(torch.cat([light.clamp(0, 1), nothing, nothing], 1))


def _inside(lab: torch.Tensor) -> torch.Tensor:
    """Return the nearest colour in sRGB with the same hue, on the line to a grey of nearly the same lightness."""
    light, colour = lab[:, :1], lab[:, 1:]
    goal = _towards(light, colour.norm(dim=1, keepdim=True))
    between = lambda share: torch.cat([goal + share * (light - goal), share * colour], 1)
    least, most = torch.zeros_like(light), torch.ones_like(light)
    for _ in range(HALVINGS):
        share = (least + most) / 2
        mixed = _to_light(between(share))
        fits = ((mixed >= -EDGE) & (mixed <= 1 + EDGE)).all(1, keepdim=True)
        least, most = torch.where(fits, share, least), torch.where(fits, most, share)
    return between(least)


def _towards(light: torch.Tensor, chroma: torch.Tensor) -> torch.Tensor:
    """Return the lightness of the grey that a colour moves towards: Ottosson's adaptive L0, with alpha `GIVE`."""
    far = light - 0.5
    edge = 0.5 + far.abs() + GIVE * chroma
    return 0.5 * (1 + far.sign() * (edge - (edge**2 - 2 * far.abs()).clamp(min=0).sqrt()))


def _to_light(lab: torch.Tensor) -> torch.Tensor:
    """Convert L, a, b to linear sRGB, outside 0..1 for colours that sRGB lacks."""
    return _mixed(_mixed(lab, _inverse(LAB)) ** 3, _inverse(CONES))


def _mixed(planes: torch.Tensor, matrix: tuple[tuple[float, ...], ...]) -> torch.Tensor:
    weights = torch.tensor(matrix, dtype=planes.dtype, device=planes.device)
    return torch.einsum("ij,njhw->nihw", weights, planes)


def _inverse(matrix: tuple[tuple[float, ...], ...]) -> tuple[tuple[float, ...], ...]:
    return tuple(map(tuple, torch.linalg.inv(torch.tensor(matrix, dtype=torch.float64)).tolist()))
