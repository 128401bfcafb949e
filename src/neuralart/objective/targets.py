"""What content and styles ask of the image: the targets of the terms.

The targets of the styles and those of the content are computed apart, so that many contents can be painted in one
style: a style's summaries depend on the size it is taken at, not on the content.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch

from neuralart.networks.graph import IMAGE
from neuralart.networks.network import Architecture, Network
from neuralart.objective.division import keep, summed
from neuralart.objective.objective import Term, layers_of, statistic, whole_only
from neuralart.objective.plan import Plan
from neuralart.objective.topology import Topology

Targets = Mapping[str, Any]  # by the name of a term


def style_targets(
    network: Network,
    terms: Sequence[Term],
    weights: Sequence[Mapping[str, float]],
    pictures: Iterable[torch.Tensor],
    plan: Plan,
    topology: Topology,
) -> dict[str, torch.Tensor]:
    """The targets of the terms that compare with the styles: summaries, averaged over the styles by their weights.

    Args:
        network: The network that compares.
        terms: Without targets.
        weights: For every style, by the name of each term that sees it.
        pictures: The styles, [1, 3, H, W] each; one is asked for when the one before it is done with.
        plan: Whole or in tiles.
        topology: By which processes, and on which devices.
    """
    wanted = [term for term in terms if term.loss.compares == "style"]
    whole = {term.name: sum(one.get(term.name, 0.0) for one in weights) for term in wanted}
    found: dict[str, torch.Tensor] = {}
    for own, style in zip(weights, pictures) if wanted else ():
        seen = [term for term in wanted if own.get(term.name)]
        for name, summary in summaries(network, seen, style, plan, topology).items():
            part = own[name] / whole[name]
            share = summary if part == 1 else summary * part
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
    tile = plan.tile if plan.tile and whole_only(network, terms) is None else None
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
