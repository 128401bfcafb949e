"""Optical flow by a network: RAFT (Teed and Deng, arXiv 2003.12039), from torchvision, with the published weights.

torchvision is imported only here, and only when a network is loaded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional as F

from neuralart.errors import OptionError
from neuralart.video.flow import Flow
from neuralart.weights.digest import sha256
from neuralart.weights.download import Progress
from neuralart.weights.fetch import fetch_any
from neuralart.weights.read import read_exactly
from neuralart.weights.registry import SOURCES

NETWORKS = ("raft_large", "raft_small")  # torchvision's names, with which those of the files begin
SHORTEST, LONGEST = 128, 960  # pixels of a frame's edges: what the network needs, and what memory suits
STEP = 8  # pixels: the network's stride
CENTRE = 127.5  # it expects colours in -1..1


@dataclass(frozen=True, eq=False)
class Raft:
    """Finds flow with a network.

    Attributes:
        network: From two frames [1, 3, H, W], -1..1, to ever better flows [1, 2, H, W] in pixels.
        name: One of NETWORKS.
        sha256: Of the file of its weights.
        device: Where it computes.
    """

    network: torch.nn.Module
    name: str
    sha256: str
    device: torch.device

    def between(self, here: torch.Tensor, there: torch.Tensor) -> Flow:
        """Return the flow from one frame to another. here, there: [1, 3, H, W], 0..255."""
        height, width = here.shape[2:]
        seen = fitting(height, width)
        with torch.no_grad():
            found = self.network(self._seen(here, seen), self._seen(there, seen))[-1].cpu()
        factor = torch.tensor([width / seen[1], height / seen[0]]).view(1, 2, 1, 1)
        return F.interpolate(found, (height, width), mode="bilinear") * factor

    def on(self, device: torch.device) -> Raft:
        """Return the same, computing on this device."""
        return replace(self, network=self.network.to(device), device=device)

    def record(self) -> dict[str, str]:
        """Return what identifies its weights."""
        return {"name": self.name, "sha256": self.sha256}

    def _seen(self, pixels: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
        pixels = pixels.to(self.device, torch.float32)
        return F.interpolate(pixels, size, mode="bilinear", antialias=True) / CENTRE - 1


def fitting(height: int, width: int) -> tuple[int, int]:
    """Return the (height, width) at which the network sees a frame: a multiple of its stride, and neither too small."""
    scale = max(SHORTEST / min(height, width), min(1.0, LONGEST / max(height, width)))
    fits = lambda edge: max(SHORTEST, round(edge * scale / STEP) * STEP)
    return fits(height), fits(width)


def load(progress: Progress | None = None) -> Raft:
    """Return the network, on the CPU, with weights from the cache folder or from where they are published.

    The larger network is preferred, unless only the smaller one's weights are here.

    Raises:
        OptionError: If torchvision is not installed, or does not fit the installed torch.
        FetchError: If there are no weights, and they cannot be fetched.
        WeightsError: If they do not fit the network.
    """
    networks = _torchvision()
    source, path = fetch_any(SOURCES["raft"], progress=progress)
    name = next(name for name in NETWORKS if source.name.startswith(name))
    network = getattr(networks, name)(weights=None, progress=False)
    _fill(network, path)
    return Raft(network.eval(), name, sha256(path), torch.device("cpu"))


def _torchvision() -> Any:
    """Return torchvision's module of flow networks."""
    try:
        from torchvision.models import optical_flow
    except ModuleNotFoundError as error:
        if error.name != "torchvision":
            raise _unfit(error) from error
        raise OptionError(
            '--flow raft needs torchvision, which is not installed: pip install "neuralart[raft]", or say --flow dis'
        ) from None
    # Built for another torch, its operations are missing or its library does not load, and any of these comes up.
    except (ImportError, RuntimeError, AttributeError, OSError) as error:
        raise _unfit(error) from error
    return optical_flow


def _unfit(error: Exception) -> OptionError:
    seen = " ".join(str(error).split()) or type(error).__name__
    return OptionError(
        f"--flow raft needs torchvision, which cannot be imported beside torch {torch.__version__} ({seen}); install"
        " the torchvision that belongs to this torch, or say --flow dis"
    )


def _fill(network: torch.nn.Module, path: Path) -> None:
    """Give a network the weights of a file. Raises WeightsError if they are another network's."""
    # What is no floating point are counts of the training.
    own = {name: tensor for name, tensor in network.state_dict().items() if tensor.is_floating_point()}
    network.load_state_dict(read_exactly(path, {name: tuple(one.shape) for name, one in own.items()}), strict=False)
