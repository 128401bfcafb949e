"""Reads a file of weights into tensors under the layers' published names."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from os import PathLike
from pathlib import Path

import torch

from neuralart.errors import WeightsError
from neuralart.weights.entry import Entry
from neuralart.weights.naming import Shape, fits, match
from neuralart.weights.recognise import recognise

# format -> what messages call it. Each has a module of that name in convert/, imported when such a file is read.
FORMATS = {
    "safetensors": "safetensors",
    "pytorch": "PyTorch",
    "hdf5": "HDF5",
    "onnx": "ONNX",
    "caffe": "Caffe",
    "torch7": "Torch7",
}


def read(
    path: str | PathLike[str], layers: Mapping[str, Shape], names: dict[str, str] | None = None
) -> dict[str, torch.Tensor]:
    """Read the weights of a network from a file in any known format.

    Nothing in the file is executed. The order of the colour channels is the file's.

    Args:
        path: The file.
        layers: The network's ordered table: published name -> shape of the kernel, (out, in, kh, kw).
        names: Receives the file's name for each layer's kernel.

    Returns:
        ``<layer>.weight`` [out, in, kh, kw] and ``<layer>.bias`` [out], float32, contiguous, in the table's order, for
        every layer in the table that the file has: at least one, perhaps not all.

    Raises:
        WeightsError: The file is missing, damaged, of another kind or of another network, or has numbers that are not
            finite. The message is one line with the file and the reason.
    """
    path = Path(path)
    with _named(path):
        kind = recognise(path)
        with _damage(kind):
            matched = match(_reader(kind)(path), layers)
            weights = {}
            for layer, arrays in matched.items():
                if names is not None:
                    names[layer] = arrays["weight"].name
                weights[f"{layer}.weight"] = _weight(layer, arrays["weight"], layers[layer])
                weights[f"{layer}.bias"] = _bias(layer, arrays["bias"], layers[layer][0])
            return weights


def read_exactly(path: str | PathLike[str], shapes: Mapping[str, tuple[int, ...]]) -> dict[str, torch.Tensor]:
    """Read the tensors of these names and shapes, whatever else the file has.

    Args:
        path: The file, in any known format.
        shapes: The file's own names -> shapes.

    Returns:
        Name -> float32.

    Raises:
        WeightsError: As `read`; also if one of them is missing or has another shape.
    """
    path = Path(path)
    with _named(path):
        kind = recognise(path)
        with _damage(kind):
            entries = {entry.name: entry for entry in _reader(kind)(path)}
            for name, shape in shapes.items():
                if name not in entries:
                    raise WeightsError(f"belongs to another network: {name} is missing")
                found = entries[name].shape
                if found != shape:
                    raise WeightsError(f"belongs to another network: {name} has shape {list(found)}, not {list(shape)}")
            return {name: _finite(name, entries[name]) for name in shapes}


def metadata(path: str | PathLike[str]) -> dict[str, str]:
    """Return the metadata of a safetensors file; empty if it has none or the file has another format.

    Raises:
        WeightsError: The file is missing, damaged or of another kind. The message is one line with the file and the
            reason.
    """
    path = Path(path)
    with _named(path):
        kind = recognise(path)
        if kind != "safetensors":
            return {}
        from neuralart.weights.convert.safetensors import read_metadata

        with _damage(kind):
            return read_metadata(path)


def _reader(kind: str) -> Callable[[Path], list[Entry]]:
    module = importlib.import_module(f"neuralart.weights.convert.{kind}")
    reader: Callable[[Path], list[Entry]] = getattr(module, f"read_{kind}")
    return reader


def _weight(layer: str, entry: Entry, wanted: Shape) -> torch.Tensor:
    if not fits(entry.shape, wanted):
        raise WeightsError(f"{layer}.weight has shape {list(entry.shape)}, but this network's has {list(wanted)}")
    return _finite(f"{layer}.weight", entry).reshape(wanted)


def _bias(layer: str, entry: Entry, out: int) -> torch.Tensor:
    # Caffe's old blobs always have four dimensions: a bias is [1, 1, 1, out].
    if sorted(entry.shape) != [1] * (len(entry.shape) - 1) + [out]:
        raise WeightsError(f"{layer}.bias has shape {list(entry.shape)}, but this network's has {[out]}")
    return _finite(f"{layer}.bias", entry).reshape(out)


def _finite(name: str, entry: Entry) -> torch.Tensor:
    try:
        tensor = entry.load().contiguous()
    except WeightsError as error:
        raise WeightsError(f"{name} {error}") from error
    # A sum is finite only if all of it is, and takes a fraction of the time. Large numbers may add up to infinity.
    if not bool(tensor.sum().isfinite()) and not bool(tensor.isfinite().all()):
        raise WeightsError(f"{name} has numbers that are not finite; the file is damaged")
    return tensor


def _one_line(message: str) -> str:
    # Names from a damaged file may contain anything, even a terminal's control characters.
    return "".join(c if c.isprintable() else "?" for c in " ".join(message.split()))


@contextmanager
def _named(path: Path) -> Iterator[None]:
    try:
        yield
    except WeightsError as error:
        told = _one_line(str(error))
        cure = "" if ";" in told else "; give another file, or one that 'neuralart models fetch' brings"
        raise WeightsError(f"{path}: {told}{cure}") from error
    except OSError as error:
        raise WeightsError(f"{path}: cannot be read ({error.strerror or error})") from error


@contextmanager
def _damage(kind: str) -> Iterator[None]:
    # Parsers can raise anything for a damaged file, and every cause means the same to the user.
    try:
        yield
    except WeightsError:
        raise
    except Exception as error:
        reason = _one_line(str(error))[:160] or type(error).__name__
        raise WeightsError(f"is damaged, or is not a {FORMATS[kind]} file of weights ({reason})") from error
