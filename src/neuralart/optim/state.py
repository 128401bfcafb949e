"""An optimiser's memory as plain tensors and numbers by name, for a checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from neuralart.errors import PictureError


@dataclass(frozen=True, eq=False)
class State:
    """An optimiser's memory as tensors and numbers.

    Attributes:
        tensors: By name. Large ones are the memory's own, not copies.
        numbers: By name; anything that JSON can express.
        holds: Returns whether the tensors are unchanged; a later step may have overwritten them.
    """

    tensors: Mapping[str, torch.Tensor] = field(default_factory=dict)
    numbers: Mapping[str, Any] = field(default_factory=dict)
    holds: Callable[[], bool] = lambda: True

    def within(self, name: str) -> State:
        """Return the part that was passed to `joined` under this name."""
        begin = f"{name}."
        cut = lambda parts: {key.removeprefix(begin): one for key, one in parts.items() if key.startswith(begin)}
        return State(cut(self.tensors), cut(self.numbers), self.holds)

    def tensor(self, name: str, shape: Sequence[int]) -> torch.Tensor:
        """Return a tensor of this shape. Raises PictureError if it is missing or has another shape."""
        result = self.tensors.get(name)
        if result is None or list(result.shape) != list(shape):
            what = "missing" if result is None else f"of shape {list(result.shape)} instead of {list(shape)}"
            raise self._damaged(name, what)
        return result

    def number(self, name: str, kind: type) -> Any:
        """Return a number of this type; an integer is a float, too. Raises PictureError for anything else."""
        result = self.numbers.get(name)
        if isinstance(result, bool) is not (kind is bool) or not isinstance(result, (int, kind)):
            raise self._damaged(name, f"not of type {kind.__name__}")
        return kind(result)

    def numbers_of(self, name: str) -> list[float]:
        """Return a list of numbers. Raises PictureError for anything else."""
        result = self.numbers.get(name)
        if not isinstance(result, list) or not all(type(one) in (int, float) for one in result):
            raise self._damaged(name, "not a list of numbers")
        return result

    def table(self, name: str) -> dict[str, float]:
        """Return numbers by name. Raises PictureError for anything else."""
        result = self.numbers.get(name)
        if not isinstance(result, dict) or not all(type(one) in (int, float) for one in result.values()):
            raise self._damaged(name, "not a table of numbers")
        return result

    @staticmethod
    def _damaged(name: str, what: str) -> PictureError:
        return damaged(f"'{name}' of the optimiser's state is {what}")


def damaged(what: str) -> PictureError:
    """Return the error for a state that no optimiser can have saved."""
    return PictureError(f"the checkpoint is damaged: {what}")


def joined(parts: Mapping[str, State]) -> State:
    """Join several states into one."""
    return State(
        {f"{name}.{key}": one for name, state in parts.items() for key, one in state.tensors.items()},
        {f"{name}.{key}": one for name, state in parts.items() for key, one in state.numbers.items()},
        lambda: all(state.holds() for state in parts.values()),
    )
