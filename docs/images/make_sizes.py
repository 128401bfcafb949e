"""The strip in docs/large.md: the bundled photograph in the bundled style at four sizes, shown at one height.

.venv/bin/python docs/images/make_sizes.py docs/images/sizes.jpg
"""

import sys

import pyvips

import neuralart
from neuralart.image.paintings import ASSETS

SIZES, WIDTH, GAP = (256, 512, 1024, 2048), 396, 4


def main(target: str) -> None:
    """Paint, and join from the smallest to the largest."""
    tiles = []
    for size in SIZES:
        painted = neuralart.stylize(
            ASSETS / "photo.jpg", ASSETS / "style.jpg", model="compact", size=size, num_iters=300
        )
        whole = pyvips.Image.new_from_array(painted.numpy()).copy(interpretation="srgb")
        tiles.append(whole.resize(WIDTH / whole.width, kernel="lanczos3"))
    joined = pyvips.Image.arrayjoin(tiles, across=len(tiles), shim=GAP, background=255)
    joined.jpegsave(target, Q=88)


if __name__ == "__main__":
    main(sys.argv[1])
