"""Rescales a network's filters to mean activation 1 over some photographs, without changing the function.

Gatys et al. (arXiv 1508.06576, section 4): "the mean activation of each filter over images and positions is equal to
one. Such re-scaling can be done without changing its output, because it contains only rectifying linear activation
functions and no normalization or pooling over feature maps." GoogLeNet has two such normalisations; the filters that
feed them keep their scale.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch

from neuralart.errors import OptionError
from neuralart.networks.graph import Concat, Conv, Graph, Lrn, sources
from neuralart.networks.graph_network import GraphNetwork

# A filter with a mean activation below this share of its layer's is practically dead; scaling its noise up to 1 would
# make it dominate the layer.
DEAD = 1e-3

# The factor by which the typical mean activation of a normalised network may differ from 1: means differ between sets
# of photographs, and Oxford's raw weights are at 20 to 300.
NORMALISED_WITHIN = 3.0


def normalise(network: GraphNetwork, photographs: Iterable[torch.Tensor]) -> GraphNetwork:
    """Return the same function with every filter's mean activation over the photographs at 1.

    A filter that almost none of the photographs activates keeps its scale relative to its layer.

    Args:
        network: The network.
        photographs: Images [1, 3, H, W], sRGB, 0..255; a handful of varied ones is enough.

    Raises:
        OptionError: For a network of `Network.of`, whose filters only its module knows.
        ValueError: If there are no photographs.
    """
    if not isinstance(network, GraphNetwork):
        raise OptionError("normalise rescales only networks from neuralart.provide, not those of Network.of")
    means = mean_activations(network, photographs)
    scalable = scalable_convolutions(network.architecture, set(means))
    scales = {name: _scale(mean) if name in scalable else torch.ones_like(mean) for name, mean in means.items()}
    return network.with_weights(rescale(network, scales))


def _scale(mean: torch.Tensor) -> torch.Tensor:
    usual = mean.mean()
    return torch.where(mean > DEAD * usual, mean, usual) if usual > 0 else torch.ones_like(mean)


def is_normalised(network: GraphNetwork, photographs: Iterable[torch.Tensor]) -> bool:
    """Whether the median of the mean activations is near 1 in every layer that can be rescaled."""
    means = mean_activations(network, photographs)
    scalable = scalable_convolutions(network.architecture, set(means))
    medians = [mean[mean > 0].median().item() for name, mean in means.items() if name in scalable and (mean > 0).any()]
    return all(1 / NORMALISED_WITHIN < median < NORMALISED_WITHIN for median in medians)


@torch.no_grad()
def mean_activations(network: GraphNetwork, photographs: Iterable[torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return each filter's mean activation over photographs and positions: {convolution: [channels]}, in float64."""
    here = [n.name for n in network.architecture.nodes if isinstance(n, Conv) and f"{n.name}.weight" in network.weights]
    sums: dict[str, torch.Tensor] = {}
    positions: dict[str, int] = {}
    for photograph in photographs:
        for name, features in network.features(photograph.to(network.device), here).items():
            sums[name] = sums.get(name, 0) + features.double().sum((0, 2, 3))
            positions[name] = positions.get(name, 0) + features[0, 0].numel()
    if not sums:
        raise ValueError("normalising needs at least one photograph")
    return {name: total / positions[name] for name, total in sums.items()}


def scalable_convolutions(architecture: Graph, here: set[str]) -> set[str]:
    """Return the convolutions whose scale later ones can undo: with a ReLU, and no normalisation in between."""
    blocked = {
        source for node in architecture.nodes if isinstance(node, Lrn) for source in upstream(architecture, node)
    }
    return {n.name for n in architecture.nodes if isinstance(n, Conv) and n.relu and n.name in here} - blocked


def upstream(architecture: Graph, node: Lrn) -> set[str]:
    """Return the convolutions whose activations reach this node only through poolings and concatenations."""
    nodes, result, waiting = {n.name: n for n in architecture.nodes}, set(), list(sources(node))
    while waiting:
        source = nodes.get(waiting.pop())
        if isinstance(source, Conv):
            result.add(source.name)
        elif source is not None:
            waiting += sources(source)
    return result


def rescale(network: GraphNetwork, scales: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Divide the weights of every filter by its scale and multiply them by the scales of its inputs."""
    incoming: dict[str, torch.Tensor] = {"image": torch.ones(3, dtype=torch.float64)}
    weights = dict(network.weights)
    for node in network.architecture.nodes:
        below = [incoming[source] for source in sources(node) if source in incoming]
        if len(below) < len(sources(node)):
            break  # the weights end here
        if isinstance(node, Concat):
            incoming[node.name] = torch.cat(below)
        elif not isinstance(node, Conv):
            incoming[node.name] = below[0]
        elif node.name in scales:
            scale, weight = scales[node.name], weights[f"{node.name}.weight"]
            changed = weight.double() * below[0][None, :, None, None] / scale[:, None, None, None]
            weights[f"{node.name}.weight"] = changed.to(weight.dtype)
            weights[f"{node.name}.bias"] = (weights[f"{node.name}.bias"].double() / scale).to(weight.dtype)
            incoming[node.name] = scale
    return weights
