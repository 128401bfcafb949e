"""Stands in for a network of optical flow, and for a torchvision that is not there."""

from __future__ import annotations

import sys

import torch

from neuralart.video.prepared_film import PreparedFilm
from neuralart.video.raft import Raft


class Still(torch.nn.Module):
    """Sees no motion; counts what it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def forward(self, here: torch.Tensor, there: torch.Tensor) -> list[torch.Tensor]:
        self.asked += 1
        return [torch.zeros(1, 2, *here.shape[2:])]


def still(sha256: str = "a" * 64) -> Raft:
    """A way of finding motion with such a network."""
    return Raft(Still(), "raft_small", sha256, torch.device("cpu"))


def frames_as_filmed(monkeypatch) -> None:
    """Films are painted at once: every frame as it was filmed."""
    monkeypatch.setattr(
        PreparedFilm,
        "_paint",
        lambda self, run, frame, stretch, kept, start, watch: kept.keep(
            frame.index, frame.pixels, scene=stretch.scene, turn=stretch.turn
        ),
    )


def forget_torchvision(monkeypatch) -> None:
    """Let it be imported anew."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        monkeypatch.delitem(sys.modules, name)


class Absent:
    """Finds that torchvision is not installed."""

    def find_spec(self, name, path=None, target=None):
        if name == "torchvision":
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)


def without_torchvision(monkeypatch) -> None:
    """Let torchvision not be installed."""
    forget_torchvision(monkeypatch)
    monkeypatch.setattr(sys, "meta_path", [Absent(), *sys.meta_path])
