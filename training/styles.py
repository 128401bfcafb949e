"""Paint seven style pictures for the contact sheet, each after a technique, from nothing but numbers.

    python training/styles.py FOLDER

No picture is read; everything follows from the seeds. Written: FOLDER/{glass,dots,etching,blocks,marbling,discs,
mosaic}.jpg, 512 pixels square. Everything is painted at twice that size and halved, which smooths the edges.
"""

import pathlib
import sys

import numpy as np
import pyvips

SIDE = 1024
ROWS, COLUMNS = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for seed, paint in enumerate((glass, dots, etching, blocks, marbling, discs, mosaic)):
        canvas = paint(np.random.default_rng(seed)).clip(0, 255).astype(np.uint8)
        target = folder / f"{paint.__name__}.jpg"
        pyvips.Image.new_from_array(canvas).copy(interpretation="srgb").resize(0.5).jpegsave(str(target), Q=92)
        print(target)


def glass(random):
    """Leaded panes in glowing colours."""
    near, second, pane = cells(random, 260)
    colours = pick(random, ["#1b3a8c", "#2f6fc4", "#c22f2b", "#e8a021", "#f4d35e", "#2b7a4b", "#7a2b6b"], 260)
    light = 0.75 + 0.35 * smooth(random, 6)
    canvas = colours[pane] * light[..., None] + random.normal(0, 5, (SIDE, SIDE, 1))
    return np.where((second - near < 7)[..., None], 18, canvas)


def dots(random):
    """Points of pure colour over a bright ground, after Seurat."""
    canvas = np.full((SIDE, SIDE, 3), (236, 226, 198), np.float32)
    field = smooth(random, 5)
    warm = pick(random, ["#e2711d", "#f2b134", "#c8443a", "#f6dd8a", "#8a4f9e"], 9000)
    cold = pick(random, ["#2a5caa", "#4fa3c7", "#2e7d5b", "#9fcf8a", "#30437a"], 9000)
    for k, (x, y) in enumerate(random.integers(0, SIDE, (9000, 2))):
        colour = warm[k] if field[y, x] + random.normal(0, 0.12) > 0.5 else cold[k]
        stamp(canvas, x, y, random.uniform(6, 12), colour)
    return canvas


def etching(random):
    """Lines of one ink on paper, closer where it is dark, crossed where it is darkest."""
    dark, bend = smooth(random, 5), 60 * smooth(random, 4)
    paper = np.array((240, 230, 208)) + random.normal(0, 4, (SIDE, SIDE, 1))
    one = np.sin((COLUMNS * 0.5 + ROWS + bend) / 2.6) < 2.2 * dark - 1.5
    other = np.sin((COLUMNS - ROWS * 0.5 + bend) / 2.8) < 2.6 * dark - 2.3
    return np.where((one | other)[..., None], np.array((34, 28, 40)), paper)


def blocks(random):
    """Rectangles in primary colours between black bars."""
    canvas = np.full((SIDE, SIDE, 3), 240, np.float32)
    tints = pick(random, ["#f2efe6", "#f2efe6", "#f2efe6", "#d62718", "#1d3f94", "#f5c518", "#e9e4d4"], 400)

    def divide(left, top, right, bottom, depth):
        width, height = right - left, bottom - top
        if depth == 0 or min(width, height) < 70 or (depth < 4 and random.random() < 0.15):
            canvas[top:bottom, left:right] = tints[random.integers(400)]
            return
        share = random.uniform(0.3, 0.7)
        if width * random.uniform(0.6, 1.6) > height:
            cut = left + int(width * share)
            divide(left, top, cut, bottom, depth - 1)
            divide(cut, top, right, bottom, depth - 1)
            canvas[top:bottom, cut - 6 : cut + 6] = 20
        else:
            cut = top + int(height * share)
            divide(left, top, right, cut, depth - 1)
            divide(left, cut, right, bottom, depth - 1)
            canvas[cut - 6 : cut + 6, left:right] = 20

    divide(0, 0, SIDE, SIDE, 7)
    return canvas + random.normal(0, 3, canvas.shape)


