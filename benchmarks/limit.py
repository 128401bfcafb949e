"""What the machine's convolutions can do, and how near to it one evaluation comes.

    python benchmarks/limit.py                                    # VGG-19 to conv5_1 at 512 x 384
    python benchmarks/limit.py --network compact --size 1024 768 --threads 4
    python benchmarks/limit.py --style-layers conv1_1 conv2_1 conv3_1 --content-layers conv3_3
    python benchmarks/limit.py --device cuda --precisions float32 tf32 bfloat16

Every convolution is run by itself, forwards and for the gradient on its input, channels-last, in each precision, and
its best time of several repeats counts; their sum is the floor under an evaluation. neuralart's own evaluation, as a
run at one scale asks for it, is timed in the same process, in turn with them. The last lines are floor / evaluation.
Weights are random where no `--weights` are given: cost does not depend on them. Memory is the process's peak while
evaluating, or that of the GPU's tensors; what it takes beyond what it held before is told as well.

On a GPU everything is asked for `--loops` times in a row between two of its own time stamps, and waited for; float32 is
then float32 in convolutions too, which PyTorch by itself computes in tf32.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.nn import functional as F

import peak
from neuralart import build
from neuralart.image.picture import Picture
from neuralart.losses.choices import STYLE_LOSSES
from neuralart.networks import NETWORKS
from neuralart.networks.graph import Conv, Graph
from neuralart.networks.graph_network import GraphNetwork
from neuralart.networks.provide import Provision
from neuralart.objective.allocator import keep_freed
from neuralart.objective.objective import Objective
from neuralart.options import Options
from neuralart.recipes.style import Style
from neuralart.weights.read import read
from spread import machine, spread

WARM = {"cpu": 1, "cuda": 4}  # evaluations beforehand: on a GPU the libraries choose their kernels in them
PRECISIONS = {"float32": torch.float32, "tf32": torch.float32, "bfloat16": torch.bfloat16}


@dataclass
class Work:
    """One convolution in one direction. flops: a multiply-add counts as two."""

    layer: str
    way: str
    run: Callable[[], object]
    flops: float
    seconds: list[float]


def convolutions(
    architecture: Graph, layers: list[str], size: tuple[int, int], dtype: torch.dtype, device: torch.device
) -> list[Work]:
    """Every convolution that it takes to see these layers of an image of `size` (width, height), both ways."""
    plan, kernels = architecture.plan(layers), architecture.kernels()
    sizes, found = architecture.sizes(plan, *size), []
    for node in plan:
        if not isinstance(node, Conv):
            continue
        out, into, height, width = kernels[node.name]
        (w, h), (across, down) = sizes[node.source], sizes[node.name]
        last = {"device": device, "dtype": dtype, "memory_format": torch.channels_last}
        x, gradient = torch.rand(1, into, h, w).to(**last), torch.rand(1, out, down, across).to(**last)
        weight, bias = torch.randn(out, into, height, width).to(**last), torch.rand(out).to(device, dtype)
        flops = 2.0 * out * into * height * width * across * down
        found.append(Work(node.name, "forward", forwards(x, weight, bias, node), flops, []))
        found.append(Work(node.name, "gradient", backwards(gradient, x, weight, node), flops, []))
    return found


def forwards(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, node: Conv) -> Callable[[], object]:
    """The convolution."""
    return lambda: F.conv2d(x, weight, bias, node.stride, node.pad)


def backwards(gradient: torch.Tensor, x: torch.Tensor, weight: torch.Tensor, node: Conv) -> Callable[[], object]:
    """The gradient on its input, and nothing else."""
    sides = [node.stride] * 2, [node.pad] * 2, [1, 1], False, [0, 0], 1, [True, False, False]
    return lambda: torch.ops.aten.convolution_backward(gradient, x, weight, None, *sides)


def objective(given: argparse.Namespace, architecture: Graph, dtype: torch.dtype) -> Objective:
    """What a run at one scale of this size minimises, pictures random."""
    weights = read(given.weights, architecture.kernels()) if given.weights else random_weights(architecture)
    network = GraphNetwork(architecture, weights, device=given.device, dtype=dtype)
    width, height = given.size
    generator = torch.Generator().manual_seed(0)
    picture = lambda: Picture(torch.rand(1, 3, height, width, generator=generator) * 255)
    options = Options(
        size=max(width, height),
        num_iters=1,
        scales=1,
        style_loss=given.style_loss,
        style_layers=",".join(given.style_layers or architecture.style_layers),
        content_layers=",".join(given.content_layers or architecture.content_layers),
    )
    run = build.draft(options, picture(), (Style(picture()),), Provision(network, "", "", False))
    return run.stage(run.schedule[-1]).objective()


def random_weights(architecture: Graph) -> dict[str, torch.Tensor]:
    """N(0, 2 / fan in), which keeps activations in range."""
    found, generator = {}, torch.Generator().manual_seed(0)
    for layer, shape in architecture.kernels().items():
        fan = shape[1] * shape[2] * shape[3]
        found[f"{layer}.weight"] = torch.randn(shape, generator=generator) * (2 / fan) ** 0.5
        found[f"{layer}.bias"] = torch.zeros(shape[0])
    return found


@torch.no_grad()
def measure(given: argparse.Namespace, precision: str) -> dict[str, list[float]]:
    """Print one precision's table; the evaluation's seconds and, for each, floor / seconds."""
    architecture, dtype = NETWORKS[given.network], PRECISIONS[precision]
    style, content = (
        given.style_layers or architecture.style_layers,
        given.content_layers or architecture.content_layers,
    )
    torch.backends.cudnn.allow_tf32 = precision != "float32"
    evaluate = objective(given, architecture, dtype)
    keep_freed()  # as a run does where there is room, for the convolutions alone as well
    image = torch.rand(1, 3, given.size[1], given.size[0]).to(given.device) * 255
    memory = Memory(given.device)
    for _ in range(WARM[given.device.type]):
        evaluate(image)
    before = memory.held()
    memory.begin()
    evaluate(image)
    highest = memory.peak()
    clock = on_gpu(given.loops) if given.device.type == "cuda" else timed
    works = convolutions(architecture, [*style, *content], tuple(given.size), dtype, given.device)
    for work in works if given.device.type == "cuda" else ():
        work.run()
    seconds = []
    for _ in range(given.repeats):
        for work in works:
            work.seconds.append(clock(work.run))
        seconds.append(clock(lambda: evaluate(image)))
    tell(precision, works)
    floor = sum(min(work.seconds) for work in works)
    flops = sum(work.flops for work in works)
    ratios = [floor / one for one in seconds]
    print(f"floor: {floor * 1e3:.2f} ms for {flops / 1e9:.1f} GFLOP, {flops / floor / 1e9:.0f} GFLOP/s")
    print(f"evaluation: {spread([one * 1e3 for one in seconds])} ms, best {min(seconds) * 1e3:.2f} ms")
    print(f"floor / evaluation: {spread(ratios, 3)}")
    weights = sum(4 * w.numel() for w in random_weights(architecture).values())
    print(f"memory: {highest / 1e6:.0f} MB {memory.where} at most, {(highest - before) / 1e6:.0f} MB of it only while")
    print(f"evaluating; the network's weights are {weights / 1e6:.0f} MB in float32\n", flush=True)
    return {"seconds": seconds, "ratios": ratios}


def tell(precision: str, works: list[Work]) -> None:
    """One line for each layer."""
    print(precision)
    print("| layer | GFLOP | forward, ms | GFLOP/s | gradient, ms | GFLOP/s |")
    print("| --- | --- | --- | --- | --- | --- |")
    for forward, gradient in zip(works[::2], works[1::2]):
        cells = [forward.layer, f"{forward.flops / 1e9:.2f}"]
        for work in (forward, gradient):
            best = min(work.seconds)
            cells += [f"{best * 1e3:.3f}", f"{work.flops / best / 1e9:.0f}"]
        print(f"| {' | '.join(cells)} |")


def timed(run: Callable[[], object]) -> float:
    """Seconds."""
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


def on_gpu(loops: int) -> Callable[[Callable[[], object]], float]:
    """The same by a GPU's own clock, from so many in a row."""

    def timed(run: Callable[[], object]) -> float:
        begun, ended = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        torch.cuda.synchronize()
        begun.record()
        for _ in range(loops):
            run()
        ended.record()
        ended.synchronize()
        return begun.elapsed_time(ended) / 1e3 / loops

    return timed


