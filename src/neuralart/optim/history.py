"""The history of L-BFGS, and the product of its inverse Hessian with a gradient.

The compact form of Byrd, Nocedal and Schnabel, "Representations of quasi-Newton matrices and their use in limited
memory methods" (1994), theorem 2.2, for any initial matrix H0: with S and Y the last steps and changes of gradient as
rows, oldest first, R = upper triangle of S Y' and D its diagonal,

    H g = r + S'(R^-T (D p - Y r)),    r = H0 (g - Y'p),    p = R^-1 S g

This is the matrix of the two-loop recursion, but the history is read only twice instead of once per pair: S for S g and
the newest column of S Y'; Y for g - Y'p; Y for Y r; S for the result. H0 is gamma I, with gamma = s.y / y.y of the
newest pair, unless another one is given. In bfloat16 the history takes half the memory: the pairs are then rounded
before anything is computed from them, so H is the exact matrix of slightly different pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch

from neuralart.optim.state import State, damaged, joined
from neuralart.optim.vectors import stretches
from neuralart.reduce import AllReduce, alone

Operator = Callable[[torch.Tensor], torch.Tensor]

# Numbers processed at once: widened copies then stay small and within the processor's cache.
STRETCH, GPU_STRETCH = 2**21, 2**25


class History:
    """Up to `size` pairs (s, y) of vectors of n numbers; a new pair replaces the oldest.

    Nothing is allocated before the first pair.

    Args:
        size: The maximal number of pairs.
        dtype: The precision in which they are stored; by default that of the vectors.
        all_reduce: Adds up over the processes that share the vectors.
        exact: Whether inner products are summed in float64, whatever the precision of the vectors.
    """

    def __init__(
        self, size: int, dtype: torch.dtype | None = None, all_reduce: AllReduce = alone, *, exact: bool = False
    ) -> None:
        self.size, self.dtype, self.all_reduce, self.exact, self.order = size, dtype, all_reduce, exact, list[int]()
        self._newest: int | None = None  # the slot of a pair whose products have not been computed yet
        self._additions = 0

    def _allocate(self, like: torch.Tensor) -> None:
        self.arriving = like.dtype
        self.summed = torch.float64 if self.exact and like.device.type != "mps" else like.dtype
        self.S = torch.empty(self.size, like.numel(), dtype=self.dtype or like.dtype, device=like.device)
        self.Y = torch.empty_like(self.S)
        # The small matrices are in float64, so that the triangular solves stay accurate; Apple's GPUs have no float64.
        device = torch.device("cpu") if like.device.type == "mps" else like.device
        self.SY = torch.zeros(self.size, self.size, dtype=torch.float64, device=device)

    def __len__(self) -> int:
        return len(self.order)

    def add(self, s: torch.Tensor, y: torch.Tensor) -> None:
        """Add a step s [n] and the change of the gradient y [n] along it. s.y must be positive."""
        if self._newest is not None:
            self._settle()
        if not self.order:
            self._allocate(s)
        self._additions += 1
        slot = len(self.order) if len(self.order) < self.size else self.order.pop(0)
        self.order.append(slot)
        self.S[slot], self.Y[slot] = s, y
        self._newest = slot

    def save(self) -> State:
        """Return the pairs and their products, which stay valid until the next pair is added."""
        if not self.order:
            return State(numbers={"order": []})
        filled, additions = len(self.order), self._additions
        return State(
            {"S": self.S[:filled], "Y": self.Y[:filled], "SY": self.SY[:filled, :filled].clone()},
            {
                "order": list(self.order),
                "newest": -1 if self._newest is None else self._newest,
                "arriving": str(self.arriving).removeprefix("torch."),
            },
            lambda: self._additions == additions,
        )

    def load(self, state: State, like: torch.Tensor) -> History:
        """Fill this history with saved pairs.

        Args:
            state: The state from `save`.
            like: A vector [n] on the device of the vectors to come.

        Raises:
            PictureError: If the state is not that of such a history.
        """
        order = state.numbers.get("order")
        if not isinstance(order, list) or len(order) > self.size or sorted(order) != list(range(len(order))):
            raise damaged("the order of its optimiser's pairs is invalid")
        if not order:
            return self
        filled, arriving = len(order), state.numbers.get("arriving")
        if arriving not in ("float32", "float64"):
            raise damaged("the precision of its optimiser's vectors is invalid")
        self._allocate(like.to(getattr(torch, arriving)))
        for name, rows in (("S", self.S), ("Y", self.Y)):
            rows[:filled] = state.tensor(name, (filled, like.numel())).to(rows)
        self.SY[:filled, :filled] = state.tensor("SY", (filled, filled)).to(self.SY)
        newest = state.number("newest", int)
        self.order, self._newest = list(order), newest if 0 <= newest < filled else None
        return self

    def times(self, gradient: torch.Tensor, initial: Operator | None = None) -> torch.Tensor:
        """Return the inverse Hessian times a gradient [n].

        Args:
            gradient: [n].
            initial: Multiplies by H0; None for gamma I, or for I while there are no pairs.
        """
        if not self.order:
            return initial(gradient) if initial else gradient.clone()
        sg = self._by_age(self._settle(gradient)[:, 0])
        filled = len(self.order)
        sy = self._by_age(self._by_age(self.SY[:filled, :filled]).T).T
        p = torch.linalg.solve_triangular(sy.triu(), sg[:, None], upper=True)[:, 0]
        rest = self._add_up(gradient.clone(), self.Y, -p)
        result = initial(rest) if initial else rest.mul_(self._gamma(gradient))
        right = sy.diagonal() * p - self._by_age(self._products(self.Y, [result])[:, 0])
        along = torch.linalg.solve_triangular(sy.triu().T, right[:, None], upper=False)[:, 0]
        return self._add_up(result, self.S, along)

    def _gamma(self, like: torch.Tensor) -> torch.Tensor:
        """Return s.y / y.y of the newest pair, the scale that fits the curvature along it."""
        slot = self.order[-1]
        y = self.Y[slot].to(self.arriving)
        return (self.SY[slot, slot] / self.all_reduce(y @ y).to(self.SY)).to(like)

    def _settle(self, gradient: torch.Tensor | None = None) -> torch.Tensor:
        """Compute S y of the newest pair, if that is still missing, and S g [pairs, 1] in the same pass."""
        slot = self._newest
        vectors = [] if gradient is None else [gradient]
        if slot is not None:
            vectors.append(self.Y[slot])
        result = self._products(self.S, vectors)
        if slot is not None:
            self.SY[: len(self.order), slot] = result[:, -1]
            self._newest = None
        return result

    def _products(self, pairs: torch.Tensor, vectors: Sequence[torch.Tensor]) -> torch.Tensor:
        """Return S V or Y V [pairs, vectors] for vectors [n]."""
        filled, dtype = len(self.order), self.summed
        result = self.SY.new_zeros(filled, len(vectors))
        for here in self._stretches():
            # As rows: reading adjacent columns is three times as slow.
            rows = torch.stack([vector[here].to(dtype) for vector in vectors])
            result += (pairs[:filled, here].to(dtype) @ rows.T).to(result.device).double()
        return self.all_reduce(result)

    def _add_up(self, result: torch.Tensor, pairs: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """Add the pairs S or Y with these weights, oldest first, to the result [n] in place."""
        filled = len(self.order)
        by_slot = weights.roll(self.order[0]).to(result)
        for here in self._stretches():
            result[here].addmv_(pairs[:filled, here].to(result.dtype).T, by_slot)
        return result

    def _by_age(self, by_slot: torch.Tensor) -> torch.Tensor:
        """Reorder the first axis from slots, which are filled in turn, to oldest first."""
        return by_slot.roll(-self.order[0], 0)

    def _stretches(self) -> Iterator[slice]:
        at_once = STRETCH if self.S.device.type == "cpu" else GPU_STRETCH
        return stretches(self.S.shape[1], max(1, at_once // self.size))


PART = "optimiser.history"


def room(state: State) -> tuple[int, int]:
    """Return (bytes of everything but the pairs, bytes of one pair) for a run's state."""
    size = lambda one: one.numel() * one.itemsize
    pairs = state.within(PART)
    each = sum(size(one[0]) for name, one in pairs.tensors.items() if name in ("S", "Y"))
    return sum(map(size, state.tensors.values())) - each * len(pairs.numbers.get("order", [])), each


def slimmed(state: State, pairs: int) -> State:
    """Return a run's state with only the newest `pairs` pairs of L-BFGS."""
    history = state.within(PART)
    order = history.numbers.get("order", [])
    if len(order) <= pairs:
        return state
    kept = order[len(order) - pairs :]
    slot = history.numbers["newest"]
    numbers = {**history.numbers, "order": list(range(pairs)), "newest": kept.index(slot) if slot in kept else -1}
    tensors = {"S": history.tensors["S"][kept], "Y": history.tensors["Y"][kept]} if kept else {}
    if kept:
        tensors["SY"] = history.tensors["SY"][kept][:, kept]
    rest = lambda parts: {name: one for name, one in parts.items() if not name.startswith(PART)}
    slim = joined({PART: State(tensors, numbers)})
    return State({**rest(state.tensors), **slim.tensors}, {**rest(state.numbers), **slim.numbers}, state.holds)
