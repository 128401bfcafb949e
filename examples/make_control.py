"""The pictures of docs/gallery: what each control does to the bundled photograph, one strip a control.

The pictures of its index lie in the folder `small`.

.venv/bin/python examples/make_control.py docs/images/control                    # all of them
.venv/bin/python examples/make_control.py docs/images/control strength regions   # only these
"""

import math
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import torch
from PIL import Image, ImageDraw

import neuralart
import neuralart.video
from neuralart.errors import suggest
from neuralart.figures.sheet import GAP, MARGIN, Tile, grid, tile
from neuralart.image.paintings import ASSETS
from neuralart.options import flag
from neuralart.presets import PRESETS

PHOTO, STYLE = ASSETS / "photo.jpg", "starry-night"
SETTINGS: dict[str, Any] = {"model": "compact", "size": 224, "num_iters": 60}
EDGE, QUALITY = 224, 80
MOST_ACROSS = 4  # tiles; more are shown three by three
FRAMES, PAN = 9, 10  # of the film, and how many of the photograph's pixels the camera moves between two
GROUND = (38, 70, 83)  # of the JPEG with a coloured ground: #264653

# In pixels of the photograph.
SKYLINE = """0,235 40,235 80,250 170,275 275,282 280,268 302,268 306,288 548,254 551,214 570,225 590,168 610,215
 614,170 640,170 650,190 690,165 691,135 716,135 718,160 766,148 779,72 792,155 812,200 835,103 858,190 878,178
 892,215 903,190 925,262 927,375 960,372 1024,315"""
CASTLE = """258,335 275,315 280,268 302,268 306,288 548,254 551,214 570,225 590,168 610,215 614,170 640,170 650,190
 690,165 691,135 716,135 718,160 766,148 779,72 792,155 812,200 835,103 858,190 878,178 892,215 903,190 925,262
 927,400 985,405 990,492 915,505 720,560 700,550 552,530 550,495 440,490 415,480 210,468 215,408 258,408"""


def main(target: str, *wanted: str) -> None:
    """Paint the strips that are asked for, by default all."""
    for name in wanted:
        if name not in STRIPS:
            sys.exit(f"there is no strip '{name}' (there are {', '.join(STRIPS)}){suggest(name, STRIPS)}")
    folder = Path(target)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        for name in wanted or STRIPS:
            tiles = STRIPS[name](Path(place))
            grid(tiles, columns=across(len(tiles)), edge=EDGE).save(folder / f"{name}.jpg", quality=QUALITY)
            save_small(folder / f"{name}.jpg", len(tiles))
            print(folder / f"{name}.jpg", flush=True)


def across(count: int) -> int:
    """How many tiles a row has."""
    return count if count <= MOST_ACROSS else 3


