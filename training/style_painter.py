"""Paint the demo's style picture: a night over wheat fields, in curved strokes of thick paint.

    python training/style_painter.py src/neuralart/assets/style.jpg

No picture is read; everything follows from the seed. A stream function with vortices gives the sky its flow, hills
give the ground its own, and the same functions choose the colours, so that bands of colour run along the strokes.
Strokes are laid from broad to fine. Each is a ribbon of bristles with its own load of paint, and leaves a relief
that is lit from the upper left at the end. Painting is done at twice the size and halved, which smooths the edges.
"""

import argparse
import pathlib

import numpy as np
import pyvips

WIDTH, HEIGHT, SCALE = 1000, 800, 2

PALETTE = {
    "night": (16, 24, 74),
    "ultramarine": (28, 52, 142),
    "cobalt": (44, 92, 182),
    "cerulean": (86, 150, 204),
    "ice": (176, 212, 214),
    "sea": (62, 140, 140),
    "lemon": (252, 226, 112),
    "cadmium": (246, 184, 40),
    "orange": (232, 122, 28),
    "vermilion": (200, 66, 30),
    "ochre": (206, 150, 58),
    "umber": (92, 54, 34),
    "olive": (112, 124, 46),
    "pine": (22, 58, 52),
    "violet": (74, 58, 122),
}

# Centre x, centre y, spread, turning (its sign is the direction), radius of the light at its heart (0 for none).
VORTICES = [
    (0.775, 0.185, 0.120, 1.00, 0.085),
    (0.455, 0.300, 0.120, -0.95, 0.0),
    (0.565, 0.420, 0.070, 0.55, 0.0),
    (0.275, 0.145, 0.070, 0.50, 0.040),
    (0.560, 0.085, 0.055, -0.40, 0.028),
    (0.935, 0.430, 0.055, 0.36, 0.030),
    (0.060, 0.100, 0.045, 0.34, 0.026),
    (0.715, 0.440, 0.040, -0.30, 0.018),
    (0.050, 0.420, 0.050, -0.34, 0.024),
]


def colour(name):
    return np.array(PALETTE[name], np.float32)


def ramp(position, names):
    """Colours along a row of palette colours, for positions 0..1."""
    stops = np.stack([colour(name) for name in names])
    place = np.clip(position, 0, 1) * (len(names) - 1)
    low = np.minimum(place.astype(int), len(names) - 2)
    share = (place - low)[..., None]
    return stops[low] * (1 - share) + stops[low + 1] * share


def smooth_noise(random, width, height, cell):
    """Smooth noise of the given cell size, about -1..1."""
    coarse = random.standard_normal((int(height / cell) + 4, int(width / cell) + 4)).astype(np.float32)
    image = pyvips.Image.new_from_array(coarse).resize(cell, kernel="cubic")
    return image.crop(int(cell), int(cell), width, height).numpy()


