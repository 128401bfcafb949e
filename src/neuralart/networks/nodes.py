"""The forward and backward pass of one node of a network.

The backward pass is written by hand, since only the gradient on the image is needed, never on the weights: a
convolution then needs nothing of its input, and a ReLU one bit of its output. Autograd would keep every activation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F

from neuralart.networks import winograd
from neuralart.networks.edges import extended, folded
from neuralart.networks.graph import Concat, Conv, Lrn, Node, Pool

Weights = Mapping[str, torch.Tensor]
Padding = tuple[int, int, int, int]  # rows above, below, columns left, right
aten = torch.ops.aten
BAND = 2**18  # numbers processed at once: 1 MB in float32


class Border(NamedTuple):
    """What a node reads beyond its input: the amount of padding, and its kind above and below, and left and right."""

    padding: Padding
    edges: tuple[str, str] = ("zeros", "zeros")

    @property
    def zeros(self) -> Padding:
        """The amount of padding with zeros."""
        above, below, left, right = self.padding
        rows = (above, below) if self.edges[0] == "zeros" else (0, 0)
        return (*rows, left, right) if self.edges[1] == "zeros" else (*rows, 0, 0)

    def around(self, x: torch.Tensor) -> torch.Tensor:
        """Return x extended by padding other than zeros."""
        above, below, left, right = self._continued
        return extended(extended(x, 2, above, below, self.edges[0]), 3, left, right, self.edges[1])

    def room(self, x: torch.Tensor) -> torch.Tensor:
        """Return an uninitialised tensor of the shape of `around(x)`."""
        above, below, left, right = self._continued
        if not any(self._continued):
            return x
        shape = (*x.shape[:2], x.shape[2] + above + below, x.shape[3] + left + right)
        return torch.empty(shape, dtype=x.dtype, device=x.device, memory_format=torch.channels_last)

    def back(self, gradient: torch.Tensor) -> torch.Tensor:
        """Return the gradient on x from that on `around(x)`, which is overwritten."""
        above, below, left, right = self._continued
        return folded(folded(gradient, 3, left, right, self.edges[1]), 2, above, below, self.edges[0])

    @property
    def _continued(self) -> Padding:
        above, below, left, right = (all_ - zeros for all_, zeros in zip(self.padding, self.zeros))
        return above, below, left, right


def rms_pool2d(x: torch.Tensor, kernel: int, stride: int, pad: int | tuple[int, int] = 0) -> torch.Tensor:
    """Return the root mean square, between average and maximum. It is never 0, where a root has no derivative."""
    return F.avg_pool2d(x * x, kernel, stride, pad).clamp_min(torch.finfo(x.dtype).tiny).sqrt()


POOLINGS: dict[str, Callable[..., torch.Tensor]] = {
    "average": F.avg_pool2d,
    "max": F.max_pool2d,
    "l2": rms_pool2d,
}


def forward(
    node: Node, inputs: Sequence[torch.Tensor], border: Border, count: tuple[int, int], weights: Weights, pooling: str
) -> torch.Tensor:
    """Return `count` (rows, columns) positions of the node's activation; differentiable. Inputs are [1, C, h, w]."""
    match node:
        case Conv():
            x, pad = padded(border.around(inputs[0]), node, border.zeros, count)
            weight, bias = weights[f"{node.name}.weight"], weights[f"{node.name}.bias"]
            quick = winograd.pays(x, weight, node.stride, pad)
            out = winograd.convolution(x, weight, bias, pad) if quick else F.conv2d(x, weight, bias, node.stride, pad)
            return F.relu_(out) if node.relu else out
        case Pool():
            beyond = -torch.inf if pooling == "max" else 0.0
            x, pad = padded(border.around(inputs[0]), node, border.zeros, count, beyond)
            return POOLINGS[pooling](x, node.kernel, node.stride, pad)
        case Lrn():
            return local_response_norm(inputs[0], node)
        case Concat():
            return torch.cat(list(inputs), dim=1)


def backward(
    node: Node,
    gradient: torch.Tensor,
    inputs: Sequence[torch.Tensor],
    border: Border,
    weights: Weights,
    pooling: str,
) -> list[torch.Tensor]:
    """Return the gradient on each input from that on the node's activation, before its ReLU (see `unbend`).

    Only the shape of the inputs is used, unless `looks_back` says otherwise.
    """
    match node:
        case Conv():
            around = border.room(inputs[0])
            x, pad = padded(around, node, border.zeros, tuple(gradient.shape[2:]))
            weight = weights[f"{node.name}.weight"]
            if winograd.pays(x, weight, node.stride, pad):
                result = winograd.gradient(gradient, weight, pad)
            else:
                stride, pads = [node.stride, node.stride], [pad[0], pad[1]]
                wanted = [True, False, False]
                result = aten.convolution_backward(
                    gradient, x, weight, None, stride, pads, [1, 1], False, [0, 0], 1, wanted
                )[0]
            return [border.back(unpadded(result, around, border.zeros))]
        case Pool() if pooling == "average":
            return [averaged_back(node, gradient, inputs[0], border)]
        case Pool() if pooling == "l2":
            # The derivative of the root r of the mean of x^2 is x / r times that of the mean.
            root = forward(node, inputs, border, (gradient.shape[2], gradient.shape[3]), weights, pooling)
            return [averaged_back(node, gradient / root, inputs[0], border).mul_(inputs[0])]
        case Concat():
            parts = gradient.split([x.shape[1] for x in inputs], dim=1)
            # In half precision, PyTorch adds numbers that lie apart six times as slowly as it copies and adds them.
            return [x.contiguous(memory_format=torch.channels_last) if x.dtype.itemsize == 2 else x for x in parts]
        case _:
            with torch.enable_grad():
                leaves = [x.detach().requires_grad_() for x in inputs]
                out = forward(node, leaves, border, (gradient.shape[2], gradient.shape[3]), weights, pooling)
            return list(torch.autograd.grad(out, leaves, gradient))


