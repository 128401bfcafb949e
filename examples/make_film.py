"""The film of docs/video.md: four seconds, as filmed and as painted, side by side.

.venv/bin/python examples/make_film.py docs/images

A second argument names a folder in which frames are kept, so that a run that was ended continues.
"""

import math
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import torch
from torch.nn import functional as F

from neuralart import Picture, video
from neuralart.image.paintings import ASSETS
from neuralart.image.read import read
from neuralart.image.write import write
from neuralart.video.flipbook import write_pages
from neuralart.video.moments import Moment
from neuralart.video.save import Target, save

SIZE, FRAMES, STYLE = (256, 192), 32, "starry-night"
RED, CREAM, BROWN = (205.0, 60.0, 40.0), (245.0, 225.0, 180.0), (95.0, 60.0, 35.0)


def main(target: str, kept: str | None = None) -> None:
    """Make the film, paint it, and write both as film.webp and film.mp4."""
    photograph = read(ASSETS / "photo.jpg").resized((2 * SIZE[0], 2 * SIZE[1])).pixels
    filmed = [frame(photograph, k) for k in range(FRAMES)]
    moments = [Moment(k, k, Fraction(1, 8), 1) for k in range(FRAMES)]
    with tempfile.TemporaryDirectory() as own:
        source = Path(kept or own) / "filmed"
        source.mkdir(exist_ok=True, parents=True)
        for number, pixels in enumerate(filmed):
            if not (source / f"{number:03}.png").exists():
                write(Picture(pixels), source / f"{number:03}.png")
        painted = []
        for one in video.stylize(
            source,
            STYLE,
            model="compact",
            size=max(SIZE),
            num_iters=250,
            precision="float32",
            folder=Path(kept or own) / "painted",
        ):
            painted.append(one.picture)
            print(f"{one.number + 1}/{one.count}", flush=True)
    joined = [replace(one, pixels=torch.cat([own, one.pixels], 3)) for own, one in zip(filmed, painted)]
    write_pages(zip(moments, joined), Path(target) / "film.webp")
    save(Target(Path(target) / "film.mp4", "h264"), zip(moments, joined))


def frame(photograph: torch.Tensor, k: int) -> torch.Tensor:
    """Return a frame [1, 3, H, W]: the camera turns to the right and comes nearer, and a balloon rises."""
    part, (width, height) = k / (FRAMES - 1), SIZE
    zoom = 0.72 - 0.12 * part  # of the photograph's edges
    down, across = torch.meshgrid(torch.linspace(-1, 1, height), torch.linspace(-1, 1, width), indexing="ij")
    places = torch.stack([across * zoom - 0.2 + 0.3 * part, down * zoom + 0.1], -1)[None]
    ground = F.grid_sample(photograph, places, mode="bicubic", align_corners=False).clamp(0, 255)
    return with_balloon(ground, (0.16 + 0.5 * part, 0.5 - 0.22 * part), 0.13 + 0.03 * part)


def with_balloon(ground: torch.Tensor, centre: Sequence[float], radius: float) -> torch.Tensor:
    """Return the picture with a striped balloon before it. centre, radius: In units of its width."""
    height, width = ground.shape[2:]
    down, across = torch.meshgrid(torch.arange(height) / width, torch.arange(width) / width, indexing="ij")
    x, y = (across - centre[0]) / radius, (down - centre[1]) / radius
    narrow = torch.where(y > 0, 1 - 0.35 * y.clamp(0, 1), 1.0)  # towards the basket
    soft = 2 / (radius * width)
    hull = ((1 - (x / narrow).square() - y.square()) / soft).clamp(0, 1)
    angle = torch.asin((x / (narrow * (1 - y.square()).clamp_min(0.01).sqrt())).clamp(-1, 1))
    stripes = (torch.sin(angle * 6) * 3 + 0.5).clamp(0, 1)
    light = 0.75 + 0.3 * torch.cos(angle + math.pi / 5)
    basket = ((0.18 - x.abs()) / soft).clamp(0, 1) * ((0.16 - (y - 1.3).abs()) / soft).clamp(0, 1)
    ropes = ((0.04 - (x.abs() - 0.25 + 0.25 * (y - 0.9)).abs()) / soft).clamp(0, 1) * ((y > 0.85) & (y < 1.2))
    colour = lambda rgb: torch.tensor(rgb).view(1, 3, 1, 1)
    balloon = (colour(RED).lerp(colour(CREAM), stripes) * light).clamp(0, 255)
    return ground.lerp(balloon, hull).lerp(colour(BROWN).expand_as(ground), torch.maximum(basket, ropes))


if __name__ == "__main__":
    main(*sys.argv[1:])
