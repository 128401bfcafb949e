"""Whatever a file holds -> sRGB: profiles, CMYK, Lab, linear light, 16 bits and floating point.

A decoder's image comes in one of many spaces and formats; what leaves here is grey or RGB, with or without alpha, whose
samples mean sRGB once divided by `peak` and multiplied by 255.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyvips

from neuralart.image import transfer
from neuralart.image.coding import Coding

# Samples that are already meant for a display; every other space is one that libvips converts by itself.
DISPLAY = ("srgb", "rgb", "rgb16", "b-w", "grey16", "multiband", "histogram")

# A floating-point picture brighter than 16 times white is no linear light but numbers of 0..255 or 0..65535.
BRIGHTEST_LINEAR = 16.0

# What maps of elevation say where nothing was measured.
NO_DATA, MARKS = 1e30, (-9999.0, -32768.0, -99999.0)


@dataclass(frozen=True)
class Display:
    """An image in sRGB: 1 or 3 bands and perhaps alpha, in the range 0..`peak`."""

    image: Any  # pyvips.Image
    peak: float
    alpha: bool
    grey: bool  # the file held one channel; its bands may still be three, after conversion
    bits: int  # 8 or 16: what it takes to hold the file's samples
    icc: bytes | None  # the file's own profile
    notes: tuple[str, ...] = ()  # what was done that nobody asked for


def to_srgb(image: Any, coding: Coding | None = None, *, coding_first: bool = False) -> Display:
    """Bring a decoded image to sRGB. Lazy, except for floating point, whose range has to be looked at.

    A profile that cannot be used is ignored, and one that says sRGB in other words leaves the samples untouched. CMYK
    without a profile is taken as libvips's own typical press. Spectral images are cut to their first three bands.
    coding: how the file says that its samples stand for light; it counts where there is no profile, or before one.
    Raises pyvips.Error where the data are damaged.
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
    """Whether these are the bytes of a profile for RGB that can be used."""
    if icc[16:20] != b"RGB ":
        return False
    try:
        from_srgb(pyvips.Image.black(1, 1, bands=3).copy(interpretation="srgb"), icc).avg()
    except pyvips.Error:
        return False
    return True


def from_srgb(image: Any, icc: bytes) -> Any:
    """An sRGB image of 8 or 16 bits, perhaps with alpha -> the same colours in the profile `icc`, which it carries."""
    connection = image.extract_band(0, n=3).icc_import(input_profile="srgb", intent="relative").copy()
    connection.set_type(pyvips.GValue.blob_type, "icc-profile-data", icc)
    converted = connection.icc_export(depth=8 if image.format == "uchar" else 16, intent="relative")
    return (converted.bandjoin(image.extract_band(3)) if image.bands == 4 else converted).copy()


def _convert(colour: Any, icc: bytes | None, full: float) -> tuple[Any, float]:
    """The colour bands alone -> (sRGB or grey, the value that stands for 255)."""
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
    """The value of white in an image of integers."""
    if image.format != "ushort":
        return 255.0
    # AVIF's 10 and 12 bits arrive shifted up into 16, so that white falls short of 65535.
    if image.get_typeof("heif-compression") and image.get_typeof("bits-per-sample"):
        bits = min(16, int(image.get("bits-per-sample")))
        return float(((1 << bits) - 1) << (16 - bits))
    return 65535.0


def _alpha_peak(image: Any) -> float:
    """The value of an opaque alpha."""
    if image.format in ("uchar", "ushort"):
        return _full_scale(image)
    # Floating point has two habits: 0..1 and 0..255.
    return 255.0 if image.extract_band(image.bands - 1).max() > 1 else 1.0


def _from_numbers(colour: Any) -> tuple[Any, float]:
    """Floating point or wide integers: linear light where that is possible, as such files mean it, else a range."""
    brightest = float(colour.max())
    if colour.format in ("float", "double") and brightest <= BRIGHTEST_LINEAR:
        linear = colour if colour.bands == 3 else colour.bandjoin([colour, colour])
        return linear.copy(interpretation="scrgb").colourspace("rgb16"), 65535.0
    peak = 255.0 if brightest <= 255 else 65535.0 if brightest <= 65535 else brightest
    return colour.cast("float"), peak


def _is_measured(colour: Any) -> bool:
    """Whether one band of numbers cannot be light or grey levels: elevations and the like, negative or few of many."""
    if colour.bands > 1 or colour.format in ("uchar", "ushort") or colour.interpretation not in DISPLAY:
        return False
    low, high = colour.min(), colour.max()
    return bool(low < -1 or 255 < high < 65535 / 4)


def _stretched(colour: Any) -> tuple[Any, float, tuple[str, ...]]:
    """Measurements -> black at the lowest of them, white at the highest; marks for "no data" are taken for lowest."""
    samples = colour.numpy().astype(np.float64)
    known = samples[np.isfinite(samples) & (np.abs(samples) < NO_DATA) & ~np.isin(samples, MARKS)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    spread = (np.nan_to_num(samples, nan=low, posinf=high, neginf=low).clip(low, high) - low) / max(high - low, 1e-9)
    image = pyvips.Image.new_from_array((spread * 255).astype(np.float32))
    told = f"its samples run from {low:g} to {high:g}, like measurements, and are spread from black to white"
    return image, 255.0, (told,)


def _through_profile(colour: Any) -> Any:
    """Convert by the embedded profile, or libvips's own for CMYK; to 16 bits, so that nothing is lost twice."""
    # Relative with black point compensation: paper white becomes 255, the deepest black 0, hues stay.
    how = {"embedded": True, "intent": "relative", "black_point_compensation": True}
    how["input_profile"] = "cmyk" if colour.interpretation == "cmyk" else "srgb"
    if colour.format == "uchar":
        return colour.icc_transform("srgb", depth=16, **how)
    # From 16 bits to 16 bits LittleCMS takes a shortcut through a coarse table, off by up to 11 of 255 in dark colours
    # (measured, Display P3); by way of floating point it takes none, and fifteen times as long.
    return colour.icc_import(**how).icc_export(output_profile="srgb", depth=16, intent="relative")


def _is_srgb(colour: Any) -> bool:
    """Whether the profile moves no colour by more than a step of 255, or cannot be used at all.

    Asked of the profile by trying it: sRGB has many names and descriptions, and passing a photograph through one of
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
