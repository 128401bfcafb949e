"""The shapes of the results of PyTorch's operators, without their numbers.

PyTorch knows them: its kernels for the device "meta" compute nothing else. But many of these are written in Python, and
the first of them imports sympy or the compiler, which delays a painting by a second. The operators that a painting uses
all the time are therefore written out here; any other (from losses and networks of others) goes to "meta".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cmp_to_key
from typing import Any

import torch
from torch.utils._python_dispatch import _disable_current_modes

from neuralart.networks import precision

Shape = Sequence[int]
aten = torch.ops.aten

_dtypes: dict[Any, torch.dtype] = {}


def result(func: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """Return what `func` returns. All its tensors are on the device "meta", and kwargs name no other device."""
    if func in RULES:
        result = RULES[func](*args, **kwargs)
        if result is not NotImplemented:
            return result
    if torch.Tag.pointwise in func.tags:
        return _pointwise(func, args, kwargs)
    return func(*args, **kwargs)


def new(shape: Shape, dtype: torch.dtype, like: torch.Tensor | None = None) -> torch.Tensor:
    """Return a tensor of this shape, channels last if `like` is, otherwise contiguous."""
    last = like is not None and like.dim() == 4 == len(shape) and like.stride(1) == 1 < like.shape[1]
    layout = torch.channels_last if last else torch.contiguous_format
    return torch.empty(shape, dtype=dtype, device="meta", memory_format=layout)


def tensors(thing: Any) -> list[torch.Tensor]:
    """Return the tensors among the arguments of an operator, including those in lists."""
    if isinstance(thing, torch.Tensor):
        return [thing]
    return [one for part in thing for one in tensors(part)] if isinstance(thing, list | tuple) else []


def each(work: Callable[[torch.Tensor], Any], thing: Any) -> Any:
    """Return the same arguments or results with `work` applied to each tensor."""
    if isinstance(thing, torch.Tensor):
        return work(thing)
    return type(thing)(each(work, one) for one in thing) if isinstance(thing, list | tuple) else thing


def broadcast(given: Sequence[torch.Tensor]) -> tuple[int, ...]:
    """Return the shape of an elementwise result of these tensors."""
    rank = max(one.dim() for one in given)
    sides = zip(*([1] * (rank - one.dim()) + list(one.shape) for one in given))
    return tuple(0 if 0 in side else max(side) for side in sides)


def _pointwise(func: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> torch.Tensor:
    given = tensors([*args, *kwargs.values()])
    shape = broadcast(given)
    layout = kwargs.get("memory_format") or torch.preserve_format
    dtype = _dtype(func, args, {name: one for name, one in kwargs.items() if name not in ("device", "memory_format")})
    if layout is not torch.preserve_format:
        return torch.empty(shape, dtype=dtype, device="meta", memory_format=layout)
    return _dense(shape, [one.expand(shape) for one in given], dtype)


def _dense(shape: Shape, like: Sequence[torch.Tensor], dtype: torch.dtype) -> torch.Tensor:
    """Return a tensor without gaps whose axes are ordered like those of the arguments; the first argument decides."""
    if not like[0].dim():
        return torch.empty(shape, dtype=dtype, device="meta")
    table = [one.stride() for one in like]

    def further(dim: int, other: int) -> int:
        for strides in table:
            one, two = strides[dim], strides[other]
            if one and two and (one, shape[dim]) != (two, shape[other]):
                return one - two or shape[dim] - shape[other]
        return other - dim

    strides, step = [1] * len(shape), 1
    for dim in sorted(range(len(shape)), key=cmp_to_key(further)):
        strides[dim], step = step, step * max(1, shape[dim])
    return torch.empty_strided(shape, strides, dtype=dtype, device="meta")


def _dtype(func: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> torch.dtype:
    """Return the precision of the result, found by calling the operator with single numbers."""

    def kind(thing: Any) -> Any:
        if isinstance(thing, torch.Tensor):
            return thing.dtype, thing.dim() == 0
        plain = thing is None or isinstance(thing, torch.dtype | str | bool)
        return tuple(map(kind, thing)) if isinstance(thing, list | tuple) else thing if plain else type(thing)

    key = (func, *map(kind, args), *((name, kind(one)) for name, one in kwargs.items()))
    if key not in _dtypes:
        single = lambda one: torch.ones([1] * one.dim(), dtype=one.dtype)
        with _disable_current_modes():
            made = func(*each(single, list(args)), **{name: each(single, one) for name, one in kwargs.items()})
        _dtypes[key] = made.dtype
    return _dtypes[key]


def _slid(sides: Shape, kernel: Shape, stride: Shape, pad: Shape, dilation: Shape = (1, 1)) -> list[int]:
    """Return the number of positions of a kernel that slides over an image, along both axes."""
    both = lambda one: one if len(one) == 2 else [*one, *one]
    steps = zip(sides, both(kernel), both(stride or kernel), both(pad), both(dilation))
    return [(side + 2 * p - d * (k - 1) - 1) // s + 1 for side, k, s, p, d in steps]


def _convolution(x: Any, weight: Any, bias: Any, stride: Any, pad: Any, dilation: Any, turned: Any, *rest: Any) -> Any:
    if turned or x.dim() != 4:
        return NotImplemented
    sides = _slid(x.shape[2:], weight.shape[2:], stride, pad, dilation)
    return new([x.shape[0], weight.shape[0], *sides], x.dtype, x)


def _convolution_backward(gradient: Any, x: Any, weight: Any, *rest: Any) -> Any:
    shapes = x.shape, weight.shape, weight.shape[:1]
    return tuple(new(shape, x.dtype, gradient) if here else None for shape, here in zip(shapes, rest[-1]))


def _average(x: Any, kernel: Any, stride: Any = (), pad: Any = (0, 0), ceil: bool = False, *rest: Any) -> Any:
    if ceil or x.dim() not in (3, 4):
        return NotImplemented
    return new([*x.shape[:-2], *_slid(x.shape[-2:], kernel, stride, pad)], x.dtype, x)


def _padded(x: Any, pad: Shape, *value: Any) -> torch.Tensor:
    shape = list(x.shape)
    for place, width in enumerate(pad):
        shape[-1 - place // 2] += width
    return new(shape, x.dtype, x)


def _joined(parts: Sequence[torch.Tensor], dim: int = 0) -> torch.Tensor:
    shape = list(parts[0].shape)
    shape[dim] = sum(part.shape[dim] for part in parts)
    return new(shape, parts[0].dtype, parts[0])


def _stacked(parts: Sequence[torch.Tensor], dim: int = 0) -> torch.Tensor:
    return _joined([part.unsqueeze(dim) for part in parts], dim)


def _summed(x: Any, dims: Any = None, keepdim: bool = False, *, dtype: Any = None) -> torch.Tensor:
    gone = {dim % x.dim() for dim in (dims or range(x.dim()))}
    shape = [1 if dim in gone else side for dim, side in enumerate(x.shape) if dim not in gone or keepdim]
    return new(shape, dtype or (x.dtype if x.is_floating_point() else torch.int64))


def _total(x: Any, *, dtype: Any = None) -> torch.Tensor:
    return _summed(x, dtype=dtype)


def _norm(x: Any, order: Any = 2, dims: Any = None, keepdim: bool = False, *, dtype: Any = None) -> torch.Tensor:
    return _summed(x, dims, keepdim, dtype=dtype)


def _waves(x: Any, dims: Any, norm: int, half: bool) -> torch.Tensor:
    shape = list(x.shape)
    if half:
        shape[dims[-1]] = shape[dims[-1]] // 2 + 1
    return new(shape, torch.complex128 if x.dtype == torch.float64 else torch.complex64)


def _unwaved(x: Any, dims: Any, norm: int, last: int) -> torch.Tensor:
    shape = list(x.shape)
    shape[dims[-1]] = last
    return new(shape, torch.float64 if x.dtype == torch.complex128 else torch.float32)


def _indexed(x: Any, places: Sequence[Any]) -> Any:
    """Return the shape of `x[places]`; a mask is assumed to select everything."""
    here = [dim for dim, one in enumerate(places) if one is not None]
    if [places[dim].dtype for dim in here] == [torch.bool]:
        mask, first = places[here[0]], here[0]
        return new([*x.shape[:first], mask.numel(), *x.shape[first + mask.dim() :]], x.dtype)
    if here != list(range(here[0], here[-1] + 1)) or any(places[dim].dtype == torch.bool for dim in here):
        return NotImplemented
    shape = [*x.shape[: here[0]], *broadcast([places[dim] for dim in here]), *x.shape[here[-1] + 1 :]]
    return new(shape, x.dtype)


def _like(x: Any, *value: Any, dtype: Any = None, memory_format: Any = None, **rest: Any) -> torch.Tensor:
    if memory_format in (None, torch.preserve_format):
        return _dense(x.shape, [x], dtype or x.dtype)
    return torch.empty(x.shape, dtype=dtype or x.dtype, device="meta", memory_format=memory_format)


def _of_kind(x: Any, shape: Shape, *value: Any, dtype: Any = None, **rest: Any) -> torch.Tensor:
    return new(shape, dtype or x.dtype)


RULES: dict[Any, Callable[..., Any]] = {
    aten.convolution.default: _convolution,
    aten.convolution_backward.default: _convolution_backward,
    aten.avg_pool2d.default: _average,
    aten.avg_pool2d_backward.default: lambda gradient, x, *rest: new(x.shape, x.dtype, x),
    aten._adaptive_avg_pool2d.default: lambda x, size: new([*x.shape[:-2], *size], x.dtype, x),
    aten.cumsum.default: lambda x, dim, **rest: new(x.shape, rest.get("dtype") or x.dtype),
    aten._upsample_bicubic2d_aa.default: lambda x, size, *rest: new([*x.shape[:2], *size], x.dtype, x),
    aten.flip.default: lambda x, dims: new(x.shape, x.dtype, x),
    aten.threshold_backward.default: lambda gradient, x, threshold: new(x.shape, gradient.dtype, x),
    aten.constant_pad_nd.default: _padded,
    aten.cat.default: _joined,
    aten.stack.default: _stacked,
    aten.sum.default: _total,
    aten.sum.dim_IntList: _summed,
    aten.linalg_vector_norm.default: _norm,
    aten.aminmax.default: lambda x, **rest: (new((), x.dtype), new((), x.dtype)),
    aten.dot.default: lambda one, other: new((), one.dtype),
    aten.mv.default: lambda one, other: new(one.shape[:1], one.dtype),
    aten.mm.default: lambda one, other: new([one.shape[0], other.shape[1]], one.dtype),
    aten.addmm.default: lambda bias, one, other, **scales: new([one.shape[0], other.shape[1]], one.dtype),
    aten._fft_r2c.default: _waves,
    aten._fft_c2r.default: _unwaved,
    aten.index.Tensor: _indexed,
    # If the shape depends on numbers, assume the largest.
    aten.nonzero.default: lambda x: new((x.numel(), x.dim()), torch.int64),
    aten.masked_select.default: lambda x, mask: new((math.prod(broadcast([x, mask])),), x.dtype),
    **{getattr(aten, f"{fill}_like").default: _like for fill in ("empty", "zeros", "ones", "full")},
    **{getattr(aten, f"new_{fill}").default: _of_kind for fill in ("empty", "zeros", "ones", "full")},
}


# Operators that allocate memory without writing to it.
EMPTY = (aten.empty, aten.empty_like, aten.empty_strided, aten.new_empty, aten.new_empty_strided)
CONVOLUTIONS = (aten.convolution.default, aten.convolution_backward.default)
# Matrix products, and which argument is the first factor.
PRODUCTS = {aten.mm: 0, aten.bmm: 0, aten.addmm: 1, aten.addmm_: 1}


def unread(func: Any, args: Sequence[Any]) -> Any:
    """Return an argument of which only the shape is used; None if there is none."""
    return args[1] if func is aten.convolution_backward.default and not args[-1][1] else None


def workspace(func: Any, args: Sequence[Any]) -> int:
    """Return the bytes that a convolution on a CPU takes besides its result.

    oneDNN reorders the weights. For a precision that it does not support, PyTorch multiplies matrices, one of which has
    a column per position with everything that the kernel sees there.
    """
    if func not in CONVOLUTIONS:
        return 0
    x, weight = args[:2] if func is aten.convolution.default else args[1:3]
    if x.dim() != 4 or precision.by_onednn(x.dtype):
        return int(weight.nbytes)
    if func is aten.convolution.default:
        sides: Shape = _slid(x.shape[2:], weight.shape[2:], args[3], args[4], args[5])
    else:
        sides = args[0].shape[2:]
    columns = math.prod(weight.shape[1:]) * math.prod(sides) * x.itemsize
    return columns if math.prod(weight.shape[2:]) > 1 else 0


def primitive(func: Any, args: Sequence[Any]) -> Any:
    """Return a key of the convolution for which oneDNN generates and keeps code; None for everything else."""
    if func not in CONVOLUTIONS or not precision.by_onednn(tensors(args)[0].dtype):
        return None
    laid_out = lambda one: (tuple(one.shape), one.stride()) if isinstance(one, torch.Tensor) else str(one)
    return func, *map(laid_out, args)


def multiplications(func: Any, args: Sequence[Any]) -> float:
    """Return the multiply-adds of convolutions and matrix products; 0 for everything else."""
    if func is aten.convolution.default:
        x, weight, stride = args[0], args[1], args[3]
        sides = _slid(x.shape[2:], weight.shape[2:], stride, args[4], args[5])
        return float(math.prod(sides)) * weight.numel() * x.shape[0]
    if func is aten.convolution_backward.default:
        return float(args[0].numel()) * math.prod(args[2].shape[1:]) * sum(args[-1][:2])
    first = PRODUCTS.get(func.overloadpacket)
    return 0.0 if first is None else float(args[first].numel()) * args[first + 1].shape[-1]
