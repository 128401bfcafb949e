"""What content and styles ask of the image: the targets of the terms.

The targets of the styles and those of the content are computed apart, so that many contents can be painted in one
style: a style's summaries depend on the size it is taken at, not on the content.
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

LEAST = 1.0  # positions: a region with fewer on a layer has no statistics there

Targets = Mapping[str, Any]  # by the name of a term
MaskOf = Callable[[Term], torch.Tensor | None]  # how much each pixel counts for it, [1, 1, H, W], 0..1; None: all alike


def alike(term: Term) -> None:
    """`MaskOf` where every pixel counts."""
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
    """The targets of the terms that compare with the styles: summaries, averaged over the styles by their weights.

    A term that has no position on a layer of any style has no target.

    Args:
        network: The network that compares.
        terms: Without targets.
        weights: For every style, by the name of each term that sees it.
        pictures: The styles, [1, 3, H, W] each; one is asked for when the one before it is done with.
        plan: Whole or in tiles.
        topology: By which processes, and on which devices.
        masks: For every style, what counts of it; none where all of it does.
    """
    wanted = [term for term in terms if term.loss.sees_styles]
    each: list[dict[str, torch.Tensor]] = []
    for k, (own, style) in enumerate(zip(weights, pictures) if wanted else ()):
        seen = [term for term in wanted if own.get(term.name)]
        each.append(summaries(network, seen, style, plan, topology, masks[k] if masks else alike))
    result: dict[str, torch.Tensor] = {}
    for term in wanted:
        told = [(own[term.name], one[term.name]) for own, one in zip(weights, each) if term.name in one]
        whole = sum(weight for weight, _ in told)
        if told and term.loss.compares == "samples":
            result[term.name] = blended([summary for _, summary in told], [weight / whole for weight, _ in told])
            continue
        for weight, summary in told:
            share = summary if weight == whole else summary * (weight / whole)
            result[term.name] = result[term.name] + share if term.name in result else share
    return result


def content_targets(
    network: Network, terms: Sequence[Term], content: torch.Tensor, plan: Plan, topology: Topology
) -> dict[str, Any]:
    """The targets of the terms that compare with the content [1, 3, H, W], or with pixels that they bring."""
    wanted = [term for term in terms if term.loss.compares == "content"]
    result: dict[str, Any] = dict(summaries(network, wanted, content, plan, topology))
    for term in terms:
        if term.loss.compares == "pixels" and term.loss.pixels is not None:
            division = topology.divide(network.architecture, layers_of(terms), size_of(content), plan.tile)
            result[term.name] = _cut(term.loss.pixels, division, network)
    beside = [term for term in terms if term.loss.compares == "features"]
    if not beside:
        return result
    # The content is divided exactly as the image will be: rounding then makes no difference where there is none.
    division = topology.divide(network.architecture, layers_of(terms), size_of(content), plan.tile)
    for term in (term for term in beside if term.layer == IMAGE):
        places = [division.with_neighbours(part, term.loss.reach) for part in range(len(division.parts))]
        result[term.name] = [part_of(content, *place) for place in places]
    if layers := layers_of(beside):
        with topology.group.together():
            kept = keep(network, content, division, layers, on_disk=plan.on_disk, devices=topology.devices)
        result |= {term.name: kept[term.layer] for term in beside if term.layer != IMAGE}
    return result


def _cut(pixels: torch.Tensor, division: Division, network: Network) -> list[torch.Tensor]:
    """Pixels [1, C, H, W] part by part, where and as the network computes."""
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
    """What each term's loss makes of a picture, by the term's name; nothing where no position counts."""
    picked = [term for term in terms if term.loss.compares == "samples"]
    result = samples(network, picked, picture, plan, topology, mask_of) if picked else {}
    added = [term for term in terms if term.loss.compares != "samples"]
    return result | sums(network, added, picture, plan, topology, mask_of) if added else result


def samples(
    network: Network, terms: Sequence[Term], picture: torch.Tensor, plan: Plan, topology: Topology, mask_of: MaskOf
) -> dict[str, torch.Tensor]:
    """The features that losses ask for, by the term's name. Every process looks at all of the picture."""
    tile = plan.tile if plan.tile and whole_only(network, terms) is None else None
    division = Division(network.architecture, layers_of(terms), size_of(picture), tile)
    weights_of = lambda term: of_style(mask_of(term), division, term.layer)
    with topology.group.together():
        return sampled(network, picture, division, terms, weights_of)


def sums(
    network: Network, terms: Sequence[Term], picture: torch.Tensor, plan: Plan, topology: Topology, mask_of: MaskOf
) -> dict[str, torch.Tensor]:
    """What each term's loss makes of a picture's statistics."""
    size, layers = size_of(picture), layers_of(terms)
    tile = plan.tile if plan.tile and whole_only(network, terms) is None else None
    division = topology.divide(network.architecture, layers, size, tile)
    # Of pixels the whole picture is summed up at once.
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
    """The terms with their targets, for an image of `size` (width, height) that is divided so.

    A term about a region counts by the region's share of the image. One without a position there, or on its style, is
    left out.
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
    """The terms that have a position, with weights for their positions; and by their names how many count."""
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
            log.info("%s: nothing of it is left on that layer at %d x %d; it is left out there", term.name, *size)
    return result, counts


def positions(architecture: Architecture, layer: str, size: tuple[int, int]) -> int:
    """Positions of a layer for an image of `size` (width, height)."""
    return math.prod(size if layer == IMAGE else architecture.size(layer, *size))


def size_of(image: torch.Tensor) -> tuple[int, int]:
    """(width, height)."""
    return int(image.shape[3]), int(image.shape[2])
