"""The targets of the terms, from content and styles.

The targets of the styles and of the content are computed separately, so that many contents can be painted in one style:
a style's summaries depend on the style's size, not on the content.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch

from neuralart.losses.positions import Positions
from neuralart.networks.edges import part_of
from neuralart.networks.graph import IMAGE
from neuralart.networks.network import Architecture, Network
from neuralart.objective.division import Division, keep, summed
from neuralart.objective.objective import Term, layers_of, statistic, whole_only
from neuralart.objective.plan import Plan
from neuralart.objective.regions import by_part, of_image, of_style
from neuralart.objective.samples import blended, sampled
from neuralart.objective.topology import Topology

log = logging.getLogger(__name__)

LEAST = 1.0  # positions; a region with fewer on a layer has no statistics there

Targets = Mapping[str, Any]  # by the name of a term
MaskOf = Callable[[Term], torch.Tensor | None]  # how much each pixel counts for it, [1, 1, H, W], 0..1; None: fully


def alike(term: Term) -> None:
    """`MaskOf` if every pixel counts."""
    return None


def style_targets(
    network: Network,
    terms: Sequence[Term],
    weights: Sequence[Mapping[str, float]],
    pictures: Iterable[torch.Tensor],
    plan: Plan,
    topology: Topology,
    masks: Sequence[MaskOf] = (),
) -> dict[str, torch.Tensor]:
    """Return the targets of the terms that compare with the styles: summaries, averaged by the styles' weights.

    A term that has no position on a layer of any style has no target.

    Args:
        network: The network that compares pictures.
        terms: The terms, without targets.
        weights: For every style, its weight by the name of each term that sees it.
        pictures: The styles, [1, 3, H, W] each; each is requested only when the previous one is finished.
        plan: Whole or in tiles.
        topology: The processes and devices that share the image.
        masks: For every style, which parts of it count; empty if all of it counts.
    """
    wanted = [term for term in terms if term.loss.sees_styles]
    each: list[dict[str, torch.Tensor]] = []
    for k, (own, style) in enumerate(zip(weights, pictures) if wanted else ()):
        concerned = [term for term in wanted if own.get(term.name)]
        each.append(summaries(network, concerned, style, plan, topology, masks[k] if masks else alike))
    result: dict[str, torch.Tensor] = {}
    for term in wanted:
        parts = [(own[term.name], one[term.name]) for own, one in zip(weights, each) if term.name in one]
        whole = sum(weight for weight, _ in parts)
        if parts and term.loss.compares == "samples":
            result[term.name] = blended([summary for _, summary in parts], [weight / whole for weight, _ in parts])
            continue
        for weight, summary in parts:
            share = summary if weight == whole else summary * (weight / whole)
            result[term.name] = result[term.name] + share if term.name in result else share
    return result


def content_targets(
    network: Network, terms: Sequence[Term], content: torch.Tensor, plan: Plan, topology: Topology
) -> dict[str, Any]:
    """Return the targets of the terms that compare with the content [1, 3, H, W], or with their own pixels."""
    wanted = [term for term in terms if term.loss.compares == "content"]
    result: dict[str, Any] = dict(summaries(network, wanted, content, plan, topology))
    for term in terms:
        if term.loss.compares == "pixels" and term.loss.pixels is not None:
            division = topology.divide(network.architecture, layers_of(terms), size_of(content), plan.tile)
            result[term.name] = _cut(term.loss.pixels, division, network)
    by_features = [term for term in terms if term.loss.compares == "features"]
    if not by_features:
        return result
    # Divide the content exactly as the image, so that equal pixels give equal features despite rounding.
    division = topology.divide(network.architecture, layers_of(terms), size_of(content), plan.tile)
    for term in (term for term in by_features if term.layer == IMAGE):
        places = [division.with_neighbours(part, term.loss.reach) for part in range(len(division.parts))]
        result[term.name] = [part_of(content, *place) for place in places]
    if layers := layers_of(by_features):
        with topology.group.together():
            kept = keep(network, content, division, layers, on_disk=plan.on_disk, devices=topology.devices)
        result |= {term.name: kept[term.layer] for term in by_features if term.layer != IMAGE}
    return result


def _cut(pixels: torch.Tensor, division: Division, network: Network) -> list[torch.Tensor]:
    """Cut pixels [1, C, H, W] into parts, on the network's device and in its pixel precision."""
    placed = pixels.to(network.device, network.pixel_dtype)
    return [placed[:, :, slice(*part.rows), slice(*part.columns)] for part in division.parts]


def summaries(
    network: Network,
    terms: Sequence[Term],
    picture: torch.Tensor,
    plan: Plan,
    topology: Topology,
    mask_of: MaskOf = alike,
) -> dict[str, torch.Tensor]:
    """Return each term's summary of a picture, by the term's name; terms without a position are left out."""
    picked = [term for term in terms if term.loss.compares == "samples"]
    result = samples(network, picked, picture, plan, topology, mask_of) if picked else {}
    added = [term for term in terms if term.loss.compares != "samples"]
    return result | sums(network, added, picture, plan, topology, mask_of) if added else result


