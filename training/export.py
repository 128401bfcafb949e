"""A checkpoint -> the file that ships: maps reduced to square roots, filters normalised, half precision.

    python training/export.py training/out/student.pt src/neuralart/assets/compact.safetensors

See src/neuralart/networks/compact.py for what the maps are and why they may be reduced.
"""

import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

from networks import SCALE, TAUGHT
from neuralart.networks.compact import COMPACT
from neuralart.networks.network import Network
from neuralart.networks.normalise import normalise
from neuralart.networks.provide import photographs
from neuralart.weights.digest import sha256


def main(checkpoint: Path, target: Path) -> None:
    saved = torch.load(checkpoint, weights_only=True)
    average = {key: value.double() for key, value in saved["average"].items()}
    weights = {}
    for key, value in average.items():
        kind, name, part = key.split(".")
        if kind == "convs":
            # Training divides the centred pixels by SCALE; the network that ships does not.
            weights[f"{name}.{part}"] = value / SCALE if (name, part) == ("conv1_1", "weight") else value
    for name in TAUGHT:
        root = square_root(average[f"maps.{name}.weight"][:, :, 0, 0], average[f"maps.{name}.bias"])
        mapped = name.replace("conv", "map")
        weights[f"{mapped}.weight"], weights[f"{mapped}.bias"] = root[:, :-1, None, None], root[:, -1]
    network = Network(COMPACT, {key: value.float() for key, value in weights.items()})
    normalised = normalise(network, photographs()).weights
    half = {key: value.half().contiguous() for key, value in normalised.items()}
    if not all(value.isfinite().all() for value in half.values()):
        raise SystemExit("a weight is too large for half precision")
    save_file(half, target, metadata={"network": "compact", "steps": str(saved["step"]), "licence": "MIT"})
    print(f"{target}: {target.stat().st_size / 1e6:.2f} MB after {saved['step']} steps; SHA-256 {sha256(target)}")


def square_root(weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    """M^1/2 of M = W'W, W [teacher, student + 1] the map with its bias as last column: symmetric, [C + 1, C + 1]."""
    w = torch.cat([weight, bias[:, None]], dim=1)
    values, vectors = torch.linalg.eigh(w.T @ w)
    return (vectors * values.clamp_min(0).sqrt()) @ vectors.T


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
