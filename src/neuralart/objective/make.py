"""Makes the objective from terms and targets, for a plan and a topology."""

from __future__ import annotations

from collections.abc import Sequence

from neuralart.networks.network import Network
from neuralart.objective.bands import BandedObjective
from neuralart.objective.objective import Objective, Term, layers_of
from neuralart.objective.plan import WHOLE, Plan
from neuralart.objective.targets import MaskOf, Targets, aimed, alike
from neuralart.objective.tiled import TiledObjective
from neuralart.objective.topology import HERE, Topology
from neuralart.objective.whole import WholeObjective


def make(
    network: Network,
    terms: Sequence[Term],
    targets: Targets,
    size: tuple[int, int],
    plan: Plan = WHOLE,
    topology: Topology = HERE,
    mask_of: MaskOf = alike,
) -> Objective:
    """Return the sum of the terms as a function of an image.

    Args:
        network: The network that compares pictures.
        terms: The terms, without targets.
        targets: By the name of a term, from `targets.style_targets` and `targets.content_targets`.
        size: (width, height) of the image in pixels.
        plan: Whole or in tiles; the plan with which the content's targets were computed.
        topology: The processes and devices that share the image.
        mask_of: Returns how much each pixel of the image counts for a term.

    Returns:
        The function image [1, 3, H, W] -> Evaluation; if several processes share the image, of this process's band.

    Raises:
        OptionError: If two terms have the same name, or one needs the whole image and the plan divides it.
    """
    division = topology.divide(network.architecture, layers_of(terms), size, plan.tile)
    result = aimed(terms, targets, size, division, topology, mask_of)
    others = [network.to(device, network.dtype) for device in topology.devices[1:]]
    if topology.group.count > 1:
        return BandedObjective(network, result, division, topology, others)
    if len(division.parts) == 1:
        return WholeObjective(network, result)
    return TiledObjective(network, result, division, others)
