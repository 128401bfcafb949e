"""The curvature that L-BFGS remembers, and its inverse Hessian times a gradient.

The compact form of Byrd, Nocedal and Schnabel, "Representations of quasi-Newton matrices and their use in limited
memory methods" (1994), theorem 2.2: with S and Y the last steps and changes of gradient as rows, oldest first,
R = upper triangle of S Y', D its diagonal and gamma = s.y / y.y of the newest pair,

    H g = gamma g + S'(R^-T ((D + gamma Y Y') p - gamma Y g)) - gamma Y'p,    p = R^-1 S g

The same matrix as the two-loop recursion's, with the history read twice in all instead of once per pair: one pass finds
its products with the gradient, and with the newest pair on the way, and one adds up the result. Kept in
bfloat16 it takes half the room: the pairs are then rounded before anything is computed of them, so that H is the exact
matrix of pairs that are slightly others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from neuralart.optim.vectors import Total, alone

# Numbers of a vector worked on at once: what is widened or put side by side on the way stays small.
STRETCH = 2**21


class History:
    """Up to `size` pairs (s, y) of vectors of n numbers; the oldest makes room for the newest.

    dtype: the precision that they are kept in, by default that in which they come. total: adds up over the machines
    among which the vectors are divided. Nothing is allocated before the first pair.
    """

    def __init__(self, size: int, dtype: torch.dtype | None = None, total: Total = alone) -> None:
        self.size, self.dtype, self.total, self.order = size, dtype, total, list[int]()
        self._newest: int | None = None  # the slot of a pair whose products are not known yet

    def _allocate(self, like: torch.Tensor) -> None:
        self.arriving = like.dtype
        self.S = torch.empty(self.size, like.numel(), dtype=self.dtype or like.dtype, device=like.device)
        self.Y = torch.empty_like(self.S)
        # The small matrices live in float64, where the triangular solves lose nothing; Apple's GPUs have no float64.
        device = torch.device("cpu") if like.device.type == "mps" else like.device
        self.SY = torch.zeros(self.size, self.size, dtype=torch.float64, device=device)
        self.YY = torch.zeros_like(self.SY)

    def __len__(self) -> int:
        return len(self.order)

    def add(self, s: torch.Tensor, y: torch.Tensor) -> None:
        """Remember a step s [n] and the change of gradient y [n] along it. s.y must be positive."""
        self._settle()
        if not self.order:
            self._allocate(s)
        slot = len(self.order) if len(self.order) < self.size else self.order.pop(0)
        self.order.append(slot)
        self.S[slot], self.Y[slot] = s, y
        self._newest = slot

    def times(self, gradient: torch.Tensor) -> torch.Tensor:
        """The inverse Hessian times a gradient [n]; the gradient itself while nothing is remembered."""
        filled = len(self.order)
        if not filled:
            return gradient.clone()
        by_s, by_y = self._settle(gradient)
        order = torch.tensor(self.order, device=self.SY.device)
        sg, yg = by_s[order], by_y[order]
        sy, yy = self.SY[order][:, order], self.YY[order][:, order]
        gamma = sy[-1, -1] / yy[-1, -1]
        p = torch.linalg.solve_triangular(sy.triu(), sg[:, None], upper=True)[:, 0]
        right = sy.diagonal() * p + gamma * (yy @ p - yg)
        q = torch.linalg.solve_triangular(sy.triu().T, right[:, None], upper=False)[:, 0]
        along_s, along_y = torch.zeros_like(p), torch.zeros_like(p)
        along_s[order], along_y[order] = q, -gamma * p
        along_s, along_y = along_s.to(gradient), along_y.to(gradient)
        result = gradient * gamma.to(gradient)
        for here in self._stretches():
            result[here].addmv_(self.S[:filled, here].to(gradient.dtype).T, along_s)
            result[here].addmv_(self.Y[:filled, here].to(gradient.dtype).T, along_y)
        return result

    def _settle(self, gradient: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        """Find the products of the newest pair with all others, if that is still to be done; S g and Y g on the way."""
        slot, self._newest = self._newest, None
        vectors = [] if gradient is None else [gradient]
        if slot is not None:
            vectors += [self.S[slot], self.Y[slot]]
        if not vectors:
            return torch.empty(0), torch.empty(0)
        by_s, by_y = self._products(vectors)
        if slot is not None:
            filled = len(self.order)
            self.SY[:filled, slot], self.SY[slot, :filled] = by_s[:, -1], by_y[:, -2]
            self.YY[:filled, slot] = self.YY[slot, :filled] = by_y[:, -1]
        return by_s[:, 0], by_y[:, 0]

    def _products(self, vectors: Sequence[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
        """S V and Y V [pairs, vectors], of vectors [n], computed in the precision in which pairs come."""
        filled, dtype = len(self.order), self.arriving
        found = self.SY.new_zeros(2, filled, len(vectors))
        for here in self._stretches():
            # As rows: columns that lie side by side are read three times as slowly.
            rows = torch.stack([vector[here].to(dtype) for vector in vectors])
            for into, pairs in zip(found, (self.S, self.Y)):
                into += (pairs[:filled, here].to(dtype) @ rows.T).to(found.device).double()
        by_s, by_y = self.total(found)
        return by_s, by_y

    def _stretches(self) -> Iterator[slice]:
        length = self.S.shape[1]
        return (slice(begin, min(begin + STRETCH, length)) for begin in range(0, length, STRETCH))
