"""Convolutions with 3 x 3 kernels in four ninths of the multiplications: Winograd's minimal filtering F(2 x 2, 3 x 3).

Lavin and Gray 2015, "Fast algorithms for convolutional neural networks" (arXiv:1509.09308), section 4.1: a tile of
2 x 2 results is A^T [(G g G^T) * (B^T d B)] A, where g is the kernel and d the 4 x 4 inputs that the tile sees. For
each of the 16 products, the sum over channels of all tiles is one product of matrices.

oneDNN has no such algorithm for processors without AVX-512. There it pays where there are many channels, as in the
upper half of VGG-19: 0.65 to 0.8 of oneDNN's time, at a quarter of its rounding (benchmarks/RESULTS.md). With AVX-512
it was not measured and is not used. F(4 x 4, 3 x 3) takes less time still, but rounds so much more that recipe
`original` no longer has the original's numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import torch

TILE, SEEN = 2, 4  # results of a tile along an axis, and the inputs that they see
CHANNELS = 128  # half the harmonic mean of the channels before and after from which on it pays, 256 and 256 for example
RESULTS = 768  # from which on it makes up for transforming the kernels
ROOM = 2**22  # numbers at once, 16 MB; fewer make many small products, more leave the processor's cache

# The paper's G. B^T and A^T are written out in `_inputs` and `_results`.
KERNEL = ((1, 0, 0), (1 / 2, 1 / 2, 1 / 2), (1 / 2, -1 / 2, 1 / 2), (0, 0, 1))

Pad = tuple[int, int]  # rows, columns; on both sides


def pays(x: torch.Tensor, weight: torch.Tensor, stride: int, pad: Pad) -> bool:
    """Whether this beats oneDNN at a convolution of x [1, C, H, W] with a weight [K, C, h, w], both ways.

    False where autograd has to follow.
    """
    plain = weight.shape[2:] == (3, 3) and stride == 1 and max(pad) <= 2 and x.shape[0] == 1
    plain = plain and x.dtype == torch.float32 and x.device.type == "cpu"
    if not plain or (x.requires_grad and torch.is_grad_enabled()) or _capability() != "AVX2":
        return False
    after, before = weight.shape[:2]
    height, width = (side + 2 * margin - 2 for side, margin in zip(x.shape[2:], pad))
    return after * before >= CHANNELS * (after + before) and height * width >= RESULTS


def convolution(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, pad: Pad) -> torch.Tensor:
    """Return the convolution of x [1, C, H, W] with a weight [K, C, 3, 3], plus a bias [K]; stride 1."""
    kernels = _transformed(weight, turned=False).permute(1, 2, 0)
    return _slid(x, kernels, pad, bias)


def gradient(result: torch.Tensor, weight: torch.Tensor, pad: Pad) -> torch.Tensor:
    """Return the gradient on the input of such a convolution from that on its result [1, K, h, w].

    It is a convolution itself, with the kernels turned over and the channels exchanged.
    """
    kernels = _transformed(weight, turned=True).permute(1, 0, 2)
    return _slid(result, kernels, (2 - pad[0], 2 - pad[1]))


def _transformed(weight: torch.Tensor, turned: bool) -> torch.Tensor:
    """Return G g G^T of all kernels, [K, 16, C].

    Keeping them would take nearly twice the weights' memory, and saves a twentieth of a convolution's time.
    """
    once = torch.tensor(KERNEL, dtype=torch.float64)
    both = torch.kron(once, once).to(weight)
    taps = weight.permute(0, 2, 3, 1).flatten(1, 2)
    return torch.bmm((both.flip(1) if turned else both).expand(len(taps), -1, -1), taps)


def _slid(x: torch.Tensor, kernels: torch.Tensor, pad: Pad, bias: torch.Tensor | None = None) -> torch.Tensor:
    """Return x [1, C, H, W] convolved with transformed kernels [16, C, K]."""
    _, before, after = kernels.shape
    height, width = (side + 2 * margin - 2 for side, margin in zip(x.shape[2:], pad))
    down, across = _tiles(height), _tiles(width)
    result = x.new_empty(TILE * down, width, after)
    at_once = max(1, ROOM // (SEEN**2 * across * (before + after)))
    for top in range(0, down, at_once):
        rows = min(at_once, down - top)
        strip = _strip(x, pad, TILE * top, TILE * rows + 2, TILE * across + 2)
        seen = strip.new_empty(SEEN, rows, *strip.shape[1:])
        _inputs([strip[row : row + TILE * rows - 1 : TILE] for row in range(SEEN)], seen)
        inputs = strip.new_empty(SEEN, SEEN, rows, across, before)
        columns = [seen[:, :, column : column + TILE * across - 1 : TILE] for column in range(SEEN)]
        _inputs(columns, inputs.transpose(0, 1))
        del strip, seen, columns
        products = torch.bmm(inputs.view(SEEN**2, -1, before), kernels).view(SEEN, SEEN, rows, across, after)
        del inputs
        if bias is not None:
            products[1, 1] += bias  # both results along an axis see the second product with weight 1
        summed = products.new_empty(TILE, SEEN, rows, across, after)
        _results(products, summed)
        part = result[TILE * top : TILE * (top + rows)]
        tiles = part if width == TILE * across else part.new_empty(TILE * rows, TILE * across, after)
        cells = tiles.view(rows, TILE, across, TILE, after)
        _results(summed.transpose(0, 1), cells.permute(3, 1, 0, 2, 4))
        del products, summed
        if tiles is not part:
            part.copy_(tiles[:, :width])
    return result[:height].permute(2, 0, 1)[None]


def _strip(x: torch.Tensor, pad: Pad, top: int, height: int, width: int) -> torch.Tensor:
    """Return rows of the padded x from `top` on, [height, width, C], with zeros beyond its end."""
    above, left = pad
    result = x.new_zeros(height, width, x.shape[1])
    first, last = max(top - above, 0), min(top - above + height, x.shape[2])
    part = x[0, :, first:last].permute(1, 2, 0)
    result[first - top + above : last - top + above, left : left + x.shape[3]] = part
    return result


def _inputs(seen: Sequence[torch.Tensor], out: torch.Tensor) -> None:
    """Write B^T d along one axis: d0 - d2, d1 + d2, d2 - d1, d1 - d3."""
    torch.sub(seen[0], seen[2], out=out[0])
    torch.add(seen[1], seen[2], out=out[1])
    torch.sub(seen[2], seen[1], out=out[2])
    torch.sub(seen[1], seen[3], out=out[3])


def _results(products: torch.Tensor, out: torch.Tensor) -> None:
    """Write A^T m along the first axis: m0 + m1 + m2 and m1 - m2 - m3."""
    torch.add(products[0], products[1], out=out[0])
    out[0].add_(products[2])
    torch.sub(products[1], products[2], out=out[1])
    out[1].sub_(products[3])


def _tiles(side: int) -> int:
    return -(-side // TILE)


@cache
def _capability() -> str:
    return torch.backends.cpu.get_cpu_capability()
