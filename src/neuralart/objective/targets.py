"""What content and styles ask of the image: the targets of the terms.

The targets of the styles and those of the content are computed apart, so that many contents can be painted in one
style: a style's summaries depend on the size it is taken at, not on the content.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch

from neuralart.networks.graph import IMAGE
from neuralart.networks.network import Architecture, Network
from neuralart.objective.division import keep, summed
from neuralart.objective.objective import Term, inseparable, layers_of, statistic
from neuralart.objective.plan import Plan
from neuralart.objective.topology import Topology

Targets = Mapping[str, Any]  # by the name of a term

Weighted = tuple[float, torch.Tensor]  # (weight, picture [1, 3, H, W])


def style_targets(
    network: Network, terms: Sequence[Term], styles: Sequence[Weighted], plan: Plan, topology: Topology
) -> dict[str, torch.Tensor]:
    """The targets of the terms that compare with the styles: summaries, averaged over the styles by their weights."""
    wanted = [term for term in terms if term.loss.compares == "style"]
    whole = sum(weight for weight, _ in styles)
    found: dict[str, torch.Tensor] = {}
    for weight, style in styles if wanted else ():
        for name, summary in summaries(network, wanted, style, plan, topology).items():
            share = summary * (weight / whole) if len(styles) > 1 else summary
            found[name] = found[name] + share if name in found else share
    return found


def content_targets(
    network: Network, terms: Sequence[Term], content: torch.Tensor, plan: Plan, topology: Topology
) -> dict[str, Any]:
    """The targets of the terms that compare with the content [1, 3, H, W]: its features, or its summaries."""
    wanted = [term for term in terms if term.loss.compares == "content"]
    found: dict[str, Any] = dict(summaries(network, wanted, content, plan, topology))
    beside = [term for term in terms if term.loss.compares == "features"]
    layers = layers_of(beside)
    if not layers:
        return found
    # The content is divided exactly as the image will be: rounding then makes no difference where there is none.
    division = topology.divide(network.architecture, layers_of(terms), size_of(content), plan.tile)
    with topology.group.together():
        kept = keep(network, content, division, layers, on_disk=plan.on_disk, devices=topology.devices)
    return found | {term.name: kept[term.layer] for term in beside}


def summaries(
    network: Network, terms: Sequence[Term], picture: torch.Tensor, plan: Plan, topology: Topology
) -> dict[str, torch.Tensor]:
    """What each term's loss makes of a picture's statistics, by the term's name."""
    size, layers = size_of(picture), layers_of(terms)
    tile = None if inseparable(terms) else plan.tile
    found = {term.name: statistic(term, picture) for term in terms if term.layer == IMAGE}
    on_features = [term for term in terms if term.layer != IMAGE]
    if on_features:
        division = topology.divide(network.architecture, layers, size, tile)
        here: dict[str, torch.Tensor] = {}
        with topology.group.together():
            here = summed(network, picture, division, on_features)
        like = picture.new_empty(0, dtype=network.pixel_dtype)
        found |= topology.summed(here, [term.name for term in on_features], like)
    count = lambda term: positions(network.architecture, term.layer, size)
    return {term.name: term.loss.summary(found[term.name], count(term)) for term in terms}


def aimed(
    architecture: Architecture, terms: Sequence[Term], targets: Targets, size: tuple[int, int], topology: Topology
) -> list[Term]:
    """The terms with their targets, for an image of `size` (width, height)."""
    total = topology.group.total
    aim = lambda term: term.loss.aimed(targets.get(term.name), positions(architecture, term.layer, size), total)
    return [replace(term, loss=aim(term)) for term in terms]


def positions(architecture: Architecture, layer: str, size: tuple[int, int]) -> int:
    """Positions of a layer for an image of `size` (width, height)."""
    return math.prod(size if layer == IMAGE else architecture.size(layer, *size))


def size_of(image: torch.Tensor) -> tuple[int, int]:
    """(width, height)."""
    return int(image.shape[3]), int(image.shape[2])
