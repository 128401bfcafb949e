"""Converts the contents of a file to sRGB: profiles, CMYK, Lab, linear light, 16 bits and floating point.

A decoder's image may be in many spaces and formats. The result is grey or RGB, with or without alpha; its samples are
sRGB once divided by `peak` and multiplied by 255.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyvips

from neuralart.image import transfer
from neuralart.image.coding import Coding

# Samples that are already meant for a display; libvips converts all other spaces by itself.
DISPLAY = ("srgb", "rgb", "rgb16", "b-w", "grey16", "multiband", "histogram")

# A floating-point picture brighter than 16 times white is not linear light, but has numbers in 0..255 or 0..65535.
BRIGHTEST_LINEAR = 16.0

# Values in elevation maps that mean that nothing was measured.
NO_DATA, MARKS = 1e30, (-9999.0, -32768.0, -99999.0)


@dataclass(frozen=True)
class Display:
    """An image in sRGB: 1 or 3 bands, perhaps with alpha, in the range 0..`peak`."""

    image: Any  # pyvips.Image
    peak: float
    alpha: bool
    grey: bool  # the file held one channel; its bands may still be three, after conversion
    bits: int  # 8 or 16: the bits that the file's samples need
    icc: bytes | None  # the file's own profile
    notes: tuple[str, ...] = ()  # conversions that the user should know about


def to_srgb(image: Any, coding: Coding | None = None, *, coding_first: bool = False) -> Display:
    """Convert a decoded image to sRGB. Lazy, except for floating point, whose range has to be computed.

    A profile that cannot be used is ignored, and one that is equivalent to sRGB leaves the samples unchanged. CMYK
    without a profile is converted with libvips's typical press. Spectral images are reduced to their first three bands.

    Args:
        image: The decoded image.
        coding: How the file's samples represent light; used without a profile, or before it.
        coding_first: Whether the coding takes precedence over a profile.

    Raises:
        pyvips.Error: For damaged data.
    """
    count = 4 if image.interpretation == "cmyk" and image.bands >= 4 else 3 if image.bands >= 3 else 1
    alpha = image.bands == count + 1 and bool(image.hasalpha())
    icc = image.get("icc-profile-data") if image.get_typeof("icc-profile-data") else None
    bits = 8 if image.format == "uchar" else 16
    if image.format not in ("uchar", "ushort") and image.coding == "none":
        image = image.copy_memory()
    colour, full = image.extract_band(0, n=count), _full_scale(image)
    notes: tuple[str, ...] = ()
    if coding and (coding_first or not icc) and colour.format in ("uchar", "ushort") and count in (1, 3):
        notes = (f"its samples are coded as {coding.name()}, and are converted to sRGB",)
        colour, peak, icc = transfer.to_rgb16(colour, coding, full), 65535.0, None
        bits = 16
    elif _is_measured(colour):
        colour, peak, notes = _stretched(colour)
    else:
        colour, peak = _convert(colour, icc, full)
    if alpha:
        # Alpha joins the colour's format and range, so that both come out of one pass over the file.
        veil = image.extract_band(count) * (peak / _alpha_peak(image))
        colour = colour.bandjoin(veil.rint().cast(colour.format) if colour.format != "float" else veil.cast("float"))
    return Display(colour, peak, alpha, grey=count == 1, bits=bits, icc=icc, notes=notes)


def is_rgb_profile(icc: bytes) -> bool:
    """Whether these bytes are a usable RGB profile."""
    if icc[16:20] != b"RGB ":
        return False
    try:
        from_srgb(pyvips.Image.black(1, 1, bands=3).copy(interpretation="srgb"), icc).avg()
    except pyvips.Error:
        return False
    return True


def from_srgb(image: Any, icc: bytes) -> Any:
    """Convert an sRGB image of 8 or 16 bits, perhaps with alpha, to the profile `icc`, and attach the profile."""
    connection = image.extract_band(0, n=3).icc_import(input_profile="srgb", intent="relative").copy()
    connection.set_type(pyvips.GValue.blob_type, "icc-profile-data", icc)
    converted = connection.icc_export(depth=8 if image.format == "uchar" else 16, intent="relative")
    return (converted.bandjoin(image.extract_band(3)) if image.bands == 4 else converted).copy()


def _convert(colour: Any, icc: bytes | None, full: float) -> tuple[Any, float]:
    """Convert the colour bands and return (sRGB or grey, the value for 255)."""
    if colour.interpretation == "cmyk":
        return _through_profile(colour), 65535.0
    if colour.interpretation in DISPLAY and colour.format in ("uchar", "ushort"):
        if icc and not _is_srgb(colour):
            return _through_profile(colour), 65535.0
        return colour, full
    if colour.interpretation in DISPLAY or colour.interpretation == "scrgb":
        return _from_numbers(colour)
    return colour.colourspace("rgb16"), 65535.0


def _full_scale(image: Any) -> float:
    """Return the value of white in an image of integers."""
    if image.format != "ushort":
        return 255.0
    # AVIF's 10 and 12 bits are shifted up into 16, so white is less than 65535.
    if image.get_typeof("heif-compression") and image.get_typeof("bits-per-sample"):
        bits = min(16, int(image.get("bits-per-sample")))
        return float(((1 << bits) - 1) << (16 - bits))
    return 65535.0


def _alpha_peak(image: Any) -> float:
    """Return the value of an opaque alpha."""
    if image.format in ("uchar", "ushort"):
        return _full_scale(image)
    # Floating point is usually 0..1 or 0..255.
    return 255.0 if image.extract_band(image.bands - 1).max() > 1 else 1.0


def _from_numbers(colour: Any) -> tuple[Any, float]:
    """Convert floating point or wide integers: as linear light, the usual meaning, if possible, otherwise a range."""
    brightest = float(colour.max())
    if colour.format in ("float", "double") and brightest <= BRIGHTEST_LINEAR:
        linear = colour if colour.bands == 3 else colour.bandjoin([colour, colour])
        return linear.copy(interpretation="scrgb").colourspace("rgb16"), 65535.0
    peak = 255.0 if brightest <= 255 else 65535.0 if brightest <= 65535 else brightest
    return colour.cast("float"), peak


def _is_measured(colour: Any) -> bool:
    """Whether one band of numbers cannot be light or grey levels, such as elevations: negative, or few of many."""
    if colour.bands > 1 or colour.format in ("uchar", "ushort") or colour.interpretation not in DISPLAY:
        return False
    low, high = colour.min(), colour.max()
    return bool(low < -1 or 255 < high < 65535 / 4)


def _stretched(colour: Any) -> tuple[Any, float, tuple[str, ...]]:
    """Spread measurements from black at the lowest to white at the highest; "no data" counts as lowest."""
    samples = colour.numpy().astype(np.float64)
    known = samples[np.isfinite(samples) & (np.abs(samples) < NO_DATA) & ~np.isin(samples, MARKS)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    spread = (np.nan_to_num(samples, nan=low, posinf=high, neginf=low).clip(low, high) - low) / max(high - low, 1e-9)
    image = pyvips.Image.new_from_array((spread * 255).astype(np.float32))
    note = f"its samples run from {low:g} to {high:g}, like measurements, and are spread from black to white"
    return image, 255.0, (note,)


def _through_profile(colour: Any) -> Any:
    """Convert with the embedded profile, or libvips's own for CMYK, to 16 bits to avoid rounding twice."""
    # Relative with black point compensation: paper white becomes 255, the deepest black 0, hues stay.
    how = {"embedded": True, "intent": "relative", "black_point_compensation": True}
    how["input_profile"] = "cmyk" if colour.interpretation == "cmyk" else "srgb"
    if colour.format == "uchar":
        return colour.icc_transform("srgb", depth=16, **how)
    # From 16 bits to 16 bits, LittleCMS uses a coarse table, which is off by up to 11 of 255 in dark colours (measured
    # for Display P3). Floating point avoids that, but takes fifteen times as long.
    return colour.icc_import(**how).icc_export(output_profile="srgb", depth=16, intent="relative")


def _is_srgb(colour: Any) -> bool:
    """Whether the profile moves no colour by more than a step of 255, or cannot be used at all.

    This is found by trying the profile: sRGB has many names and descriptions, and converting a photograph from one of
    them would move samples by a step for nothing.
    """
    steps = np.linspace(0, 255, 9 if colour.bands == 3 else 256).round().astype(np.uint8)
    cube = np.stack(np.meshgrid(*[steps] * colour.bands, indexing="ij"), -1).reshape(1, -1, colour.bands)
    probe = pyvips.Image.new_from_array(cube).copy(interpretation="srgb" if colour.bands == 3 else "b-w")
    probe.set_type(pyvips.GValue.blob_type, "icc-profile-data", colour.get("icc-profile-data"))
    try:
        moved = np.asarray(_through_profile(probe)).reshape(1, -1, 3) / 257
    except pyvips.Error:
        return True
    return bool(np.abs(moved - cube).max() <= 1)
