"""Runs to film, and films read back."""

from __future__ import annotations

import numpy as np
import pyvips
import torch

from neuralart.run.step import Step

from ..cli.made import picture


def steps(count=30, sizes=((48, 36), (96, 72))):
    """A run over scales of these sizes: noise turns into a picture, ever more slowly, as a painting does."""
    begin = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(0)) * 255
    begin = torch.nn.functional.interpolate(begin, size=sizes[-1][::-1], mode="bicubic").clamp(0, 255)
    end = picture(*sizes[-1], seed=1).pixels
    for number in range(count + 1):
        scale = min(len(sizes) - 1, number * len(sizes) // (count + 1))
        image = end + (begin - end) * 0.8**number
        image = torch.nn.functional.interpolate(image, size=sizes[scale][::-1], mode="area")
        yield Step(number, count, scale + 1, len(sizes), image, total=1.0 if number else None)


def pages(path):
    """The frames of a GIF or WebP, float [N, H, W, 3], and how long each is seen, in milliseconds."""
    image = pyvips.Image.new_from_file(str(path), n=-1, revalidate=True)  # not a file of the same name from before
    high = image.get("page-height")
    frames = image.numpy()[..., :3].reshape(-1, high, image.width, 3).astype(float)
    assert image.get("loop") == 0
    return frames, image.get("delay")


def frames(path):
    """The frames of an MP4 or WebM, float [N, H, W, 3], and the time of each in seconds."""
    import av
    from av.video.reformatter import Colorspace

    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        found = list(film.decode(stream))
    images = [one.reformat(format="rgb24", src_colorspace=Colorspace.ITU709).to_ndarray() for one in found]
    return np.stack(images).astype(float), [one.time for one in found]


def changes(images):
    """Mean absolute difference between neighbours."""
    return np.abs(np.diff(images, axis=0)).mean((1, 2, 3))
