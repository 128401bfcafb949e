"""Any PyTorch module as a network, evaluated by autograd. `Network.of` makes and documents it."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from neuralart.errors import OptionError, suggest
from neuralart.networks import probe
from neuralart.networks.capture import Captured
from neuralart.networks.edges import part_of
from neuralart.networks.graph import IMAGE
from neuralart.networks.module_architecture import ModuleArchitecture
from neuralart.networks.network import Network, Pull
from neuralart.networks.pixels import Pixels, pixels
from neuralart.networks.probe import Geometry
from neuralart.networks.window import Window


class ModuleNetwork(Network):
    """A module whose submodules' outputs are the layers.

    Args:
        architecture: Its architecture.
        captured: The module, on the device and in the precision of `like`.
        pixels: The pixels that it expects.
        like: An empty tensor.
    """

    architecture: ModuleArchitecture

    def __init__(
        self, architecture: ModuleArchitecture, captured: Captured, pixels: Pixels, like: torch.Tensor
    ) -> None:
        self.architecture, self.captured, self.pixels = architecture, captured, pixels
        self.device, self.dtype = like.device, like.dtype
        self.weights = {**dict(captured.module.named_parameters()), **dict(captured.module.named_buffers())}

    def features(
        self, image: torch.Tensor, layers: Iterable[str], window: Window | None = None, top: int = 0
    ) -> dict[str, torch.Tensor]:
        """Return the features of these layers; see `Network`."""
        layers = self.check(layers)
        window = window or self._everything(image, layers)
        return self._look(self._part(image, window, top), layers, window)

    def trace(
        self, image: torch.Tensor, layers: Iterable[str], window: Window | None = None, top: int = 0
    ) -> ModuleTrace:
        """Return the features with their autograd graph; see `Network`."""
        layers = self.check(layers)
        window = window or self._everything(image, layers)
        part = self._part(image, window, top).detach().requires_grad_()
        with torch.enable_grad():
            result = self._look(part, layers, window)
        return ModuleTrace(part, result, window, self.pixel_dtype)

    def check(self, layers: Iterable[str]) -> tuple[str, ...]:
        """Return the layers. Raises OptionError for an unknown layer, suggesting the nearest name."""
        return self.architecture.check_layers(layers)

    def matrix(self, layer: str) -> torch.Tensor:
        """Raise ValueError: no layer is known to be linear."""
        raise ValueError(f"layer '{layer}' is not known to be a linear map of another")

    def to(self, device: torch.device | str, dtype: torch.dtype) -> ModuleNetwork:
        """Return the network on another device or in another precision; itself if nothing changes."""
        device = torch.device(device)
        if (device, dtype) == (self.device, self.dtype):
            return self
        like = torch.empty(0, device=device, dtype=dtype)
        return ModuleNetwork(self.architecture, self.captured.to(device, dtype), self.pixels, like)

    def wrapped(self, axes: str) -> ModuleNetwork:
        """Return the network for seamless pictures; see `Network`."""
        result = copy.copy(self)
        result.architecture = self.architecture.wrapped(axes)
        return result

    def _everything(self, image: torch.Tensor, layers: tuple[str, ...]) -> Window:
        return self.architecture.everything(layers, (image.shape[3], image.shape[2]))

    def _part(self, image: torch.Tensor, window: Window, top: int) -> torch.Tensor:
        rows, columns = window.pixels.rows, window.pixels.columns
        return part_of(image, (rows[0] - top, rows[1] - top), columns).to(self.device)

    def _look(self, part: torch.Tensor, layers: tuple[str, ...], window: Window) -> dict[str, torch.Tensor]:
        """Return the features at the layers' own positions in the window."""
        wanted = [layer for layer in layers if layer in window.own]
        if not wanted:
            return {}
        result = self.captured.run(self.pixels.expected(part).to(self.dtype), wanted)
        return {layer: self._own(layer, result[layer], window) for layer in wanted}

    def _own(self, layer: str, features: torch.Tensor, window: Window) -> torch.Tensor:
        own, pixels = window.own[layer], window.pixels
        # A window that begins at the image's corner needs no stride, which a layer may lack.
        position = lambda pixel: pixel // self.architecture.stride(layer) if pixel else 0
        above, left = position(pixels.rows[0]), position(pixels.columns[0])
        result = features[
            :, :, own.rows[0] - above : own.rows[1] - above, own.columns[0] - left : own.columns[1] - left
        ]
        if tuple(result.shape[2:]) != own.size[::-1]:
            raise OptionError(
                f"layer '{layer}' has {result.shape[3]} x {result.shape[2]} positions where"
                f" {own.size[0]} x {own.size[1]} were expected: the given stride is wrong, or the size of the module's"
                " output varies"
            )
        return result


