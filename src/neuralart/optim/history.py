"""The curvature that L-BFGS remembers, and its inverse Hessian times a gradient.

The compact form of Byrd, Nocedal and Schnabel, "Representations of quasi-Newton matrices and their use in limited
memory methods" (1994), theorem 2.2, for any initial matrix H0: with S and Y the last steps and changes of gradient as
rows, oldest first, R = upper triangle of S Y' and D its diagonal,

    H g = r + S'(R^-T (D p - Y r)),    r = H0 (g - Y'p),    p = R^-1 S g

The same matrix as the two-loop recursion's, with the history read twice in all instead of once per pair: S for S g, and
for the newest column of S Y' on the way; Y for g - Y'p; Y for Y r; S for the result. H0 is gamma I, with gamma =
s.y / y.y of the newest pair, unless another is given. Kept in bfloat16 the history takes half the room: the pairs are
then rounded before anything is computed of them, so that H is the exact matrix of pairs that are slightly others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch

from neuralart.optim.vectors import Total, alone, stretches

Operator = Callable[[torch.Tensor], torch.Tensor]

# Numbers worked on at once: what is widened on the way stays small, and within the processor's cache, if it has one.
STRETCH, GPU_STRETCH = 2**21, 2**25


class History:
    """Up to `size` pairs (s, y) of vectors of n numbers; the oldest makes room for the newest.

    dtype: the precision that they are kept in, by default that in which they come. total: adds up over the machines
    among which the vectors are divided. exact: inner products are summed in float64, whatever the vectors are in.
    Nothing is allocated before the first pair.
    """

    def __init__(
        self, size: int, dtype: torch.dtype | None = None, total: Total = alone, *, exact: bool = False
    ) -> None:
        self.size, self.dtype, self.total, self.exact, self.order = size, dtype, total, exact, list[int]()
        self._newest: int | None = None  # the slot of a pair whose products are not known yet

    def _allocate(self, like: torch.Tensor) -> None:
        self.arriving = like.dtype
        self.summed = torch.float64 if self.exact and like.device.type != "mps" else like.dtype
        self.S = torch.empty(self.size, like.numel(), dtype=self.dtype or like.dtype, device=like.device)
        self.Y = torch.empty_like(self.S)
        # The small matrices live in float64, where the triangular solves lose nothing; Apple's GPUs have no float64.
        device = torch.device("cpu") if like.device.type == "mps" else like.device
        self.SY = torch.zeros(self.size, self.size, dtype=torch.float64, device=device)

    def __len__(self) -> int:
        return len(self.order)

    def add(self, s: torch.Tensor, y: torch.Tensor) -> None:
        """Remember a step s [n] and the change of gradient y [n] along it. s.y must be positive."""
        if self._newest is not None:
            self._settle()
        if not self.order:
            self._allocate(s)
        slot = len(self.order) if len(self.order) < self.size else self.order.pop(0)
        self.order.append(slot)
        self.S[slot], self.Y[slot] = s, y
        self._newest = slot

    def times(self, gradient: torch.Tensor, initial: Operator | None = None) -> torch.Tensor:
        """The inverse Hessian times a gradient [n].

        initial: multiplies by H0; None for gamma I, and for I while nothing is remembered.
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
        """s.y / y.y of the newest pair, which makes gamma I as large as the curvature along it says."""
        slot = self.order[-1]
        y = self.Y[slot].to(self.arriving)
        return (self.SY[slot, slot] / self.total(y @ y).to(self.SY)).to(like)

    def _settle(self, gradient: torch.Tensor | None = None) -> torch.Tensor:
        """Find S y of the newest pair, if that is still to be done, and S g [pairs, 1] on the way."""
        slot, self._newest = self._newest, None
        vectors = [] if gradient is None else [gradient]
        if slot is not None:
            vectors.append(self.Y[slot])
        found = self._products(self.S, vectors)
        if slot is not None:
            self.SY[: len(self.order), slot] = found[:, -1]
        return found

    def _products(self, pairs: torch.Tensor, vectors: Sequence[torch.Tensor]) -> torch.Tensor:
        """S V or Y V [pairs, vectors], of vectors [n]."""
        filled, dtype = len(self.order), self.summed
        found = self.SY.new_zeros(filled, len(vectors))
        for here in self._stretches():
            # As rows: columns that lie side by side are read three times as slowly.
            rows = torch.stack([vector[here].to(dtype) for vector in vectors])
            found += (pairs[:filled, here].to(dtype) @ rows.T).to(found.device).double()
        return self.total(found)

    def _add_up(self, result: torch.Tensor, pairs: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """The result [n], with S or Y added in place by these weights, oldest first."""
        filled = len(self.order)
        by_slot = weights.roll(self.order[0]).to(result)
        for here in self._stretches():
            result[here].addmv_(pairs[:filled, here].to(result.dtype).T, by_slot)
        return result

    def _by_age(self, by_slot: torch.Tensor) -> torch.Tensor:
        """The same along the first axis, oldest first: slots are filled in turn."""
        return by_slot.roll(-self.order[0], 0)

    def _stretches(self) -> Iterator[slice]:
        at_once = STRETCH if self.S.device.type == "cpu" else GPU_STRETCH
        return stretches(self.S.shape[1], max(1, at_once // self.size))
