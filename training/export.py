"""A checkpoint -> the file that ships: maps reduced to square roots, filters normalised, half precision.

    python training/export.py training/out/student.pt src/neuralart/assets/compact.safetensors --shared ../shared

See src/neuralart/networks/compact.py for what the maps are and why they may be reduced, roots.py for how.
"""

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import save

from held import HELD_OUT
from networks import SCALE, STYLE, TAUGHT, Student
from neuralart.networks.compact import COMPACT, CONTENT_CHANNELS
from neuralart.networks.graph_network import GraphNetwork
from neuralart.networks.normalise import normalise
from neuralart.networks.provide import photographs
from neuralart.weights.digest import sha256
from pictures import Crops, load_folder
from refit import moments
from roots import content_root, style_root

# What the features' second moments are taken over.
BATCHES, COUNT, SIDE = 60, 8, 128


def main(checkpoint: Path, target: Path, pictures: list[torch.Tensor]) -> None:
    """pictures: uint8 [3, H, W]; second moments of the student's features are taken over crops of them."""
    saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
    student, crops = Student(), Crops(pictures)
    student.load_state_dict(saved["average"])
    found = moments(student, (crops.batch(COUNT, SIDE) for _ in range(BATCHES)))
    weights = student.convs.state_dict()
    # Training divides the centred pixels by SCALE; the network that ships does not.
    weights["conv1_1.weight"] = weights["conv1_1.weight"] / SCALE
    for name in TAUGHT:
        w = torch.cat([student.maps[name].weight[:, :, 0, 0], student.maps[name].bias[:, None]], 1).detach().double()
        root = style_root(w, found[name]) if name in STYLE else content_root(w, found[name], CONTENT_CHANNELS)
        mapped = name.replace("conv", "map")
        weights[f"{mapped}.weight"], weights[f"{mapped}.bias"] = root[:, :-1, None, None], root[:, -1]
    network = GraphNetwork(COMPACT, {key: value.float() for key, value in weights.items()})
    normalised = normalise(network, photographs()).weights
    half = {key: value.half().contiguous() for key, value in normalised.items()}
    if not all(value.isfinite().all() for value in half.values()):
        raise SystemExit("a weight is too large for half precision")
    written = save(half, metadata={"network": "compact", "steps": str(saved["step"]), "licence": "MIT"})
    target.write_bytes(ordered(written))
    print(f"{target}: {target.stat().st_size / 1e6:.2f} MB after {saved['step']} steps; SHA-256 {sha256(target)}")


def ordered(file: bytes) -> bytes:
    """A safetensors file with its header's keys in alphabetical order; the library's order differs between calls.

    The format (https://github.com/huggingface/safetensors#format): the header's length in eight bytes, the header as
    JSON, padded with spaces to a multiple of eight bytes, the numbers.
    """
    length = int.from_bytes(file[:8], "little")
    header = json.dumps(json.loads(file[8 : 8 + length]), sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + file[8 + length :]


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--shared", type=Path, default=Path("../shared"), help="folder with the pictures")
    return parser.parse_args()


if __name__ == "__main__":
    arguments = parse()
    data = arguments.shared / "data"
    main(arguments.checkpoint, arguments.target, load_folder(data / "photos", data / "paintings", without=HELD_OUT))
