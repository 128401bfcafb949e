"""Evaluations and paintings that processes do together, and one does alone: the same code for both."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from neuralart.distributed.group import Group
from neuralart.networks.compact import COMPACT
from neuralart.networks.graph_network import GraphNetwork
from neuralart.networks.inception import INCEPTION
from neuralart.networks.vgg import VGG
from neuralart.objective import plan
from neuralart.objective.objective import layers_of as layers_of_terms
from neuralart.objective.plan import Plan
from neuralart.objective.tiled import TiledObjective
from neuralart.objective.topology import Topology
from neuralart.options import Options
from neuralart.recipes import RECIPES
from neuralart.run.shared import band

from ..networks.tiny import BRANCHES, CHAIN, image, network, thin
from ..recipes.make import layers_of, objective, options, picture, prepared

EDGED = {
    f"chain {rows} {columns}": replace(CHAIN, edges=(rows, columns))
    for rows, columns in (("circular", "circular"), ("circular", "zeros"), ("reflect", "replicate"))
}
ARCHITECTURES = {"chain": CHAIN, "branches": BRANCHES} | EDGED
ARCHITECTURES |= {"vgg": thin(VGG), "inception": thin(INCEPTION), "compact": thin(COMPACT)}

EXACT = ("chain", "branches", "compact", *EDGED)  # in float64

# (network, recipe, width, height, tile): odd, of few steps, lower than a halo, fewer steps than processes.
EVALUATIONS = [
    *((name, recipe, 37, 53, tile) for name in ("chain", "branches") for recipe in RECIPES for tile in (None, 12)),
    *(("chain", "balanced", 31, height, None) for height in (9, 10, 11, 13)),
    *((name, "balanced", 41, 75, None) for name in ("vgg", "inception", "compact")),
    ("vgg", "original", 64, 50, 32),
    *((name, "balanced", 37, height, 12) for name in EDGED for height in (9, 53)),
]
# (network, recipe, optimizer, width, height)
PAINTINGS = [
    *(("chain", recipe, optimizer, 41, 61) for recipe in RECIPES for optimizer in ("lbfgs", "adam", "sgd")),
    ("branches", "balanced", "lbfgs", 150, 170),
    ("chain", "balanced", "random", 30, 23),
    ("chain", "balanced", "seamless", 31, 45),
]


@functools.cache
def seen(name: str) -> GraphNetwork:
    """A network of that shape in float64, where rounding does not blur what is compared; the real ones in float32."""
    return network(ARCHITECTURES[name], dtype=torch.float64 if name in EXACT else torch.float32)


def asked_of(name: str, **changes) -> Options:
    return options(**layers_of(ARCHITECTURES[name]), smoothness=0.3, **changes)


def evaluation(group: Group, name: str, recipe: str, width: int, height: int, tile: int | None):
    """(total, terms, whole gradient in process 0)."""
    eye, asked, topology = seen(name), asked_of(name, recipe=recipe), Topology(group)
    content, style, pixels = (image(height, width, seed, eye.pixel_dtype) for seed in (1, 2, 3))
    evaluate = objective(eye, content, style, asked, plan=Plan(tile), topology=topology)
    owned = functools.partial(topology.owned, eye.architecture, layers(eye, asked))
    found = evaluate(band(pixels, owned, group))
    assert found.is_finite()
    gradient = group.gather(found.gradient)
    values = {term: float(value) for term, value in found.terms.items()}
    return float(found.total), values, None if gradient is None else gradient.numpy()


def layers(eye: GraphNetwork, asked: Options) -> tuple[str, ...]:
    return layers_of_terms(RECIPES[asked.recipe].terms(asked, eye))


def painting(group: Group, name: str, recipe: str, optimizer: str, width: int, height: int):
    """Totals of every step, and the picture of the last in process 0."""
    apart = {"random": {"init": "random"}, "seamless": {"seamless": "both"}}
    changes: dict[str, Any] = apart.get(optimizer, {"optimizer": optimizer})
    if (recipe, optimizer) == ("original", "sgd"):
        changes["learning_rate"] = 1e-6  # its own are for the real networks
    asked = asked_of(name, recipe=recipe, size=max(width, height), num_iters=6, **changes)
    run = prepared(seen(name), picture(width, height, 1), picture(50, 40, 2), asked, topology=Topology(group))
    found = list(run.steps(is_whole=lambda step: step.iteration == 3))
    assert [step.size for step in found] == [run.schedule[step.scale - 1].size for step in found]
    here = [step.iteration for step in found if not step.image.is_meta]
    assert group.count == 1 or here == ([0, 3, found[-1].iteration] if group.is_first else [])
    last = found[-1].image
    return [step.total for step in found], None if last.is_meta else last.numpy()


def evaluations(group: Group) -> list[Any]:
    """All evaluations."""
    return [evaluation(group, *one) for one in EVALUATIONS]


def paintings(group: Group) -> list[Any]:
    """All paintings."""
    return [painting(group, *one) for one in PAINTINGS]


def apart(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.linalg.norm(one - other) / np.linalg.norm(other))


def limit(name: str) -> float:
    return 1e-9 if name in EXACT else 1e-5


def with_little_memory(group: Group) -> tuple[float, tuple[int, ...]]:
    """The total of an image for whose first evaluation the last process has no room, and the tiles it then takes."""
    asked, eye, topology = asked_of("chain", size=40, init="random"), seen("chain"), Topology(group)
    run = prepared(eye, picture(40, 33, 1), picture(30, 40, 2), asked, topology=topology)
    stage, owned = run.stage(run.schedule[-1]), functools.partial(topology.owned, eye.architecture, layers(eye, asked))
    pixels, usual, tries = image(33, 40, 3), TiledObjective.statistics, []

    def statistics(self: TiledObjective, canvas: torch.Tensor) -> dict[str, torch.Tensor]:
        tries.append(self.division.tile)
        if len(tries) == 1 and group.rank == group.count - 1:
            raise MemoryError
        return usual(self, canvas)

    smallest, plan.SMALLEST = plan.SMALLEST, 8
    TiledObjective.statistics = statistics
    try:
        total = float(stage.objective()(band(pixels, owned, group)).total)
    finally:
        TiledObjective.statistics, plan.SMALLEST = usual, smallest
    return total, tuple(tries)
