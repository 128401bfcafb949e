"""neural-style-pt's objective, written from its formulas: the judge of what two programs have reached.

With F the features [C, N] of a layer, P those of the content, N and M the positions of picture and style:

    content   5 * mean over C N of (F - P)^2
    style     100 * mean over C C of (F F' / (C N) - A A' / (C M))^2,  A the style's features

summed over layers; its `-tv_weight` is 0. The network is VGG-19 with average pooling on BGR pixels minus Oxford's mean
colour. In float32, whole and in PyTorch's default layout: nothing of neuralart is used here but, in `as_options`, the
weight that its recipe gives to style.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from torch.nn import functional as F

from drive_neural_style_pt import MEAN

CONTENT_WEIGHT, STYLE_WEIGHT = 5.0, 100.0  # neural-style-pt's defaults


class Judge:
    """picture [1, 3, H, W], RGB, 0..255 -> neural-style-pt's loss.

    weights: "<layer>.weight" and "<layer>.bias" by published names, BGR. content, style: the pictures.
    """

    def __init__(
        self,
        weights: Mapping[str, torch.Tensor],
        content: torch.Tensor,
        style: torch.Tensor,
        content_layers: Iterable[str],
        style_layers: Iterable[str],
    ) -> None:
        self.weights, self.content_layers, self.style_layers = weights, tuple(content_layers), tuple(style_layers)
        self.size = tuple(content.shape[-2:])
        seen = features(weights, content, self.content_layers)
        self.content = {layer: seen[layer] for layer in self.content_layers}
        self.style = {layer: gram(f) for layer, f in features(weights, style, self.style_layers).items()}

    def __call__(self, picture: torch.Tensor) -> float:
        return sum(self.terms(picture).values())

    def terms(self, picture: torch.Tensor) -> dict[str, float]:
        """Each layer's part of the loss, with its weight."""
        seen = features(self.weights, picture, {*self.content_layers, *self.style_layers})
        found = {}
        for layer, target in self.content.items():
            found[f"content {layer}"] = CONTENT_WEIGHT * F.mse_loss(seen[layer], target).item()
        for layer, target in self.style.items():
            channels = target.shape[0]
            found[f"style {layer}"] = STYLE_WEIGHT * F.mse_loss(gram(seen[layer]) / channels, target / channels).item()
        return found

    def as_options(self) -> tuple[dict[str, str | float], float]:
        """(neuralart's options under which its recipe `balanced` minimises the same, by how much its value is larger).

        Its terms are relative to their targets, |F - P|^2 / |P|^2 and |G - A|^2 / |A|^2 with Gram matrices that are
        means over positions, and content weights sum to 1. So with p the mean square of a layer's content features,
        its value is 1 / sum(5 p) times this one, if content layers weigh 5 p and style layers 100 |A|^2 / C^4.
        """
        from neuralart.recipes.balanced import STYLE_WEIGHT as OURS
        from neuralart.recipes.balanced import USUAL_FACTOR

        content = {layer: CONTENT_WEIGHT * p.double().square().mean().item() for layer, p in self.content.items()}
        scale = 1 / sum(content.values())
        size = lambda a: a.double().square().sum().item() / a.shape[0] ** 4
        style = {layer: scale * STYLE_WEIGHT * size(a) for layer, a in self.style.items()}
        weights = lambda found: ",".join(f"{layer}:{weight!r}" for layer, weight in found.items())
        options = {"style_loss": "gram", "content_layers": weights(content), "style_layers": weights(style)}
        return options | {"style_factor": sum(style.values()) / OURS * USUAL_FACTOR}, scale


@torch.no_grad()
def features(
    weights: Mapping[str, torch.Tensor], picture: torch.Tensor, layers: Iterable[str]
) -> dict[str, torch.Tensor]:
    """The activations [1, C, h, w] of these layers of VGG-19, after the ReLU."""
    layers = set(layers)
    x = (picture - torch.tensor(MEAN).view(1, 3, 1, 1)).flip(1)
    found, block = {}, "1"
    for name in sorted({key.partition(".")[0] for key in weights}):
        if name > max(layers):
            break
        if name[len("conv")] != block:
            x, block = F.avg_pool2d(x, 2), name[len("conv")]
        x = F.relu(F.conv2d(x, weights[f"{name}.weight"], weights[f"{name}.bias"], padding=1))
        if name in layers:
            found[name] = x
    return found


def gram(seen: torch.Tensor) -> torch.Tensor:
    """[C, C]: the mean over positions of F F'."""
    flat = seen.flatten(2)[0]
    return flat @ flat.T / flat.shape[1]


def roughness(picture: torch.Tensor) -> float:
    """Speckle: the energy per pixel, in squared grey levels, of what a 3x3 binomial blur takes away from the grey."""
    grey = picture.clamp(0, 255).mean(1, keepdim=True)
    line = torch.tensor([0.25, 0.5, 0.25])
    return (grey[:, :, 1:-1, 1:-1] - F.conv2d(grey, (line[:, None] * line)[None, None])).square().mean().item()