class Scene:
    """What is painted: for every pixel the direction of strokes, a colour and a region."""

    SKY, FAR, MIDDLE, FIELD = range(4)

    def __init__(self, random, width, height):
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        aspect = width / height
        u, v = x / width * aspect, y / height  # both in picture heights
        self.width, self.height = width, height
        noise = smooth_noise(random, width, height, height / 4.5)
        fine = smooth_noise(random, width, height, height / 14)

        stream = 1.1 * v + 0.10 * np.sin(2.6 * u + 3.0 * v) + 0.035 * noise
        glow, lamp = np.zeros_like(u), np.zeros_like(u)
        for cx, cy, spread, turning, light in VORTICES:
            r = np.hypot(u - cx * aspect, v - cy)
            stream += 0.42 * turning * spread / 0.12 * np.exp(-0.5 * (r / spread) ** 2)
            if light:
                glow = np.maximum(glow, np.exp(-((r / (2.1 * light)) ** 2)))
                lamp = np.maximum(lamp, r < light)

        far = 0.600 + 0.040 * np.sin(3.1 * u + 0.4) + 0.022 * np.sin(7.7 * u + 1.0)
        middle = 0.690 + 0.045 * np.sin(2.3 * u + 2.5) + 0.012 * np.sin(9.0 * u)
        field = 0.790 + 0.040 * np.sin(3.4 * u + 2.6) + 0.03 * (u - 0.6)
        region = np.zeros((height, width), np.int8)
        region[v > far] = self.FAR
        region[v > middle] = self.MIDDLE
        region[v > field] = self.FIELD

        # The sky's strokes follow the level lines of the stream, and circle around each light.
        dy_sky, dx_sky = np.gradient(stream)
        along_x, along_y = dy_sky * height, -dx_sky * height
        for cx, cy, _, turning, light in VORTICES:
            if light:
                du, dv = u - cx * aspect, v - cy
                r = np.hypot(du, dv) + 1e-6
                share = 6 * np.exp(-((r / (1.9 * light)) ** 2)) * np.sign(turning)
                along_x, along_y = along_x - share * dv / r, along_y + share * du / r
        angle = np.arctan2(along_y, along_x)
        # The ground's follow the slopes; wheat stands up and leans with the wind.
        for part, edge in ((self.FAR, far), (self.MIDDLE, middle)):
            slope = np.gradient(edge, axis=1) * height + 0.22 * noise
            angle = np.where(region == part, np.arctan(slope), angle)
        depth = np.clip((v - field) / (1 - field), 0, 1)
        wheat = -np.pi / 2 + 0.55 * np.sin(3.3 * u + 2.0 * depth) + 0.35 * noise
        angle = np.where(region == self.FIELD, wheat, angle)
        self.angle = angle.astype(np.float32)

        # Colours: bands of the stream in the sky, depth and slope on the ground.
        band = 0.5 + 0.5 * np.sin(30 * stream + 0.8 * fine)
        day = np.clip(v / 0.62, 0, 1)
        tone = 0.10 + 0.52 * band * (0.55 + 0.45 * day) + 0.30 * day**2 + 0.07 * fine
        sky = ramp(tone, ("night", "ultramarine", "cobalt", "cerulean", "ice"))
        teal = np.clip(0.5 * np.sin(9 * stream + 2) + 0.1 * noise, 0, 0.35)[..., None]
        sky = sky * (1 - teal) + colour("sea") * teal
        rings = ramp(np.clip(glow + 0.16 * (band - 0.5), 0, 1), ("sea", "ice", "lemon", "cadmium", "lemon"))
        share = np.clip(1.7 * glow - 0.12, 0, 1)[..., None]
        sky = sky * (1 - share) + rings * share
        sky = np.where(lamp[..., None] > 0, ramp(band, ("orange", "cadmium", "lemon")), sky)

        hills = ramp(
            0.45 + 0.33 * np.sin(60 * (v - far) + 3 * noise) + 0.12 * fine, ("night", "violet", "cobalt", "sea")
        )
        green = ramp(
            0.5 + 0.36 * np.sin(38 * (v - middle) + 8 * u + fine) + 0.12 * noise,
            ("pine", "sea", "olive", "ochre", "cadmium"),
        )
        grain = 0.56 + 0.20 * np.sin(15 * u + 20 * depth + 2 * noise) + 0.20 * fine - 0.22 * depth
        grain_colours = ("umber", "vermilion", "orange", "ochre", "cadmium", "lemon")
        wheat_colour = ramp(grain, grain_colours)
        target = sky
        for part, paint in ((self.FAR, hills), (self.MIDDLE, green), (self.FIELD, wheat_colour)):
            target = np.where((region == part)[..., None], paint, target)
        self.target, self.region, self.lamp = target.astype(np.float32), region, lamp > 0

        edges = np.zeros((height, width), bool)
        edges[:, 1:] |= region[:, 1:] != region[:, :-1]
        edges[1:] |= region[1:] != region[:-1]
        self.edges = np.argwhere(edges)
        self.edge_angle = self.angle.copy()
        for edge in (far, middle, field):
            near = np.abs(v - edge) < 0.02
            self.edge_angle[near] = np.arctan(np.gradient(edge, axis=1) * height)[near]


