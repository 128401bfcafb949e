"""Reads a film's file with PyAV: upright, in square pixels and in sRGB."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
import pyvips
from av.video.reformatter import ColorRange, Colorspace, Interpolation
from numpy.typing import NDArray

from neuralart.errors import PictureError, counted
from neuralart.image import transfer
from neuralart.image.coding import HLG, PQ, Coding, named
from neuralart.image.decoders import may_be_picture
from neuralart.image.limits import Reading, check
from neuralart.image.picture import Picture
from neuralart.image.resize import resize
from neuralart.image.sniff import describe
from neuralart.image.source import first_line, quoted
from neuralart.video.pages import picture_of
from neuralart.video.shot import SOURCES, Shot

log = logging.getLogger(__name__)

# ITU-T H.273: the matrices of YCbCr. If a file names none, players take BT.709 from 720 rows on, else BT.601, and so do
# we.
MATRICES = {1: Colorspace.ITU709, 4: Colorspace.FCC, 5: Colorspace.ITU601, 6: Colorspace.ITU601}
MATRICES |= {7: Colorspace.SMPTE240M, 9: Colorspace.BT2020, 10: Colorspace.BT2020}
HD_ROWS = 720
BT709 = 1  # the number of its curve, which is shown as sRGB's
EXACTLY = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
SHORT = 0.95  # of the length that a film claims: its sound may last a little longer than its pictures
DENSEST = 10**6  # most pixels that a byte of a film may stand for


class MovieFile:
    """The video stream of a file. Raises PictureError if there is none, or if the file cannot be read."""

    is_timed = True

    def __init__(self, path: Path, reading: Reading) -> None:
        self.path, self.told = path, False
        with self._opened() as container:
            if container.format.name.endswith(("_pipe", "image2")):
                with path.open("rb") as file:
                    head = file.read(4096)
                if not may_be_picture(head):  # FFmpeg goes by the name
                    raise PictureError(f"cannot read {quoted(path)}: {describe(head)}; give a film")
                raise PictureError(
                    f"cannot read {quoted(path)}: it is a picture; neuralart --content {path.name} paints it"
                )
            stream = self._stream(container)
            coder, self.base = stream.codec_context, Fraction(stream.time_base)
            length = max(path.stat().st_size, 1) * DENSEST
            check(quoted(path), "film", (coder.width, coder.height), 0, length, reading.max_pixels)
            aspect = stream.sample_aspect_ratio or coder.sample_aspect_ratio
            self.aspect = Fraction(aspect) if aspect else Fraction(1)
            self.rate = stream.average_rate or stream.guessed_rate
            self.coding = _coding(coder)
            self.matrix = MATRICES.get(int(coder.colorspace or 0))
            self.lasts = Fraction(container.duration, av.time_base) if container.duration else None
            self.sounds = [one.codec_context.name for one in container.streams.audio]

    def shots(self) -> Iterator[Shot]:
        """Yield every frame that can be decoded; report once what is missing."""
        lost, end = 0, Fraction(0)
        with self._opened() as container:
            stream = self._stream(container)
            usual = round(1 / (self.rate * self.base)) if self.rate else 0
            for packet in self._packets(container, stream):
                try:
                    frames = list(packet.decode())
                except av.error.FFmpegError:
                    lost += 1
                    continue
                for frame in frames:
                    length = frame.duration or usual
                    end = ((frame.pts or 0) + length) * self.base
                    yield Shot(frame.pts, length, partial(self.picture, frame))
            whole = Fraction(container.duration or 0, av.time_base)
        if not self.told:
            self._tell_missing(lost, end, whole)
            self.told = True

    def _packets(self, container: Any, stream: Any) -> Iterator[Any]:
        """Yield what there is of the film, even if it ends within a packet."""
        try:
            yield from container.demux(stream)
        except av.error.FFmpegError as error:
            log.warning("%s: the film ends early (%s); what there is of it is taken", self.path, first_line(error))

    def _tell_missing(self, lost: int, end: Fraction, whole: Fraction) -> None:
        if lost:
            told = counted(lost, "packet")
            log.warning("%s: %s of it could not be decoded; the frames before stay longer", self.path, told)
        if end and end < float(whole) * SHORT:
            log.warning("%s: there are %.3g seconds of it, and it says that it has %.3g", self.path, end, whole)

    def picture(self, frame: Any) -> Picture:
        """Return a frame, upright, in square pixels and in sRGB."""
        deep = any(component.bits > 8 for component in frame.format.components)
        samples = self._rgb(frame, "rgb48le" if deep or self.coding else "rgb24")
        if self.coding:
            image = pyvips.Image.new_from_array(samples).copy(interpretation="rgb16")
            samples = transfer.to_rgb16(image, self.coding, 65535.0).numpy()
        made = picture_of(samples, 255.0 if samples.dtype == np.uint8 else 65535.0)
        pixels, (width, height) = made.pixels, made.size
        if self.aspect > 1:
            pixels = resize(pixels, (max(1, round(width * self.aspect)), height))
        elif self.aspect < 1:
            pixels = resize(pixels, (width, max(1, round(height / self.aspect))))
        turns = round(frame.rotation / 90) % 4  # counterclockwise
        return Picture(pixels.rot90(turns, (2, 3)).contiguous(), bits=made.bits)

    def tell(self) -> None:
        """Report a conversion of the colours that nobody asked for."""
        if self.coding and self.coding.transfer in (PQ, HLG):
            log.info("%s: its colours are coded as %s, and are toned down to BT.709", self.path, self.coding.name())

    def _rgb(self, frame: Any, kind: str) -> NDArray[Any]:
        if frame.format.name.startswith(("rgb", "bgr", "gbr", "pal", "argb", "abgr", "0rgb", "0bgr")):
            return np.asarray(frame.reformat(format=kind).to_ndarray())
        matrix = self.matrix or (Colorspace.ITU709 if frame.height >= HD_ROWS else Colorspace.ITU601)
        full = frame.color_range == ColorRange.JPEG or frame.format.name.startswith("yuvj")
        made = frame.reformat(
            format=kind,
            src_colorspace=matrix,
            dst_colorspace=matrix,
            src_color_range=ColorRange.JPEG if full else ColorRange.MPEG,
            dst_color_range=ColorRange.JPEG,
            interpolation=EXACTLY,
        )
        return np.asarray(made.to_ndarray())

    def _opened(self) -> Any:
        try:
            return av.open(str(self.path), metadata_errors="replace")
        except (av.error.FFmpegError, OSError, ValueError) as error:
            raise PictureError(
                f"cannot read {quoted(self.path)}: it is no film, ends early or is damaged"
                f" ({getattr(error, 'strerror', None) or first_line(error)}); give {SOURCES}"
            ) from error

    def _stream(self, container: Any) -> Any:
        """Return the first stream of moving pictures, which a song's cover is not."""
        for stream in container.streams.video:
            if not int(stream.disposition) & int(av.stream.Disposition.attached_pic):
                if stream.codec_context is None or not stream.codec_context.width:
                    continue
                return stream
        raise PictureError(f"cannot read {quoted(self.path)}: there is no video stream in it; give a film")


def _coding(coder: Any) -> Coding | None:
    """Return the coding if it must be converted to sRGB, as HDR and wide primaries must; None otherwise."""
    curve = int(coder.color_trc or 0)
    return named(int(coder.color_primaries or 0), curve if curve in (PQ, HLG) else BT709)
