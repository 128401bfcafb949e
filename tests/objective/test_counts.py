"""What one evaluation and one step cost, counted: a guard that no clock and no neighbour on the machine can move."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from neuralart.losses.content import Content
from neuralart.losses.gram import Gram
from neuralart.losses.products import gram
from neuralart.networks import NETWORKS
from neuralart.networks.graph import Conv, Pool
from neuralart.networks.graph_network import GraphNetwork
from neuralart.objective.division import Division, keep
from neuralart.objective.objective import Term
from neuralart.objective.tiled import TiledObjective
from neuralart.objective.whole import WholeObjective
from neuralart.optim.history import History

SIZE = (64, 48)
# Whether there is a library of convolutions to which Gram matrices are left (losses/gram.py).
CONVOLVED = torch.backends.mkldnn.is_available()


class Counting(TorchDispatchMode):
    """Counts every operation by its name, and of copies how many numbers change precision or layout."""

    def __init__(self):
        super().__init__()
        self.calls, self.laid_out, self.large = Counter(), 0, 0

    def __torch_dispatch__(self, function, types, given=(), named=None):
        name = function.name().removeprefix("aten::").partition(".")[0]
        self.calls[name] += 1
        found = function(*given, **(named or {}))
        if name in ("clone", "contiguous") and given[0].ndim == 4 and given[0].numel() > 3 * SIZE[0] * SIZE[1]:
            self.laid_out += given[0].stride() != found.stride()
        return found


def objective(dtype, tile=None):
    """VGG-19 with random weights, as `balanced` looks at it."""
    architecture = NETWORKS["vgg"]
    generator = torch.Generator().manual_seed(0)
    weights = {}
    for name, shape in architecture.kernels().items():
        spread = (2 / (shape[1] * 9)) ** 0.5
        weights[f"{name}.weight"] = spread * torch.randn(shape, generator=generator)
        weights[f"{name}.bias"] = torch.zeros(shape[0])
    network = GraphNetwork(architecture, weights, dtype=dtype)
    image = torch.rand(1, 3, SIZE[1], SIZE[0], generator=generator) * 255
    layers = (*architecture.style_layers, *architecture.content_layers)
    seen = network.features(image.flip(2), layers)
    terms = [Term("content", name, Content().aimed([seen[name]], 1), 1.0) for name in architecture.content_layers]
    for name in architecture.style_layers:
        positions = seen[name][0, 0].numel()
        terms.append(Term(f"style {name}", name, Gram(gram(seen[name]) / positions, positions), 1.0))
    if tile is None:
        return WholeObjective(network, terms), image
    division = Division(architecture, layers, SIZE, tile)
    kept = keep(network, image.flip(2), division, architecture.content_layers)
    terms = [replace(t, loss=Content().aimed(kept[t.layer], 1)) if t.name == "content" else t for t in terms]
    return TiledObjective(network, terms, division), image


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=["float32", "bfloat16"])
def test_an_evaluation_looks_once_there_and_once_back(dtype):
    evaluate, image = objective(dtype)
    evaluate(image)  # weights are prepared at the first look
    plan = NETWORKS["vgg"].plan(evaluate.layers)
    convolutions = sum(isinstance(node, Conv) for node in plan)
    poolings = sum(isinstance(node, Pool) for node in plan)
    with Counting() as counted:
        evaluate(image)
    calls = counted.calls
    # Gram matrices: one product for each style layer, one on the way back; as convolutions where they can be.
    products = len(NETWORKS["vgg"].style_layers)
    as_convolutions = products if CONVOLVED else 0
    assert calls["convolution"] == calls["convolution_backward"] == convolutions + as_convolutions
    assert calls["addmm_"] == calls["mm"] == products - as_convolutions
    assert calls["avg_pool2d"] == poolings
    # Pooling's way back is a copy; no layout is changed, and no activation copied.
    assert calls["avg_pool2d_backward"] == 0
    # The pixels, and the gradient on them.
    assert calls["clone"] == 2
    assert counted.laid_out == 0
    # In float32 what a ReLU let through is noted where nobody asked for the layer; in bfloat16 features are widened
    # where they are summed up, the image narrowed, its gradient widened.
    changed, noted = calls["_to_copy"], convolutions - len(evaluate.layers)
    assert changed <= (2 + noted if dtype == torch.float32 else 22)
    assert calls["copy_"] <= poolings + (1 if dtype == torch.float32 else 3)


def test_tiles_look_twice_there_and_once_back():
    evaluate, image = objective(torch.float32, tile=32)
    evaluate(image)
    parts = len(evaluate.division.parts)
    convolutions = sum(isinstance(node, Conv) for node in NETWORKS["vgg"].plan(evaluate.division.layers))
    with Counting() as counted:
        evaluate(image)
    products = parts * len(NETWORKS["vgg"].style_layers) if CONVOLVED else 0
    assert counted.calls["convolution"] == 2 * parts * convolutions + products
    assert counted.calls["convolution_backward"] == parts * convolutions + products


@pytest.mark.parametrize("pairs", [3, 20])
def test_a_step_reads_its_history_twice_however_long_it_is(pairs):
    history = History(pairs)
    for _ in range(pairs + 2):
        s = torch.rand(200)
        history.add(s, 2 * s + torch.rand(200) / 10)
    gradient = torch.rand(200)
    history.times(gradient)
    s = torch.rand(200)
    with Counting() as counted:
        history.add(s, 2 * s)
        history.times(gradient)
    # S for the products, Y for what is taken off, Y for the products of the rest, S for the result.
    assert counted.calls["mm"] == 2
    assert counted.calls["addmv_"] == 2
