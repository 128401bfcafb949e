"""What is known of PyTorch's operators besides the shapes of their results: where they write, memory and work."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch

from neuralart.networks import precision
from neuralart.objective.shapes import Shape, aten, rule, slid, tensors

# Operators that allocate memory without writing to it.
EMPTY = (aten.empty, aten.empty_like, aten.empty_strided, aten.new_empty, aten.new_empty_strided)
CONVOLUTIONS = (aten.convolution.default, aten.convolution_backward.default)
# Matrix products, and which argument is the first factor.
PRODUCTS = {aten.mm: 0, aten.bmm: 0, aten.addmm: 1, aten.addmm_: 1}


@dataclass(frozen=True, slots=True)
class Operator:
    """What is the same for every call of an operator: PyTorch takes microseconds to tell it each time.

    Attributes:
        rule: Is called like the operator on tensors on the device "meta".
        is_pointwise: Whether it works number by number and returns new tensors.
        is_view: Whether it returns views of its arguments.
        is_empty: Whether it allocates memory without writing to it.
        is_convolution: Whether it is a convolution, or its derivative.
        factor: Which argument is the first factor of a matrix product; None if it is not one.
        written: Place and name of the arguments that it writes into, and returns if it `returns` anything.
    """

    rule: Callable[..., Any]
    is_pointwise: bool
    is_view: bool
    is_empty: bool
    is_convolution: bool
    factor: int | None
    written: tuple[tuple[int, str], ...]
    returns: bool


@cache
def operator(func: Any) -> Operator:
    """Return what is known of an operator before it is called."""
    schema, packet = func._schema, func.overloadpacket
    changed = [(place, one) for place, one in enumerate(schema.arguments) if one.alias_info]
    return Operator(
        rule=rule(func),
        is_pointwise=torch.Tag.pointwise in func.tags and not schema.is_mutable,
        is_view=func.is_view,
        is_empty=packet in EMPTY,
        is_convolution=func in CONVOLUTIONS,
        factor=PRODUCTS.get(packet),
        written=tuple((place, one.name) for place, one in changed if one.alias_info.is_write),
        returns=bool(schema.returns),
    )


def unread(func: Any, args: Sequence[Any]) -> Any:
    """Return an argument of which only the shape is used; None if there is none."""
    return args[1] if func is aten.convolution_backward.default and not args[-1][1] else None


def workspace(func: Any, args: Sequence[Any]) -> int:
    """Return the bytes that a convolution on a CPU takes besides its result.

    oneDNN reorders the weights. For a precision that it does not support, PyTorch multiplies matrices, one of which has
    a column per position with everything that the kernel sees there.
    """
    x, weight = args[:2] if func is aten.convolution.default else args[1:3]
    if x.dim() != 4 or precision.by_onednn(x.dtype):
        return int(weight.nbytes)
    if func is aten.convolution.default:
        sides: Shape = slid(x.shape[2:], weight.shape[2:], args[3], args[4], args[5])
    else:
        sides = args[0].shape[2:]
    columns = math.prod(weight.shape[1:]) * math.prod(sides) * x.itemsize
    return columns if math.prod(weight.shape[2:]) > 1 else 0


def primitive(func: Any, args: Sequence[Any]) -> Any:
    """Return a key of the convolution for which oneDNN generates and keeps code; None if it does not."""
    if not precision.by_onednn(tensors(args)[0].dtype):
        return None
    laid_out = lambda one: (tuple(one.shape), one.stride()) if isinstance(one, torch.Tensor) else str(one)
    return func, *map(laid_out, args)


def multiplications(func: Any, args: Sequence[Any]) -> float:
    """Return the multiply-adds of convolutions and matrix products; 0 for everything else."""
    if func is aten.convolution.default:
        x, weight, stride = args[0], args[1], args[3]
        sides = slid(x.shape[2:], weight.shape[2:], stride, args[4], args[5])
        return float(math.prod(sides)) * weight.numel() * x.shape[0]
    if func is aten.convolution_backward.default:
        return float(args[0].numel()) * math.prod(args[2].shape[1:]) * sum(args[-1][:2])
    first = operator(func).factor
    return 0.0 if first is None else float(args[first].numel()) * args[first + 1].shape[-1]
