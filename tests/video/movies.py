"""Films to paint, made by PyAV."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from ..cli.made import picture, quiet_environment

BASE = Fraction(1, 1000)


class Sample(NamedTuple):
    """A packet of sound: when, how long, and its bytes."""

    begin: Fraction
    data: bytes


def scene(count: int, size: tuple[int, int] = (48, 36), seed: int = 0, speed: int = 2) -> list[np.ndarray]:
    """Frames [H, W, 3] of something soft that moves to the left, so many pixels a frame."""
    width, height = size
    wide = picture(width + speed * count + 8, height, seed).numpy()
    return [np.ascontiguousarray(wide[:, speed * k : speed * k + width]) for k in range(count)]


def set_out(monkeypatch: Any, folder: Path, *counts: int) -> None:
    """Begin in this folder, with a style and a film of scenes of so many frames: style.png and a.mp4."""
    quiet_environment(monkeypatch, folder / "cache")
    monkeypatch.chdir(folder)
    picture(40, 50, seed=1).save("style.png")
    movie("a.mp4", [frame for k, count in enumerate(counts) for frame in scene(count, seed=7 * k)])


def movie(
    path: Any,
    frames: list[np.ndarray],
    *,
    times: list[int] | None = None,
    rotation: int = 0,
    aspect: Fraction | None = None,
    sound: str | None = None,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    matrix: int = 5,
    full: bool = False,
    tags: dict[str, int] | None = None,
) -> None:
    """Write a film. times: of the frames in milliseconds, 40 apart by default. sound: the codec of a tone beside it."""
    import av

    times = [40 * k for k in range(len(frames))] if times is None else times
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = pixels
        stream.codec_context.time_base = stream.time_base = BASE
        if codec == "libx264":
            stream.options = {"crf": "10", "bf": "0"}
        coder = stream.codec_context
        coder.colorspace, coder.color_range = matrix, 2 if full else 1
        for name, value in (tags or {}).items():
            setattr(coder, name, value)
        if rotation:
            stream.set_display_rotation(rotation)
        if aspect:
            coder.sample_aspect_ratio = aspect
        if not times:
            container.start_encoding()  # the header is there, and nothing else
        track = container.add_stream(sound, rate=8000, layout="mono") if sound else None
        for time, image in zip(times, frames):
            kind = "rgb48le" if image.dtype == np.uint16 else "rgb24"
            frame = av.VideoFrame.from_ndarray(image, format=kind)
            frame = frame.reformat(
                format=pixels, src_colorspace=matrix, dst_colorspace=matrix, src_color_range=2,
                dst_color_range=2 if full or pixels.startswith("bgr") else 1,
            )  # fmt: skip
            frame.pts, frame.time_base = time, BASE
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if track is not None:
            _tone(container, track, (times[-1] + 40) / 1000)


def _tone(container: Any, track: Any, seconds: float) -> None:
    import av

    samples = (np.sin(np.arange(int(8000 * seconds)) * 0.3) * 8000).astype(np.int16)[None]
    for begin in range(0, samples.shape[1], 512):
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples[:, begin : begin + 512]), "s16", "mono")
        frame.sample_rate, frame.pts, frame.time_base = 8000, begin, Fraction(1, 8000)
        container.mux(track.encode(frame))
    container.mux(track.encode())


def read_back(path: Any) -> tuple[list[Fraction], list[np.ndarray], list[Sample]]:
    """(times in seconds, frames [H, W, 3], packets of sound) of a film, by BT.709."""
    import av

    with av.open(str(path)) as container:
        shown = list(container.decode(video=0))
    times = [one.pts * one.time_base for one in shown]
    images = [one.reformat(format="rgb24", src_colorspace=1, dst_colorspace=1, dst_color_range=2) for one in shown]
    with av.open(str(path)) as container:
        packets = container.demux(*container.streams.audio) if container.streams.audio else ()
        heard = [Sample(one.pts * one.time_base, bytes(one)) for one in packets if one.pts is not None]
    return times, [one.to_ndarray() for one in images], heard


def pixels_of(image: np.ndarray) -> torch.Tensor:
    """[H, W, 3] as [1, 3, H, W]."""
    return torch.from_numpy(image.astype(np.float32)).permute(2, 0, 1)[None].contiguous()
