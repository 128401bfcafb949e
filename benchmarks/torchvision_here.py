"""Lets torchvision be imported where its compiled operations cannot be loaded.

PyPI's torchvision is built for CUDA, and beside a torch for the CPU its library of operations finds no CUDA runtime;
from then on `import torchvision` fails, although the peers want only its networks and transforms, which are Python.
Declaring the two operations that it describes while being imported is enough. Neither is ever called.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import torch

DESCRIBED = ("nms", "qnms")  # in torchvision/_meta_registrations.py, 0.28
_declared: list[torch.library.Library] = []  # a library's declarations live as long as it does


def prepare() -> None:
    """To be called before the first `import torchvision`."""
    found = importlib.util.find_spec("torchvision")
    if found is None or not found.submodule_search_locations:
        return
    try:
        for library in Path(found.submodule_search_locations[0]).glob("_C*.so"):
            torch.ops.load_library(str(library))
    except OSError:
        library = torch.library.Library("torchvision", "DEF")
        for name in DESCRIBED:
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _declared.append(library)