class ModuleTrace:
    """One forward pass, recorded by autograd; it gives one gradient."""

    def __init__(
        self, part: torch.Tensor, outputs: Mapping[str, torch.Tensor], window: Window, dtype: torch.dtype
    ) -> None:
        self.window = window
        self.features = {layer: one.detach() for layer, one in outputs.items()}
        self._part, self._outputs, self._dtype = part, dict(outputs), dtype

    def gradient(self, pulls: Mapping[str, Pull]) -> torch.Tensor:
        """Return the gradient on the pixels of the window; see `Trace`."""
        outputs, arriving = [], []
        for layer in [layer for layer in self.features if layer in pulls]:
            outputs.append(self._outputs[layer])
            arriving.append(pulls[layer](self.features.pop(layer)).to(outputs[-1]))
        self._outputs.clear()
        self.features.clear()
        result = torch.autograd.grad(outputs, self._part, arriving, allow_unused=True)[0] if outputs else None
        return torch.zeros_like(self._part, dtype=self._dtype) if result is None else result.to(self._dtype)


def module_network(
    module: nn.Module,
    layers: Mapping[str, str] | Sequence[str],
    mean: Sequence[float] | float,
    scale: Sequence[float] | float,
    order: str,
    style_layers: tuple[str, ...],
    content_layers: tuple[str, ...],
    geometry: Mapping[str, tuple[int, int]] | None,
    name: str,
) -> ModuleNetwork:
    """Make the network for `Network.of`, from the same arguments."""
    paths = named(layers)
    expected, captured = pixels(mean, scale, order), Captured(module, paths)
    weight = next((one for one in module.parameters() if one.is_floating_point()), torch.empty(0))
    like = torch.empty(0, device=weight.device, dtype=weight.dtype)
    channels = {layer: channels_of(layer, paths[layer], output) for layer, output in captured.survey(paths).items()}
    names = tuple(channels)
    architecture = ModuleArchitecture(
        name or type(module).__name__,
        captured,
        expected,
        like,
        channels,
        style_layers or names,
        content_layers or (names[math.ceil(0.75 * len(names)) - 1],),
        None if geometry is None else checked(geometry, names),
    )
    architecture.check_layers([*style_layers, *content_layers])
    for layer in names if geometry is not None else ():
        probed = probe.stride(layer, architecture.sizes)
        if probed != architecture.stride(layer):
            actual = "no constant stride" if probed is None else str(probed)
            wrong = architecture.stride(layer)
            raise OptionError(f"geometry says that layer '{layer}' has stride {wrong}; it has {actual}")
    return ModuleNetwork(architecture, captured, expected, like)


def named(layers: Mapping[str, str] | Sequence[str]) -> dict[str, str]:
    """Return names -> paths. Raises OptionError if there are none, or a name is invalid."""
    if isinstance(layers, str):
        raise OptionError(f"layers is '{layers}'; give a list of paths of submodules, or a dict of names and paths")
    result = dict(layers) if isinstance(layers, Mapping) else {path: path for path in layers}
    if not result:
        raise OptionError("layers is empty; name the submodules whose outputs are the layers")
    for name in result:
        if name == IMAGE or not name or set(name) & set(",:") or name != name.strip():
            raise OptionError(f"a layer cannot be called '{name}'; give it a name in layers={{name: path}}")
    return result


def channels_of(layer: str, path: str, output: Any) -> int:
    """Return the channels of a layer's output. Raises OptionError if it is not [1, C, h, w]."""
    if isinstance(output, torch.Tensor) and output.ndim == 4 and output.shape[0] == 1:
        return int(output.shape[1])
    what = f"a tensor {list(output.shape)}" if isinstance(output, torch.Tensor) else f"a {type(output).__name__}"
    raise OptionError(f"layer '{layer}' ('{path}') returns {what}; features are a tensor [1, channels, height, width]")


def checked(geometry: Mapping[str, tuple[int, int]], layers: tuple[str, ...]) -> dict[str, Geometry]:
    """Return every layer's geometry. Raises OptionError if one is missing or makes no sense."""
    for layer in geometry:
        if layer not in layers:
            raise OptionError(f"geometry names '{layer}', which is not a layer{suggest(layer, layers)}")
    if missing := [layer for layer in layers if layer not in geometry]:
        raise OptionError(f"geometry lacks layer '{missing[0]}'; give (stride, reach) for every layer, or leave it out")
    for layer, (stride, reach) in geometry.items():
        if stride < 1 or reach < 0:
            raise OptionError(
                f"geometry gives ({stride}, {reach}) for layer '{layer}'; a stride is at least 1, a reach at least 0"
            )
    return {layer: Geometry(*one) for layer, one in geometry.items()}
