import re

import pytest
import torch

from neuralart.errors import WeightsError
from neuralart.weights.entry import Entry, natural
from neuralart.weights.naming import fits, match

from .files import FULL_VGG, INCEPTION, SHARED, VGG


def entries(*names, shape=(1,)):
    return [Entry(name, shape, lambda: torch.zeros(shape)) for name in names]


def layer_entries(stems, layers, weight="{}.weight", bias="{}.bias"):
    """Entries under other names for a table's layers, in its order."""
    made = []
    for stem, shape in zip(stems, layers.values()):
        made += entries(weight.format(stem), shape=shape) + entries(bias.format(stem), shape=shape[:1])
    return made


@pytest.mark.parametrize(
    "weight, bias",
    [
        ("{}.weight", "{}.bias"),
        ("features.{}.weight", "features.{}.bias"),
        ("module.vgg.{}.weight", "module.vgg.{}.bias"),
        ("{}_w_0", "{}_b_0"),
        ("{0}/{0}_W_1:0", "{0}/{0}_b_1:0"),
        ("model/{}/kernel:0", "model/{}/bias:0"),
        ("{}/kernel", "{}/bias"),
    ],
)
@pytest.mark.parametrize("layers", [VGG, INCEPTION], ids=["vgg", "inception"])
def test_published_names_however_spelt(layers, weight, bias):
    for respell in (str, lambda n: n.replace("/", "_"), lambda n: n.replace("/", "."), str.upper):
        stems = [respell(layer) for layer in layers]
        if any("/" in stem for stem in stems) and "{0}/{0}" in weight:
            continue
        found = match(layer_entries(stems, layers, weight, bias), layers)
        assert list(found) == list(layers)
        assert [found[layer]["weight"].shape for layer in layers] == list(layers.values())


def test_keras_names():
    assert list(match(layer_entries(["block1_conv1", "block1_conv2", "block2_conv1"], VGG), VGG)) == list(VGG)


def test_names_beat_order_and_any_subset_will_do():
    given = layer_entries(["conv2_1", "fc6"], {"conv2_1": VGG["conv2_1"], "fc6": (9, 9, 9, 9)})
    found = match([*layer_entries(["conv1_2"], {"conv1_2": VGG["conv1_2"]}), *given], VGG)
    assert list(found) == ["conv1_2", "conv2_1"]
    reverse = list(reversed(layer_entries(list(VGG), VGG)))
    assert list(match(reverse, VGG)) == list(VGG)


def test_a_layers_name_is_not_taken_for_the_tail_of_a_longer_one():
    layers = {"conv2/3x3": (1, 1, 3, 3), "3x3": (2, 1, 3, 3)}
    found = match(layer_entries(["3x3", "conv2_3x3"], {"3x3": (2, 1, 3, 3), "conv2/3x3": (1, 1, 3, 3)}), layers)
    assert found["conv2/3x3"]["weight"].shape == (1, 1, 3, 3)
    with pytest.raises(WeightsError, match="has no layer of this network"):
        match(layer_entries(["conv1_1_aux"], {"a": (1,)}), VGG)


def test_the_order_decides_where_names_say_nothing():
    stems = ["features.0", "features.2", "features.5"]
    assert list(match(layer_entries(stems, VGG), VGG)) == list(VGG)
    assert list(match(layer_entries(stems[:2], VGG), VGG)) == list(VGG)[:2]
    flat = {layer: (out, kernel * h * w) for layer, (out, kernel, h, w) in VGG.items()}
    assert list(match(layer_entries(stems, flat), VGG)) == list(VGG)


def test_fully_connected_layers_end_the_order():
    more = {**dict(list(VGG.items())[:2]), "fc6": (9, 5), "fc7": (3, 9)}
    assert list(match(layer_entries("abcd", more), VGG)) == ["conv1_1", "conv1_2"]


def test_more_layers_than_the_table_has():
    assert list(match(layer_entries("abcd", {**VGG, "more": (7, 6, 3, 3)}), VGG)) == list(VGG)


def test_another_networks_order_is_refused():
    """VGG-16's convolutions, one of them wider: one fewer in the third block, and all else alike."""
    vgg16 = {name: shape for name, shape in FULL_VGG.items() if not name.endswith("_4")}
    vgg16["conv5_3"] = (513, 512, 3, 3)
    with pytest.raises(
        WeightsError,
        match=re.escape(
            "seems to hold another network: its kernel number 8, 'h', has shape [512, 256, 3, 3] but conv3_4 has "
            "[256, 256, 3, 3]"
        ),
    ):
        match(layer_entries("abcdefghijklm", vgg16), FULL_VGG)


