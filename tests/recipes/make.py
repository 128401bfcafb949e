"""Options, pictures and runs for the tests of recipes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch

from neuralart import build
from neuralart.image.picture import Picture
from neuralart.networks.network import Network
from neuralart.networks.provide import Provision
from neuralart.objective.make import make
from neuralart.objective.objective import Objective, Term
from neuralart.objective.plan import WHOLE, Plan
from neuralart.objective.targets import content_targets, size_of, style_targets
from neuralart.objective.topology import HERE, Topology
from neuralart.options import Options
from neuralart.prepared import PreparedRun
from neuralart.recipes import RECIPES
from neuralart.recipes.regions import Masks, Regions, regions_of
from neuralart.recipes.style import Style

from ..networks.tiny import image


def options(**changes) -> Options:
    """The command line's defaults in small, for the network CHAIN."""
    layers = {"style_layers": "conv1,conv2", "content_layers": "conv3"}
    return Options(**{"size": 40, "num_iters": 20, "device": "cpu"} | layers | changes)


def layers_of(architecture) -> dict[str, str]:
    """The options that name the layers that the architecture has for style and content."""
    return {
        "style_layers": ",".join(architecture.style_layers),
        "content_layers": ",".join(architecture.content_layers),
    }


def picture(width: int, height: int, seed: int = 0) -> Picture:
    return Picture(image(height, width, seed, torch.float32))


def regioned(masks: Masks, content: Picture, styles: Sequence[Picture], asked: Options) -> Regions:
    """The regions that masks make of a painting, as the API finds them."""
    return regions_of(masks, content, styles, heeds_alpha=RECIPES[asked.recipe].fills)


def prepared(
    seen: Network,
    content: Picture,
    style: Picture,
    asked: Options,
    *,
    plan: Plan | None = None,
    topology: Topology = HERE,
) -> PreparedRun:
    """A run of these, evaluated by this plan at every scale."""
    run = build.draft(asked, content, (Style(style),), Provision(seen, "tiny", "", False), topology)
    return replace(run, plans={scale.size: plan for scale in run.schedule} if plan else {})


def blended(
    seen: Network,
    terms: Sequence[Term],
    styles: Sequence[tuple[float, torch.Tensor]],
    plan: Plan = WHOLE,
    topology: Topology = HERE,
) -> dict[str, torch.Tensor]:
    """The targets of styles [(weight, pixels)], each of which all terms see."""
    weights = [{term.name: weight for term in terms} for weight, _ in styles]
    return style_targets(seen, terms, weights, [pixels for _, pixels in styles], plan, topology)


def objective(
    seen: Network,
    content: torch.Tensor,
    style: torch.Tensor,
    asked: Options,
    *,
    plan: Plan = WHOLE,
    topology: Topology = HERE,
) -> Objective:
    """The recipe's objective for these pixels [1, 3, H, W]."""
    terms = RECIPES[asked.recipe].terms(asked, seen)
    targets = blended(seen, terms, [(1.0, style)], plan, topology)
    kept = content_targets(seen, terms, content, plan, topology)
    return make(seen, terms, targets | kept, size_of(content), plan, topology)
