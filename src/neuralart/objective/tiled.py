"""The objective evaluated tile by tile, exactly: memory depends on the tile, not on the image.

The objective depends on the image only through statistics that add up over positions. A first pass without gradients
adds them up. The derivative of every penalty is then known, and a second pass propagates it from each tile's features
back to its pixels:

    S = sum over tiles of s(F_t)        value = p(S)        dvalue/dimage = sum over tiles of p'(S) ds(F_t)/dimage

Each tile is extended as far as its layers reach (networks/window.py), and only the image's true borders are padded, so
every feature is the same as in the whole image.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from neuralart.errors import OptionError
from neuralart.networks.edges import add_part, part_of
from neuralart.networks.graph import IMAGE
from neuralart.networks.network import Network, Trace
from neuralart.networks.precision import float64_home
from neuralart.networks.window import Span
from neuralart.objective.crew import deal
from neuralart.objective.division import Division
from neuralart.objective.objective import (
    Evaluation,
    Term,
    checked,
    pull,
    pulls,
    statistic,
    statistics,
    weigh,
    whole_only,
)

Place = tuple[Span, Span]  # rows and columns of the image


class TiledObjective:
    """Maps an image to an Evaluation, tile by tile.

    Args:
        network: The network.
        terms: The terms with targets; targets that differ by part must belong to the same division.
        division: The tiles.
        others: The same network on further devices, which share the tiles.
        top: The first row of the image in the tensor that is passed as the image.

    Raises:
        OptionError: If only the whole image can be evaluated.
    """

    def __init__(
        self,
        network: Network,
        terms: Sequence[Term],
        division: Division,
        others: Sequence[Network] = (),
        top: int = 0,
    ) -> None:
        if why := whole_only(network, terms):
            raise OptionError(f"{why}; give more --memory or a smaller --size, or leave --tile out")
        self.network, self.networks = network, (network, *others)
        self.terms, self.division, self.top = checked(terms), division, top
        self.on_features = [term for term in self.terms if term.layer != IMAGE]
        self.on_pixels = [term for term in self.terms if term.layer == IMAGE]
        self.home = float64_home(network.device)
        self._traces: dict[int, Trace] = {}

    def __call__(self, image: torch.Tensor) -> Evaluation:
        total, values, cotangents = self.weigh(self.statistics(image))
        return Evaluation(total, values, self.gradient(image, cotangents))

    @torch.no_grad()
    def statistics(self, image: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return every term's statistic, summed over the tiles, by name; terms without a position are left out."""
        result: dict[str, torch.Tensor] = {}
        self._traces.clear()
        for here in deal(
            self.networks, len(self.division.parts), lambda network, part: self._evaluated(network, image, part)
        ):
            for name, one in here.items():
                # In float64, so that the number of parts makes no difference.
                more = one.to(self.home, torch.float64)
                result[name] = result[name] + more if name in result else more
        return result

    def weigh(
        self, sums: Mapping[str, torch.Tensor]
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor], dict[str, torch.Tensor]]:
        """Return `objective.weigh` of these statistics, in the precision of the pixels."""
        device, dtype = self.network.device, self.network.pixel_dtype
        return weigh(self.terms, {name: one.to(device, dtype) for name, one in sums.items()}, dtype)

    @torch.no_grad()
    def gradient(self, image: torch.Tensor, cotangents: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """Return the gradient on the pixels of the image whose statistics were computed last."""
        gradient = torch.zeros_like(image, dtype=self.network.pixel_dtype)
        work = lambda network, part: self._taken_back(network, image, cotangents, part)
        for gradients in deal(self.networks, len(self.division.parts), work):
            for place, here in gradients:
                add_part(gradient, *place, here.to(gradient.device))
        return gradient

    def _evaluated(self, network: Network, image: torch.Tensor, part: int) -> dict[str, torch.Tensor]:
        layers, window = self.division.layers, self.division.window(part)
        if len(self.division.parts) <= len(self.networks):
            # Each device has only one part, so its trace can be kept for the second pass.
            trace = self._traces[part] = network.trace(image, layers, window, self.top)
            features = trace.features
        else:
            features = network.features(image, layers, window, self.top)
        result = statistics(self.on_features, features, part)
        for term in self.on_pixels:
            result[term.name] = statistic(term, part_of(image, *self._pixels(part, term.loss.reach)), part)
        return result

    def _taken_back(
        self, network: Network, image: torch.Tensor, cotangents: Mapping[str, torch.Tensor], part: int
    ) -> list[tuple[Place, torch.Tensor]]:
        """Return the gradients of one tile, and where to add them."""
        result: list[tuple[Place, torch.Tensor]] = []
        moved = {name: cotangent.to(network.device) for name, cotangent in cotangents.items()}
        for term in self.on_pixels:
            place = self._pixels(part, term.loss.reach)
            pixels = part_of(image, *place).to(network.device)
            result.append((place, pull(term, pixels, moved[term.name], part)))
        trace = self._traces.pop(part, None)
        if trace is None:
            trace = network.trace(image, self.division.layers, self.division.window(part), self.top)
        pixels_seen = trace.window.pixels
        place = (self._within(pixels_seen.rows), pixels_seen.columns)
        result.append((place, trace.gradient(pulls(self.on_features, moved, part))))
        return result

    def _pixels(self, part: int, reach: int) -> Place:
        rows, columns = self.division.with_neighbours(part, reach)
        return self._within(rows), columns

    def _within(self, rows: Span) -> Span:
        """Return rows of the image as rows of the tensor that holds part of it."""
        return rows[0] - self.top, rows[1] - self.top
