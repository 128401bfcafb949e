"""The picture in the README: the bundled photograph, the bundled style, and what `make demo` paints of them.

.venv/bin/python docs/images/make_demo.py demo.png docs/images/demo.jpg
"""

import sys

import pyvips

from neuralart.image.paintings import ASSETS

HEIGHT, GAP = 384, 8


def main(painted: str, target: str) -> None:
    """Join the three at one height, the painting last."""
    tiles = [pyvips.Image.thumbnail(path, 10_000, height=HEIGHT) for path in sources(painted)]
    joined = tiles[0]
    for tile in tiles[1:]:
        joined = joined.join(tile, "horizontal", expand=True, shim=GAP, background=255)
    joined.write_to_file(target, Q=88, keep="none")


def sources(painted: str) -> list[str]:
    """Photograph, style, painting."""
    return [str(ASSETS / "photo.jpg"), str(ASSETS / "style.jpg"), painted]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
