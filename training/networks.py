"""The two teachers and the student."""

import torch
import torch.nn.functional as F
from safetensors.torch import load_file

from neuralart.networks.compact import COMPACT, STACKED, WIDTHS
from neuralart.networks.graph_network import GraphNetwork
from neuralart.networks.normalise import rescale
from neuralart.networks.vgg import VGG

# Layers that the student learns to predict, and the channels that its teachers have there.
TAUGHT = {"conv1_1": 64, "conv2_1": 128, "conv3_1": 256, "conv3_3": 256, "conv4_1": 512, "conv5_1": 512}
STYLE = tuple(name for name in TAUGHT if name.endswith("_1"))
CONTENT = "conv3_3"
SHALLOW = ("conv1_1", "conv2_1", "conv3_1", "conv3_3")
SCALE = 64.0  # brings centred pixels near 1


class Vgg:
    """The real VGG-19 from conv1_1 to conv3_3, average pooling, normalised with the given scales. RGB 0..255 in."""

    def __init__(self, weights, scales, dtype=torch.bfloat16, device="cpu"):
        raw = GraphNetwork(VGG, load_file(weights))
        scales = {name: scale for name, scale in load_file(scales).items() if f"{name}.weight" in raw.weights}
        self.network = GraphNetwork(VGG, rescale(raw, scales), dtype=dtype, device=device)

    def __call__(self, pixels, names=SHALLOW):
        return self.network.features(pixels, names)


class Distilled:
    """The published 16-times smaller VGG-19: its estimate of the normalised conv4_1 and conv5_1. RGB 0..255 in."""

    def __init__(self, weights, device="cpu"):
        raw = {name: weight.to(device) for name, weight in load_file(weights).items()}
        self.first = raw["conv0.weight"] / 255, raw["conv0.bias"]
        self.maps = {n: (raw[n + "_aux.weight"], raw[n + "_aux.bias"]) for n in STYLE}
        self.layers = [
            (f"conv{b}_{i}", prepare(raw[f"conv{b}_{i}.weight"]), raw[f"conv{b}_{i}.bias"])
            for b, n in enumerate((2, 2, 4, 4, 1), 1)
            for i in range(1, n + 1)
        ]

    def __call__(self, pixels, mapped=("conv4_1", "conv5_1"), trunk=()):
        """Estimates of the layers in `mapped`, and the network's own features of those in `trunk`."""
        x, out = F.conv2d(pixels, *self.first).contiguous(memory_format=torch.channels_last), {}
        for name, weight, bias in self.layers:
            if name.endswith("_1") and name != "conv1_1":
                x = F.max_pool2d(x, 2)
            x = F.relu(F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), weight, bias))
            if name in mapped:
                out[name] = F.conv2d(x, *self.maps[name])
            elif name in trunk:
                out[name] = x
        return out


class Student(torch.nn.Module):
    """VGG-shaped and narrow: 3x3 convolutions padded by 1, average pooling, 1x1 maps to the teachers."""

    def __init__(self, widths=WIDTHS):
        super().__init__()
        self.convs, self.maps, below = torch.nn.ModuleDict(), torch.nn.ModuleDict(), 3
        for name, width in widths.items():
            conv = torch.nn.Conv2d(below, width, 3, padding=1)
            torch.nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
            torch.nn.init.zeros_(conv.bias)
            self.convs[name], below = conv, width
        for name, channels in TAUGHT.items():
            self.maps[name] = torch.nn.Conv2d(sum(widths[n] for n in seen_by(name)), channels, 1)
        self.register_buffer("mean", torch.tensor(COMPACT.mean).view(1, 3, 1, 1), persistent=False)
        self.to(memory_format=torch.channels_last)

    @torch.no_grad()
    def load_trunk(self, weights):
        """The convolutions of an exported network, every filter brought back to the size at which training begins."""
        incoming = torch.ones(3) / SCALE
        for name, conv in self.convs.items():
            kernel, bias = weights[f"{name}.weight"].float(), weights[f"{name}.bias"].float()
            kernel = kernel / incoming[None, :, None, None]
            incoming = 2**0.5 / kernel.flatten(1).norm(dim=1)
            conv.weight.copy_(kernel * incoming[:, None, None, None])
            conv.bias.copy_(bias * incoming)

    def trunk(self, pixels):
        """What the maps look at, by the names of the layers that they predict."""
        x, found = ((pixels - self.mean) / SCALE).contiguous(memory_format=torch.channels_last), {}
        for name, conv in self.convs.items():
            if name.endswith("_1") and name != "conv1_1":
                x = F.avg_pool2d(x, 2)
            found[name] = x = F.relu(conv(x))
        found[CONTENT] = torch.cat([found[name] for name in seen_by(CONTENT)], 1)
        return {name: found[name] for name in self.maps}

    def forward(self, pixels, offset=(0, 0)):
        """What the student predicts of its teachers' layers."""
        return {name: self.maps[name](x) for name, x in thin(self.trunk(pixels), offset).items()}


def seen_by(name):
    """The student's layers from which it predicts its teachers' layer of that name."""
    return STACKED if name == CONTENT else (name,)


def thin(features, offset):
    """Every second row and column of the two largest layers: the same lesson at a quarter of the cost."""
    return {
        n: x[:, :, offset[0] :: 2, offset[1] :: 2] if n in ("conv1_1", "conv2_1") else x for n, x in features.items()
    }


def prepare(weight):
    return weight.float().contiguous(memory_format=torch.channels_last)
