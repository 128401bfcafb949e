"""Writes painted frames to a film's file through PyAV: every frame keeps its time, and sound is copied as it is."""

from __future__ import annotations

import io
import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation

from neuralart.errors import OptionError
from neuralart.image.picture import Picture
from neuralart.image.source import quoted
from neuralart.video.moments import Moment
from neuralart.video.movie import BT709, STUDIO_RANGE
from neuralart.video.target import Target

log = logging.getLogger(__name__)

MUXERS = {".mp4": "mp4", ".webm": "webm", ".mov": "mov", ".mkv": "matroska"}
HEADERS = {
    "mp4": {"movflags": "+faststart"},
    "mov": {"movflags": "+faststart"},
    # AAC begins before zero with a packet that only sets up its decoder. Otherwise everything would begin later by it.
    "matroska": {"avoid_negative_ts": "disabled"},
}


@dataclass(frozen=True)
class Codec:
    """How to ask for a codec.

    Attributes:
        encoder: FFmpeg's name.
        pixels: The format of its pixels.
        cells: How many pixels (across, down) share one colour; edges are multiples of these.
        deep: Whether it holds more than 8 bits.
        choices: The encoder's own options.
        tiny: More of them for films of fewer than TINY pixels.
    """

    encoder: str
    pixels: str
    cells: tuple[int, int] = (1, 1)
    deep: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)
    tiny: Mapping[str, str] = field(default_factory=dict)


TINY = 2**16
CODECS = {
    # No frames that look ahead (bf): with them MP4 would not know how long the last one is shown.
    "h264": Codec(
        "libx264",
        "yuv420p",
        (2, 2),
        choices={"crf": "17", "preset": "medium", "profile": "high", "bf": "0"},
        # In one of 40 to 320 films of 64 x 48 pixels or fewer, the same frames were coded in another way with it.
        tiny={"mbtree": "0"},
    ),
    "av1": Codec("libsvtav1", "yuv420p10le", (2, 2), deep=True, choices={"crf": "24", "preset": "6"}),
    "prores": Codec("prores_ks", "yuv422p10le", (2, 1), deep=True, choices={"profile": "hq"}),
    "ffv1": Codec("ffv1", "bgr0", choices={"level": "3", "slicecrc": "1"}),  # lossless
}


def check_sound(path: Path, film: Path | None) -> None:
    """Raise OptionError if the format that `path` names cannot hold the film's sound."""
    if film is None:
        return
    with av.open(str(film)) as given, av.open(io.BytesIO(), "w", format=MUXERS[path.suffix.lower()]) as made:
        for stream in given.streams.audio:
            name = stream.codec_context.name if stream.codec_context else "an unknown codec"
            try:
                made.add_stream_from_template(stream)
            except ValueError:
                raise OptionError(
                    f"the sound of {quoted(film)} is {name}, which {path.suffix} does not hold; give --output"
                    f" {path.stem}.mkv"
                ) from None


def write_film(frames: Iterable[tuple[Moment, Picture]], spare: Path, target: Target) -> int:
    """Encode the frames with the film's sound; return their number. Raises whatever PyAV raises."""
    os.environ.setdefault("SVT_LOG", "1")  # else AV1's encoder fills the terminal
    frames = iter(frames)
    first = next(frames)
    codec = CODECS[str(target.codec)]
    kind = MUXERS[target.path.suffix.lower()]
    size = held(first[1].size, str(target.codec))
    if size != first[1].size:
        log.info("%s: %d x %d pixels, since colours are shared by two; of %d x %d", target.path, *size, *first[1].size)
    with av.open(str(spare), "w", format=kind, options=HEADERS.get(kind, {})) as container:
        stream = _stream(container, codec, size, first[0])
        sound = Sound(container, target) if target.sound else None
        lengths: dict[int, int] = {}
        count = 0
        for moment, picture in chain([first], frames):
            if sound:
                sound.mux_until(moment.begin)
            lengths[moment.ticks] = moment.length
            _mux(container, stream, stream.encode(_frame(moment, picture, codec, size)), lengths, moment.base)
            count += 1
        _mux(container, stream, stream.encode(), lengths, first[0].base)
        if sound:
            sound.mux_until(None)
            sound.close()
    return count


