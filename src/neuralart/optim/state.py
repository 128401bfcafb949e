"""What an optimiser remembers, as plain tensors and numbers by name: what a checkpoint keeps of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from neuralart.errors import PictureError


@dataclass(frozen=True, eq=False)
class State:
    """A memory taken apart.

    Attributes:
        tensors: By name. Large ones are the memory's own, not copies.
        numbers: By name: whatever JSON can say.
        holds: Whether the tensors are still what they were: a step may have written into them since.
    """

    tensors: Mapping[str, torch.Tensor] = field(default_factory=dict)
    numbers: Mapping[str, Any] = field(default_factory=dict)
    holds: Callable[[], bool] = lambda: True

    def within(self, name: str) -> State:
        """The part that `joined` was given under this name."""
        begin = f"{name}."
        cut = lambda parts: {key.removeprefix(begin): one for key, one in parts.items() if key.startswith(begin)}
        return State(cut(self.tensors), cut(self.numbers), self.holds)

    def tensor(self, name: str, shape: Sequence[int]) -> torch.Tensor:
        """A tensor of this shape. Raises PictureError for another, or none."""
        result = self.tensors.get(name)
        if result is None or list(result.shape) != list(shape):
            what = "missing" if result is None else f"of shape {list(result.shape)} instead of {list(shape)}"
            raise self._damaged(name, what)
        return result

    def number(self, name: str, kind: type) -> Any:
        """A number of this type; an integer is a float, too. Raises PictureError for anything else."""
        result = self.numbers.get(name)
        if isinstance(result, bool) is not (kind is bool) or not isinstance(result, (int, kind)):
            raise self._damaged(name, f"no {kind.__name__}")
        return kind(result)

    def numbers_of(self, name: str) -> list[float]:
        """A list of numbers. Raises PictureError for anything else."""
        result = self.numbers.get(name)
        if not isinstance(result, list) or not all(type(one) in (int, float) for one in result):
            raise self._damaged(name, "no list of numbers")
        return result

    def table(self, name: str) -> dict[str, float]:
        """Numbers by name. Raises PictureError for anything else."""
        result = self.numbers.get(name)
        if not isinstance(result, dict) or not all(type(one) in (int, float) for one in result.values()):
            raise self._damaged(name, "no table of numbers")
        return result

    @staticmethod
    def _damaged(name: str, what: str) -> PictureError:
        return damaged(f"'{name}' of the optimiser's state is {what}")


def damaged(what: str) -> PictureError:
    """For a state that cannot have been saved by an optimiser."""
    return PictureError(f"the checkpoint is damaged: {what}")


def joined(parts: Mapping[str, State]) -> State:
    """Several states as one."""
    return State(
        {f"{name}.{key}": one for name, state in parts.items() for key, one in state.tensors.items()},
        {f"{name}.{key}": one for name, state in parts.items() for key, one in state.numbers.items()},
        lambda: all(state.holds() for state in parts.values()),
    )
