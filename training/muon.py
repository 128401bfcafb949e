"""Muon (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon): momentum whose matrix is made orthogonal.

A convolution's kernel [out, in, 3, 3] is taken as the matrix [out, in * 9]. All directions of the update get the same
length, so that the rare ones, which deep layers live on, are learnt as fast as the loud ones.
"""

import torch

# Jordan's coefficients: five rounds bring singular values to between 0.7 and 1.2, which is near enough.
QUINTIC, ROUNDS = (3.4445, -4.7750, 2.0315), 5


class Muon(torch.optim.Optimizer):
    """Nesterov momentum, made orthogonal; an update's singular values are about the rate."""

    def __init__(self, parameters, lr=0.02, momentum=0.95):
        super().__init__(parameters, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                if "speed" not in state:
                    state["speed"] = torch.zeros_like(p)
                speed = state["speed"].lerp_(p.grad, 1 - group["momentum"])
                update = p.grad.lerp(speed, group["momentum"]).flatten(1)
                p.add_(orthogonal(update).view(p.shape), alpha=-group["lr"])


def orthogonal(matrix):
    """[m, n], m <= n -> [m, n], nearly the orthogonal factor of its polar decomposition, after Newton and Schulz.

    Every round multiplies by a polynomial of the matrix's own square, all of which commute: so the rounds are taken on
    [m, m] squares and the wide matrix is touched twice, not fifteen times.
    """
    a, b, c = QUINTIC
    x = matrix / (torch.linalg.matrix_norm(matrix) + 1e-12)
    square, eye = x @ x.T, torch.eye(len(x))
    product, current = eye, square
    for round_ in range(ROUNDS):
        factor = a * eye + b * current + c * (current @ current)
        product = factor @ product
        if round_ < ROUNDS - 1:
            current = factor @ current @ factor
    return product @ x
