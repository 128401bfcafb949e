"""The film of docs/video.md: three seconds, as filmed and as painted, side by side.

.venv/bin/python examples/make_film.py docs/images/film.gif
"""

import sys
import tempfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import torch

from neuralart import Picture, video
from neuralart.image.write import write
from neuralart.video.flipbook import write_pages
from neuralart.video.moments import Moment

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
import moving

SIZE, FRAMES, STYLE = (224, 168), 24, "starry-night"


def main(target: str) -> None:
    """Make the film, paint it, and join both."""
    filmed = moving.walk(SIZE, FRAMES).frames
    moments = [Moment(k, k, Fraction(1, 8), 1) for k in range(FRAMES)]
    with tempfile.TemporaryDirectory() as folder:
        for number, frame in enumerate(filmed):
            write(Picture(frame), Path(folder) / f"{number:03}.png")
        painted = [
            frame.picture for frame in video.stylize(folder, STYLE, model="compact", size=max(SIZE), num_iters=150)
        ]
    joined = [replace(one, pixels=torch.cat([own, one.pixels], 3)) for own, one in zip(filmed, painted)]
    print(write_pages(zip(moments, joined), Path(target)), "frames in", target)


if __name__ == "__main__":
    main(sys.argv[1])
