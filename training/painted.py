"""Pictures on their way through an optimisation by the student itself: what it will be shown in use.

Several are under way at any time. Whenever one is asked for, it is painted a few steps further with the network as it
is by then, and replaced when it has lived its time: so every stage of a painting is met, at the cost of a few steps.
"""

import torch

from lesson import gram
from networks import CONTENT, STYLE


class Painted:
    """next(network) -> pixels [n, 3, side, side], 0..255 and a little beyond."""

    def __init__(self, crops, sizes, under_way=9, steps=3):
        self.crops, self.sizes, self.steps = crops, sizes, steps
        self.under_way, self.turn = [None] * under_way, 0

    def next(self, network):
        place = self.turn % len(self.under_way)
        self.turn += 1
        found = self.under_way[place]
        if found is None or found.age >= found.lifetime:
            found = Painting(network, *(self.crops.batch(*self.sizes[place % len(self.sizes)]) for _ in range(2)))
            self.under_way[place] = found
        for _ in range(self.steps):
            found.step(network)
        return found.image.detach().clone()


class Painting:
    """A batch of pictures between contents and styles, [n, 3, side, side] each, under Adam."""

    def __init__(self, network, content, style):
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            wanted, kept = network(style), network(content)
        self.style, self.content = {n: gram(wanted[n]) for n in STYLE}, kept[CONTENT].float()
        self.weight = 10 ** (2 * torch.rand(()).item())
        begin = 128 + 40 * torch.randn_like(content) if torch.rand(()) < 0.3 else content.clone()
        self.image = begin.requires_grad_()
        self.adam = torch.optim.Adam([self.image], lr=3 + 9 * torch.rand(()).item(), betas=(0.9, 0.99))
        self.age, self.lifetime = 0, int(10 * 16 ** torch.rand(()).item())

    def step(self, network):
        with torch.autocast("cpu", torch.bfloat16):
            seen = network(self.image)
        loss = (seen[CONTENT].float() - self.content).square().sum() / self.content.square().sum()
        for n in STYLE:
            distance = (gram(seen[n]) - self.style[n]).square().sum() / self.style[n].square().sum()
            loss = loss + self.weight * distance / len(STYLE)
        (self.image.grad,) = torch.autograd.grad(loss, self.image)
        self.adam.step()
        self.age += 1
