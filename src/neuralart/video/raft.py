"""Optical flow by a network: RAFT (Teed and Deng, arXiv 2003.12039), from torchvision, with its published weights."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional as F

from neuralart.errors import FetchError, OptionError, WeightsError
from neuralart.video.flow import Flow
from neuralart.weights.cache import cache_folder
from neuralart.weights.convert.pytorch import read_pytorch
from neuralart.weights.download import Progress
from neuralart.weights.fetch import fetch_any, find, verify
from neuralart.weights.registry import Source

SHORTEST, LONGEST, STEP = 128, 960, 8  # pixels: what the network needs, what memory suits, and what it divides by
UNUSED = "num_batches_tracked"  # counts of the training


def _source(name: str, size: int, digest: str) -> Source:
    return Source(
        name=name,
        urls=(f"https://download.pytorch.org/models/{name}",),
        size=size,
        size_is_exact=False,
        algorithm="sha256",
        digest=digest,
        format="pytorch",
        licence="BSD-3-Clause, as torchvision",
        origin="RAFT (Teed and Deng, 2020), trained by torchvision",
        normalised=False,
    )


# The more precise one first; either will do.
SOURCES = {
    "raft_large": _source("raft_large_C_T_SKHT_V2-ff5fadd5.pth", 21_100_000, "ff5fadd5"),
    "raft_small": _source("raft_small_C_T_V2-01064c6d.pth", 4_010_000, "01064c6d"),
}


class Raft:
    """Finds flow with a network. sha256: The beginning of its weights' digest."""

    def __init__(self, network: torch.nn.Module, device: torch.device, sha256: str) -> None:
        self.network, self.device, self.sha256 = network.eval().to(device), device, sha256

    def seen(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return what flow is computed from: colours, -1..1, at a size that suits the network."""
        size = fitting(*pixels.shape[2:])
        return F.interpolate(pixels.float(), size, mode="bilinear", antialias=True).cpu() / 127.5 - 1

    def between(self, here: torch.Tensor, there: torch.Tensor, size: tuple[int, int]) -> Flow:
        """Return the flow from `here` to `there`. size: (height, width) of the frame."""
        with torch.no_grad():
            found = self.network(here.to(self.device), there.to(self.device))[-1].cpu()
        factor = torch.tensor([size[1] / here.shape[3], size[0] / here.shape[2]]).view(1, 2, 1, 1)
        return F.interpolate(found, size, mode="bilinear") * factor


def fitting(height: int, width: int) -> tuple[int, int]:
    """Return the (height, width) at which the network sees a frame."""
    scale = max(SHORTEST / min(height, width), min(1.0, LONGEST / max(height, width)))
    fits = lambda edge: max(SHORTEST, round(edge * scale / STEP) * STEP)
    return fits(height), fits(width)


def load(device: torch.device, progress: Progress | None = None, *, download: bool) -> Raft:
    """Return the network, with weights from the cache folder or, if they may be fetched, from where they are published.

    Raises:
        OptionError: If torchvision is not installed.
        WeightsError: If there are no weights, or other ones than the published ones.
    """
    if find_spec("torchvision") is None:
        raise OptionError(
            '--flow raft needs torchvision, which is not installed: pip install "neuralart[raft]", or say --flow dis'
        )
    from torchvision.models import optical_flow

    source, path = _found(progress, download=download)
    name = next(name for name, one in SOURCES.items() if one is source)
    network = getattr(optical_flow, name)(weights=None, progress=False)
    _fill(network, path)
    return Raft(network, device, source.digest)


def _found(progress: Progress | None, *, download: bool) -> tuple[Source, Path]:
    """Return a file of weights that is the published one."""
    for source in SOURCES.values():
        if path := find(source):
            verify(path, source)
            return source, path
    if download:
        try:
            return fetch_any([*SOURCES.values()], progress=progress)
        except FetchError:
            pass
    first = next(iter(SOURCES.values()))
    raise WeightsError(
        f"--flow raft needs the weights of RAFT, which are not in {cache_folder()}{_why(download)}; put {first.urls[0]}"
        " there, or say --flow dis"
    )


def _why(download: bool) -> str:
    return " and cannot be fetched" if download else ""


def _fill(network: torch.nn.Module, path: Path) -> None:
    """Give a network the weights of a file. Raises WeightsError if they are another network's."""
    entries = {entry.name: entry for entry in read_pytorch(path)}
    state: dict[str, Any] = network.state_dict()
    for name, value in state.items():
        if name.endswith(UNUSED):
            continue
        if name not in entries or tuple(entries[name].shape) != tuple(value.shape):
            raise WeightsError(f"{path}: is not a network of RAFT's, since '{name}' is missing or of another shape")
        value.copy_(entries[name].load())
