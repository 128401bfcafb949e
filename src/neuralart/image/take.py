"""Takes pictures in any form that Python has: paths, encoded bytes, arrays, tensors, PIL images."""

from __future__ import annotations

import io
import logging
import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Union

import numpy as np
import torch

from neuralart.errors import OptionError, PictureError
from neuralart.image.limits import STRICT, Reading
from neuralart.image.paintings import resolved
from neuralart.image.picture import Picture
from neuralart.image.read import read, read_bytes

if TYPE_CHECKING:
    from PIL.Image import Image

log = logging.getLogger(__name__)

# Union rather than |, which does not accept the name of a type that may not be installed.
PictureLike = Union[str, os.PathLike[str], Picture, np.ndarray, torch.Tensor, bytes, bytearray, io.BytesIO, "Image"]

CHANNELS = (1, 3, 4)  # grey, RGB, RGBA
WANTED = "give a path, a Picture, a PIL image, the bytes of a file, an array [height, width, 3] or a tensor [3, H, W]"

# PIL modes that PNG can store. TIFF stores CMYK; the others are converted to RGB.
AS_PNG = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")
NUMBERS = ("I", "F")  # modes without a defined range


def as_picture(given: PictureLike, role: str, reading: Reading = STRICT, enough: int | None = None) -> Picture:
    """Take a picture in any form.

    Args:
        given: A path; a `Picture`; a PIL image; the bytes of a JPEG, PNG or other file, or an `io.BytesIO` of them; an
            array [H, W], [H, W, 1], [H, W, 3] or [H, W, 4]; a tensor [C, H, W], [1, C, H, W], [H, W, C] or [H, W],
            where C is 1, 3 or 4. If both orders are possible, a tensor's channels come first. Whole numbers are in
            0..255. So are floats, unless all of them lie within 0..1 and not all are 0; then they are in 0..1.
        role: What the picture is for, such as "content" or "style".
        reading: What to accept of a file.
        enough: The long edge in pixels that is needed of the picture, see `read`.

    Returns:
        The picture; without `source` unless it was a path, and without `digest` unless it was a file's bytes.

    Raises:
        OptionError: For something that is not a picture.
        PictureError: For a file or bytes that cannot be read.
    """
    if isinstance(given, Picture):
        return given
    if isinstance(given, str | os.PathLike):
        return read(resolved(given) if role == "style" else given, reading=reading, enough=enough)
    if isinstance(given, bytes | bytearray):
        return read_bytes(bytes(given), f"the {role}", reading=reading)
    if isinstance(given, io.BytesIO):
        return read_bytes(given.getvalue(), f"the {role}", reading=reading)
    pil = sys.modules.get("PIL.Image")
    if pil is not None and isinstance(given, pil.Image):
        return _from_pil(given, role)
    planes = _planes(given)
    if planes is not None:
        return _from_planes(planes, role)
    shape = f" of shape {tuple(given.shape)}" if isinstance(given, np.ndarray | torch.Tensor) else ""
    raise OptionError(f"the {role} is a {type(given).__name__}{shape}; {WANTED}")


def _planes(given: object) -> np.ndarray | None:
    """Return an array or a tensor as [C, H, W]; None for anything else, or another shape."""
    if isinstance(given, np.ndarray):
        planes = given[None] if given.ndim == 2 else np.moveaxis(given, -1, 0) if given.ndim == 3 else None
    elif isinstance(given, torch.Tensor):
        planes = _of_tensor(given)
    else:
        return None
    return planes if planes is not None and planes.size and planes.shape[0] in CHANNELS else None


def _of_tensor(given: torch.Tensor) -> np.ndarray | None:
    tensor = given.detach().cpu()
    if tensor.dtype in (torch.bfloat16, torch.float16):  # NumPy has no bfloat16
        tensor = tensor.float()
    if tensor.ndim == 4 and tensor.shape[0] == 1:
        tensor = tensor[0]
    if tensor.ndim == 2:
        tensor = tensor[None]
    if tensor.ndim != 3:
        return None
    array: np.ndarray = tensor.numpy()
    return array if tensor.shape[0] in CHANNELS else np.moveaxis(array, -1, 0)


def _from_planes(planes: np.ndarray, role: str) -> Picture:
    low, high = (planes.min(), planes.max()) if planes.dtype.kind in "uif" else (np.nan, np.nan)
    if not (low >= -1 and high <= 256):  # a resampling may overshoot a little; nan compares false
        raise OptionError(
            f"the {role} has values of {planes.dtype} from {low} to {high}; give uint8, or floats 0..1 or 0..255"
        )
    scale = 1.0
    if planes.dtype.kind == "f" and low >= 0 and 0 < high <= 1:
        log.info("the %s has no value above 1; its floats are taken as 0..1", role)
        scale = 255.0
    elif planes.dtype.kind == "f" and 1 < high < 2:
        log.warning("the %s is almost black; its floats are taken as 0..255, since they go beyond 1", role)
    pixels = torch.from_numpy((planes.astype(np.float32) * np.float32(scale)).clip(0, 255))[None]
    colours, alpha = pixels[:, :3].expand(-1, 3, -1, -1).contiguous(), pixels[:, 3:].contiguous()
    is_opaque = len(planes) < 4 or float(alpha.min()) >= 255
    return Picture(colours, None if is_opaque else alpha, grey=len(planes) == 1)


def _from_pil(given: Image, role: str) -> Picture:
    """Read a PIL image through a file in memory, so that orientation, profile, palette and depth work as in files."""
    from PIL import ImageOps

    if given.mode in NUMBERS:
        return _from_planes(np.asarray(given)[None], role)
    try:
        image = ImageOps.exif_transpose(given)
        if image.mode not in (*AS_PNG, "CMYK"):
            image = image.convert("RGBA" if image.mode in ("PA", "La", "RGBa") else "RGB")
        kept: dict[str, Any] = {"icc_profile": image.info.get("icc_profile")}
        buffer = io.BytesIO()
        if image.mode == "CMYK":
            image.save(buffer, "TIFF", **kept)
        else:
            image.save(buffer, "PNG", compress_level=0, **kept)
    except (OSError, ValueError, SyntaxError) as error:
        raise PictureError(f"cannot take the {role}, a PIL image of mode {given.mode} ({error})") from error
    # The digest of this temporary file would be meaningless.
    return replace(read_bytes(buffer.getvalue(), f"the {role}"), digest=None, record=None)
