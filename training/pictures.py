"""What the student is shown: crops of photographs and paintings, at many scales, clean and spoilt.

A network that is right only on clean photographs is exploited by the optimiser, which finds the pixels that please
it and nobody else (speckle, ringing). So crops are re-coloured, mixed, covered with noise of every coarseness, and
some are replaced by procedural texture.
"""

import math
import pathlib

import numpy as np
import pyvips
import torch
import torch.nn.functional as F

SUFFIXES = {".jpg", ".jpeg", ".png"}


def load_folder(*folders, long_edge=720, without=()):
    """All pictures of the folders but those held out by name: uint8 [3, H, W], none longer than `long_edge` pixels."""
    pictures = []
    for folder in folders:
        for path in sorted(pathlib.Path(folder).iterdir()):
            if path.suffix.lower() not in SUFFIXES or path.stem in without:
                continue
            image = pyvips.Image.thumbnail(str(path), long_edge, size="down")
            image = image.colourspace("srgb")
            if image.bands > 3:
                image = image.extract_band(0, n=3)
            pixels = np.ascontiguousarray(image.numpy().transpose(2, 0, 1))
            pictures.append(torch.from_numpy(pixels))
    return pictures


class Crops:
    """Random batches [n, 3, side, side], 0..255, from a list of pictures; deterministic for a seed."""

    def __init__(self, pictures, seed=0):
        self.pictures = pictures
        self.random = np.random.default_rng(seed)
        self.generator = torch.Generator().manual_seed(seed)

    def batch(self, count, side):
        crops = torch.stack([self.crop(side) for _ in range(count)])
        return self.spoil(crops)

    def crop(self, side):
        picture = self.pictures[self.random.integers(len(self.pictures))]
        _, height, width = picture.shape
        # A source window from half the side (magnified twice) to the whole picture, spread evenly in octaves.
        largest = min(height, width)
        smallest = min(side // 2, largest)
        window = int(smallest * (largest / smallest) ** self.random.random())
        top, left = self.random.integers(height - window + 1), self.random.integers(width - window + 1)
        crop = picture[:, top : top + window, left : left + window].float()[None]
        crop = F.interpolate(crop, size=(side, side), mode="bicubic", antialias=True)[0]
        if self.random.random() < 0.5:
            crop = crop.flip(-1)
        return crop

    def spoil(self, crops):
        draw = lambda *shape: torch.rand(*shape, generator=self.generator)
        normal = lambda *shape: torch.randn(*shape, generator=self.generator)
        count, _, side, _ = crops.shape
        pick = lambda share: (draw(count, 1, 1, 1) < share).float()
        # colour: contrast, brightness, tint; channel swaps
        changed = (crops - 128) * (1 + 0.35 * normal(count, 1, 1, 1)) + 128 + 30 * normal(count, 3, 1, 1)
        crops = torch.lerp(crops, changed, pick(0.4))
        if self.random.random() < 0.15:
            crops = crops[:, torch.randperm(3, generator=self.generator)]
        # a mixture with another crop of the batch
        share = 0.5 * draw(count, 1, 1, 1)
        crops = torch.lerp(crops, crops.roll(1, 0), share * pick(0.15))
        # noise of one random coarseness per batch, of random strength per crop
        cells = max(2, int(side / 2 ** (4 * self.random.random())))
        noise = normal(count, 3, cells, cells)
        if cells != side:
            noise = F.interpolate(noise, size=(side, side), mode="bicubic")
        noise = noise * torch.exp(math.log(4) + draw(count, 1, 1, 1) * math.log(16))
        crops = crops + noise * pick(0.35)
        return torch.where(pick(0.04) > 0, self.texture(count, side), crops)

    def texture(self, count, side):
        """Stripes, waves and blobs: sums of a few random sinusoids, hardened to a random degree."""
        angle = torch.rand(count, 3, 4, 1, 1, generator=self.generator) * math.tau
        cycles = 2 ** (torch.rand(count, 3, 4, 1, 1, generator=self.generator) * 5)
        axis = torch.linspace(0, 1, side)
        phase = angle.cos() * axis.view(1, 1, 1, 1, side) + angle.sin() * axis.view(1, 1, 1, side, 1)
        waves = torch.sin(math.tau * cycles * phase + angle * 3).sum(2)
        hardness = 2 ** (torch.rand(count, 1, 1, 1, generator=self.generator) * 5 - 2)
        return 128 + 110 * torch.tanh(waves * hardness)