def held(size: tuple[int, int], codec: str) -> tuple[int, int]:
    """Return the size that the codec can hold: a last row or column that cannot share its colour is left out."""
    width, height = (max(cell, edge - edge % cell) for edge, cell in zip(size, CODECS[codec].cells))
    return width, height


def _stream(container: Any, codec: Codec, size: tuple[int, int], first: Moment) -> Any:
    # The rate is only a hint: every frame says itself when it is shown.
    rate = (1 / (first.length * first.base)).limit_denominator(1000)
    choices = {**codec.choices, **(codec.tiny if size[0] * size[1] < TINY else {})}
    stream = container.add_stream(codec.encoder, rate=max(rate, Fraction(1, 100)), options=choices)
    stream.width, stream.height = size
    stream.pix_fmt = codec.pixels
    coder = stream.codec_context
    stream.time_base = coder.time_base = first.base
    coder.color_primaries = coder.color_trc = BT709
    if codec.pixels != "bgr0":
        coder.colorspace, coder.color_range = BT709, STUDIO_RANGE
    return stream


def _frame(moment: Moment, picture: Picture, codec: Codec, size: tuple[int, int]) -> Any:
    width, height = size
    planes = picture.pixels[0, :, : max(height, 1), : max(width, 1)].permute(1, 2, 0).clamp(0, 255)
    kind, scale, dtype = ("rgb48le", 257.0, np.uint16) if codec.deep else ("rgb24", 1.0, np.uint8)
    samples = np.ascontiguousarray((planes.numpy() * scale + 0.5).astype(dtype))
    samples = np.pad(samples, [(0, height - samples.shape[0]), (0, width - samples.shape[1]), (0, 0)], "edge")
    frame = av.VideoFrame.from_ndarray(samples, format=kind)
    frame = frame.reformat(
        format=codec.pixels,
        src_colorspace=Colorspace.ITU709,
        dst_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.JPEG,
        dst_color_range=ColorRange.JPEG if codec.pixels == "bgr0" else ColorRange.MPEG,
        interpolation=Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INP,
    )
    frame.pts, frame.time_base = moment.ticks, moment.base
    return frame


def _mux(container: Any, stream: Any, packets: Any, lengths: Mapping[int, int], base: Fraction) -> None:
    for packet in packets:
        # The encoder knows when a frame begins, and only we know when the last one ends.
        length = lengths.get(packet.pts)
        if length and packet.time_base == base:
            packet.duration = length
        container.mux(packet)


class Sound:
    """Copies the packets of a film's sound as they are; those of a part are moved to its beginning."""

    def __init__(self, container: Any, target: Target) -> None:
        self.container, self.given = container, av.open(str(target.sound))
        origin = _origin(self.given)
        self.begin = origin + Fraction(target.begin).limit_denominator(10**6)
        self.shift = self.begin if target.begin else Fraction(0)
        self.end = None if target.end is None else origin + Fraction(target.end).limit_denominator(10**6)
        self.streams = {one.index: container.add_stream_from_template(one) for one in self.given.streams.audio}
        self.packets: Iterator[Any] = self._wanted()
        self.waiting: Any = None

    def mux_until(self, time: Fraction | None) -> None:
        """Copy what is heard before this second of the new film; None copies all that is left."""
        while True:
            packet = self.waiting or next(self.packets, None)
            self.waiting = None
            if packet is None:
                return
            if time is not None and packet.pts * packet.time_base > time:
                self.waiting = packet
                return
            self.container.mux(packet)

    def close(self) -> None:
        """Stop reading the film."""
        self.given.close()

    def _wanted(self) -> Iterator[Any]:
        if not self.streams:
            return
        try:
            for packet in self.given.demux(*self.given.streams.audio):
                if packet.pts is None or packet.dts is None:
                    continue
                begin = packet.pts * packet.time_base
                if (self.shift and begin < self.begin) or (self.end is not None and begin >= self.end):
                    continue
                moved = round(self.shift / packet.time_base)
                packet.stream, packet.pts, packet.dts = (
                    self.streams[packet.stream.index],
                    packet.pts - moved,
                    packet.dts - moved,
                )
                yield packet
        except av.error.FFmpegError:
            log.warning("the sound ends early, since the film does")


def _origin(container: Any) -> Fraction:
    """Return when the film's first frame is shown, in seconds."""
    stream = container.streams.best("video")
    if stream is None or stream.start_time is None:
        return Fraction(0)
    return Fraction(stream.start_time * stream.time_base)
