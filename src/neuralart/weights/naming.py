"""Maps the names in a file to the layers' published names.

There are three ways, and the first that matches is used: the published name itself, with any separators and any prefix;
Keras's ``blockX_convY``; or the order of the kernels, if every shape agrees.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from neuralart.errors import WeightsError
from neuralart.weights.entry import Entry

Shape = tuple[int, int, int, int]
# Each layer's arrays under "weight" and "bias".
Arrays = dict[str, Entry]

# conv1_1.weight, conv1/7x7_s2_w_0 (Caffe2), block1_conv1/block1_conv1_W_1:0 and block1_conv1/kernel:0 (Keras)
_ROLE = re.compile(r"^(?:(?P<stem>.+?)[./_])?(?:(?P<weight>weight|kernel|[wW])|(?P<bias>bias|[bB]))(?:_\d+)?(?::0)?$")
_KERAS = re.compile(r"(?:^|_)block(\d)_conv(\d)$")
# Convolutions in the blocks of VGG-11, VGG-13, VGG-16 and VGG-19 (arXiv 1409.1556, table 1).
VGG_BLOCKS = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
_BATCH_NORM = re.compile(r"(?:running_mean|moving_mean|running_var|moving_variance)(?::0)?$")


def match(entries: Sequence[Entry], layers: Mapping[str, Shape]) -> dict[str, Arrays]:
    """Return the arrays of each layer in the table that the file has, by published name and in the table's order.

    Every layer returned has a weight and a bias. Shapes are only checked if the order decides.

    Raises:
        WeightsError: The file is of another network, has a layer twice or only half of it, or has none of the layers.
    """
    _refuse_batch_norm(entries)
    stems = _by_stem(entries)
    _refuse_other_depth(stems, layers)
    result = _by_name(stems, layers) or _by_order(stems, layers)
    if not result:
        names = [entry.name for entry in entries]
        shown = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
        wanted = ", ".join(list(layers)[:3]) + (", ..." if len(layers) > 3 else "")
        raise WeightsError(f"has no layer of this network ({wanted}); it has {shown or 'no arrays at all'}")
    for layer, arrays in result.items():
        if len(arrays) != 2:
            has, lacks = ("weight", "bias") if "weight" in arrays else ("bias", "weight")
            raise WeightsError(f"{layer} has a {has} but no {lacks}")
    return {layer: result[layer] for layer in layers if layer in result}


def fits(shape: Sequence[int], wanted: Shape) -> bool:
    """Return whether a kernel has the wanted shape, perhaps flattened to [out, in*kh*kw] (nn.SpatialConvolutionMM)."""
    return tuple(shape) in (wanted, (wanted[0], math.prod(wanted[1:])))


def _refuse_batch_norm(entries: Sequence[Entry]) -> None:
    if not any(_BATCH_NORM.search(entry.name) for entry in entries):
        return
    if any("inception3a" in entry.name for entry in entries):
        raise WeightsError(
            "contains torchvision's GoogLeNet, which is not BVLC's network (it has batch normalisation, and 3x3 instead"
            " of 5x5 convolutions); use inception_caffe.th, googlenet-7.onnx or bvlc_googlenet.caffemodel"
        )
    raise WeightsError(
        "contains a network with batch normalisation, which none of the networks here has; in Python,"
        " neuralart.Network.of accepts such a module as it is"
    )


def _refuse_other_depth(stems: Mapping[str, Arrays], layers: Mapping[str, Shape]) -> None:
    """Raise WeightsError for another of Oxford's networks; their layers have the same names, so nothing else would."""
    kernels = [arrays["weight"].shape for arrays in stems.values() if "weight" in arrays]
    holds = _depth([shape for shape in kernels if len(shape) == 4 and tuple(shape[2:]) == (3, 3)])
    wanted = _depth(list(layers.values()))
    if holds and wanted and holds != wanted:
        raise WeightsError(f"contains VGG-{holds}, but VGG-{wanted} was requested; use --model vgg{holds}")


def _depth(kernels: Sequence[Sequence[int]]) -> int | None:
    """Return the depth of the VGG that has 3x3 kernels of these shapes, in any order; None if there is none."""
    filters = sorted(shape[0] for shape in kernels if tuple(shape[2:]) == (3, 3))
    for depth, blocks in VGG_BLOCKS.items():
        whole = [channels for count, channels in zip(blocks, (64, 128, 256, 512, 512)) for _ in range(count)]
        if filters == whole and len(filters) == len(kernels):
            return depth
    return None


def _by_stem(entries: Sequence[Entry]) -> dict[str, Arrays]:
    stems: dict[str, Arrays] = {}
    for entry in entries:
        if (name := _ROLE.match(entry.name)) is None:
            continue
        stem = name["stem"] or ""  # a single layer saved by itself has no name
        arrays = stems.setdefault(stem, {})
        role = "weight" if name["weight"] else "bias"
        if role in arrays:
            raise WeightsError(f"has the {role} of '{stem}' twice")
        arrays[role] = entry
    return stems


def _plain(name: str) -> str:
    return re.sub(r"[./:\- ]", "_", name).lower()


def _by_name(stems: Mapping[str, Arrays], layers: Mapping[str, Shape]) -> dict[str, Arrays]:
    plain = {_plain(layer): layer for layer in layers}
    result: dict[str, Arrays] = {}
    origin: dict[str, str] = {}
    for stem, arrays in stems.items():
        spelt = _plain(stem)
        if keras := _KERAS.search(spelt):
            spelt = f"conv{keras[1]}_{keras[2]}"
        words = spelt.split("_")
        # The longest ending first, so that a layer's name is never mistaken for the ending of a longer one.
        tails = ("_".join(words[start:]) for start in range(len(words)))
        layer = next((plain[tail] for tail in tails if tail in plain), None)
        if layer is None:
            continue
        if layer in result:
            raise WeightsError(f"has {layer} twice, as '{origin[layer]}' and as '{stem}'")
        result[layer], origin[layer] = arrays, stem
    return result


def _by_order(stems: Mapping[str, Arrays], layers: Mapping[str, Shape]) -> dict[str, Arrays]:
    kernels = [(stem, a) for stem, a in stems.items() if "weight" in a and len(a["weight"].shape) in (2, 4)]
    result: dict[str, Arrays] = {}
    for place, ((stem, arrays), (layer, wanted)) in enumerate(zip(kernels, layers.items())):
        shape = arrays["weight"].shape
        if fits(shape, wanted):
            result[layer] = arrays
        elif all(len(later["weight"].shape) == 2 for _, later in kernels[place:]):
            break  # only fully connected layers follow
        else:
            raise WeightsError(
                f"seems to hold another network: its kernel number {place + 1}, '{stem}', has shape {list(shape)} "
                f"but {layer} has {list(wanted)}"
            )
    return result
