"""The curvature of an objective along waves of every length and colour: the initial inverse Hessian of L-BFGS.

L-BFGS corrects an initial matrix H0 by the pairs (s, y) of its history. H0 is usually gamma I, one curvature for all
directions (Nocedal and Wright, "Numerical Optimization", 2nd edition, equation 7.20). The curvature along fine detail
and along broad shapes differs by orders of magnitude, which twenty pairs cannot express; yet it is much the same for
all waves of one length. Here, therefore,

    H0 = D' F* diag(h) F D,     h(colour, band) = sqrt(sum |F D s|^2 / sum |F D y|^2)

and h of shorter waves is never more than FINER times that of the next longer ones. D turns RGB into three orthonormal
colour differences, F is the orthonormal discrete Fourier transform, a band holds the waves of about one length, and the
sums run over a band and over all pairs so far, with weights that halve every three pairs. H0 is always positive
definite. This departs from the literature and rests on measurements: benchmarks/RESULTS.md says what it saves.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch

from neuralart.optim.state import State, damaged
from neuralart.optim.vectors import AsOne, alone_as_one, stretches

PER_OCTAVE = 3  # bands
DECAY = 0.8  # of the sums, with every pair, since the curvature changes during the run
STRETCH, GPU_STRETCH = 2**20, 2**21  # numbers processed at once
# Networks hardly see the finest waves, whose small curvature would let them grow into speckle. With 1.4 the loss falls
# faster and ends lower, but the pictures are speckled (benchmarks/RESULTS.md).
FINER = 1.0

# Brightness and two differences, by rows.
COLOURS = ((1.0, 1.0, 1.0), (1.0, 0.0, -1.0), (1.0, -2.0, 1.0))


class Metric:
    """H0 for an image of which each machine may have only a band [1, C, h, W]; vectors are flattened bands [n].

    Attributes:
        shape: The shape of the band.
        as_one: Works on whole images that are spread over processes.
        spectrum: The curvatures, if there are any yet.
        is_known: Whether anything has been learnt.
    """

    def __init__(self, band: torch.Tensor, as_one: AsOne = alone_as_one, before: Metric | None = None) -> None:
        self.shape, self.as_one = band.shape, as_one
        self.spectrum: Spectrum | None = before.spectrum if before else None
        self.is_known: bool = before is not None and before.is_known

    def save(self) -> State:
        """Return what was learnt, and its size. Only valid if one machine has the whole image."""
        known = self.spectrum
        if known is None or not self.is_known:
            return State(numbers={"shape": []})
        return State(
            {"steps": known.steps.clone(), "changes": known.changes.clone()}, {"shape": [int(n) for n in known.shape]}
        )

    def load(self, state: State, like: torch.Tensor) -> Metric:
        """Restore what was saved.

        Args:
            state: The state from `save`.
            like: An image [1, C, H, W] of the current size, on its device.

        Raises:
            PictureError: If the state is invalid.
        """
        shape = state.numbers.get("shape")
        if shape == []:
            return self
        if not isinstance(shape, list) or len(shape) != 3 or not all(type(n) is int and n > 0 for n in shape):
            raise damaged("its spectrum does not belong to an image")
        channels, height, width = shape
        if channels != like.shape[1] or height > like.shape[2] or width > like.shape[3]:
            raise damaged("its spectrum belongs to an image of another size")
        steps = state.tensors.get("steps", like)
        self.spectrum = Spectrum((channels, height, width), steps.new_empty(0).to(like.device))
        for name in ("steps", "changes"):
            place: torch.Tensor = getattr(self.spectrum, name)
            place.copy_(state.tensor(name, place.shape))
        self.is_known = True
        return self

    def learn(self, s: torch.Tensor, y: torch.Tensor) -> None:
        """Learn from a step s and the change of the gradient y along it."""
        self.as_one(
            lambda *whole: self._fitting(whole[0]).learn(*(one.flatten() for one in whole)),
            [s.view(self.shape), y.view(self.shape)],
            False,
        )
        self.is_known = True

    def times(self, vector: torch.Tensor) -> torch.Tensor:
        """Return H0 times a vector."""
        work = lambda whole: self._fitting(whole).times(whole.flatten()).view_as(whole)
        result = self.as_one(work, [vector.view(self.shape)], True)
        assert result is not None
        return result.flatten()

    def _fitting(self, image: torch.Tensor) -> Spectrum:
        """Return the spectrum for the size of a whole image [1, C, H, W]."""
        shape = (image.shape[1], image.shape[2], image.shape[3])
        if self.spectrum is None:
            self.spectrum = Spectrum(shape, image)
        elif self.spectrum.shape != shape:
            self.spectrum = self.spectrum.at(shape, image)
        return self.spectrum


class Spectrum:
    """The curvatures of images [C, H, W], flattened. Nothing is known before the first pair.

    A large image is processed one colour at a time to save memory, a small one all at once to save calls.
    """

    def __init__(self, shape: tuple[int, int, int], like: torch.Tensor) -> None:
        """Create a spectrum for images of this shape, with the precision and device of `like`."""
        self.shape = shape
        channels, height, width = shape
        basis = torch.tensor(COLOURS, dtype=like.dtype) if channels == 3 else torch.eye(channels, dtype=like.dtype)
        self.basis = (basis / basis.norm(dim=1, keepdim=True)).to(like.device)
        self.count = math.ceil(PER_OCTAVE * math.log2(max(2, height, width))) + 1
        self.bands = torch.empty(height, width // 2 + 1, dtype=torch.uint8, device=like.device)
        rows, columns = torch.fft.fftfreq(height), torch.fft.rfftfreq(width)
        for part in self._rows():
            waves = torch.hypot(rows[part, None], columns[None]) * math.sqrt(2)  # 1 for the finest
            places = torch.where(waves > 0, -PER_OCTAVE * torch.log2(waves), self.count)
            self.bands[part] = places.floor_().clamp_(0, self.count - 1).to(torch.uint8)
        # Only half of a real image's spectrum is stored; all columns but the first and, if the width is even, the last
        # count twice.
        self.twice = torch.full((width // 2 + 1,), 2.0, dtype=like.dtype, device=like.device)
        self.twice[0] = 1
        if width % 2 == 0:
            self.twice[-1] = 1
        self.steps = torch.zeros(channels, self.count, dtype=like.dtype, device=like.device)
        self.changes = torch.zeros_like(self.steps)

    def learn(self, s: torch.Tensor, y: torch.Tensor) -> None:
        """Learn from a step s [n] and the change of the gradient y [n] along it."""
        # Normalise so that no square overflows or vanishes; only the ratio counts.
        step, change = (vector.norm().clamp_min(torch.finfo(vector.dtype).tiny) for vector in (s, y))
        self.steps *= DECAY
        self.changes *= DECAY
        for some in self._colours():
            self.steps[some] += self._power(s, some, step)
            self.changes[some] += self._power(y, some, change) * (change / step) ** 2

    def times(self, vector: torch.Tensor) -> torch.Tensor:
        """Return H0 times a vector [n]."""
        curves, result = self._inverse(), torch.zeros_like(vector)
        for some in self._colours():
            waves = self._waves(vector, some)
            for part in self._rows():
                waves[:, part] *= curves[some][:, self.bands[part].long()]
            planes = torch.fft.irfft2(waves, s=self.shape[1:], norm="ortho").flatten(1)
            result.view(self.shape[0], -1).addmm_(self.basis[some].T, planes)
        return result

    def at(self, shape: tuple[int, int, int], like: torch.Tensor) -> Spectrum:
        """Return the spectrum for images of another shape, assuming smaller or larger versions of the same image.

        Waves of the same length in pixels are assumed to have the same curvature, except that the gradient of a mean
        over the image falls with the number of pixels. Waves longer than any known get that of the longest known.
        """
        result = Spectrum(shape, like)
        factor = (math.prod(self.shape) / math.prod(shape)) ** 2
        known = torch.arange(result.count, device=like.device).clamp(max=self.count - 1)
        result.steps = self.steps.to(like)[:, known]
        result.changes = self.changes.to(like)[:, known] * factor
        return result

    def _inverse(self) -> torch.Tensor:
        """Return h [C, bands], limited by FINER; a band without data gets the value of all bands together."""
        overall = (self.steps.sum() / self.changes.sum()).sqrt()
        known = self.changes > 0
        allowed = FINER ** torch.arange(self.count, 0, -1, dtype=self.steps.dtype, device=self.steps.device)
        result = torch.where(known, (self.steps / self.changes).sqrt() / allowed, torch.inf)
        return torch.where(known, result.flip(1).cummin(1).values.flip(1) * allowed, overall)

    def _waves(self, vector: torch.Tensor, some: slice, unit: torch.Tensor | float = 1.0) -> torch.Tensor:
        planes = (self.basis[some] / unit) @ vector.view(self.shape[0], -1)
        return torch.fft.rfft2(planes.view(-1, *self.shape[1:]), norm="ortho")

    def _power(self, vector: torch.Tensor, some: slice, unit: torch.Tensor) -> torch.Tensor:
        """Return the power of a vector, in multiples of `unit`, for these colours and every band: [colours, bands]."""
        waves, result = self._waves(vector, some, unit), torch.zeros_like(self.steps[some])
        add_up = scattered if result.device.type == "cpu" else multiplied
        for part in self._rows():
            power = (waves[:, part].real.square() + waves[:, part].imag.square()) * self.twice
            result += add_up(power, self.bands[part], self.count)
        return result

    def _colours(self) -> Iterator[slice]:
        return stretches(self.shape[0], max(1, self._at_once() // math.prod(self.shape[1:])))

    def _rows(self) -> Iterator[slice]:
        height, width = self.bands.shape
        return stretches(height, max(1, self._at_once() // width))

    def _at_once(self) -> int:
        return STRETCH if self.bands.device.type == "cpu" else GPU_STRETCH


def scattered(power: torch.Tensor, bands: torch.Tensor, count: int) -> torch.Tensor:
    """Sum numbers [C, rows, waves] over every band, [C, count]; bands: the band of each number, [rows, waves]."""
    # As one long vector, since along any other axis the CPU adds number by number.
    result = power.new_zeros(len(power) * count)
    begins = torch.arange(0, result.numel(), count, device=power.device)[:, None]
    places = bands.flatten().long() + begins
    return result.index_add_(0, places.flatten(), power.flatten()).view(-1, count)


def multiplied(power: torch.Tensor, bands: torch.Tensor, count: int) -> torch.Tensor:
    """Do the same as `scattered` with matrix products, row by row.

    Adding many numbers to few places is slow on GPUs, and happens in any order, which changes the sum in every run.
    """
    belongs = bands[:, :, None] == torch.arange(count, device=bands.device)
    return (power.transpose(0, 1) @ belongs.to(power)).sum(0)
