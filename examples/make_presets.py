"""The pictures that `neuralart presets` shows: the bundled photograph in one bundled style, by every preset.

.venv/bin/python examples/make_presets.py src/neuralart/assets/presets
"""

import sys
from pathlib import Path

import neuralart
from neuralart.image.paintings import ASSETS
from neuralart.presets import PRESETS

STYLE = "starry-night"
SETTINGS = {"model": "compact", "size": 256, "num_iters": 150}


def main(target: str, *wanted: str) -> None:
    """Paint them all, or those that are named."""
    folder = Path(target)
    folder.mkdir(parents=True, exist_ok=True)
    for name in wanted or PRESETS:
        picture = neuralart.stylize(ASSETS / "photo.jpg", STYLE, preset=name, **SETTINGS)
        neuralart.Picture(picture.pixels).save(folder / f"{name}.jpg", quality=80)
        print(folder / f"{name}.jpg", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
