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
    """Random batches [n, 3, side, side], 0..255, from a list of pictures; deterministic for a seed and a device.

    Pictures lie on the device, all padded to one size, and a whole batch of crops is cut and resized by two matrix
    products per picture. `often` says of every picture how often it is shown, beside the others.
    """

    def __init__(self, pictures, seed=0, device="cpu", often=None):
        self.random = np.random.default_rng(seed)
        self.device, self.generator = device, torch.Generator(device).manual_seed(seed)
        self.sizes = torch.tensor([picture.shape[1:] for picture in pictures], device=device)
        self.often = torch.tensor(often or [1] * len(pictures), dtype=torch.float32, device=device)
        longest = max(max(picture.shape[1:]) for picture in pictures)
        self.pictures = torch.zeros(len(pictures), 3, longest, longest, dtype=torch.uint8, device=device)
        for mine, picture in zip(self.pictures, pictures, strict=True):
            mine[:, : picture.shape[1], : picture.shape[2]] = picture.to(device)

    def batch(self, count, side):
        return self.spoil(self.clean(count, side))

    def clean(self, count, side):
        chosen = torch.multinomial(self.often, count, replacement=True, generator=self.generator)
        heights, widths = self.sizes[chosen].unbind(1)
        # A source window from half the side (magnified twice) to the whole picture, spread evenly in octaves.
        largest = torch.minimum(heights, widths).float()
        smallest = largest.clamp(max=side // 2)
        window = smallest * (largest / smallest) ** self.uniform(count)
        rows, columns = (
            resampling(self.uniform(count) * (length - window), window, length, side, self.pictures.shape[-1])
            for length in (heights, widths)
        )
        columns = torch.where(self.uniform(count, 1, 1) < 0.5, columns, columns.flip(1))
        return rows[:, None] @ self.pictures[chosen].float() @ columns.mT[:, None]

    def spoil(self, crops):
        count, _, side, _ = crops.shape
        pick = lambda share: (self.uniform(count, 1, 1, 1) < share).float()
        # colour: contrast, brightness, tint; channel swaps
        changed = (crops - 128) * (1 + 0.35 * self.normal(count, 1, 1, 1)) + 128 + 30 * self.normal(count, 3, 1, 1)
        crops = torch.lerp(crops, changed, pick(0.4))
        if self.random.random() < 0.15:
            crops = crops[:, self.random.permutation(3).tolist()]
        # a mixture with another crop of the batch
        share = 0.5 * self.uniform(count, 1, 1, 1)
        crops = torch.lerp(crops, crops.roll(1, 0), share * pick(0.15))
        # noise of one random coarseness per batch, of random strength per crop
        cells = max(2, int(side / 2 ** (4 * self.random.random())))
        noise = self.normal(count, 3, cells, cells)
        if cells != side:
            noise = F.interpolate(noise, size=(side, side), mode="bicubic")
        noise = noise * torch.exp(math.log(4) + self.uniform(count, 1, 1, 1) * math.log(16))
        crops = crops + noise * pick(0.35)
        return torch.where(pick(0.04) > 0, self.texture(count, side), crops)

    def texture(self, count, side):
        """Stripes, waves and blobs: sums of a few random sinusoids, hardened to a random degree."""
        angle = self.uniform(count, 3, 4, 1, 1) * math.tau
        cycles = 2 ** (self.uniform(count, 3, 4, 1, 1) * 5)
        axis = torch.linspace(0, 1, side, device=self.device)
        phase = angle.cos() * axis.view(1, 1, 1, 1, side) + angle.sin() * axis.view(1, 1, 1, side, 1)
        waves = torch.sin(math.tau * cycles * phase + angle * 3).sum(2)
        hardness = 2 ** (self.uniform(count, 1, 1, 1) * 5 - 2)
        return 128 + 110 * torch.tanh(waves * hardness)

    def uniform(self, *shape):
        return torch.rand(*shape, generator=self.generator, device=self.device)

    def normal(self, *shape):
        return torch.randn(*shape, generator=self.generator, device=self.device)


def resampling(start, window, length, side, columns):
    """[n, side, columns]: each turns `window` numbers of a line, from `start` on, into `side`.

    Keys' cubic convolution (1981, a = -1/2), as wide as the steps are long where it makes less of more. Nothing beyond
    `length`, where a line ends, is read. start, window and length are [n].
    """
    step = (window / side)[:, None, None]
    middle = start[:, None, None] + (torch.arange(side, device=start.device)[:, None] + 0.5) * step
    places = torch.arange(columns, device=start.device)
    x = ((places + 0.5 - middle) / step.clamp(min=1)).abs()
    near, far = (1.5 * x - 2.5) * x * x + 1, ((-0.5 * x + 2.5) * x - 4) * x + 2
    weights = torch.where(x < 1, near, torch.where(x < 2, far, 0.0)) * (places < length[:, None, None])
    return weights / weights.sum(2, keepdim=True)