def save_small(file: Path, count: int) -> None:
    """Save the left half of a strip's first picture beside the right half of its last, which shows what changes."""
    strip = Image.open(file)
    columns, rows = across(count), math.ceil(count / across(count))
    width = (strip.width - 2 * MARGIN + GAP) // columns - GAP
    height = round(EDGE * EDGE * 3 / 4 / width)  # tiles have equal areas
    foot = (strip.height - 2 * MARGIN + GAP) // rows
    left = MARGIN + (count - 1) % columns * (width + GAP) + width // 2
    top = MARGIN + (count - 1) // columns * foot
    both = strip.crop((MARGIN, MARGIN, MARGIN + width, MARGIN + height))
    both.paste(strip.crop((left, top, left + width - width // 2, top + height)), (width // 2, 0))
    (file.parent / "small").mkdir(exist_ok=True)
    both.save(file.parent / "small" / file.name, quality=QUALITY)


def varied(option: str, *values: Any) -> list[Tile]:
    """A tile for every value of one option."""
    return [tile(painted(**{option: value}), label(option, value), edge=EDGE) for value in values]


@cache
def painted(content: str = str(PHOTO), style: str | tuple[str, ...] = STYLE, **options: Any) -> neuralart.Picture:
    """What several strips show is painted once."""
    styles = [style] if isinstance(style, str) else list(style)
    return neuralart.stylize(content, styles, **{**SETTINGS, **options})


def label(option: str, value: Any) -> str:
    """The option as it is typed."""
    words = [str(one) for one in value] if isinstance(value, tuple) else [str(value)]
    return f"{flag(option)} {','.join(words)}"


def strengths(place: Path) -> list[Tile]:
    """From a trace of style to hardly more than style; 0.5 is the default, and painted as such."""
    plain = tile(painted(), label("strength", 0.5), edge=EDGE)
    low, high = varied("strength", 0.2, 0.8)
    return [low, plain, high]


def presets(place: Path) -> list[Tile]:
    """The pictures that `neuralart presets` shows; make_presets.py paints them."""
    return [tile(neuralart.read(ASSETS / "presets" / f"{name}.jpg"), f"--preset {name}", edge=EDGE) for name in PRESETS]


def losses(place: Path) -> list[Tile]:
    """Four ways to compare styles."""
    plain = tile(painted(), label("style_loss", "neighbours"), edge=EDGE)
    return [plain, *varied("style_loss", "gram", "gaussian", "sliced")]


def weights(place: Path) -> list[Tile]:
    """Two styles at once."""
    styles = ("wave", "scream")
    shares = ((3.0, 1.0), (1.0, 1.0), (1.0, 3.0))
    return [
        tile(painted(style=styles, style_weights=pair), f"--style-weights {pair[0]:g},{pair[1]:g}", edge=EDGE)
        for pair in shares
    ]


def scales(place: Path) -> list[Tile]:
    """The size of the strokes. The style has more pixels than the painting, so that 1 is the default."""
    plain = tile(painted(), label("style_scale", 1), edge=EDGE)
    small, large = varied("style_scale", 0.5, 2.0)
    return [small, plain, large.called("--style-scale 2", "")]


def colours(place: Path) -> list[Tile]:
    """Whose colours the picture has."""
    return [tile(painted(), label("colors", "style"), edge=EDGE), *varied("colors", "content", "match")]


def regions(place: Path) -> list[Tile]:
    """A style for the sky, another for everything else."""
    sky, ground = str(place / "sky.png"), str(place / "ground.png")
    mask(f"0,0 {SKYLINE} 1024,0").save(sky)
    mask(f"0,768 {SKYLINE} 1024,768").save(ground)
    both = painted(style=(STYLE, "lilies"), style_mask=(sky, ground))
    return [
        tile(neuralart.read(sky), "sky.png", edge=EDGE),
        tile(neuralart.read(ground), "ground.png", edge=EDGE),
        tile(both, "--style-mask sky.png ground.png", edge=EDGE),
    ]


def preserved(place: Path) -> list[Tile]:
    """The castle left alone."""
    castle = str(place / "castle.png")
    mask(CASTLE).save(castle)
    return [
        tile(neuralart.read(castle), "castle.png", edge=EDGE),
        tile(painted(), "without it", edge=EDGE),
        tile(painted(preserve=castle), "--preserve castle.png", edge=EDGE),
    ]


def beginnings(place: Path) -> list[Tile]:
    """What the painting begins with."""
    return [tile(painted(), label("init", "image"), edge=EDGE), *varied("init", "random", "style")]


def textures(place: Path) -> list[Tile]:
    """The style without a photograph, laid out two by two: with a seam, and without.

    Of a style no larger than the texture, the whole painting would come back.
    """
    texture = lambda **more: painted(content="none", size="128x128", style_scale=2.0, **more)
    return [
        tile(twice(texture()), "without it, 2 x 2", edge=EDGE),
        tile(twice(texture(seamless="both")), "--seamless both, 2 x 2", edge=EDGE),
    ]


def clear(place: Path) -> list[Tile]:
    """A photograph with alpha: what was clear stays clear."""
    cut = Image.open(PHOTO)
    cut.putalpha(mask(CASTLE))
    file = str(place / "cutout.png")
    cut.save(file)
    picture = painted(content=file)
    return [
        tile(neuralart.read(file), "cutout.png, clear outside", edge=EDGE),
        tile(picture, "painted, still clear outside", edge=EDGE),
        tile(picture.flattened(GROUND), "--background '#264653'", edge=EDGE),
    ]


def film(place: Path) -> list[Tile]:
    """A film in which the camera moves: as filmed, painted frame by frame, and painted as a film."""
    folder = place / "film"
    folder.mkdir(exist_ok=True)
    for number in range(FRAMES):
        left = PAN * number
        Image.open(PHOTO).crop((left, 150, left + 640, 630)).resize((EDGE, EDGE * 3 // 4)).save(
            folder / f"{number}.png"
        )
    frames = list(neuralart.video.stylize(folder, STYLE, **SETTINGS))
    shown = range(0, FRAMES, 4)
    files = [str(folder / f"{number}.png") for number in shown]
    return [
        *(tile(neuralart.read(file), f"filmed, frame {number + 1}", edge=EDGE) for file, number in zip(files, shown)),
        *(tile(painted(content=file), "each frame by itself", edge=EDGE) for file in files),
        *(tile(frames[number].picture, "neuralart video", edge=EDGE) for number in shown),
    ]


def mask(outline: str) -> Image.Image:
    """White inside an outline of the photograph, black outside."""
    drawn = Image.new("L", (1024, 768))
    corners = [tuple(map(int, corner.split(","))) for corner in outline.split()]
    ImageDraw.Draw(drawn).polygon(corners, fill=255)
    return drawn


def twice(picture: neuralart.Picture) -> neuralart.Picture:
    """Four of it, two by two."""
    return neuralart.Picture(torch.tile(picture.pixels, (1, 1, 2, 2)))


STRIPS: dict[str, Callable[[Path], list[Tile]]] = {
    "strength": strengths,
    "preset": presets,
    "loss": losses,
    "weights": weights,
    "scale": scales,
    "colors": colours,
    "regions": regions,
    "preserve": preserved,
    "init": beginnings,
    "texture": textures,
    "transparency": clear,
    "film": film,
}

if __name__ == "__main__":
    main(*sys.argv[1:])