def test_the_table_in_these_tests_is_vgg_19():
    assert len(FULL_VGG) == 16 and FULL_VGG["conv1_1"] == (64, 3, 3, 3) and FULL_VGG["conv3_1"] == (256, 128, 3, 3)
    assert sum(out * (into * 9 + 1) for out, into, _, _ in FULL_VGG.values()) == 20_024_384


def test_googlenets_module_order_is_the_tables_order():
    path = SHARED / "oracle" / "inception_modules.txt"
    if not path.exists():
        pytest.skip("needs ../shared/oracle/inception_modules.txt")
    rows = [line.split() for line in path.read_text().splitlines() if not line.startswith("#")]
    convolutions = [row for row in rows if row[1] == "nn.SpatialConvolution"]
    table = {row[3]: tuple(int(n) for n in row[2].split("x")) for row in convolutions}
    linear = {"loss3/classifier": (1000, 1024)}
    stems = [row[0] for row in convolutions] + ["179"]
    found = match(layer_entries(stems, {**table, **linear}), table)
    assert {layer: arrays["weight"].name for layer, arrays in found.items()} == {
        row[3]: f"{row[0]}.weight" for row in convolutions
    }


@pytest.mark.parametrize(
    "names, reason",
    [
        (["conv1_1.weight"], "^conv1_1 has a weight but no bias$"),
        (["conv1_1.bias"], "^conv1_1 has a bias but no weight$"),
        (["a.conv1_1.weight", "b.conv1_1.weight"], "^has conv1_1 twice, as 'a.conv1_1' and as 'b.conv1_1'$"),
        (["x.weight", "x/weight"], "^has the weight of 'x' twice$"),
        ([], r"^has no layer of this network \(conv1_1, conv1_2, conv2_1\); it has no arrays at all$"),
        (["a", "b.bias", "c", "d", "e", "f"], "it has a, b.bias, c, d and 2 more$"),
        (
            ["inception3a.branch1.bn.running_mean"],
            "^contains torchvision's GoogLeNet, which is not BVLC",
        ),
        (
            ["features.1.running_var"],
            "^contains a network with batch normalisation, .* in Python, neuralart.Network.of accepts such a module",
        ),
        (["bn/moving_mean:0"], "^contains a network with batch normalisation"),
    ],
)
def test_refusals(names, reason):
    with pytest.raises(WeightsError, match=reason):
        match(entries(*names), VGG)


BLOCKS = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}


def vgg(depth):
    """VGG's table of layers."""
    table, below = {}, 3
    for block, (count, channels) in enumerate(zip(BLOCKS[depth], (64, 128, 256, 512, 512)), 1):
        for index in range(1, count + 1):
            table[f"conv{block}_{index}"], below = (channels, below, 3, 3), channels
    return table


@pytest.mark.parametrize("wanted", BLOCKS)
@pytest.mark.parametrize("given", BLOCKS)
@pytest.mark.parametrize("names", ["caffe", "torchvision"])
def test_no_vgg_passes_for_one_of_another_depth(given, wanted, names):
    stems = list(vgg(given)) if names == "caffe" else [f"features.{place}" for place in range(len(vgg(given)))]
    classifier = layer_entries(["fc8"], {"fc8": (1000, 4096)})
    holds = [*layer_entries(stems, vgg(given)), *classifier]
    if given == wanted:
        assert list(match(holds, vgg(wanted))) == list(vgg(wanted))
        return
    with pytest.raises(
        WeightsError, match=f"^contains VGG-{given}, but VGG-{wanted} was requested; use --model vgg{given}$"
    ):
        match(holds, vgg(wanted))


def test_a_file_that_ends_early_is_not_taken_for_a_smaller_vgg():
    # conv1_1 to conv3_4 of VGG-19 are as many convolutions as VGG-11 has.
    table = vgg(19)
    some = {name: table[name] for name in table if name < "conv4"}
    assert len(some) == len(vgg(11))
    assert list(match(layer_entries(list(some), some), table)) == list(some)


def test_fits():
    assert fits((4, 3, 3, 3), (4, 3, 3, 3)) and fits((4, 27), (4, 3, 3, 3))
    assert not fits((4, 3, 9), (4, 3, 3, 3)) and not fits((3, 4, 3, 3), (4, 3, 3, 3))


def test_natural_order():
    assert sorted(["f.10", "f.9", "f", "f.1a", "g.1"], key=natural) == ["f", "f.1a", "f.9", "f.10", "g.1"]
    assert sorted(["9" * 9000, "1"], key=natural)[0] == "1"
