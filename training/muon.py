"""Muon (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon): momentum whose matrix is made orthogonal.

A convolution's kernel [out, in, 3, 3] is taken as the matrix [out, in * 9]. All directions of the update get the same
length, so that the rare ones, which deep layers live on, are learnt as fast as the loud ones.
"""

import torch
import torch.nn.functional as F

# Jordan's coefficients: five rounds bring singular values to between 0.7 and 1.2, which is near enough.
QUINTIC, ROUNDS = (3.4445, -4.7750, 2.0315), 5


class Muon(torch.optim.Optimizer):
    """Nesterov momentum, made orthogonal; an update's singular values are about the rate (a number or a tensor)."""

    def __init__(self, parameters, lr=0.02, momentum=0.95):
        super().__init__(parameters, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            updates = []
            for p in group["params"]:
                state = self.state[p]
                if "speed" not in state:
                    state["speed"] = torch.zeros_like(p)
                speed = state["speed"].lerp_(p.grad, 1 - group["momentum"])
                updates.append(p.grad.lerp(speed, group["momentum"]).flatten(1))
            for p, update in zip(group["params"], orthogonal(updates), strict=True):
                p.sub_(update.view(p.shape) * group["lr"])


def orthogonal(matrices):
    """For each [m, n], m <= n, nearly the orthogonal factor of its polar decomposition, after Newton and Schulz.

    Every round multiplies by a polynomial of the matrix's own square, all of which commute: so the rounds are taken on
    [m, m] squares, of all matrices at once, and the wide matrices are touched twice, not fifteen times.
    """
    a, b, c = QUINTIC
    wide = [matrix / (torch.linalg.matrix_norm(matrix) + 1e-12) for matrix in matrices]
    size = max(map(len, wide))
    current = torch.stack([F.pad(x @ x.T, (0, size - len(x), 0, size - len(x))) for x in wide])
    eye = torch.eye(size, dtype=current.dtype, device=current.device)
    product = eye.expand_as(current)
    for round_ in range(ROUNDS):
        factor = a * eye + b * current + c * (current @ current)
        product = factor @ product
        if round_ < ROUNDS - 1:
            current = factor @ current @ factor
    return [p[: len(x), : len(x)] @ x for p, x in zip(product, wide, strict=True)]
