"""The shapes of the results of PyTorch's operators, without their numbers.

PyTorch knows them: its kernels for the device "meta" compute nothing else. But many of these are written in Python, and
the first of them imports sympy or the compiler, which delays a painting by a second. The operators that a painting uses
all the time are therefore written out here; any other (from losses and networks of others) goes to "meta".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import cmp_to_key, partial
from typing import Any

import torch
from torch.utils._python_dispatch import _disable_current_modes

from neuralart import loading

Shape = Sequence[int]
aten = torch.ops.aten

LISTS = list, tuple

_dtypes: dict[Any, torch.dtype] = {}


def rule(func: Any) -> Callable[..., Any]:
    """Return what is called like `func` and returns what it does.

    All tensors that it is given are on the device "meta", and its keywords name no other device.
    """
    general = partial(_pointwise if torch.Tag.pointwise in func.tags else _asked, func)
    if func not in RULES:
        return general
    special = RULES[func]

    def result(*args: Any, **kwargs: Any) -> Any:
        made = special(*args, **kwargs)
        return general(*args, **kwargs) if made is NotImplemented else made

    return result


def _asked(func: Any, *args: Any, **kwargs: Any) -> Any:
    try:
        return func(*args, **kwargs)
    except NotImplementedError:  # its kernel is one of those written in Python
        if not loading.complete():
            raise
        return func(*args, **kwargs)


def new(shape: Shape, dtype: torch.dtype, like: torch.Tensor | None = None) -> torch.Tensor:
    """Return a tensor of this shape, channels last if `like` is, otherwise contiguous."""
    last = like is not None and like.dim() == 4 == len(shape) and like.stride(1) == 1 < like.shape[1]
    layout = torch.channels_last if last else torch.contiguous_format
    return torch.empty(shape, dtype=dtype, device="meta", memory_format=layout)


def tensors(things: Iterable[Any]) -> list[torch.Tensor]:
    """Return the tensors among the arguments of an operator, including those in lists."""
    found: list[torch.Tensor] = []
    for thing in things:
        if isinstance(thing, torch.Tensor):
            found.append(thing)
        elif isinstance(thing, LISTS) and not _is_sizes(thing):
            found += tensors(thing)
    return found


def each(work: Callable[[torch.Tensor], Any], thing: Any) -> Any:
    """Return the same arguments or results with `work` applied to each tensor."""
    if isinstance(thing, torch.Tensor):
        return work(thing)
    if not isinstance(thing, LISTS) or _is_sizes(thing):
        return thing
    return type(thing)([each(work, one) for one in thing])


def _is_sizes(thing: Sequence[Any]) -> bool:
    return bool(thing) and isinstance(thing[0], int)


def broadcast(given: Sequence[torch.Tensor]) -> tuple[int, ...]:
    """Return the shape of an elementwise result of these tensors."""
    if len(given) == 1:
        return tuple(given[0].shape)
    rank = max(one.dim() for one in given)
    sides = zip(*([1] * (rank - one.dim()) + list(one.shape) for one in given))
    return tuple(0 if 0 in side else max(side) for side in sides)


def _pointwise(func: Any, *args: Any, **kwargs: Any) -> torch.Tensor:
    given = tensors([*args, *kwargs.values()])
    shape = broadcast(given)
    layout = kwargs.get("memory_format") or torch.preserve_format
    dtype = _dtype(func, args, {name: one for name, one in kwargs.items() if name not in ("device", "memory_format")})
    if layout is not torch.preserve_format:
        return torch.empty(shape, dtype=dtype, device="meta", memory_format=layout)
    return _dense(shape, [one.expand(shape) for one in given] if len(given) > 1 else given, dtype)


def _dense(shape: Shape, like: Sequence[torch.Tensor], dtype: torch.dtype) -> torch.Tensor:
    """Return a tensor without gaps whose axes are ordered like those of the arguments; the first argument decides."""
    if all(one.is_contiguous() or not any(one.stride()) for one in like):
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
    key = (func, *map(_kind, args), *((name, _kind(one)) for name, one in kwargs.items()))
    if key not in _dtypes:
        single = lambda one: torch.ones([1] * one.dim(), dtype=one.dtype)
        with _disable_current_modes():
            made = func(*each(single, list(args)), **{name: each(single, one) for name, one in kwargs.items()})
        _dtypes[key] = made.dtype
    return _dtypes[key]


def _kind(thing: Any) -> Any:
    """Return what of an argument decides the precision of the result."""
    if isinstance(thing, torch.Tensor):
        return thing.dtype, thing.dim() == 0
    plain = thing is None or isinstance(thing, torch.dtype | str | bool)
    return tuple(map(_kind, thing)) if isinstance(thing, list | tuple) else thing if plain else type(thing)


def slid(sides: Shape, kernel: Shape, stride: Shape, pad: Shape, dilation: Shape = (1, 1)) -> list[int]:
    """Return the number of positions of a kernel that slides over an image, along both axes."""
    both = lambda one: one if len(one) == 2 else [*one, *one]
    steps = zip(sides, both(kernel), both(stride or kernel), both(pad), both(dilation))
    return [(side + 2 * p - d * (k - 1) - 1) // s + 1 for side, k, s, p, d in steps]


def _convolution(x: Any, weight: Any, bias: Any, stride: Any, pad: Any, dilation: Any, turned: Any, *rest: Any) -> Any:
    if turned or x.dim() != 4:
        return NotImplemented
    sides = slid(x.shape[2:], weight.shape[2:], stride, pad, dilation)
    return new([x.shape[0], weight.shape[0], *sides], x.dtype, x)


def _convolution_backward(gradient: Any, x: Any, weight: Any, *rest: Any) -> Any:
    shapes = x.shape, weight.shape, weight.shape[:1]
    return tuple(new(shape, x.dtype, gradient) if here else None for shape, here in zip(shapes, rest[-1]))


def _average(x: Any, kernel: Any, stride: Any = (), pad: Any = (0, 0), ceil: bool = False, *rest: Any) -> Any:
    if ceil or x.dim() not in (3, 4):
        return NotImplemented
    return new([*x.shape[:-2], *slid(x.shape[-2:], kernel, stride, pad)], x.dtype, x)


def _padded(x: Any, pad: Shape, *value: Any) -> torch.Tensor:
    shape = list(x.shape)
    for place, width in enumerate(pad):
        shape[-1 - place // 2] += width
    return new(shape, x.dtype, x)


def _joined(parts: Sequence[torch.Tensor], dim: int = 0) -> torch.Tensor:
    shape = _with_side(parts[0], dim, sum(part.shape[dim] for part in parts))
    return new(shape, parts[0].dtype, parts[0])


def _with_side(x: Any, dim: int, side: int) -> list[int]:
    shape = list(x.shape)
    shape[dim] = side
    return shape


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


def _sorted(x: Any, *rest: Any, **named: Any) -> tuple[torch.Tensor, torch.Tensor]:
    return new(x.shape, x.dtype), new(x.shape, torch.int64)


def _waves(x: Any, dims: Any, norm: int, half: bool) -> torch.Tensor:
    side = x.shape[dims[-1]]
    shape = _with_side(x, dims[-1], side // 2 + 1 if half else side)
    return new(shape, torch.complex128 if x.dtype == torch.float64 else torch.complex64)


def _unwaved(x: Any, dims: Any, norm: int, last: int) -> torch.Tensor:
    return new(_with_side(x, dims[-1], last), torch.float64 if x.dtype == torch.complex128 else torch.float32)


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
    aten.mean.default: _total,
    aten.mean.dim: _summed,
    aten.amax.default: lambda x, dims=(), keepdim=False: _summed(x, dims, keepdim, dtype=x.dtype),
    aten.linalg_vector_norm.default: _norm,
    aten.std.correction: lambda x, dims=None, *, keepdim=False, **rest: _summed(x, dims, keepdim),
    aten.searchsorted.Tensor: lambda places, x, **rest: new(
        x.shape, torch.int32 if rest.get("out_int32") else torch.int64
    ),
    aten.sort.default: _sorted,
    aten.sort.stable: _sorted,
    aten.aminmax.default: lambda x, **rest: (new((), x.dtype), new((), x.dtype)),
    aten.dot.default: lambda one, other: new((), one.dtype),
    aten.mv.default: lambda one, other: new(one.shape[:1], one.dtype),
    aten.mm.default: lambda one, other: new([one.shape[0], other.shape[1]], one.dtype),
    aten.bmm.default: lambda one, other: new([*one.shape[:2], other.shape[2]], one.dtype),
    aten.addmm.default: lambda bias, one, other, **scales: new([one.shape[0], other.shape[1]], one.dtype),
    aten._fft_r2c.default: _waves,
    aten._fft_c2r.default: _unwaved,
    aten.index.Tensor: _indexed,
    aten.index_select.default: lambda x, dim, places: new(_with_side(x, dim, len(places)), x.dtype),
    aten.trace.default: lambda x: new((), x.dtype),
    # If the shape depends on numbers, assume the largest.
    aten.nonzero.default: lambda x: new((x.numel(), x.dim()), torch.int64),
    aten.masked_select.default: lambda x, mask: new((math.prod(broadcast([x, mask])),), x.dtype),
    **{getattr(aten, f"{fill}_like").default: _like for fill in ("empty", "zeros", "ones", "full")},
    **{getattr(aten, f"new_{fill}").default: _of_kind for fill in ("empty", "zeros", "ones", "full")},
}