def averaged_back(node: Pool, gradient: torch.Tensor, x: torch.Tensor, border: Border) -> torch.Tensor:
    """Return the gradient on x from that on its average pooling."""
    if apart(node, border.padding, x):
        return spread(gradient, x, node.kernel)
    around = border.room(x)
    wide, pad = padded(around, node, border.zeros, tuple(gradient.shape[2:]))
    sides = [node.kernel, node.kernel], [node.stride, node.stride], [pad[0], pad[1]]
    result = aten.avg_pool2d_backward(gradient, wide, *sides, False, True, None)
    return border.back(unpadded(result, around, border.zeros))


def apart(node: Pool, padding: Padding, x: torch.Tensor) -> bool:
    """Whether at most one position of the pooling reads each position of the input."""
    return node.kernel == node.stride and not any(padding) and min(x.shape[2:]) >= node.kernel


def spread(gradient: torch.Tensor, x: torch.Tensor, kernel: int) -> torch.Tensor:
    """Return the gradient of average pooling over disjoint cells: equal parts, and zero beyond the last cell."""
    rows, columns = gradient.shape[2] * kernel, gradient.shape[3] * kernel
    result = torch.empty(x.shape, dtype=gradient.dtype, device=gradient.device, memory_format=torch.channels_last)
    if (rows, columns) != tuple(x.shape[2:]):
        result[:, :, rows:] = 0
        result[:, :, :rows, columns:] = 0
    # Channels last, so that the innermost numbers are adjacent in both the source and the target of the copy.
    cells = result[:, :, :rows, :columns].permute(0, 2, 3, 1).unflatten(2, (-1, kernel)).unflatten(1, (-1, kernel))
    cells.copy_((gradient / kernel**2).permute(0, 2, 3, 1)[:, :, None, :, None])
    return result


def looks_back(node: Node, pooling: str) -> bool:
    """Whether `backward` needs the numbers of the node's inputs."""
    return isinstance(node, Lrn) or (isinstance(node, Pool) and pooling != "average")


def unbend(gradient: torch.Tensor, active: torch.Tensor) -> torch.Tensor:
    """Turn the gradient after a ReLU into the one before it, in place; active: its activation, or where it is > 0."""
    if active.dtype == torch.bool and gradient.device.type != "cpu":
        return gradient.mul_(active)
    if active.dtype == torch.bool:
        # The multiplication widens the mask to numbers, bytes twice as fast as booleans; in bands these stay in the
        # processor's cache.
        rows = max(1, BAND // (gradient.shape[1] * gradient.shape[3]))
        for band, mask in zip(gradient.split(rows, dim=2), active.view(torch.uint8).split(rows, dim=2)):
            band.mul_(mask)
        return gradient
    return aten.threshold_backward.grad_input(gradient, active, 0, grad_input=gradient)


def padded(
    x: torch.Tensor, node: Conv | Pool, padding: Padding, count: tuple[int, ...], beyond: float = 0.0
) -> tuple[torch.Tensor, tuple[int, int]]:
    """Return the input, and the padding (rows, columns) that the node itself has to add on both sides.

    If only one side is the image's border, the border is padded here, since a node can only pad both sides equally.
    Padding beyond what `count` positions read does no harm.
    """
    above, below, left, right = padding
    fits = lambda n, before, after, wanted: (
        after <= before and (n + 2 * before - node.kernel) // node.stride + 1 == wanted
    )
    if fits(x.shape[2], above, below, count[0]) and fits(x.shape[3], left, right, count[1]):
        return x, (above, left)
    return F.pad(x, (left, right, above, below), value=beyond), (0, 0)


def unpadded(gradient: torch.Tensor, x: torch.Tensor, padding: Padding) -> torch.Tensor:
    """Return the gradient on x from that on the result of `padded`."""
    if gradient.shape == x.shape:
        return gradient
    above, _, left, _ = padding
    return gradient[:, :, above : above + x.shape[2], left : left + x.shape[3]]


def local_response_norm(x: torch.Tensor, node: Lrn) -> torch.Tensor:
    """Normalise [1, C, H, W] (Krizhevsky et al. 2012, section 3.3), with alpha over the size as in Torch7 and Caffe."""
    # The mean of squares over a window of channels is an average pooling along the channel axis; it counts the zeros
    # beyond the first and last channel, and so divides by `size` everywhere.
    squares = (x * x).permute(0, 2, 3, 1)
    n, h, w, c = squares.shape
    window = F.avg_pool1d(squares.reshape(n * h, w, c), node.size, 1, node.size // 2)
    return x * (node.k + node.alpha * window.reshape(n, h, w, c).permute(0, 3, 1, 2)).pow(-node.beta)