class Canvas:
    """Wet paint: colour and relief, at `SCALE` times the picture's size."""

    def __init__(self, random, ground):
        height, width = ground.shape[:2]
        self.random, self.width, self.height = random, width, height
        weave_y, weave_x = np.mgrid[0:height, 0:width].astype(np.float32)
        weave = np.sin(weave_x * 0.9) * np.sin(weave_y * 0.9)
        self.paint = (ground + 6 * weave[..., None]).astype(np.float32)
        self.relief = 0.10 * weave

    def stroke(self, path, breadth, paint, second, load):
        """One stroke: `path` of points (x, y), `breadth` in pixels, two colours side by side, and a load 0..1."""
        random = self.random
        steps = np.hypot(*np.diff(path, axis=0).T)
        length = float(steps.sum())
        if length < breadth:
            return
        along = np.linspace(0, 1, max(int(length * 1.5), 4), dtype=np.float32)
        at = np.concatenate([[0], np.cumsum(steps)]) / length
        x, y = np.interp(along, at, path[:, 0]), np.interp(along, at, path[:, 1])
        dx, dy = np.gradient(x), np.gradient(y)
        size = np.maximum(np.hypot(dx, dy), 1e-6)
        across = np.linspace(-1, 1, max(int(breadth * 1.5), 4), dtype=np.float32)

        bristles = np.convolve(random.standard_normal(len(across) + 4), [0.25, 0.5, 0.75, 0.5, 0.25], "same")[2:-2]
        bristles = bristles.astype(np.float32)
        # The brush lands and lifts unevenly, and is narrower at its ends.
        taper = np.clip(np.minimum(along / 0.10, (1 - along) / 0.22), 0, 1) ** 0.5
        offset = across[None] * (0.5 * breadth * (0.45 + 0.55 * taper))[:, None]
        wobble = 0.04 * breadth * np.sin(along * random.uniform(4, 9) + random.uniform(0, 6))
        px = np.rint(x[:, None] - (dy / size)[:, None] * (offset + wobble[:, None])).astype(int)
        py = np.rint(y[:, None] + (dx / size)[:, None] * (offset + wobble[:, None])).astype(int)

        start = 0.05 * np.abs(random.standard_normal(len(across)))
        stop = 1 - 0.10 * np.abs(random.standard_normal(len(across))) * (1.6 - load)
        wet = (along[:, None] >= start) & (along[:, None] <= stop)
        ragged = random.standard_normal((len(along) // 9 + 2, len(across) // 2 + 2))
        ragged = np.repeat(np.repeat(ragged, 9, 0), 2, 1)[: len(along), : len(across)]
        dryness = along[:, None] * (1.25 - load) * 1.9
        wet &= ragged * 0.45 + bristles * 0.55 + 1.75 > dryness
        wet &= (px >= 0) & (px < self.width) & (py >= 0) & (py < self.height)

        side = np.clip(0.5 + 0.9 * (across * random.choice([-1, 1]) - 0.35), 0, 1) * random.uniform(0, 0.75)
        tint = paint * (1 - side)[:, None] + second * side[:, None]
        tint = tint * (1 + 0.055 * bristles)[:, None]
        rows, columns = py[wet], px[wet]
        tint = np.broadcast_to(tint, (len(along), len(across), 3))[wet]
        cover = 0.80 + 0.17 * load
        self.paint[rows, columns] = self.paint[rows, columns] * (1 - cover) + tint * cover

        ridge = 0.55 * np.abs(across) ** 4 + 0.24 * bristles + 0.75 * np.sqrt(np.maximum(0, 1 - across**2))
        swell = 0.75 + 0.5 * along**2
        relief = np.broadcast_to(swell[:, None] * ridge, wet.shape)[wet] * (0.45 + 0.55 * load)
        self.relief[rows, columns] = 0.42 * self.relief[rows, columns] + relief * min(breadth / 16, 1.5)

    def light(self):
        """The paint in raking light, as 8-bit pixels of the final size."""
        relief = pyvips.Image.new_from_array(self.relief.astype(np.float32)).gaussblur(0.9).numpy()
        dy, dx = np.gradient(relief)
        steep = 1.15
        normal = np.stack([-steep * dx, -steep * dy, np.ones_like(dx)], -1)
        normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
        lamp = np.array([-0.50, -0.62, 0.72], np.float32)
        lamp /= np.linalg.norm(lamp)
        facing = normal @ lamp
        half = lamp + np.array([0, 0, 1], np.float32)
        shine = np.clip(normal @ (half / np.linalg.norm(half)), 0, 1) ** 40
        flat = lamp[2]
        lit = self.paint * (0.52 + 0.48 * np.clip(facing, 0, None) / flat)[..., None]
        lit += 26 * np.clip(shine - 0.62, 0, None)[..., None]
        lit = np.clip(lit, 0, 255)
        small = lit.reshape(self.height // SCALE, SCALE, self.width // SCALE, SCALE, 3).mean((1, 3))
        return np.clip(np.rint(small), 0, 255).astype(np.uint8)


def follow(scene, x, y, length, random, angles):
    """Points along the flow from (x, y), half of the length to either side."""
    step, halves = 3.0, []
    lean = random.normal(0, 0.10)
    for sign in (1, -1):
        px, py, points = x, y, []
        heading = None
        for _ in range(max(int(length / 2 / step), 2)):
            column, row = int(px), int(py)
            if not (0 <= column < scene.width and 0 <= row < scene.height):
                break
            turn = angles[row, column] + lean
            ahead = np.array([np.cos(turn), np.sin(turn)])
            if heading is None:
                heading = sign * ahead
            ahead = ahead if ahead @ heading >= 0 else -ahead
            heading = 0.5 * heading + 0.5 * ahead
            heading /= max(np.hypot(*heading), 1e-6)
            px, py = px + step * heading[0], py + step * heading[1]
            points.append((px, py))
        halves.append(points)
    return np.array([*halves[1][::-1], (x, y), *halves[0]])


def jitter(paint, random, amount):
    """The colour, lighter or darker and a little warmer or colder."""
    light, warm = random.normal(0, amount), random.normal(0, amount * 0.8)
    return np.clip(paint * (1 + light) + 60 * warm * np.array([1, 0.2, -1]), 4, 252)


# Foot (in picture heights from the left), top, base, half of the girth.
CYPRESSES = [(0.300, 0.44, 0.935, 0.040), (0.190, 0.07, 0.985, 0.068)]


def grow(canvas, random, foot, top, base, girth):
    """A cypress like a flame: long rising strokes, dark ones first and lights at the right last."""
    unit = canvas.height

    def place(rise, across):
        v = base - rise * (base - top)
        half = girth * (1 - rise) ** 0.75 * np.clip(rise / 0.06, 0.45, 1) * (1 + 0.16 * np.sin(26 * v + 40 * foot))
        sway = 0.016 * np.sin(9 * v) + 0.007 * np.sin(27 * v + 50 * foot)
        return np.stack([foot + sway + across * half, v], -1) * unit

    for breadth, count, reach, paints in (
        (0.024, 60, 0.20, ("night", "pine", "night")),
        (0.015, 110, 0.16, ("pine", "night", "umber", "pine", "olive")),
        (0.009, 110, 0.12, ("pine", "olive", "night", "olive", "umber", "ochre", "sea")),
    ):
        for rise in np.sort(random.beta(1, 1.35, count)):
            side = random.uniform(-0.92, 0.92)
            index = np.clip((side + 0.95) / 1.9 + random.normal(0, 0.22), 0, 0.999)
            paint = jitter(colour(paints[int(index * len(paints))]), random, 0.12)
            t = np.linspace(rise, min(rise + reach * random.uniform(0.6, 1.2), 1.0), 24)
            curl = side * (1 - 0.4 * (t - t[0]) / reach) + 0.26 * np.sin(3 * side + 26 * t)
            size = min(breadth, 0.010 + 0.8 * girth * (1 - rise)) * unit * random.uniform(0.8, 1.2)
            canvas.stroke(place(t, np.clip(curl, -1.05, 1.05)), size, paint, colour("night"), random.uniform(0.6, 1.0))


ACCENTS = {
    Scene.SKY: ("ice", "cerulean", "night", "sea", "cobalt"),
    Scene.FAR: ("night", "cerulean", "violet", "ochre"),
    Scene.MIDDLE: ("lemon", "pine", "orange", "cobalt"),
    Scene.FIELD: ("lemon", "vermilion", "cadmium", "umber", "cobalt", "lemon"),
}

# Breadth and length in pixels of the final picture, covers of the canvas, jitter of colours, share of accents.
LAYERS = [
    (34, 150, 3.2, 0.05, 0.00),
    (20, 110, 1.7, 0.08, 0.03),
    (12.5, 78, 1.25, 0.11, 0.08),
    (8.0, 54, 0.75, 0.14, 0.16),
]


def paint_picture(seed=1889, width=WIDTH, height=HEIGHT):
    """The picture, as 8-bit pixels [height, width, 3]."""
    random = np.random.default_rng(seed)
    scene = Scene(random, width, height)
    ground = 0.62 * scene.target + 0.25 * colour("umber")
    canvas = Canvas(random, ground.repeat(SCALE, 0).repeat(SCALE, 1))

    def lay(x, y, breadth, length, amount, accents, angles):
        column, row = min(int(x), width - 1), min(int(y), height - 1)
        part = scene.region[row, column]
        if scene.lamp[row, column]:
            breadth, length = min(breadth, 11), min(length, 40)
        elif part == Scene.FIELD:
            breadth, length = breadth * 0.75, length * 0.72
        length *= random.uniform(0.6, 1.3)
        breadth *= random.uniform(0.75, 1.25)
        paint = jitter(scene.target[row, column], random, amount)
        second = jitter(scene.target[row, column], random, 2 * amount)
        if random.random() < accents:
            accent = colour(random.choice(ACCENTS[int(part)]))
            paint = 0.25 * paint + 0.75 * accent
        path = follow(scene, x, y, length, random, angles)
        canvas.stroke(path * SCALE, breadth * SCALE, paint, second, random.uniform(0.55, 1.0))

    for number, (breadth, length, covers, amount, accents) in enumerate(LAYERS):
        count = int(covers * width * height / (breadth * length))
        if number == 2:
            # Contours, drawn with a dark brush before the fine strokes.
            for row, column in scene.edges[random.permutation(len(scene.edges))[:420]]:
                path = follow(scene, column, row, 60, random, scene.edge_angle)
                dark = jitter(colour("night"), random, 0.12)
                canvas.stroke(path * SCALE, 7 * SCALE, dark, colour("ultramarine"), random.uniform(0.6, 1))
        for x, y in zip(random.uniform(0, width, count), random.uniform(0, height, count), strict=True):
            lay(x, y, breadth, length, amount, accents, scene.angle)
    lamps = np.argwhere(scene.lamp)
    for row, column in lamps[random.permutation(len(lamps))[:260]]:
        lay(column, row, 9, 30, 0.10, 0.0, scene.angle)
    for tree in CYPRESSES:
        grow(canvas, random, *tree)
    return canvas.light()


def main():
    parser = argparse.ArgumentParser(description="Paint the demo's style picture.")
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1889)
    parser.add_argument("--quality", type=int, default=86)
    arguments = parser.parse_args()
    image = pyvips.Image.new_from_array(paint_picture(arguments.seed)).copy(interpretation="srgb")
    options = {"Q": arguments.quality, "optimize_coding": True} if arguments.output.suffix == ".jpg" else {}
    image.write_to_file(str(arguments.output), keep="none", **options)


if __name__ == "__main__":
    main()
