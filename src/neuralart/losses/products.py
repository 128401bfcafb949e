"""Fast Gram matrices and their derivative: the kernels behind gram.py.

G = F F'        [C, C], F the features [C, N], flattened over their N positions
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F

from neuralart.losses.loss import widened

# Numbers processed at once: on a CPU 8 MB in float32, which fit into its cache; on a GPU a quarter of a gigabyte.
BAND, GPU_BAND = 2**21, 2**26


def gram(features: torch.Tensor, *, plain: bool = False) -> torch.Tensor:
    """Return F F' of features [1, C, H, W]: [C, C], summed over positions, in float32 or better.

    Args:
        features: [1, C, H, W].
        plain: Whether to use a matrix product even if a convolution computes the same sums faster, in another order.
    """
    channels = features.shape[1]
    result = widened(features.new_zeros(channels, channels))
    for band in _bands(features):
        _add_products(result, widened(band), plain)
    return result


def gram_with_one(features: torch.Tensor, ones: torch.Tensor | None = None) -> torch.Tensor:
    """Return F F' with a constant 1 as an additional channel: [C + 1, C + 1].

    The last row and column hold sums of features.

    Args:
        features: [1, C, H, W].
        ones: [N], the values of that channel in place of 1, if positions are weighted.
    """
    channels, positions = features.shape[1], features.shape[2] * features.shape[3]
    result = widened(features.new_zeros(channels + 1, channels + 1))
    begin = 0
    for band in _bands(features):
        wide = widened(band)
        # Sum while the band is in the cache: in bfloat16, summing afterwards took up to half as long again.
        _add_products(result[:-1, :-1], wide)
        flat = _flat(wide)
        here = None if ones is None else ones[begin : begin + len(flat)].to(flat)
        result[-1, :-1] += flat.sum(0) if here is None else here @ flat
        begin += len(flat)
    result[:-1, -1] = result[-1, :-1]
    result[-1, -1] = positions if ones is None else ones.square().sum()
    return result


def gram_pull(
    features: torch.Tensor, cotangent: torch.Tensor, *, ones: torch.Tensor | None = None, plain: bool = False
) -> torch.Tensor:
    """Return the gradient of <M, F F'> on F: (M + M') F, in the shape and precision of the features.

    In bfloat16, which has the range of float32, M is rounded like a convolution's weights; sums stay in float32.

    Args:
        features: [1, C, H, W].
        cotangent: M [C, C]; if it has one more row and column, F has the additional channel of `gram_with_one`.
        ones: The values of that channel.
        plain: As for `gram`.
    """
    channels, narrow = features.shape[1], features.dtype == torch.float16
    both = (cotangent + cotangent.T).to(torch.float32 if narrow else features.dtype)
    alone, constant = both[:channels, :channels], both[:channels, channels:].sum(1)
    if ones is not None and len(both) > channels:
        pulled = gram_pull(features, cotangent[:channels, :channels], plain=plain)
        _flat(pulled).addr_(ones.to(pulled), constant.to(pulled))
        return pulled
    if not plain and _convolved(features):
        bias = constant if len(both) > channels else None
        pulled = F.conv2d(features, alone[:, :, None, None], bias)
        return pulled.contiguous(memory_format=torch.channels_last)
    result = torch.empty_like(features, memory_format=torch.channels_last)
    for band, into in zip(_bands(features), _bands(result)):
        if narrow:
            here = torch.addmm(constant, _flat(band.float()), alone)
            into.copy_(here.reshape(into.permute(0, 2, 3, 1).shape).permute(0, 3, 1, 2))
        elif len(both) > channels:
            torch.addmm(constant, _flat(band), alone, out=_flat(into))
        else:
            torch.mm(_flat(band), alone, out=_flat(into))
    return result


def _add_products(total: torch.Tensor, features: torch.Tensor, plain: bool = False) -> None:
    """Add F F' to the total."""
    if plain or not _convolved(features):
        flat = _flat(features)
        total.addmm_(flat.T, flat)
        return
    # F F' is the gradient on the weights of a 1x1 convolution of F, if F is the gradient on its result.
    shape = features.new_empty(*total.shape, 1, 1)
    sides = [1, 1], [0, 0], [1, 1], False, [0, 0], 1
    products = torch.ops.aten.convolution_backward(features, features, shape, None, *sides, [False, True, False])[1]
    total += products[:, :, 0, 0]


def _convolved(features: torch.Tensor) -> bool:
    """Whether to compute products with the convolution library.

    On AMD's processors it multiplies matrices in float32 twice as fast as the matrix library. It refuses an image
    without positions, which occurs when a tile contains nothing of a region.
    """
    if not features.numel():
        return False
    fast = features.device.type == "cpu" and features.dtype in (torch.float32, torch.bfloat16)
    return fast and torch.backends.mkldnn.is_available()


def band_of(*, on_gpu: bool) -> int:
    """The number of numbers processed at once, and therefore copied at most."""
    return GPU_BAND if on_gpu else BAND


def _bands(features: torch.Tensor) -> Iterator[torch.Tensor]:
    """Split the features into bands of rows, so that widened or copied parts stay small at any image size."""
    most = band_of(on_gpu=features.device.type != "cpu")
    rows = max(1, most // (features.shape[1] * features.shape[3]))
    return iter(features.split(rows, dim=2))


def _flat(features: torch.Tensor) -> torch.Tensor:
    # [N, C], position by position: a view of channels-last features.
    return features.permute(0, 2, 3, 1).flatten(0, 2)