def samples(
    network: Network, terms: Sequence[Term], picture: torch.Tensor, plan: Plan, topology: Topology, mask_of: MaskOf
) -> dict[str, torch.Tensor]:
    """Return the features that losses ask for, by the term's name. Every process evaluates the whole picture."""
    tile = plan.tile if plan.tile and whole_only(network, terms) is None else None
    division = topology.entire(network.architecture, layers_of(terms), size_of(picture), tile)
    weights_of = lambda term: of_style(mask_of(term), division, term.layer)
    with topology.group.together():
        return sampled(network, picture, division, terms, weights_of)


def sums(
    network: Network, terms: Sequence[Term], picture: torch.Tensor, plan: Plan, topology: Topology, mask_of: MaskOf
) -> dict[str, torch.Tensor]:
    """Return each term's summary of a picture's statistic, by the term's name."""
    size, layers = size_of(picture), layers_of(terms)
    tile = plan.tile if plan.tile and whole_only(network, terms) is None else None
    division = topology.divide(network.architecture, layers, size, tile)
    # Statistics of pixels are computed on the whole picture at once.
    weighing = lambda term: of_style(mask_of(term), division, term.layer)
    parts = lambda term, weights: (
        [Positions(weights)] if term.layer == IMAGE else by_part(weights, term.layer, division)
    )
    terms, counts = _counted(terms, division.architecture, size, weighing, parts)
    result = {term.name: statistic(term, picture) for term in terms if term.layer == IMAGE}
    on_features = [term for term in terms if term.layer != IMAGE]
    if on_features:
        here: dict[str, torch.Tensor] = {}
        with topology.group.together():
            here = summed(network, picture, division, on_features)
        like = picture.new_empty(0, dtype=network.pixel_dtype)
        result |= topology.summed(here, [term.name for term in on_features], like)
    return {term.name: term.loss.summary(result[term.name], counts[term.name]) for term in terms}


def aimed(
    terms: Sequence[Term],
    targets: Targets,
    size: tuple[int, int],
    division: Division,
    topology: Topology,
    mask_of: MaskOf = alike,
) -> list[Term]:
    """Return the terms with their targets, for an image of `size` (width, height) with this division.

    A term about a region is weighted by the region's share of the image. A term without a position there, or on its
    style, is left out.
    """
    all_reduce, architecture = topology.group.all_reduce, division.architecture
    wanted = [term for term in terms if term.name in targets or term.loss.compares == "nothing"]
    weighing = lambda term: of_image(mask_of(term), division, term.layer)
    parts = lambda term, weights: by_part(weights, term.layer, division)
    wanted, counts = _counted(wanted, architecture, size, weighing, parts)
    result = []
    for term in wanted:
        all_of_it = positions(architecture, term.layer, size)
        about = counts[term.name] if term.loss.sees_styles else all_of_it
        loss = term.loss.aimed(targets.get(term.name), about, all_reduce)
        result.append(replace(term, loss=loss, weight=term.weight * (about / all_of_it)))
    return result


def _counted(
    terms: Sequence[Term],
    architecture: Architecture,
    size: tuple[int, int],
    weights_of: Callable[[Term], torch.Tensor | None],
    parts_of: Callable[[Term, torch.Tensor], Sequence[Positions]],
) -> tuple[list[Term], dict[str, float]]:
    """Return the terms that have a position, with their positions' weights, and how many positions count, by name."""
    result: list[Term] = []
    counts: dict[str, float] = {}
    for term in terms:
        weights = weights_of(term)
        if weights is None:
            result.append(term)
            counts[term.name] = float(positions(architecture, term.layer, size))
            continue
        count = float(weights.double().sum())
        if count >= LEAST:
            result.append(replace(term, loss=term.loss.weighted(parts_of(term, weights))))
            counts[term.name] = count
        else:
            log.info("%s: its region has no position on that layer at %d x %d; it is left out there", term.name, *size)
    return result, counts


def positions(architecture: Architecture, layer: str, size: tuple[int, int]) -> int:
    """Return the number of positions of a layer for an image of `size` (width, height)."""
    return math.prod(size if layer == IMAGE else architecture.size(layer, *size))


def kept(architecture: Architecture, terms: Sequence[Term], image: torch.Tensor) -> int:
    """Return the bytes that losses keep of all parts of an image, in its precision; see `Loss.keeps`."""
    return image.itemsize * sum(term.loss.keeps * positions(architecture, term.layer, size_of(image)) for term in terms)


def size_of(image: torch.Tensor) -> tuple[int, int]:
    """Return (width, height)."""
    return int(image.shape[3]), int(image.shape[2])
