"""Any module as a network: what autograd says of the module itself, whole and in parts, and nothing of it changed."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode

import neuralart
from neuralart.errors import OptionError
from neuralart.losses.gram import Gram
from neuralart.networks.edges import add_part
from neuralart.networks.graph_network import GraphNetwork
from neuralart.networks.network import Network
from neuralart.networks.vgg import chain
from neuralart.objective.division import Division
from neuralart.objective.objective import Term
from neuralart.objective.whole import WholeObjective

from ..recipes.make import picture
from .modules import ResNet, Squeezed, rebuilt, seeded, vgg_like
from .tiny import architecture, image, weights

MEAN, SCALE = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
VGG_LAYERS = {"relu1": "1", "relu2": "4", "relu3": "7"}
RES_LAYERS = ["relu", "layer1", "layer2"]
SMALL_VGG = architecture(
    *chain({"conv1_1": 4, "conv1_2": 5, "conv2_1": 6, "conv3_1": 5}),
    order="BGR",
    mean=MEAN,
    style_layers=("conv1_1", "conv3_1"),
    content_layers=("conv2_1",),
)


def foreign(module: nn.Module, layers, **facts) -> Network:
    return Network.of(module, layers, **({"mean": MEAN, "scale": SCALE} | facts))


KINDS = {
    "vgg": lambda: foreign(seeded(vgg_like()), VGG_LAYERS),
    "resnet": lambda: foreign(seeded(ResNet()), RES_LAYERS),
    # Table of the receptive fields by hand: 7x7 in strides of 2, pooled 3x3 in strides of 2, then 3x3 and 3x3.
    "resnet, given": lambda: foreign(
        seeded(ResNet()), RES_LAYERS, geometry={"relu": (2, 3), "layer1": (4, 13), "layer2": (8, 25)}
    ),
}


@pytest.mark.parametrize("kind", ["vgg", "resnet, given"])
def test_a_picture_that_tiles_is_seen_the_same_wherever_it_is_cut_and_in_parts(kind):
    network, pixels, turn = KINDS[kind]().wrapped("both"), image(32, 48), (8, 16)
    arch = network.architecture
    whole = network.trace(pixels, arch.layers)
    rolled = network.features(pixels.roll(turn, (2, 3)), arch.layers)
    division = Division(arch, arch.layers, (48, 32), 16)
    gradient, expected = torch.zeros_like(pixels), torch.zeros_like(pixels)
    for layer, features in whole.features.items():
        stride = arch.stride(layer)
        assert features.shape[2:] == (32 // stride, 48 // stride)
        turned = features.roll((turn[0] // stride, turn[1] // stride), (2, 3))
        torch.testing.assert_close(turned, rolled[layer], rtol=0, atol=1e-10)
    ones = dict.fromkeys(arch.layers, torch.ones_like)
    for part in range(len(division.parts)):
        trace = network.trace(pixels, arch.layers, division.window(part))
        add_part(gradient, trace.window.pixels.rows, trace.window.pixels.columns, trace.gradient(ones))
    add_part(expected, whole.window.pixels.rows, whole.window.pixels.columns, whole.gradient(ones))
    torch.testing.assert_close(gradient, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [(45, 51), (64, 29)])
@pytest.mark.parametrize("tile", [8, 24])
def test_parts_are_as_the_whole_there_and_back(kind, size, tile):
    network, pixels = KINDS[kind](), image(*size)
    layers = network.architecture.layers
    whole = network.trace(pixels, layers)
    pulled = {layer: torch.randn_like(one) for layer, one in whole.features.items()}
    seen = {layer: torch.zeros_like(one) for layer, one in whole.features.items()}
    gradient = torch.zeros_like(pixels)
    division = Division(network.architecture, layers, size[::-1], tile)
    assert len(division.parts) > 4
    for part in range(len(division.parts)):
        window = division.window(part)
        trace = network.trace(pixels, layers, window)
        where = {layer: (..., slice(*own.rows), slice(*own.columns)) for layer, own in window.own.items()}
        for layer, features in trace.features.items():
            seen[layer][where[layer]] += features
        rows, columns = window.pixels.rows, window.pixels.columns
        gradient[..., slice(*rows), slice(*columns)] += trace.gradient(
            {layer: lambda _, pull=pulled[layer][where[layer]]: pull for layer in window.own}
        )
    for layer in layers:
        torch.testing.assert_close(seen[layer], whole.features[layer], rtol=0, atol=1e-10)
    expected = whole.gradient({layer: lambda _, layer=layer: pulled[layer] for layer in layers})
    torch.testing.assert_close(gradient, expected, rtol=1e-10, atol=1e-12)


def test_its_features_are_the_modules_own():
    module, pixels = seeded(vgg_like()), image(30, 41)
    found = foreign(module, {"conv": "0", **VGG_LAYERS}).features(pixels, ["relu3", "conv"])
    x = (pixels - torch.tensor(MEAN).view(1, 3, 1, 1)) / torch.tensor(SCALE).view(1, 3, 1, 1)
    torch.testing.assert_close(found["relu3"], module.eval()(x.double()), rtol=1e-6, atol=1e-6)
    # The convolution's own output, though the ReLU after it works in place.
    assert bool((found["conv"] < 0).any())


def test_the_gradient_is_that_of_differences():
    network, pixels = foreign(seeded(ResNet()), RES_LAYERS), image(21, 25)
    value = lambda x: sum(one.square().sum() for one in network.features(x, RES_LAYERS).values())
    found = network.trace(pixels, RES_LAYERS).gradient(dict.fromkeys(RES_LAYERS, lambda features: 2 * features))
    direction = torch.randn_like(pixels)
    step = 1e-4
    slope = (value(pixels + step * direction) - value(pixels - step * direction)) / (2 * step)
    torch.testing.assert_close((found * direction).sum(), slope, rtol=1e-5, atol=0)


def test_ours_rebuilt_of_pytorchs_modules_evaluates_the_same():
    module, paths = rebuilt(SMALL_VGG)
    theirs = Network.of(module, paths, mean=MEAN, order="BGR", style_layers=SMALL_VGG.style_layers)
    ours = GraphNetwork(SMALL_VGG, weights(SMALL_VGG), dtype=torch.float64)
    target = image(40, 40, seed=1)
    terms = []
    for layer in SMALL_VGG.layers:
        statistic = Gram().statistic(ours.features(target, [layer])[layer])
        count = SMALL_VGG.size(layer, 40, 40)[0] ** 2
        terms.append(Term(layer, layer, Gram().aimed(statistic / count, count)))
    one, other = (WholeObjective(network, terms)(image(40, 40)) for network in (ours, theirs))
    torch.testing.assert_close(one.total, other.total, rtol=1e-10, atol=0)
    assert (one.gradient - other.gradient).norm() <= 1e-10 * one.gradient.norm()


def test_the_module_is_not_changed():
    module = seeded(ResNet()).train()
    module.fc.weight.requires_grad_(False)
    before = {name: value.clone() for name, value in module.state_dict().items()}
    network = foreign(module, RES_LAYERS)
    network.architecture.reach("layer2")
    network.to("cpu", torch.float32).trace(image(32, 32), RES_LAYERS).gradient({"layer1": torch.ones_like})
    assert all(part.training for part in module.modules())
    assert [name for name, one in module.named_parameters() if not one.requires_grad] == ["fc.weight"]
    assert all(one.grad is None for one in module.parameters())
    assert not any(part._forward_hooks for part in module.modules())
    assert all(
        torch.equal(value, before[name]) and value.dtype == before[name].dtype
        for name, value in module.state_dict().items()
    )


def test_weights_are_shared_not_copied():
    module = seeded(ResNet())
    own = {one.data_ptr() for one in (*module.parameters(), *module.buffers())}
    network = foreign(module, RES_LAYERS)
    assert {one.data_ptr() for one in network.weights.values()} == own


def test_the_module_runs_no_further_than_it_must():
    class Broken(nn.Module):
        def forward(self, x):
            raise AssertionError("the classifier ran")

    module = nn.Sequential(vgg_like().double(), Broken())
    network = foreign(module, {"relu1": "0.1", "relu2": "0.4"})
    assert network.features(image(32, 32), ["relu2"])["relu2"].shape == (1, 8, 16, 16)


def test_several_threads_look_at_once():
    network = foreign(seeded(ResNet()), RES_LAYERS)
    pictures = [image(40, 40 + 8 * place, seed=place) for place in range(8)]
    alone = [network.features(one, RES_LAYERS) for one in pictures]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda one: network.features(one, RES_LAYERS), pictures))
    for one, other in zip(alone, together):
        assert all(torch.equal(one[layer], other[layer]) for layer in RES_LAYERS)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_in_another_precision(dtype):
    network = foreign(seeded(vgg_like()), VGG_LAYERS)
    there = network.to("cpu", dtype)
    assert (there.dtype, there.pixel_dtype, network.dtype) == (dtype, torch.float32, torch.float64)
    assert there.to("cpu", dtype) is there
    trace = there.trace(image(24, 24, dtype=torch.float32), ["relu2"])
    assert trace.features["relu2"].dtype == dtype
    exact = network.features(image(24, 24), ["relu2"])["relu2"]
    assert (trace.features["relu2"] - exact).norm() < 8 * torch.finfo(dtype).eps * exact.norm()
    assert trace.gradient({"relu2": torch.ones_like}).dtype == torch.float32


def test_it_runs_without_numbers():
    network = foreign(seeded(ResNet()).float(), RES_LAYERS)
    tiles = Division(network.architecture, tuple(RES_LAYERS), (80, 64), 32)
    with FakeTensorMode(allow_non_fake_inputs=True):
        whole = network.trace(torch.empty(1, 3, 64, 80), RES_LAYERS)
        assert whole.features["layer2"].shape == (1, 9, 8, 10)
        assert whole.gradient({"layer2": torch.ones_like}).shape == (1, 3, 64, 80)
        part = network.features(torch.empty(1, 3, 64, 80), RES_LAYERS, tiles.window(1))
        assert part["layer1"].shape == (1, 6, 8, tiles.window(1).own["layer1"].size[0])
    hollow = network.to("meta", torch.float32)
    assert hollow.features(torch.empty(1, 3, 64, 80, device="meta"), ["layer1"])["layer1"].shape == (1, 6, 16, 20)


def test_it_can_be_pickled():
    network = foreign(seeded(vgg_like()), VGG_LAYERS)
    there = pickle.loads(pickle.dumps(network))
    found, expected = (one.features(image(20, 20), ["relu3"])["relu3"] for one in (there, network))
    assert torch.equal(found, expected)


def test_bgr_is_rgb_turned_round():
    module, pixels = seeded(vgg_like()), image(20, 20)
    found = foreign(module, VGG_LAYERS, order="BGR").features(pixels, ["relu1"])["relu1"]
    turned = foreign(module, VGG_LAYERS, mean=MEAN[::-1], scale=SCALE[::-1]).features(pixels.flip(1), ["relu1"])
    torch.testing.assert_close(found, turned["relu1"])


def test_a_submodule_that_is_called_twice_counts_with_its_last_output():
    network = foreign(seeded(ResNet()), {"relu": "layer1.relu", "block": "layer1"})
    found = network.features(image(32, 32), ["relu", "block"])
    assert torch.equal(found["relu"], found["block"])


def test_layers_are_in_order_of_depth_and_the_usual_ones_are_chosen():
    arch = foreign(seeded(vgg_like()), {"c": "7", "a": "1", "b": "4"}).architecture
    assert arch.layers == arch.style_layers == ("a", "b", "c")
    assert arch.content_layers == ("c",)
    assert arch.channels() == {"image": 3, "a": 6, "b": 8, "c": 5}
    assert arch.name == "Sequential"
    arch = foreign(vgg_like(), VGG_LAYERS, content_layers=["relu1"], name="mine").architecture
    assert (arch.content_layers, arch.name) == (("relu1",), "mine")


class Tokens(nn.Module):
    def forward(self, x):
        return x.flatten(2)


class Choosing(nn.Module):
    def forward(self, x):
        return x if x.max() > 0 else -x


class Pair(nn.Module):
    def forward(self, x):
        return x, x


@pytest.mark.parametrize(
    ("module", "layers", "facts", "message"),
    [
        (ResNet(), ["layer3"], {}, "ResNet has no submodule 'layer3'; did you mean 'layer"),
        (ResNet(), [], {}, "layers is empty"),
        (ResNet(), "layer1", {}, "layers is 'layer1'; give a list"),
        (ResNet(), {"image": "layer1"}, {}, "a layer cannot be called 'image'"),
        (ResNet(), ["fc"], {}, r"layer 'fc' \('fc'\) returns a tensor \[1, 4\]"),
        (nn.Sequential(Tokens()), ["0"], {}, r"returns a tensor \[1, 3, 50176\]; features are"),
        (nn.Sequential(Pair()), ["0"], {}, "returns a tuple"),
        (nn.ModuleDict({"a": nn.ReLU()}), ["a"], {}, r"cannot run on an image \[1, 3, 224, 224\]"),
        (nn.Sequential(Choosing()), ["0"], {}, "'meta', which has shapes but no numbers"),
        (nn.Conv2d(1, 3, 3), [""], {}, "a layer cannot be called ''"),
        (nn.Sequential(nn.Conv2d(4, 3, 3)), ["0"], {}, r"cannot run on an image .*\(RuntimeError: "),
        (ResNet(), ["relu"], {"mean": 0.45}, "multiply by 255"),
        (ResNet(), ["relu"], {"scale": (0.2, 0.2, 0.2)}, "multiply by 255"),
        (ResNet(), ["relu"], {"scale": 0}, "scale is 0; its numbers must be above 0"),
        (ResNet(), ["relu"], {"mean": (1.0, 2.0)}, "mean has 2 numbers"),
        (ResNet(), ["relu"], {"order": "rgb"}, "order is 'rgb'; it must be 'RGB' or 'BGR'"),
        (ResNet(), ["relu"], {"style_layers": ["rellu"]}, "has no layer 'rellu'; did you mean 'relu'"),
        (ResNet(), ["relu"], {"geometry": {}}, "geometry lacks layer 'relu'"),
        (ResNet(), ["relu"], {"geometry": {"relu": (4, 3)}}, "layer 'relu' has stride 4; it has 2"),
        (ResNet(), ["relu"], {"geometry": {"relu": (0, 3)}}, r"geometry gives \(0, 3\)"),
        (
            ResNet(),
            ["relu"],
            {"geometry": {"relu": (2, 3), "rel": (1, 1)}},
            "'rel', which is not a layer; did you mean",
        ),
    ],
)
def test_mistakes(module, layers, facts, message):
    with pytest.raises(OptionError, match=message):
        foreign(module, layers, **facts)


def test_a_submodule_that_never_runs():
    class Idle(ResNet):
        def __init__(self):
            super().__init__()
            self.idle = nn.ReLU()

    with pytest.raises(OptionError, match="Idle never calls the submodule of layer 'idle'"):
        foreign(Idle(), ["relu", "idle"])


def test_a_painting_with_a_foreign_network_in_tiles_is_that_of_the_whole():
    module = seeded(ResNet()).float()
    network = foreign(module, {"fine": "relu", "coarse": "layer1"})
    pictures = picture(96, 80), picture(50, 60, seed=1)
    paint = lambda **options: neuralart.stylize(
        *pictures,
        network=network,
        size=96,
        scales=1,
        num_iters=3,
        device="cpu",
        **options,
    )
    whole, tiled = paint().pixels, paint(tile=64).pixels
    assert (whole - pictures[0].pixels).abs().max() > 1
    torch.testing.assert_close(whole, tiled, rtol=0, atol=0.1)


def test_a_network_that_needs_the_whole_image_says_so_before_it_is_divided():
    network = foreign(seeded(nn.Sequential(Squeezed())).float(), ["0"])
    with pytest.raises(OptionError, match=r"layer '0' .* on the whole image: .*; leave --tile out"):
        neuralart.stylize(picture(96, 80), picture(50, 60), network=network, size=96, tile=64, device="cpu")
