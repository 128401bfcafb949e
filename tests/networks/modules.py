"""Small modules such as people bring: VGG-shaped, residual, and some that look at the whole image."""

from __future__ import annotations

import torch
from torch import nn

from neuralart.networks.graph import Conv, Graph, Pool

from .tiny import weights


def seeded(module: nn.Module, seed: int = 0) -> nn.Module:
    """Float64, Gaussian weights that keep activations in range, batch norm with statistics of its own."""
    generator = torch.Generator().manual_seed(seed)
    for part in module.double().modules():
        for name, one in part.named_parameters(recurse=False):
            fan = max(1, one[0].numel() if one.ndim > 1 else 4)
            one.data.copy_(torch.randn(one.shape, generator=generator, dtype=one.dtype) * (2 / fan) ** 0.5)
            if isinstance(part, nn.BatchNorm2d) and name == "weight":
                one.data.abs_().add_(0.5)
        if isinstance(part, nn.BatchNorm2d):
            part.running_mean.normal_(generator=generator)
            part.running_var.uniform_(0.5, 2, generator=generator)
    return module


def vgg_like() -> nn.Sequential:
    """ReLUs in place, a pooling in ceil mode, a convolution without padding."""
    return nn.Sequential(
        *(nn.Conv2d(3, 6, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2)),
        *(nn.Conv2d(6, 8, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, ceil_mode=True)),
        *(nn.Conv2d(8, 5, 3), nn.ReLU(inplace=True)),
    )


class Block(nn.Module):
    """ResNet's basic block; its ReLU is called twice."""

    def __init__(self, into: int, out: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(into, out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(out, out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)
        self.beside = nn.Sequential(nn.Conv2d(into, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        out += self.beside(x)
        return self.relu(out)


class ResNet(nn.Module):
    """ResNet in small, with its classifier and a dropout."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 7, 2, 3, bias=False)
        self.bn1, self.relu, self.maxpool = nn.BatchNorm2d(6), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)
        self.layer1, self.layer2 = Block(6, 6), Block(6, 9, stride=2)
        self.pool, self.drop, self.fc = nn.AdaptiveAvgPool2d(1), nn.Dropout(), nn.Linear(9, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer2(self.drop(self.layer1(x)))
        return self.fc(self.pool(x).flatten(1))


class Squeezed(nn.Module):
    """Squeeze and excitation: every position depends on the whole image, a little."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.gate = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 4, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv(x)
        return x * torch.sigmoid(self.gate(x.mean((2, 3), keepdim=True)))


class Placed(nn.Module):
    """Adds a ramp over the image, which NaN does not find."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + torch.linspace(0, 5, x.shape[3], dtype=x.dtype, device=x.device)


class Masked(nn.Module):
    """A blur whose NaNs are masked, so that only comparing parts with the whole finds how far it looks."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        wide = nn.functional.avg_pool2d(x, 9, 1, 4)
        return torch.where(wide > 0, wide, torch.zeros_like(wide))


class Attention(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        flat = x.flatten(2)
        return (flat @ torch.softmax(flat.transpose(1, 2) @ flat, 2)).view(x.shape)


def rebuilt(graph: Graph, seed: int = 0) -> tuple[nn.Sequential, dict[str, str]]:
    """A chain of ours as PyTorch's own modules, with the weights of `tiny.weights`; paths by layer."""
    made, parts, paths = weights(graph, seed), [], {}
    for node in graph.nodes:
        if isinstance(node, Pool):
            parts.append(nn.AvgPool2d(node.kernel, node.stride))
            continue
        assert isinstance(node, Conv)
        weight = made[f"{node.name}.weight"]
        conv = nn.Conv2d(weight.shape[1], weight.shape[0], node.kernel, node.stride, node.pad, dtype=weight.dtype)
        conv.load_state_dict({"weight": weight, "bias": made[f"{node.name}.bias"]})
        parts += [conv, nn.ReLU(inplace=True)]
        paths[node.name] = str(len(parts) - 1)
    return nn.Sequential(*parts), paths