def marbling(random):
    """Inks on water, drawn into curls: one field bent by others, its heights coloured in bands."""
    across = smooth(random, 3) + 0.5 * smooth(random, 6)
    down = smooth(random, 3) + 0.5 * smooth(random, 6)
    height = np.sin(COLUMNS / 90 + 9 * across) + np.sin(ROWS / 70 + 9 * down) + 2 * smooth(random, 12)
    bands = pick(random, ["#0d3b66", "#faf0ca", "#ee964b", "#f95738", "#3c887e", "#f4d35e", "#14213d"], 24)
    return bands[((height - height.min()) * 5).astype(int) % 24] + random.normal(0, 4, (SIDE, SIDE, 1))


def discs(random):
    """Rings within rings on squares, after Kandinsky's study of colours."""
    count, side = 6, SIDE // 6 + 1
    tints = pick(random, ["#e4572e", "#17bebb", "#ffc914", "#2e282a", "#76b041", "#f7f4ea", "#7d3c98", "#2d4fa2"], 600)
    across, down = COLUMNS % side - side / 2, ROWS % side - side / 2
    place = (ROWS // side * count + COLUMNS // side).astype(int)
    wobble = 10 * smooth(random, 14)
    ring = ((np.hypot(across, down) + wobble) // 16).astype(int).clip(0, 5)
    return tints[place * 8 + ring] + 26 * smooth(random, 40)[..., None] + random.normal(0, 6, (SIDE, SIDE, 1)) - 13


def mosaic(random):
    """Small stones in mortar, laid over slow changes of earth colours."""
    near, second, stone = cells(random, 2600)
    stones = pick(random, ["#b5651d", "#e8d3a2", "#7c2d12", "#3f5e5a", "#d9a441", "#6e7f80", "#f3ead3"], 2600)
    shade = 0.7 + 0.5 * smooth(random, 5)
    relief = (second - near).clip(0, 14) / 14
    canvas = stones[stone] * shade[..., None] * (0.75 + 0.25 * relief[..., None])
    return np.where((second - near < 3.5)[..., None], (92, 84, 74), canvas)


def cells(random, count):
    """(distance to the nearest of so many points, to the second nearest, which is the nearest), each [SIDE, SIDE]."""
    points = random.uniform(0, SIDE, (count, 2)).astype(np.float32)
    near = np.full((SIDE, SIDE), np.inf, np.float32)
    second, which = near.copy(), np.zeros((SIDE, SIDE), int)
    reach = int(4 * SIDE / count**0.5)
    for k, (x, y) in enumerate(points):
        part = window(x, y, reach)
        away = np.hypot(COLUMNS[part] - x, ROWS[part] - y)
        closer = away < near[part]
        second[part] = np.where(closer, near[part], np.minimum(second[part], away))
        which[part] = np.where(closer, k, which[part])
        near[part] = np.minimum(near[part], away)
    return near, second, which


def stamp(canvas, x, y, radius, colour):
    """A disc of paint."""
    part = window(x, y, int(radius) + 1)
    inside = np.hypot(COLUMNS[part] - x, ROWS[part] - y) < radius
    canvas[part][inside] = colour


def window(x, y, reach):
    return (
        slice(max(0, int(y) - reach), min(SIDE, int(y) + reach + 1)),
        slice(max(0, int(x) - reach), min(SIDE, int(x) + reach + 1)),
    )


def smooth(random, waves):
    """A random field [SIDE, SIDE], 0..1, of about so many hills from edge to edge."""
    coarse = pyvips.Image.new_from_array(random.random((waves + 3, waves + 3)).astype(np.float32))
    field = coarse.resize((SIDE + 4 * SIDE / waves) / (waves + 3), kernel="cubic").numpy()
    margin = (len(field) - SIDE) // 2
    field = field[margin : margin + SIDE, margin : margin + SIDE]
    return (field - field.min()) / (field.max() - field.min())


def pick(random, colours, count):
    """So many of these colours (#rrggbb) at random, [count, 3], each a little off."""
    palette = np.array([[int(one[k : k + 2], 16) for k in (1, 3, 5)] for one in colours], np.float32)
    return palette[random.integers(len(palette), size=count)] + random.normal(0, 9, (count, 3))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
