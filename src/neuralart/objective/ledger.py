"""What a piece of work holds in memory, found out by doing it without numbers.

    with Ledger(device) as ledger:
        objective(ledger.hollow(image))
    ledger.peak

Within the ledger every tensor of some size that comes into being is hollow: it has a shape, a precision and a device,
and takes no memory. The real code runs on it, whatever it is, and the ledger writes down when each storage is taken
and when it is let go. Small tensors keep their numbers, and what is read from those is true. Tensors on the device
"meta" have no numbers either; beside others they are taken to lie where those do, and are not counted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from neuralart.objective import shapes

SMALL = 2**14  # numbers
READ, ALL = torch.ops.aten._local_scalar_dense.default, torch.ops.aten.all.default
PIECE = 512  # bytes: what PyTorch's allocator for GPUs rounds up to
CPU, META = torch.device("cpu"), torch.device("meta")


class Block:
    """A storage: in the ledger for as long as a tensor refers to it, but not before it is touched."""

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
    """A tensor without numbers. meta: its shape and layout; block: its storage, None where that is not counted."""

    meta: torch.Tensor
    block: Block | None

    @staticmethod
    def __new__(cls, meta: torch.Tensor, device: torch.device, block: Block | None = None) -> Hollow:
        made: Hollow = torch.Tensor._make_wrapper_subclass(
            cls, meta.size(), meta.stride(), meta.storage_offset(), dtype=meta.dtype, device=device
        )
        made.meta, made.block = meta, block
        return made

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # type: ignore[override]
        raise RuntimeError(f"{func} of a tensor without numbers, outside of its ledger")


class OneByOne(TorchFunctionMode):
    """Lets numbers that are read from a tensor all at once be read one by one, so that a dispatch mode sees them."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return numbers(args[0]) if func is torch.Tensor.tolist else func(*args, **(kwargs or {}))


def numbers(tensor: torch.Tensor) -> Any:
    """As `tensor.tolist()`."""
    return [numbers(part) for part in tensor] if tensor.dim() else tensor.item()


class Mode(TorchDispatchMode):
    """A dispatch mode that sees every number that is read."""

    def __init__(self) -> None:
        super().__init__()
        self._one_by_one = OneByOne()

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # to skip the compiler is to import it

    def __enter__(self) -> Any:
        self._one_by_one.__enter__()
        return super().__enter__()

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        self._one_by_one.__exit__(*error)


class Ledger(Mode):
    """What lies in the memory of one device, and the most that ever did, in bytes.

    scalars: what is read as Python numbers from tensors that have none, one after another; 1 when they have run out.
    all_true: whether numbers that are not known are said to be all true. multiplications: multiply-adds of convolutions
    and of products of matrices. primitives: the different convolutions, for each of which oneDNN keeps code.
    """

    def __init__(self, device: torch.device, scalars: Iterable[float] = (), *, all_true: bool = True) -> None:
        super().__init__()
        self.device, self.scalars, self.all_true = device, iter(scalars), all_true
        self.held = self.peak = 0
        self.multiplications = 0.0
        self.primitives: set[Any] = set()

    def take(self, size: int) -> None:
        """So many bytes more are held, or less."""
        self.held += size
        self.peak = max(self.peak, self.held)

    def hollow(self, tensor: torch.Tensor) -> Hollow:
        """The tensor without numbers; not counted, for it lay in memory before."""
        return Hollow(_meta(tensor), tensor.device)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        given = shapes.tensors([*args, *kwargs.values()])
        hollow = [one for one in given if isinstance(one, Hollow)]
        if func is READ:
            read = next(self.scalars, 1.0)
            return read if hollow else func(*args)
        if func is ALL and hollow:
            return torch.tensor(self.all_true)
        device = _device(kwargs, [*hollow, *given])
        if not hollow and not self._grows(func, args, given, device):
            return func(*args, **kwargs)
        if not func.is_view:
            unread = shapes.unread(func, args)
            for one in hollow:
                if one.block is not None and one is not unread:
                    one.block.touch()
        self.multiplications += shapes.multiplications(func, args)
        if func._schema.is_mutable:
            return _written(func, args, kwargs)
        metas, named = shapes.each(_meta, list(args)), {name: shapes.each(_meta, one) for name, one in kwargs.items()}
        if "device" in kwargs or not given:
            named["device"] = META
        made = shapes.result(func, metas, named)
        if device == META:
            return made
        result = self._filled(func, made, hollow, device)
        if device.type == self.device.type == "cpu":
            self.peak = max(self.peak, self.held + shapes.workspace(func, args))
            self.primitives |= {shapes.primitive(func, args)} - {None}
        return result

    def _grows(self, func: Any, args: Sequence[Any], given: Sequence[torch.Tensor], device: torch.device) -> bool:
        """Whether tensors with numbers, or none, become one on this device that is not small or has no numbers."""
        if any(one.is_meta for one in given):
            return True
        if device == META:
            return False
        if not given:
            sized = bool(args) and isinstance(args[0], list | tuple) and all(isinstance(side, int) for side in args[0])
            return sized and math.prod(args[0]) > SMALL
        if torch.Tag.pointwise in func.tags and not func._schema.is_mutable:
            return math.prod(shapes.broadcast(given)) > SMALL
        return False

    def _filled(self, func: Any, made: Any, hollow: Sequence[Hollow], device: torch.device) -> Any:
        """Results as hollow tensors: views of arguments, or storages of their own."""
        # The CPU's memory is taken when it is first written to, a GPU's when it is asked for.
        empty = device.type == "cpu" and func.overloadpacket in shapes.EMPTY
        blocks = {one.meta.untyped_storage()._cdata: one.block for one in hollow}

        def fill(one: torch.Tensor) -> Hollow:
            storage = one.untyped_storage()
            if storage._cdata not in blocks:
                blocks[storage._cdata] = block = self._block(storage.nbytes()) if alike(device, self.device) else None
                if block is not None and not empty:
                    block.touch()
            return Hollow(one, device, blocks[storage._cdata])

        return shapes.each(fill, made)

    def _block(self, size: int) -> Block:
        return Block(self, -(-size // PIECE) * PIECE if self.device.type == "cuda" else size)


def alike(one: torch.device, other: torch.device) -> bool:
    """Whether both are the same; "cuda" is the first GPU."""
    return (one.type, one.index or 0) == (other.type, other.index or 0)


def _device(kwargs: Mapping[str, Any], given: Sequence[torch.Tensor]) -> torch.device:
    """Where the result lies: where it is asked for, or where the first of the arguments is that is anywhere."""
    if asked := kwargs.get("device"):
        return torch.device(asked)
    return next((one.device for one in given if not one.is_meta), META if given else CPU)


def _meta(one: torch.Tensor) -> torch.Tensor:
    if isinstance(one, Hollow):
        return one.meta
    if one.device.type == "meta":
        return one
    return torch.empty_strided(one.shape, one.stride(), dtype=one.dtype, device="meta")


def _written(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """What an operator returns that writes into its arguments: these, as they were."""
    places = func._schema.arguments
    given = {place.name: one for place, one in zip(places, args)} | dict(kwargs)
    result = [given[place.name] for place in places if place.alias_info and place.alias_info.is_write]
    return (result[0] if len(result) == 1 else tuple(result)) if func._schema.returns else None


class Scalars(Mode):
    """Writes down what is read as Python numbers from real tensors, for a ledger to tell again."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[float] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        if func is READ:
            self.read.append(made)
        return made
