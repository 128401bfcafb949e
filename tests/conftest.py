"""What tests of several folders share."""

from __future__ import annotations

import functools
import runpy
from pathlib import Path

import pytest
import torch

from neuralart.errors import flags, speaking

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Most tensors here are so small that waking other threads for them takes longer than they do."""
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def voice():
    """Messages are read as they are written, with flags. Tests of what Python users read override this."""
    with speaking(flags):
        yield


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder ../shared: what the original computed, real weights, pictures. Not part of the repository."""
    folder = REPOSITORY.parent / "shared"
    if not folder.is_dir():
        pytest.skip("../shared, with the original's numbers and the pictures, is not here")
    return folder


@pytest.fixture(scope="session")
def oracle_weights(shared):
    """name ("vgg", "inception") -> the weights of the network that the original's recorded runs used."""
    make = runpy.run_path(str(shared / "oracle" / "make_networks.py"))

    @functools.cache
    def weights(name: str) -> dict[str, torch.Tensor]:
        return {key: torch.from_numpy(value) for key, value in make[name]().items()}

    return weights
