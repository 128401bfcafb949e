"""Networks small enough to be understood: few nodes, few channels, seeded weights in float64."""

from __future__ import annotations

from dataclasses import replace

import torch

from neuralart.networks.graph import IMAGE, Concat, Conv, Graph, Lrn, Node, Pool
from neuralart.networks.graph_network import GraphNetwork


def architecture(*nodes: Node, **facts) -> Graph:
    """An architecture of these nodes; every fact that a test does not care about has the plainest value."""
    plain = {
        "name": "tiny",
        "order": "RGB",
        "mean": (0.0, 0.0, 0.0),
        "style_layers": (),
        "content_layers": (),
        "summary": "",
    }
    return Graph(nodes=nodes, **(plain | facts))


def weights(arch: Graph, seed: int = 0) -> dict[str, torch.Tensor]:
    """Gaussian weights that keep activations about as large as the image, and biases."""
    generator = torch.Generator().manual_seed(seed)
    random = lambda *shape: torch.randn(*shape, generator=generator, dtype=torch.float64)
    made = {}
    for name, shape in arch.kernels().items():
        made[f"{name}.weight"] = random(*shape) * (2 / (shape[1] * shape[2] * shape[3])) ** 0.5
        made[f"{name}.bias"] = random(shape[0])
    return made


def thin(arch: Graph) -> Graph:
    """An architecture of the same layers, strides and reach, with an eighth of the channels: a sixtieth of the work."""
    nodes = [replace(node, channels=-(-node.channels // 8)) if isinstance(node, Conv) else node for node in arch.nodes]
    return replace(arch, nodes=tuple(nodes))


def network(arch: Graph, seed: int = 0, dtype: torch.dtype = torch.float64, **facts) -> GraphNetwork:
    return GraphNetwork(arch, weights(arch, seed), dtype=dtype, **facts)


def image(height: int, width: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    """[1, 3, height, width], evenly spread over 0..255."""
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(1, 3, height, width, generator=generator, dtype=torch.float64).mul(255).to(dtype)


# Two convolutions with a pooling between them: VGG-19 in small.
CHAIN = architecture(
    Conv("conv1", IMAGE, 4),
    Pool("pool1", "conv1"),
    Conv("conv2", "pool1", 5),
    Conv("conv3", "conv2", 6),
    order="BGR",
    mean=(123.0, 117.0, 104.0),
    style_layers=("conv1", "conv2"),
    content_layers=("conv3",),
)

# A strided convolution, normalisations and branches: GoogLeNet in small.
BRANCHES = architecture(
    Conv("first", IMAGE, 6, kernel=5, stride=2, pad=2),
    Lrn("norm1", "first", alpha=0.1),
    Pool("pool1", "norm1", kernel=3),
    Conv("reduce", "pool1", 4, kernel=1, pad=0),
    Conv("wide", "reduce", 6),
    Lrn("norm2", "wide"),
    Conv("a", "norm2", 4, kernel=1, pad=0),
    Conv("b", "norm2", 3),
    Pool("pool2", "norm2", kernel=3, stride=1, pad=1),
    Conv("c", "pool2", 2, kernel=1, pad=0),
    Concat("joint", ("a", "b", "c")),
    Conv("last", "joint", 4),
    order="BGR",
    mean=(123.0, 117.0, 104.0),
    style_layers=("first", "joint"),
    content_layers=("last",),
)
