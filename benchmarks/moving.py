"""Moving pictures whose flow is known: what a film is measured against.

Frames are float tensors [1, 3, H, W], 0..255. `back[k]` says where every pixel of frame k lies on frame k - 1, less
where it lies on k, [1, 2, H, W]; `seen[k]` which of them are seen there, [1, 1, H, W], 0 or 1.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

import torch
from torch.nn import functional as F

from neuralart.image.paintings import ASSETS
from neuralart.image.read import read

EIGHTH = Fraction(1, 8)  # of a second: between the frames of `walk`
PHOTOGRAPHS = ASSETS / "photographs"


@dataclass
class Moving:
    name: str
    frames: list
    back: list
    seen: list


def layers(size, count):
    """A disc goes to the right before a ground that goes to the left: parallax, and places that appear and vanish."""
    width, height = size
    ground, disc = (texture(PHOTOGRAPHS / name, 2 * width, 2 * height) for name in ("palace.jpg", "moose.jpg"))
    speeds = torch.tensor([-1.3, 0.4]), torch.tensor([2.1, -0.7])
    radius = 0.28 * height
    here = grid(size)
    begin = torch.tensor([0.32 * width, 0.55 * height])
    frames, back, seen, before = [], [], [], None
    for k in range(count):
        centre = begin + k * speeds[1]
        cover = inside(here, centre, radius)
        parts = [
            sampled(one, here - k * speed.view(1, 2, 1, 1) + 0.4 * width) for one, speed in zip((ground, disc), speeds)
        ]
        frames.append(parts[0].lerp(parts[1], cover))
        is_disc = cover > 0.5
        flow = torch.where(is_disc, *(-speed.view(1, 2, 1, 1) for speed in reversed(speeds)))
        if before is not None:
            source = here + flow
            was_disc = inside(source, before, radius) > 0.5
            seen.append((within(source, size) & (is_disc == was_disc)).float())
            back.append(flow)
        before = centre
    return Moving("layers", frames, [None, *back], [None, *seen])


def turning(size, count, angle=1.5, zoom=1.012):
    """All of it turns, by so many degrees a frame, and comes nearer."""
    width, height = size
    ground = texture(PHOTOGRAPHS / "great-wall.jpg", 2 * width, 2 * height)
    here, centre = grid(size), torch.tensor([width / 2 - 0.5, height / 2 - 0.5]).view(1, 2, 1, 1)
    frames, back, seen = [], [], []
    once = matrix(-math.radians(angle)) / zoom
    whole = torch.eye(2)
    for k in range(count):
        frames.append(sampled(ground, turned(here - centre, whole) + torch.tensor([width, height]).view(1, 2, 1, 1)))
        if k:
            source = turned(here - centre, once) + centre
            back.append(source - here)
            seen.append(within(source, size).float())
        whole = once @ whole
    return Moving("turning", frames, [None, *back], [None, *seen])


def walk(size, count):
    """Three seconds: a pan over a landscape, two things that pass, and light that changes; without its flow."""
    width, height = size
    names = ("great-wall.jpg", "red-panda.jpg", "coffee.jpg")
    ground, one, two = (texture(PHOTOGRAPHS / name, 2 * width, 2 * height) for name in names)
    here, frames = grid(size), []
    for k in range(count):
        frame = sampled(ground, here + torch.tensor([1.1 * k, 0.2 * k]).view(1, 2, 1, 1) + 8)
        for picture, begin, speed, radius in (
            (one, (0.15, 0.6), (2.6, 0.3), 0.22),
            (two, (0.95, 0.35), (-1.7, 0.5), 0.16),
        ):
            move = k * torch.tensor(speed)
            centre = torch.tensor(begin) * torch.tensor([width, height]) + move
            part = sampled(picture, here - move.view(1, 2, 1, 1) + 0.4 * width)
            frame = frame.lerp(part, inside(here, centre, radius * height))
        frames.append((frame * (1 + 0.08 * math.sin(2 * math.pi * k / count))).clamp(0, 255))
    return Moving("walk", frames, [], [])


def still(size, count):
    """Nothing moves."""
    frame = texture(PHOTOGRAPHS / "palace.jpg", *size)
    nothing, everywhere = torch.zeros(1, 2, size[1], size[0]), torch.ones(1, 1, size[1], size[0])
    return Moving("still", [frame] * count, [None, *[nothing] * (count - 1)], [None, *[everywhere] * (count - 1)])


def texture(path, width, height):
    """A photograph, as large as that."""
    picture = read(path)
    return picture.cropped((width, height)).resized((width, height)).pixels


def grid(size):
    """[1, 2, H, W]: across and down of every pixel."""
    width, height = size
    down, across = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return torch.stack([across, down])[None].float()


def sampled(picture, places):
    """The picture at these places; beyond its edges it is mirrored."""
    height, width = picture.shape[2:]
    places = places.expand(1, 2, *places.shape[2:])
    at = torch.stack([(2 * places[:, 0] + 1) / width - 1, (2 * places[:, 1] + 1) / height - 1], -1)
    return F.grid_sample(picture, at, mode="bicubic", padding_mode="reflection", align_corners=False).clamp(0, 255)


def inside(places, centre, radius):
    """How far places lie within a disc: 0..1, over a pixel at its edge."""
    return (radius + 0.5 - (places - centre.view(1, 2, 1, 1)).square().sum(1, keepdim=True).sqrt()).clamp(0, 1)


def within(places, size):
    """Which places lie on the frame."""
    width, height = size
    x, y = places[:, :1], places[:, 1:]
    return (x >= 0) & (y >= 0) & (x <= width - 1) & (y <= height - 1)


def matrix(angle):
    return torch.tensor([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])


def turned(places, by):
    return torch.einsum("ij,njhw->nihw", by, places)
