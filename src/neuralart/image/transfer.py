"""Converts samples in other codings to sRGB: gammas, other primaries, and PQ and HLG with tone mapping.

PQ and HLG: ITU-R BT.2100-2, tables 4 and 5. Light brighter than white is rolled off with the spline of ITU-R
BT.2390-10, 5.4.1, on the brightest channel, to keep hues. White is 203 candela per square metre, the reference level of
ITU-R BT.2408.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyvips
from numpy.typing import NDArray

from neuralart.image.coding import HLG, PQ, SRGB, Chromaticities, Coding

WHITE = 203.0
Array = NDArray[np.float64]

M1, M2 = 2610 / 16384, 2523 / 4096 * 128
C1, C2, C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
A, B, C = 0.17883277, 0.28466892, 0.55991073
LUMA_2020 = (0.2627, 0.6780, 0.0593)

# Cone responses (Bradford), for a white other than D65.
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def to_rgb16(colour: Any, coding: Coding, full: float) -> Any:
    """Convert an image of 1 or 3 bands of integers up to `full` with this coding to sRGB in 16 bits. Lazy."""
    count = 256 if colour.format == "uchar" else 65536
    unit = np.minimum(np.arange(count) / full, 1.0)
    light = colour.maplut(_table(linear(unit, coding)))
    if light.bands == 1:
        light = light.bandjoin([light, light])
    if coding.transfer == HLG:
        luma = light.recomb(pyvips.Image.new_from_array([list(LUMA_2020)]))
        light = light * ((luma > 1e-6).ifthenelse(luma, 1e-6) ** 0.2) * (coding.peak / WHITE)
    if coding.primaries != SRGB:
        light = light.recomb(pyvips.Image.new_from_array(to_srgb_primaries(coding.primaries).tolist()))
    if coding.transfer in (PQ, HLG):
        light = _toned(light, coding.peak / WHITE)
    return light.copy(interpretation="scrgb").colourspace("rgb16")


def linear(unit: Array, coding: Coding) -> Array:
    """Convert samples 0..1 to light, with white 1; for HLG, it is scene light, before its gamma."""
    if coding.transfer == PQ:
        return pq_to_light(unit) / WHITE
    if coding.transfer == HLG:
        return np.where(unit <= 0.5, unit**2 / 3, (np.exp((unit - C) / A) + B) / 12)
    if coding.transfer is None:
        return np.where(unit <= 0.04045, unit / 12.92, ((unit + 0.055) / 1.055) ** 2.4)
    return np.asarray(unit ** float(coding.transfer))


def pq_to_light(unit: Array) -> Array:
    """Convert PQ samples 0..1 to candela per square metre."""
    root = unit ** (1 / M2)
    return np.asarray(10_000 * (np.maximum(root - C1, 0) / (C2 - C3 * root)) ** (1 / M1))


def light_to_pq(light: Array) -> Array:
    """Convert candela per square metre to PQ samples."""
    power = (light / 10_000) ** M1
    return np.asarray(((C1 + C2 * power) / (1 + C3 * power)) ** M2)


def rolled_off(light: Array, brightest: float) -> Array:
    """Map light 0..`brightest`, with white 1, to 0..1: unchanged up to a knee, then bent (BT.2390 without black)."""
    top = light_to_pq(np.array(brightest * WHITE))
    most = light_to_pq(np.array(WHITE)) / top
    knee = 1.5 * most - 0.5
    x = np.minimum(light_to_pq(light * WHITE) / top, 1.0)
    t = np.clip((x - knee) / (1 - knee), 0, 1)
    bent = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee) + (3 * t**2 - 2 * t**3) * most
    return np.asarray(pq_to_light(np.where(x < knee, x, bent) * top) / WHITE)


def to_srgb_primaries(primaries: Chromaticities) -> Array:
    """Return the matrix from linear light in these primaries to linear sRGB, with adapted white."""
    theirs, ours = _to_xyz(primaries), _to_xyz(SRGB)
    white, target = (BRADFORD @ matrix.sum(1) for matrix in (theirs, ours))
    adapt = np.linalg.inv(BRADFORD) @ np.diag(target / white) @ BRADFORD
    return np.asarray(np.linalg.inv(ours) @ adapt @ theirs)


def _to_xyz(primaries: Chromaticities) -> Array:
    columns = np.array([[x / y, 1.0, (1 - x - y) / y] for x, y in primaries]).T
    return np.asarray(columns[:, :3] * np.linalg.solve(columns[:, :3], columns[:, 3]))


def _toned(light: Array, brightest: float) -> Any:
    """Roll off the brightest channel of the image `light`, and scale the others by the same factor."""
    image: Any = light
    peak = (image[0] > image[1]).ifthenelse(image[0], image[1])
    peak = (peak > image[2]).ifthenelse(peak, image[2])
    # A table over the fourth root is as fine for dark as for bright light.
    fourth = (np.arange(65536) / 65535) ** 4 * brightest
    factor = rolled_off(fourth, brightest) / np.maximum(fourth, 1e-12)
    factor[0] = 1.0
    place = (((peak > 0).ifthenelse(peak, 0) / brightest) ** 0.25 * 65535).cast("ushort")
    return image * place.maplut(_table(factor))


def _table(values: Array) -> Any:
    return pyvips.Image.new_from_array(values.astype(np.float32)[None])
