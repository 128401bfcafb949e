"""Pictures and weights in the form in which every program can be given the same: exact sizes, one file of weights."""

from __future__ import annotations

from pathlib import Path

import torch

from neuralart.image.picture import Picture
from neuralart.image.read import read as read_picture
from neuralart.image.resize import resize
from neuralart.image.sizes import fit
from neuralart.networks.vgg import VGG
from neuralart.weights.read import read as read_weights

# Where torchvision's VGG-19 has the convolutions among its layers, by which state dicts name them.
PLACES = dict(zip(VGG.kernels(), (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34)))


def exact(picture: Path, size: tuple[int, int] | int, folder: Path) -> Path:
    """The picture as an 8-bit PNG of this (width, height), or of this long edge: nobody has to resize it any more."""
    read = read_picture(picture)
    size = fit(*read.size, size) if isinstance(size, int) else size
    made = folder / f"{picture.stem}-{size[0]}x{size[1]}.png"
    if not made.exists():
        folder.mkdir(parents=True, exist_ok=True)
        Picture(resize(read.pixels, size).clamp(0, 255)).save(made)
    return made


def whole_weights(file: Path | None, folder: Path) -> Path:
    """All sixteen convolutions as a state dict in torchvision's names, which every program here reads.

    file: the layers that are at hand; the others are random, N(0, 2 / fan in), which keeps activations in range.
    """
    made = folder / f"vgg19-{file.stem if file else 'random'}.pth"
    if not made.exists():
        folder.mkdir(parents=True, exist_ok=True)
        given = read_weights(file, VGG.kernels()) if file else {}
        generator, found = torch.Generator().manual_seed(0), {}
        for name, shape in VGG.kernels().items():
            random = torch.randn(shape, generator=generator) * (2 / (shape[1] * 9)) ** 0.5
            found[f"features.{PLACES[name]}.weight"] = given.get(f"{name}.weight", random)
            found[f"features.{PLACES[name]}.bias"] = given.get(f"{name}.bias", torch.zeros(shape[0]))
        torch.save(found, made)
    return made
