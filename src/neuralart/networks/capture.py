"""Captures the outputs of a PyTorch module's submodules while it runs.

The module itself is not changed: a copy of its structure runs, in evaluation mode, with parameters that share the same
memory but need no gradients. Its hooks are permanent, but only act inside `Captured.run` for the calling thread, so
several threads can use one network at once.
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

USUAL = 224  # pixels; every module trained on ImageNet can run on an image of this side


class EnoughError(Exception):
    """Everything needed is captured, so the rest of the module need not run."""


@dataclass
class Catch:
    """What one run has captured.

    Attributes:
        calls: How often each wanted layer will be called; empty to run to the end.
        copied: The layers whose output has to be copied.
        outputs: The output of every layer, ordered by its last call.
        counts: How often each layer has been called.
        versions: The version of every output when it was captured.
    """

    calls: dict[str, int] = field(default_factory=dict)
    copied: frozenset[str] = frozenset()
    outputs: dict[str, Any] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)

    def take(self, layer: str, output: Any) -> None:
        """Capture an output; called by a layer's hook."""
        if self.calls and layer not in self.calls:
            return
        self.outputs.pop(layer, None)  # to keep the order of the last calls
        self.outputs[layer] = output.clone() if layer in self.copied else output
        self.counts[layer] = self.counts.get(layer, 0) + 1
        self.versions[layer] = getattr(output, "_version", 0)
        if self.calls and self.counts == self.calls:
            raise EnoughError

    def overwritten(self) -> frozenset[str]:
        """The layers whose output was changed in place after it was captured, as by nn.ReLU(inplace=True)."""
        return frozenset(
            name for name, output in self.outputs.items() if getattr(output, "_version", 0) != self.versions[name]
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
    """A module that returns the outputs of some of its submodules, by the names of layers.

    Args:
        module: The module.
        layers: Names -> paths of submodules.

    Raises:
        OptionError: For a path that the module lacks, and for a module that cannot be copied.
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
        # A copy with shapes but without numbers.
        self.hollow = shared_copy(self.module).to("meta")
        self.calls: dict[str, int] = {}
        self.copied: frozenset[str] = frozenset()

    def survey(self, layers: Iterable[str]) -> dict[str, Any]:
        """Run to the end without numbers, to learn how often each layer is called.

        Returns:
            The outputs of the layers, in order of depth.

        Raises:
            OptionError: If the module cannot run, or never calls one of the layers.
        """
        catch = Catch()
        failed = self._without_numbers(catch, (USUAL, USUAL))
        missing = [layer for layer in layers if layer not in catch.outputs]
        name = type(self.module).__name__
        if missing and failed is not None:
            raise OptionError(
                f"the module {name} cannot run on an image [1, 3, {USUAL}, {USUAL}] on PyTorch's device 'meta',"
                f" which has shapes but no numbers ({type(failed).__name__}: {' '.join(str(failed).split())[:200]})"
            )
        if missing:
            raise OptionError(f"the module {name} never calls the submodule of layer '{missing[0]}' when it runs")
        self.calls, self.copied = catch.counts, catch.overwritten()
        return catch.outputs

    def run(self, pixels: torch.Tensor, layers: Iterable[str]) -> dict[str, torch.Tensor]:
        """Return the outputs of the layers by name; pixels: as the module expects them."""
        catch = Catch({layer: self.calls[layer] for layer in layers}, self.copied)
        token = _CATCH.set(catch)
        try:
            with suppress(EnoughError):
                self.module(pixels)
        finally:
            _CATCH.reset(token)
        return catch.outputs

    def sizes(self, size: tuple[int, int]) -> dict[str, tuple[int, int]]:
        """Return (width, height) by layer for an image of `size`, without layers for which the image is too small."""
        catch = Catch(dict(self.calls))
        self._without_numbers(catch, size)
        result = {name: (int(one.shape[3]), int(one.shape[2])) for name, one in catch.outputs.items()}
        return {name: one for name, one in result.items() if min(one) > 0}

    def _without_numbers(self, catch: Catch, size: tuple[int, int]) -> Exception | None:
        """Run the module on an image of `size` without numbers; return the error, if there is one."""
        floats = (one.dtype for one in self.hollow.parameters() if one.is_floating_point())
        token = _CATCH.set(catch)
        try:
            # The caller may itself be running without numbers, in its own mode.
            with _disable_current_modes(), torch.no_grad():
                self.hollow(torch.empty(1, 3, size[1], size[0], device="meta", dtype=next(floats, torch.float32)))
        except EnoughError:
            pass
        except Exception as error:  # a user's module may raise anything
            return error
        finally:
            _CATCH.reset(token)
        return None

    def to(self, device: torch.device, dtype: torch.dtype) -> Captured:
        """Return a copy on this device, which shares all memory that need not be converted."""
        made = copy.copy(self)
        made.module = shared_copy(self.module).to(device, dtype)
        return made


def shared_copy(module: nn.Module) -> nn.Module:
    """Return a copy of the module's structure in evaluation mode that shares its weights, without gradients."""
    try:
        known: dict[int, Any] = {id(p): nn.Parameter(p.detach(), requires_grad=False) for p in module.parameters()}
        known |= {id(b): b.detach() for b in module.buffers()}
        return copy.deepcopy(module, known).eval()
    except Exception as error:
        raise OptionError(
            f"the module {type(module).__name__} cannot be copied ({type(error).__name__}: {error}); give one that"
            " copy.deepcopy can copy"
        ) from error