class Memory:
    """Of the process, or of the tensors on a GPU; bytes."""

    def __init__(self, device: torch.device) -> None:
        self.on_gpu = device.type == "cuda"
        self.where = f"on {torch.cuda.get_device_name(device)}" if self.on_gpu else "in the process"

    def held(self) -> int:
        if self.on_gpu:
            return torch.cuda.memory_allocated()
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))

    def begin(self) -> None:
        torch.cuda.reset_peak_memory_stats() if self.on_gpu else peak.begin()

    def peak(self) -> int:
        return torch.cuda.max_memory_allocated() if self.on_gpu else peak.peak()


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", default="vgg", choices=list(NETWORKS))
    parser.add_argument("--weights", type=Path, help="a file of weights; random without")
    parser.add_argument("--style-layers", nargs="+", help="the network's own without")
    parser.add_argument("--content-layers", nargs="+")
    parser.add_argument("--style-loss", default="gram", choices=list(STYLE_LOSSES))
    parser.add_argument("--size", type=int, nargs=2, default=[512, 384], metavar=("WIDTH", "HEIGHT"))
    parser.add_argument("--precisions", nargs="+", default=["float32", "bfloat16"], choices=list(PRECISIONS))
    parser.add_argument("--device", type=torch.device, default=torch.device("cpu"))
    parser.add_argument("--loops", type=int, default=20, help="on a GPU")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    return parser.parse_args()


def main() -> None:
    """Measure every precision."""
    given = parse()
    torch.set_num_threads(given.threads)
    if given.device.type == "cuda":
        print(torch.cuda.get_device_name(given.device))
    print(f"{machine(given.threads)}\n{given.network}, {given.size[0]} x {given.size[1]}, {given.repeats} repeats\n")
    medians = {precision: measure(given, precision) for precision in given.precisions}
    for precision, found in medians.items():
        reached = statistics.median(found["ratios"])
        print(
            f"{precision}: {statistics.median(found['seconds']) * 1e3:.2f} ms, {reached:.0%} of the limit; asked: 85%"
        )


if __name__ == "__main__":
    main()
