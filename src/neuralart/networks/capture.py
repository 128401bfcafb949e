"""What the submodules of a PyTorch module put out, captured while it runs.

The module itself is left alone: what runs is a copy of its structure, in evaluation mode, whose parameters are the same
memory but want no gradients. Its hooks stay for good, and do something only within `Captured.run`, for the thread that
called it, so that several threads can look through one network at once.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn
from torch.utils._python_dispatch import _disable_current_modes

from neuralart.errors import OptionError, suggest

USUAL = 224  # pixels: a side on which every module trained on ImageNet can be run


class EnoughError(Exception):
    """All that was wanted is captured; what is left of the module need not run."""


@dataclass
class Catch:
    """What one run has captured. calls: how often each wanted layer will be called; empty to run to the end."""

    calls: dict[str, int] = field(default_factory=dict)
    copied: frozenset[str] = frozenset()
    found: dict[str, Any] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)

    def take(self, layer: str, output: Any) -> None:
        """Called by a layer's hook."""
        if self.calls and layer not in self.calls:
            return
        self.found.pop(layer, None)  # so that the order is that of the last calls
        self.found[layer] = output.clone() if layer in self.copied else output
        self.counts[layer] = self.counts.get(layer, 0) + 1
        self.versions[layer] = getattr(output, "_version", 0)
        if self.calls and self.counts == self.calls:
            raise EnoughError

    def overwritten(self) -> frozenset[str]:
        """The layers whose output was changed in place after it was captured, as by nn.ReLU(inplace=True)."""
        return frozenset(
            name for name, output in self.found.items() if getattr(output, "_version", 0) != self.versions[name]
        )


_CATCH: ContextVar[Catch | None] = ContextVar("_CATCH", default=None)


@dataclass(frozen=True)
class Hook:
    """A forward hook that can be copied and pickled with its module."""

    layer: str

    def __call__(self, module: nn.Module, inputs: Any, output: Any) -> None:
        if (catch := _CATCH.get()) is not None:
            catch.take(self.layer, output)


class Captured:
    """A module that can be asked for the output of some of its submodules, by the names of layers.

    layers: names -> paths. Raises OptionError for a path that the module lacks, and where it cannot be copied.
    """

    def __init__(self, module: nn.Module, layers: Mapping[str, str]) -> None:
        self.module = shared_copy(module)
        here = dict(self.module.named_modules(remove_duplicate=False))
        for name, path in layers.items():
            if path not in here:
                raise OptionError(
                    f"the module {type(module).__name__} has no submodule '{path}'{suggest(path, here)}"
                    " (module.named_modules() lists them)"
                )
            here[path].register_forward_hook(Hook(name))
        # Knows shapes, but has no numbers.
        self.hollow = shared_copy(self.module).to("meta")
        self.calls: dict[str, int] = {}
        self.copied: frozenset[str] = frozenset()

    def survey(self, layers: Iterable[str]) -> dict[str, Any]:
        """Run to the end without numbers, to learn how each layer is called; what they put out, in order of depth.

        Raises OptionError where the module cannot be run, or never calls one of the layers.
        """
        catch = Catch()
        failed = self._without_numbers(catch, (USUAL, USUAL))
        missing = [layer for layer in layers if layer not in catch.found]
        name = type(self.module).__name__
        if missing and failed is not None:
            raise OptionError(
                f"the module {name} cannot be run on an image [1, 3, {USUAL}, {USUAL}] on PyTorch's device 'meta',"
                f" which has shapes but no numbers ({type(failed).__name__}: {' '.join(str(failed).split())[:200]})"
            )
        if missing:
            raise OptionError(f"the module {name} never calls the submodule of layer '{missing[0]}' when it runs")
        self.calls, self.copied = catch.counts, catch.overwritten()
        return catch.found

    def run(self, pixels: torch.Tensor, layers: Iterable[str]) -> dict[str, torch.Tensor]:
        """By name, what the layers put out. pixels: as the module expects them."""
        catch = Catch({layer: self.calls[layer] for layer in layers}, self.copied)
        token = _CATCH.set(catch)
        try:
            with suppress(EnoughError):
                self.module(pixels)
        finally:
            _CATCH.reset(token)
        return catch.found

    def sizes(self, size: tuple[int, int]) -> dict[str, tuple[int, int]]:
        """(width, height) by layer, for an image of `size`; a layer that the image is too small for is missing."""
        catch = Catch(dict(self.calls))
        self._without_numbers(catch, size)
        result = {name: (int(one.shape[3]), int(one.shape[2])) for name, one in catch.found.items()}
        return {name: one for name, one in result.items() if min(one) > 0}

    def _without_numbers(self, catch: Catch, size: tuple[int, int]) -> Exception | None:
        """Run the module on an image of `size` that has a shape but no numbers; what went wrong, if anything did."""
        floats = (one.dtype for one in self.hollow.parameters() if one.is_floating_point())
        token = _CATCH.set(catch)
        try:
            # The caller itself may be running something without numbers, in a way of its own.
            with _disable_current_modes(), torch.no_grad():
                self.hollow(torch.empty(1, 3, size[1], size[0], device="meta", dtype=next(floats, torch.float32)))
        except EnoughError:
            pass
        except Exception as error:  # whatever a foreign module may raise
            return error
        finally:
            _CATCH.reset(token)
        return None

    def to(self, device: torch.device, dtype: torch.dtype) -> Captured:
        """A copy there; what need not be converted is the same memory."""
        made = copy.copy(self)
        made.module = shared_copy(self.module).to(device, dtype)
        return made


def shared_copy(module: nn.Module) -> nn.Module:
    """The module's structure anew, in evaluation mode, over the same weights, which want no gradients here."""
    try:
        known: dict[int, Any] = {id(p): nn.Parameter(p.detach(), requires_grad=False) for p in module.parameters()}
        known |= {id(b): b.detach() for b in module.buffers()}
        return copy.deepcopy(module, known).eval()
    except Exception as error:
        raise OptionError(
            f"the module {type(module).__name__} cannot be copied ({type(error).__name__}: {error}); give one that"
            " copy.deepcopy can copy"
        ) from error
