"""Pictures made in code, for the tests of this folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyvips

ORACLE = Path(__file__).parents[1] / "oracle" / "scale"
SHARED = Path(__file__).parents[3] / "shared"


def smooth(width: int = 48, height: int = 32, peak: float = 255) -> np.ndarray:
    """float64 [H, W, 3], 0..peak: two ramps and their product, so that no two corners are alike."""
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    return np.stack([x, y, 0.2 + 0.6 * x * y], -1) * peak


def vips(array: np.ndarray, interpretation: str = "srgb") -> Any:
    return pyvips.Image.new_from_array(np.ascontiguousarray(array)).copy(interpretation=interpretation)


def rgb(width: int = 48, height: int = 32) -> Any:
    return vips(smooth(width, height).round().astype(np.uint8))


def rgb16(width: int = 48, height: int = 32) -> Any:
    return vips(smooth(width, height, 65535).round().astype(np.uint16), "rgb16")


def with_blob(image: Any, field: str, data: bytes) -> Any:
    image = image.copy()
    image.set_type(pyvips.GValue.blob_type, field, data)
    return image


def with_orientation(image: Any, orientation: int) -> Any:
    image = image.copy()
    image.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    return image
