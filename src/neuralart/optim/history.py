"""The curvature that L-BFGS remembers, and its inverse Hessian times a gradient.

The compact form of Byrd, Nocedal and Schnabel, "Representations of quasi-Newton matrices and their use in limited
memory methods" (1994), theorem 2.2: with S and Y the last steps and changes of gradient as rows, oldest first,
R = upper triangle of S Y', D its diagonal and gamma = s.y / y.y of the newest pair,

    H g = gamma g + S'(R^-T ((D + gamma Y Y') p - gamma Y g)) - gamma Y'p,    p = R^-1 S g

The same matrix as the two-loop recursion's, with the history read twice in all instead of once per pair.
"""

from __future__ import annotations

import torch


class History:
    """Up to `size` pairs (s, y) of vectors of n numbers; the oldest makes room for the newest.

    The vectors keep the precision they come in; nothing is allocated before the first pair.
    """

    def __init__(self, size: int) -> None:
        self.size, self.order = size, list[int]()

    def _allocate(self, like: torch.Tensor) -> None:
        self.S = like.new_empty(self.size, like.numel())
        self.Y = like.new_empty(self.size, like.numel())
        # The small matrices live in float64, where the triangular solves lose nothing; Apple's GPUs have no float64.
        device = torch.device("cpu") if like.device.type == "mps" else like.device
        self.SY = torch.zeros(self.size, self.size, dtype=torch.float64, device=device)
        self.YY = torch.zeros_like(self.SY)

    def __len__(self) -> int:
        return len(self.order)

    def add(self, s: torch.Tensor, y: torch.Tensor) -> None:
        """Remember a step s [n] and the change of gradient y [n] along it. s.y must be positive."""
        if not self.order:
            self._allocate(s)
        slot = len(self.order) if len(self.order) < self.size else self.order.pop(0)
        self.order.append(slot)
        self.S[slot], self.Y[slot] = s, y
        filled, pair = len(self.order), torch.stack([s, y], dim=1)
        by_s, by_y = self._small(self.S[:filled] @ pair), self._small(self.Y[:filled] @ pair)
        self.SY[:filled, slot], self.SY[slot, :filled] = by_s[:, 1], by_y[:, 0]
        self.YY[:filled, slot] = self.YY[slot, :filled] = by_y[:, 1]
        self.gamma = self.SY[slot, slot] / self.YY[slot, slot]

    def times(self, gradient: torch.Tensor) -> torch.Tensor:
        """The inverse Hessian times a gradient [n]; the gradient itself while nothing is remembered."""
        filled = len(self.order)
        if not filled:
            return gradient.clone()
        order = torch.tensor(self.order, device=self.SY.device)
        sg, yg = self._small(self.S[:filled] @ gradient)[order], self._small(self.Y[:filled] @ gradient)[order]
        sy, yy, gamma = self.SY[order][:, order], self.YY[order][:, order], self.gamma
        p = torch.linalg.solve_triangular(sy.triu(), sg[:, None], upper=True)[:, 0]
        right = sy.diagonal() * p + gamma * (yy @ p - yg)
        q = torch.linalg.solve_triangular(sy.triu().T, right[:, None], upper=False)[:, 0]
        along_s, along_y = torch.zeros_like(p), torch.zeros_like(p)
        along_s[order], along_y[order] = q, -gamma * p
        result = gradient * self.gamma.to(gradient)
        result += along_s.to(gradient) @ self.S[:filled]
        result += along_y.to(gradient) @ self.Y[:filled]
        return result

    def _small(self, products: torch.Tensor) -> torch.Tensor:
        return products.to(self.SY.device).double()
