"""Pictures on their way through an optimisation by the student itself: what it will be shown in use.

Several are under way at any time. Whenever one is asked for, it is painted a few steps further with the network as it
is by then, and replaced when it has lived its time: so every stage of a painting is met, at the cost of a few steps.
"""

import torch

from lesson import gram
from networks import CONTENT, STYLE
from recorded import Recorded


class Painted:
    """next() -> pixels [n, 3, side, side], 0..255 and a little beyond."""

    def __init__(self, network, crops, sizes, under_way=9, steps=3):
        self.network, self.crops, self.sizes, self.steps = network, crops, sizes, steps
        self.slope = Recorded(lambda *given: slope(network, *given))
        self.under_way, self.turn = [None] * under_way, 0

    def next(self):
        place = self.turn % len(self.under_way)
        self.turn += 1
        found = self.under_way[place]
        if found is None or found.age >= found.lifetime:
            size = self.sizes[place % len(self.sizes)]
            found = Painting(self.network, *(self.crops.batch(*size) for _ in range(2)))
            self.under_way[place] = found
        for _ in range(self.steps):
            found.step(self.slope)
        return found.image.clone()


class Painting:
    """A batch of pictures between contents and styles, [n, 3, side, side] each, under Adam."""

    def __init__(self, network, content, style):
        with torch.no_grad(), torch.autocast(content.device.type, torch.bfloat16):
            wanted, kept = network(style), network(content)
        self.style, self.content = [gram(wanted[n]) for n in STYLE], kept[CONTENT].float()
        self.weight = content.new_tensor(10 ** (2 * torch.rand(()).item()))
        self.image = 128 + 40 * torch.randn_like(content) if torch.rand(()) < 0.3 else content.clone()
        self.adam = torch.optim.Adam([self.image], lr=3 + 9 * torch.rand(()).item(), betas=(0.9, 0.99))
        self.age, self.lifetime = 0, int(10 * 16 ** torch.rand(()).item())

    def step(self, slope):
        self.image.grad = slope(self.image, self.weight, self.content, *self.style)
        self.adam.step()
        self.age += 1


def slope(network, image, weight, content, *style):
    """The gradient on the image of its distance from the content's features plus weight times the style's."""
    leaf = image.detach().requires_grad_()
    with torch.autocast(image.device.type, torch.bfloat16):
        seen = network(leaf)
    loss = (seen[CONTENT].float() - content).square().sum() / content.square().sum()
    for name, target in zip(STYLE, style, strict=True):
        loss = loss + weight / len(STYLE) * (gram(seen[name]) - target).square().sum() / target.square().sum()
    return torch.autograd.grad(loss, leaf)[0]
