"""Features of a style at some of its positions, for losses that compare individual features.

The positions form a grid over the whole picture. Its rows are shifted against each other, so that it does not line up
with a pattern. It depends only on the picture's size and masks, not on how the picture is evaluated.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch

from neuralart.losses.loss import widened
from neuralart.networks.graph import IMAGE
from neuralart.networks.network import Network
from neuralart.networks.window import Region
from neuralart.objective.division import Division, features_by_part
from neuralart.objective.objective import Term

# With a mask, which may leave few positions, the grid is this many times as dense.
DENSER = 16
SHIFT = (math.sqrt(5) - 1) / 2  # of a row against the one above, in steps of the grid
COVERED = 0.5  # the least weight of a position that counts


def sampled(
    network: Network,
    picture: torch.Tensor,
    division: Division,
    terms: Sequence[Term],
    weights_of: Callable[[Term], torch.Tensor | None],
) -> dict[str, torch.Tensor]:
    """Return rows [n, C] of every term's features, in float32 or better, by the term's name.

    Terms without a position that counts are left out.

    Args:
        network: The network that compares pictures.
        picture: The style, [1, 3, H, W].
        division: A division of the whole style.
        terms: Terms whose losses ask for samples.
        weights_of: Returns the weights [h, w] of the positions of a term's layer; None if all count.
    """
    places: dict[str, torch.Tensor] = {}
    for term in terms:
        on_pixels = term.layer == IMAGE
        width, height = division.size if on_pixels else division.architecture.size(term.layer, *division.size)
        here = chosen((height, width), term.loss.samples, weights_of(term))
        if len(here):
            places[term.name] = here
    result = {
        term.name: _at(picture, places[term.name]) for term in terms if term.layer == IMAGE and term.name in places
    }
    wanted = [term for term in terms if term.name in places and term.layer != IMAGE]
    for part, features in features_by_part(network, picture, division) if wanted else ():
        own = division.window(part).own
        for term in [term for term in wanted if term.layer in features]:
            which, here = within(places[term.name], own[term.layer])
            rows = _at(features[term.layer], here)
            if term.name not in result:
                result[term.name] = rows.new_empty(len(places[term.name]), rows.shape[1])
            result[term.name].index_copy_(0, which.to(rows.device), rows)
    return result


def chosen(size: tuple[int, int], most: int, weights: torch.Tensor | None = None) -> torch.Tensor:
    """Return (row, column) of at most `most` positions of (height, width), spread over those that count: [n, 2]."""
    result = grid(size, most if weights is None else most * DENSER)
    if weights is not None:
        result = result[weights.cpu()[result[:, 0], result[:, 1]] >= COVERED]
    return thinned(result, most)


def grid(size: tuple[int, int], most: int) -> torch.Tensor:
    """Return (row, column) of at most `most` positions of (height, width)."""
    height, width = size
    step = max(1, math.ceil(math.sqrt(height * width / most)))
    while -(-height // step) * -(-width // step) > most:
        step += 1
    places = []
    for k, row in enumerate(range(min(step // 2, height - 1), height, step)):
        shift = int((0.5 + k * SHIFT) % 1 * step)
        places += [(row, column) for column in range(min(shift, width - 1), width, step)]
    return torch.tensor(places[:most], dtype=torch.int64).view(-1, 2)


def thinned(rows: torch.Tensor, most: int) -> torch.Tensor:
    """Return at most `most` of the rows, evenly spread."""
    if len(rows) <= most:
        return rows
    return rows[torch.tensor([k * len(rows) // most for k in range(most)], device=rows.device)]


def within(places: torch.Tensor, region: Region) -> tuple[torch.Tensor, torch.Tensor]:
    """Return which places lie in a part, and those, counted from its corner."""
    corner = torch.tensor([region.rows[0], region.columns[0]])
    end = torch.tensor([region.rows[1], region.columns[1]])
    is_here = ((places >= corner) & (places < end)).all(1)
    return is_here.nonzero().flatten(), places[is_here] - corner


def _at(features: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    places = places.to(features.device)
    return widened(features[0].permute(1, 2, 0)[places[:, 0], places[:, 1]])


def blended(samples: Sequence[torch.Tensor], shares: Sequence[float]) -> torch.Tensor:
    """Combine rows of several styles, each with its share of the whole."""
    if len(samples) == 1:
        return samples[0]
    most = min(len(one) / share for one, share in zip(samples, shares))
    return torch.cat([thinned(one, max(1, round(most * share))) for one, share in zip(samples, shares)])
