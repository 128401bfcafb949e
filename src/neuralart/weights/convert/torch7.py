"""Reads Torch7's .th and .t7 files."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from neuralart.errors import WeightsError
from neuralart.weights.convert.torch7_objects import Object, Tensor, load
from neuralart.weights.entry import Entry, float_tensor

_FIELDS = ("weight", "bias", "running_mean")


def read_torch7(path: Path) -> list[Entry]:
    """Return every array of a Torch7 file that belongs to a network, in the network's order.

    There are two layouts. The original program's table ``{[i] = {weight, bias}}``, where i counts modules in the order
    of listModules(), becomes ``i.weight`` and ``i.bias`` by ascending i, without gaps and empty entries. In a saved
    network of nn modules, the modules are visited in the order of listModules(). Arrays of other tables are named by
    their dotted paths.

    The published files were never available for a test, but their sizes match the first layout to the byte, with an
    empty entry for each module without weights: vgg_normalized.th with kernels flattened to two dimensions,
    inception_caffe.th with kernels of four, followed by the classifier.

    Raises WeightsError for a damaged file, and if the value has no tensors.
    """
    with path.open("rb") as file:
        # Mapped, so that a foreign file is not read as a whole.
        value = load(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    entries = list(_walk(value, "", set()))
    if not entries:
        what = "a table" if isinstance(value, dict) else f"a {type(value).__name__}"
        raise WeightsError(f"contains {what} without tensors, not weights")
    return entries


def _walk(value: Any, path: str, seen: set[int]) -> Iterator[Entry]:
    if isinstance(value, Tensor):
        yield Entry(path, value.shape, lambda: float_tensor(value.array()))
    elif isinstance(value, (dict, Object)) and id(value) not in seen:
        seen.add(id(value))
        for key, inner in _members(value):
            yield from _walk(inner, f"{path}.{key}" if path else str(key), seen)


def _members(value: dict[Any, Any] | Object) -> list[tuple[Any, Any]]:
    if isinstance(value, Object):
        # Only what the module has learned: not its buffers, its gradients or its last output.
        own = [(name, value.fields[name]) for name in _FIELDS if isinstance(value.fields.get(name), Tensor)]
        modules = value.fields.get("modules")
        return own + (_members(modules) if isinstance(modules, dict) else [])
    if _is_pair(value):
        return [("weight", value[1]), *([("bias", value[2])] if 2 in value else [])]
    # Lua writes tables in no particular order.
    numbered = [(key, value[key]) for key in sorted(key for key in value if isinstance(key, int))]
    return numbered + [(key, inner) for key, inner in value.items() if not isinstance(key, int)]


def _is_pair(table: dict[Any, Any]) -> bool:
    return (
        set(table) in ({1}, {1, 2})
        and all(isinstance(part, Tensor) for part in table.values())
        and len(table[1].shape) > 1
        and (2 not in table or len(table[2].shape) == 1)
    )
