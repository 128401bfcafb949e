"""Measures the memory of a computation by running it on tensors without numbers.

    with Ledger(device) as ledger:
        objective(ledger.hollow(image))
    ledger.peak

Inside the ledger, every new tensor of some size is hollow: it has a shape, a precision and a device, but takes no
memory. Any real code runs on it, and the ledger records when each storage is allocated and freed. Small tensors keep
their numbers, so values read from them are correct. Tensors on the device "meta" have no numbers either; together with
others they are treated as if on the same device, and are not counted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from neuralart.objective import operators, shapes
from neuralart.objective.operators import Operator, operator

SMALL = 2**14  # numbers
READ, ALL = torch.ops.aten._local_scalar_dense.default, torch.ops.aten.all.default
PIECE = 512  # bytes; PyTorch's GPU allocator rounds up to multiples of it
CPU, META = torch.device("cpu"), torch.device("meta")


class Block:
    """A storage: it counts from when it is first touched until no tensor refers to it."""

    __slots__ = ("ledger", "size", "touched")

    def __init__(self, ledger: Ledger, size: int) -> None:
        self.ledger, self.size, self.touched = ledger, size, False

    def touch(self) -> None:
        if not self.touched:
            self.touched = True
            self.ledger.take(self.size)

    def __del__(self) -> None:
        if self.touched:
            self.ledger.take(-self.size)


class Hollow(torch.Tensor):
    """A tensor without numbers.

    Attributes:
        meta: Its shape and layout.
        block: Its storage; None if that does not count.
    """

    meta: torch.Tensor
    block: Block | None

    @staticmethod
    def __new__(cls, meta: torch.Tensor, device: torch.device, block: Block | None = None) -> Hollow:
        made: Hollow = torch.Tensor._make_wrapper_subclass(
            cls, meta.size(), meta.stride(), meta.storage_offset(), dtype=meta.dtype, device=device
        )
        made.meta, made.block = meta, block
        return made

    def tolist(self) -> Any:
        """Return what its ledger says for every number."""
        return numbers(self)

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # type: ignore[override]
        raise RuntimeError(f"{func} of a tensor without numbers, outside its ledger")


class OneByOne(TorchFunctionMode):
    """Makes `tolist` read numbers one by one, so that a dispatch mode sees them."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return numbers(args[0]) if func is torch.Tensor.tolist else func(*args, **(kwargs or {}))


def numbers(tensor: torch.Tensor) -> Any:
    """Return `tensor.tolist()`, reading one number at a time."""
    return [numbers(part) for part in tensor] if tensor.dim() else tensor.item()


class Mode(TorchDispatchMode):
    """A dispatch mode.

    Args:
        sees_all: Whether it sees every number that is read: without it, `tolist` of a tensor with numbers goes unseen.
    """

    def __init__(self, *, sees_all: bool) -> None:
        super().__init__()
        self._reading = OneByOne() if sees_all else nullcontext()

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # skipping the compiler would import it

    def __enter__(self) -> Any:
        self._reading.__enter__()
        return super().__enter__()

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        self._reading.__exit__(*error)


