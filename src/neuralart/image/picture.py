"""Picture: pixels, together with everything that must survive from file to file."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from neuralart.image import mapped
from neuralart.image.about import About
from neuralart.image.paintings import name_of
from neuralart.image.resize import resize, resize_with_alpha
from neuralart.image.sizes import shrink, within
from neuralart.image.transparency import WHITE, Colour, filled, is_seen, laid

PREVIEW = 800  # pixels; the long edge of a picture in a notebook


@dataclass(frozen=True, eq=False, repr=False)
class Picture:
    """A picture in sRGB. Two pictures are equal only if they are the same object; compare their pixels instead."""

    pixels: torch.Tensor
    """float32 [1, 3, H, W], RGB, 0..255; with fractions if the file had more than 8 bits."""

    alpha: torch.Tensor | None = None
    """float32 [1, 1, H, W], 0 (transparent) .. 255 (opaque), or None if everything is opaque."""

    bits: int = 8
    """How many bits the file's samples need, 8 or 16."""

    icc: bytes | None = None
    """The file's colour profile; the pixels have already been converted from it to sRGB."""

    record: dict[str, Any] | None = None
    """How the picture was made, if it is a painting or was read from a file in which `write` had stored it."""

    about: About | None = None
    """What the file says about the photograph (copyright, author, date, resolution); `write` writes it back."""

    grey: bool = False
    """Whether the file held one channel, not three."""

    source: Path | None = None
    """The file it was read from."""

    digest: str | None = None
    """SHA-256 of that file's bytes, in hexadecimal."""

    def __post_init__(self) -> None:
        shape = tuple(self.pixels.shape)
        if len(shape) != 4 or shape[:2] != (1, 3) or 0 in shape or self.pixels.dtype != torch.float32:
            raise ValueError(f"pixels must be float32 [1, 3, H, W], not {self.pixels.dtype} {list(shape)}")
        if self.alpha is not None and tuple(self.alpha.shape) != (1, 1, *shape[2:]):
            raise ValueError(f"alpha must be {[1, 1, *shape[2:]]} like the pixels, not {list(self.alpha.shape)}")
        if self.bits not in (8, 16):
            raise ValueError(f"bits must be 8 or 16, not {self.bits}")

    @property
    def width(self) -> int:
        """The width in pixels."""
        return int(self.pixels.shape[3])

    @property
    def height(self) -> int:
        """The height in pixels."""
        return int(self.pixels.shape[2])

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.width, self.height

    def looks_like(self, other: Picture) -> bool:
        """Whether the pixels are the same; they are compared one by one only if both come from the same file."""
        if self.pixels is other.pixels:
            return True
        return self.digest is not None and self.digest == other.digest and torch.equal(self.pixels, other.pixels)

    @property
    def is_clear(self) -> bool:
        """Whether the picture is completely transparent."""
        return self.alpha is not None and not is_seen(self.alpha)

    def resized(self, size: tuple[int, int]) -> Picture:
        """Return the picture at `size` (width, height), with colours weighted by their alpha. See `resize.resize`."""
        pixels, alpha = resize_with_alpha(self.pixels, self.alpha, size)
        return replace(self, pixels=pixels, alpha=alpha)

    def cropped(self, size: tuple[int, int]) -> Picture:
        """Return the largest part of the middle with the shape of `size` (width, height), without resizing."""
        width, height = within(self.size, size)
        if (width, height) == self.size:
            return self
        left, top = (self.width - width) // 2, (self.height - height) // 2
        part = (..., slice(top, top + height), slice(left, left + width))
        return replace(self, pixels=self.pixels[part], alpha=None if self.alpha is None else self.alpha[part])

    def filled(self) -> Picture:
        """Return the picture with its hidden colours filled in from the visible ones; see `transparency.filled`."""
        return replace(self, pixels=filled(self.pixels, self.alpha))

    def flattened(self, colour: Colour = WHITE) -> Picture:
        """Return the picture without alpha, on a background of this colour."""
        if self.alpha is None:
            return self
        return replace(self, pixels=laid(self.pixels, self.alpha, colour), alpha=None)

    def with_pixels(self, pixels: torch.Tensor) -> Picture:
        """Return a picture of other pixels ([1, 3, h, w], any size) with this one's alpha, bits, profile and `about`.

        The pixels are copied, so an optimisation can keep changing its own; the alpha is resized. Facts about the file
        (record, source, digest, grey) are dropped.
        """
        pixels = mapped.copied(pixels)
        alpha = None if self.alpha is None else resize(self.alpha, (int(pixels.shape[3]), int(pixels.shape[2])))
        return Picture(pixels, alpha, self.bits, self.icc, about=self.about)

    def numpy(self) -> NDArray[np.uint8]:
        """Return uint8 [H, W, 3], or [H, W, 4] with alpha, clamped and rounded to the nearest."""
        planes = self.pixels if self.alpha is None else torch.cat([self.pixels, self.alpha.to(self.pixels)], 1)
        rounded = planes[0].detach().clamp(0, 255).round().to("cpu", torch.uint8)
        return rounded.permute(1, 2, 0).contiguous().numpy()

    def save(self, path: str | os.PathLike[str], **options: Any) -> None:
        """Write the picture with `write.write`, which takes the options; it keeps its record.

        Args:
            path: The file; its suffix decides the format.
            **options: As for `write.write`: bits, quality, record, pyramid, format, background, strip, ...

        Raises:
            PictureError: If the file cannot be written.
        """
        from neuralart.image.write import write

        write(self, path, **options)

    def _repr_png_(self) -> bytes:
        """Return a PNG with a long edge of at most `PREVIEW` pixels for a notebook."""
        from neuralart.image.write import encode

        return encode(self.resized(shrink(self.width, self.height, PREVIEW)), ".png", record={})

    def __repr__(self) -> str:
        kind = ("grey" if self.grey else "RGB") + ("" if self.alpha is None else " with alpha")
        name = "" if self.source is None else f", {self.source.name}"
        return f"Picture({self.width} x {self.height}, {kind}, {self.bits} bits{name})"


def origin(picture: Picture) -> dict[str, Any]:
    """Where a picture comes from; a painting that ships by its name, which holds on every machine."""
    return {
        "path": name_of(picture.source) or (str(picture.source) if picture.source else None),
        "sha256": picture.digest,
        "size": list(picture.size),
    }
