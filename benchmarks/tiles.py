"""Time and memory of one evaluation, whole and in tiles, from a quarter to 64 megapixels.

    python benchmarks/tiles.py --networks vgg compact --megapixels 0.25 1 4 16 64 --precision bfloat16

Every figure comes from a process of its own, with random weights where only cost counts (vgg) and the shipped ones
(compact). An evaluation is run twice and the second is timed. Memory is the process's peak less what it held once the
network was loaded and the image, its gradient and the targets stood: what evaluating takes beyond the image and the
optimiser's own state. Content features lie on disk in tiles.
"""

import argparse
import json
import pathlib
import resource
import subprocess
import sys
import time

import torch

from neuralart.losses.content import Content
from neuralart.losses.gram import Gram
from neuralart.networks import NETWORKS
from neuralart.networks.graph_network import GraphNetwork
from neuralart.networks.provide import provide
from neuralart.objective.allocator import keep_freed
from neuralart.objective.division import Division, keep
from neuralart.objective.objective import Term
from neuralart.objective.tiled import TiledObjective
from neuralart.objective.whole import WholeObjective

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def main():
    arguments = parse()
    if arguments.one:
        print(json.dumps(measured(**json.loads(arguments.one))))
        return
    print(f"{arguments.threads} threads, {arguments.precision}, tiles of at most {arguments.tile} pixels", flush=True)
    print("| network | megapixels | way | s | s per megapixel | memory beyond image, MB |")
    print("| --- | --- | --- | --- | --- | --- |", flush=True)
    for network in arguments.networks:
        for megapixels in arguments.megapixels:
            for tile in (None, arguments.tile):
                if tile is None and megapixels > arguments.whole_up_to:
                    continue
                row(network, megapixels, tile, arguments)


def row(network, megapixels, tile, arguments):
    """One line of the table."""
    edge = round((megapixels * 2**20) ** 0.5)
    # A tile that holds all of a small image would be the whole; cut it in four all the same.
    asked = {"network": network, "edge": edge, "tile": tile and min(tile, edge // 2), "threads": arguments.threads}
    asked["precision"] = arguments.precision
    command = [sys.executable, __file__, "--one", json.dumps(asked)]
    done = subprocess.run(command, capture_output=True, text=True)
    way = "tiles" if tile else "whole"
    if done.returncode:
        print(f"| {network} | {megapixels:g} | {way} | failed: {done.stderr.strip().splitlines()[-1][:60]} | | |")
        return
    found = json.loads(done.stdout)
    per = found["seconds"] / megapixels
    memory = found["memory"] / 1e6
    print(f"| {network} | {megapixels:g} | {way} | {found['seconds']:.2f} | {per:.2f} | {memory:.0f} |", flush=True)


@torch.no_grad()
def measured(network, edge, tile, threads, precision):
    """{"seconds", "memory"}: of one evaluation of a square image with this long an edge."""
    torch.set_num_threads(threads)
    keep_freed()  # as a run does
    seen = made(network, PRECISIONS[precision])
    architecture = seen.architecture
    layers = (*architecture.style_layers, *architecture.content_layers)
    division = Division(architecture, layers, (edge, edge), tile)
    generator = torch.Generator().manual_seed(0)
    image = torch.randint(256, (1, 3, edge, edge), generator=generator, dtype=torch.uint8).float()
    kept = keep(seen, image, division, architecture.content_layers, on_disk=tile is not None)
    terms = [
        Term(f"content {layer}", layer, Content().aimed(kept[layer], 1), 1.0) for layer in architecture.content_layers
    ]
    for layer in architecture.style_layers:
        width, height = architecture.size(layer, edge, edge)
        target = torch.eye(architecture.channels()[layer])
        terms.append(Term(f"style {layer}", layer, Gram(target, width * height), 4.0))
    objective = WholeObjective(seen, terms) if tile is None else TiledObjective(seen, terms, division)
    # The kept features of the whole image are part of what evaluating it takes.
    standing = resident() + 4 * image.numel() - (sum(p.nbytes for k in kept.values() for p in k) if tile is None else 0)
    begun = 0.0
    for _ in range(2 if edge < 4000 else 1):
        begun = time.perf_counter()
        objective(image)
    seconds = time.perf_counter() - begun
    return {"seconds": seconds, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - standing}


def resident():
    """Bytes of this process in memory now."""
    return int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def made(name, dtype):
    """The network: with its own weights if it ships, else with random ones that keep activations in range."""
    if name == "compact":
        return provide("compact").network.to("cpu", dtype)
    architecture, weights = NETWORKS[name], {}
    for layer, shape in architecture.kernels().items():
        fan = shape[1] * shape[2] * shape[3]
        weights[f"{layer}.weight"] = torch.randn(shape, generator=torch.Generator().manual_seed(0)) * (2 / fan) ** 0.5
        weights[f"{layer}.bias"] = torch.zeros(shape[0])
    return GraphNetwork(architecture, weights, dtype=dtype)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", nargs="+", default=["vgg", "compact"], choices=list(NETWORKS))
    parser.add_argument("--megapixels", nargs="+", type=float, default=[0.25, 1, 4, 16, 64])
    parser.add_argument("--tile", type=int, default=1024)
    parser.add_argument("--whole-up-to", type=float, default=4, help="megapixels that fit whole")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precision", default="float32", choices=list(PRECISIONS))
    parser.add_argument("--one", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