class Ledger(Mode):
    """Counts the memory of one device.

    Attributes:
        device: The device.
        scalars: The Python numbers that reads from hollow tensors return, one after another; 1 once they run out.
        all_true: What `all` returns for a hollow tensor.
        held: Bytes that are held now.
        peak: The most bytes that were held.
        multiplications: Multiply-adds of convolutions and matrix products.
        primitives: The different convolutions, for each of which oneDNN keeps code.
    """

    def __init__(self, device: torch.device, scalars: Sequence[float] = (), *, all_true: bool = True) -> None:
        # Only where there are scalars to tell is their order of interest.
        super().__init__(sees_all=bool(scalars))
        self.device, self.scalars, self.all_true = device, iter(scalars), all_true
        self.held = self.peak = 0
        self.multiplications = 0.0
        self.primitives: set[Any] = set()

    def take(self, size: int) -> None:
        """Count `size` more bytes, or fewer if negative."""
        self.held += size
        self.peak = max(self.peak, self.held)

    def hollow(self, tensor: torch.Tensor) -> Hollow:
        """Return the tensor without numbers; it does not count, since it was in memory before."""
        return Hollow(_meta(tensor), tensor.device)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        given = shapes.tensors([*args, *kwargs.values()] if kwargs else args)
        hollow = [one for one in given if type(one) is Hollow]
        if func is READ:
            read = next(self.scalars, 1.0)
            return read if hollow else func(*args)
        if func is ALL and hollow:
            return torch.tensor(self.all_true)
        known, device = operator(func), _device(kwargs, hollow or given)
        if not hollow and not self._grows(known, args, given, device):
            return func(*args, **kwargs)
        if not known.is_view:
            unread = operators.unread(func, args)
            for one in hollow:
                if one.block is not None and one is not unread:
                    one.block.touch()
        if known.is_convolution or known.factor is not None:
            self.multiplications += operators.multiplications(func, args)
        if known.written:
            return _written(known, args, kwargs)
        metas, named = shapes.each(_meta, list(args)), {name: shapes.each(_meta, one) for name, one in kwargs.items()}
        if "device" in kwargs or not given:
            named["device"] = META
        made = known.rule(*metas, **named)
        if device == META:
            return made
        result = self._filled(known, made, hollow, device)
        if known.is_convolution and device.type == self.device.type == "cpu":
            self.peak = max(self.peak, self.held + operators.workspace(func, args))
            self.primitives |= {operators.primitive(func, args)} - {None}
        return result

    def _grows(self, known: Operator, args: Sequence[Any], given: Sequence[torch.Tensor], device: torch.device) -> bool:
        """Whether an operator on tensors with numbers, or on none, returns a large tensor or one without numbers."""
        if any(one.is_meta for one in given):
            return True
        if device == META:
            return False
        if not given:
            sized = bool(args) and isinstance(args[0], list | tuple) and all(isinstance(side, int) for side in args[0])
            return sized and math.prod(args[0]) > SMALL
        # Broadcasting makes no more numbers than the product.
        may = known.is_pointwise and math.prod([one.numel() for one in given]) > SMALL
        return may and math.prod(shapes.broadcast(given)) > SMALL

    def _filled(self, known: Operator, made: Any, hollow: Sequence[Hollow], device: torch.device) -> Any:
        """Return the results as hollow tensors: views of arguments, or with new storages."""
        # CPU memory is taken at the first write, GPU memory when it is allocated.
        empty = known.is_empty and device.type == "cpu"
        blocks = {one.meta.untyped_storage()._cdata: one.block for one in hollow}

        def fill(one: torch.Tensor) -> Hollow:
            storage = one.untyped_storage()
            place = storage._cdata
            if place not in blocks:
                blocks[place] = block = self._block(storage.nbytes()) if alike(device, self.device) else None
                if block is not None and not empty:
                    block.touch()
            return Hollow(one, device, blocks[place])

        return fill(made) if isinstance(made, torch.Tensor) else shapes.each(fill, made)

    def _block(self, size: int) -> Block:
        return Block(self, -(-size // PIECE) * PIECE if self.device.type == "cuda" else size)


def alike(one: torch.device, other: torch.device) -> bool:
    """Whether both are the same device; "cuda" is the first GPU."""
    return one == other or (one.type, one.index or 0) == (other.type, other.index or 0)


def _device(kwargs: Mapping[str, Any], given: Sequence[torch.Tensor]) -> torch.device:
    """Return the device of the result: the requested one, or that of the first argument on a real device."""
    if asked := kwargs.get("device"):
        return torch.device(asked)
    return next((one.device for one in given if not one.is_meta), META if given else CPU)


def _meta(one: torch.Tensor) -> torch.Tensor:
    if type(one) is Hollow:
        return one.meta
    if one.is_meta:
        return one
    return torch.empty_strided(one.shape, one.stride(), dtype=one.dtype, device="meta")


def _written(known: Operator, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Return the arguments that an operator writes into, which are its results."""
    if not known.returns:
        return None
    result = [args[place] if place < len(args) else kwargs[name] for place, name in known.written]
    return result[0] if len(result) == 1 else tuple(result)


class Scalars(Mode):
    """Records the Python numbers that are read from real tensors, for a ledger to repeat."""

    def __init__(self) -> None:
        super().__init__(sees_all=True)
        self.read: list[float] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        if func is READ:
            self.read.append(made)
        return made
