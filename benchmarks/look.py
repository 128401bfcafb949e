"""What people would see: our presets and two other programs, pair by pair, on sheets that do not tell which is which.

    python benchmarks/look.py paint OUT --neural-style-pt DIR --style-transfer-pytorch DIR --minutes 35
    python benchmarks/look.py sheets OUT
    python benchmarks/look.py numbers OUT --weights vgg19_conv1_to_conv3.safetensors

`paint` gives every contender the same pictures, network (`compact`; the peers its trunk, see look_peers.py), size and
seconds of the processor, with one thread. Pictures that are there already are kept, so it may be stopped and called
again. Each of ours paints its first picture with `--num-iters`, and the others with as many as the seconds allow.

`sheets` shuffles the contenders of every pair and writes the order to OUT/key.json. Look at the sheets and write the
verdicts down before you open it.

`numbers` asks real layers of VGG-19, which no contender has seen, and tells medians over the pairs:

    shallow, deep   |G - A|^2 / |A|^2 of Gram matrices, of conv1_1 and conv2_1, and of conv3_1
    content         |F - P|^2 / |P|^2 of conv3_3
    similarity      the same of how alike the places of conv3_3 are to each other (losses/similarity.py)
    sliced          distributions along directions (losses/sliced.py) on conv2_1: no contender minimises that
    speckle         the energy of what a 3x3 blur takes away, over that of the style
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import torch

from judge import roughness
from neuralart import api
from neuralart.figures.sheet import Tile, grid, tile
from neuralart.image.paintings import ASSETS, file_of
from neuralart.image.picture import Picture
from neuralart.image.read import read
from neuralart.image.resize import resize
from neuralart.losses.content import Content
from neuralart.losses.gram import Gram
from neuralart.losses.similarity import Similarity
from neuralart.losses.sliced import Sliced
from neuralart.networks.graph_network import GraphNetwork
from neuralart.networks.vgg import VGG
from neuralart.options import Options
from neuralart.weights.read import read as read_weights
from pairs import exact

PRESETS = ("balanced", "faithful", "bold", "texture", "painterly", "classic")
# Pictures that ship, so that anybody may judge anew: portrait, still life, animals, buildings, flat skies, landscape.
PAIRS = [
    ("astronaut", "scream"), ("photo", "starry-night"), ("palace", "wave"), ("red-panda", "hat"),
    ("great-wall", "cherry"), ("coffee", "composition"), ("moose", "lilies"), ("palace", "forms"),
    ("astronaut", "hat"), ("photo", "shipwreck"), ("great-wall", "starry-night"), ("coffee", "wave"),
    ("red-panda", "composition"), ("moose", "scream"), ("photo", "cherry"), ("palace", "starry-night"),
    ("astronaut", "forms"), ("great-wall", "lilies"), ("coffee", "hat"), ("red-panda", "wave"),
    ("moose", "shipwreck"), ("photo", "scream"), ("palace", "composition"), ("astronaut", "starry-night"),
]  # fmt: skip
ROWS = 4  # pairs on a sheet


def main() -> None:
    """Paint, draw or measure."""
    given = parse()
    torch.set_num_threads(1)
    {"paint": paint, "sheets": sheets, "numbers": numbers}[given.what](given)


def photograph(name: str) -> Path:
    """A photograph that ships, or any other by its path."""
    places = (ASSETS / f"{name}.jpg", ASSETS / "photographs" / f"{name}.jpg", Path(name))
    return next(place for place in places if place.exists())


def pairs(given: argparse.Namespace) -> list[tuple[str, Path, Path]]:
    """(name, content, style), each picture at the size that all contenders see."""
    own = [(photograph(content), file_of(style)) for content, style in PAIRS]
    own += [(Path(one), Path(other)) for one, other in zip(given.more[::2], given.more[1::2])]
    folder = given.out / "pictures"
    return [
        (f"{content.stem}-{style.stem}", exact(content, given.size, folder), exact(style, given.size, folder))
        for content, style in own
    ]


def paint(given: argparse.Namespace) -> None:
    """Pair by pair, every contender; until all is painted or the time is over."""
    record = given.out / "painted.json"
    told = json.loads(record.read_text()) if record.exists() else {}
    begun, contenders = time.monotonic(), {name: ours({"preset": name}, given) for name in PRESETS}
    for one in given.also:
        name, _, options = one.partition("=")
        contenders[name] = ours(json.loads(options), given)
    if given.neural_style_pt:
        from look_peers import NeuralStylePt

        contenders["neural-style-pt"] = NeuralStylePt(given.neural_style_pt, given.nspt_style).paint
    if given.style_transfer_pytorch:
        from look_peers import StyleTransferPytorch

        contenders["style-transfer-pytorch"] = StyleTransferPytorch(
            given.style_transfer_pytorch, given.stp_content
        ).paint
    for name, content, style in pairs(given)[: given.count]:
        for contender, work in contenders.items():
            made = given.out / f"{name}.{contender}.png"
            if made.exists():
                continue
            if time.monotonic() - begun > 60 * given.minutes:
                return
            before = time.process_time()
            image, iterations = work(content, style, given.size, given.seconds)
            Picture(image.float().clamp(0, 255)).save(made)
            told[made.name] = {"seconds": time.process_time() - before, "iterations": iterations}
            record.write_text(json.dumps(told, indent=1))
            print(f"{made.name}: {told[made.name]['seconds']:.1f} s, {iterations} iterations", flush=True)


def ours(options: dict[str, Any], given: argparse.Namespace):
    """Ours with these options; after the first picture, with as many iterations as fit into the time."""
    rate: list[float] = []

    def work(content: Path, style: Path, size: int, seconds: float) -> tuple[torch.Tensor, int]:
        count = given.num_iters
        if rate:
            count = max(20, round(seconds / statistics.median(rate)))
        before = time.process_time()
        usual = {"size": size, "num_iters": count, "model": "compact", "cpu": True, "precision": "float32"}
        for step in api.prepare(content, style, Options(**usual | options)).steps():
            image = step.image
        rate.append((time.process_time() - before) / count)
        return image, count

    return work


def sheets(given: argparse.Namespace) -> None:
    """ROWS pairs on each: content, style, and all that was painted, in an order that only the key tells."""
    key, rows = {}, []
    for name, content, style in pairs(given):
        made = sorted(given.out.glob(f"{name}.*.png"))
        if len(made) < 2:
            continue
        random.Random(name).shuffle(made)
        key[name] = {letter: one.name.split(".")[-2] for letter, one in zip(ascii_uppercase, made)}
        shown = [Tile(read(content).numpy(), name.replace("-", " "), ""), Tile(read(style).numpy(), "", "")]
        rows.append(shown + [tile(read(one), letter, edge=given.edge) for letter, one in zip(ascii_uppercase, made)])
    draw(rows, "sheet", given)
    (given.out / "key.json").write_text(json.dumps(key, indent=1))


def draw(rows: list[list[Tile]], name: str, given: argparse.Namespace) -> None:
    """Write sheets of ROWS rows: NAME-1.jpg and so on."""
    for first in range(0, len(rows), ROWS):
        some = rows[first : first + ROWS]
        tiles = [one for row in some for one in row]
        sheet = given.out / f"{name}-{first // ROWS + 1}.jpg"
        grid(tiles, columns=len(some[0]), edge=given.edge, equal_heights=True).save(sheet, quality=given.quality)


def numbers(given: argparse.Namespace) -> None:
    """A row for every contender: medians over the pairs; with --each, a row for every picture."""
    network = GraphNetwork(VGG, read_weights(given.weights, VGG.kernels()))
    found: dict[str, list[dict[str, float]]] = {}
    for name, content, style in pairs(given):
        made = {one.name.split(".")[-2]: one for one in sorted(given.out.glob(f"{name}.*.png"))}
        if not made:
            continue
        judge = judged(network, read(content).pixels, read(style).pixels)
        for contender, one in made.items():
            found.setdefault(contender, []).append(judge(read(one).pixels))
            if given.each:
                print(f"| {name} | {contender} | {told(found[contender][-1:])} |", flush=True)
    names = next(iter(found.values()))[0]
    print(f"| contender | pairs | {' | '.join(names)} |\n|{' --- |' * (2 + len(names))}")
    for contender, rows in found.items():
        print(f"| {contender} | {len(rows)} | {told(rows)} |")


def told(rows: list[dict[str, float]]) -> str:
    """The median of every column."""
    return " | ".join(f"{statistics.median(row[name] for row in rows):.3f}" for name in rows[0])


@torch.no_grad()
def judged(network: GraphNetwork, content: torch.Tensor, style: torch.Tensor):
    """picture -> its numbers, see above."""
    layers = ("conv1_1", "conv2_1", "conv3_1", "conv3_3")
    wanted, there = network.features(style, layers), network.features(content, layers)
    positions = lambda seen: seen.shape[2] * seen.shape[3]
    mean = lambda loss, seen: loss.statistic(seen) / positions(seen)
    rows = lambda seen: seen[0].flatten(1).T

    def numbers_of(picture: torch.Tensor) -> dict[str, float]:
        seen = network.features(picture, layers)
        value = lambda loss, layer: float(loss.penalty(loss.statistic(seen[layer])))
        gram = lambda layer: value(Gram(mean(Gram(), wanted[layer]), positions(seen[layer])), layer)
        similar, kept = Similarity(), Content().aimed([there["conv3_3"]], 1).at(0)
        sliced = Sliced().aimed(rows(wanted["conv2_1"]), positions(seen["conv2_1"]))
        return {
            "shallow": (gram("conv1_1") + gram("conv2_1")) / 2,
            "deep": gram("conv3_1"),
            "content": value(kept, "conv3_3"),
            "similarity": value(similar.aimed(similar.statistic(there["conv3_3"]), 1), "conv3_3"),
            "sliced": value(sliced, "conv2_1"),
            "speckle": roughness(picture) / roughness(style),
        }

    return lambda picture: numbers_of(
        picture if picture.shape == content.shape else resize(picture, content.shape[:1:-1])
    )


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("paint", "sheets", "numbers"))
    parser.add_argument("out", type=Path)
    parser.add_argument("--more", nargs="+", default=[], help="further pairs: content style content style ...")
    parser.add_argument("--also", nargs="+", default=[], help="further contenders of ours: 'name={\"option\": value}'")
    parser.add_argument("--size", type=int, default=192)
    parser.add_argument("--num-iters", type=int, default=80, help="of ours, until it is known how long they take")
    parser.add_argument("--seconds", type=float, default=6.0, help="of the processor, for every picture")
    parser.add_argument("--minutes", type=float, default=35.0)
    parser.add_argument("--count", type=int, default=1000, help="only so many pairs")
    parser.add_argument("--neural-style-pt", type=Path, help="its checkout; left out without")
    parser.add_argument("--nspt-style", type=float, default=100.0, help="its -style_weight")
    parser.add_argument("--style-transfer-pytorch", type=Path, help="its checkout; left out without")
    parser.add_argument("--stp-content", type=float, default=0.015, help="its --content-weight")
    parser.add_argument("--weights", type=Path, help="VGG-19 or its first layers")
    parser.add_argument("--each", action="store_true", help="a row for every picture, too")
    parser.add_argument("--edge", type=int, default=150, help="pixels of a picture on a sheet")
    parser.add_argument("--quality", type=int, default=60)
    return parser.parse_args()


if __name__ == "__main__":
    main()
