"""Seconds per evaluation and memory: neuralart beside neural-style-pt and style-transfer-pytorch, in turn.

    python benchmarks/compare.py --neural-style-pt DIR --style-transfer-pytorch DIR \\
        --neural-style-pt-python DIR/venv/bin/python --style-transfer-pytorch-python DIR/venv/bin/python \\
        --content photo.jpg --style painting.jpg [--weights vgg19.safetensors]

Every program runs as its own process in its own Python, A B C A B C ..., on the same two pictures, of exactly this
size, with the same file of weights, network (VGG-19, average pooling, style conv1_1 to conv5_1, content conv4_2) and
number of threads, at one scale, each with its own optimiser as its users get it: the peers' checkouts are arguments,
and nothing of them is changed. What is timed is the iteration, all that belongs to it included, after the first few;
an iteration is one evaluation but for neuralart's shortened steps, which are counted. Layers that `--weights` lacks are
random, which changes no cost. Told are medians over the rounds, and the ratios of neighbouring runs, with their spread.

Memory is the process's peak: while iterating, and from its start. The start of the peers includes layers of VGG-19 that
style transfer never looks at, which they build before they drop them. L-BFGS's history goes on growing for as many
iterations as it has pairs (100 in neural-style-pt, 20 in neuralart), so that a long run takes more.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch

from pairs import exact, whole_weights
from spread import machine, spread

BENCHMARKS = Path(__file__).parent
STYLE_LAYERS = ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1")
CONTENT_LAYERS = ("conv4_2",)
WARM = 3  # iterations that are not counted


class Programs:
    """What is run, by name: Python, driver and its arguments."""

    def __init__(self, given: argparse.Namespace, folder: Path) -> None:
        self.given, self.folder = given, folder
        size = (given.size[0], given.size[1])
        self.content, self.style = exact(given.content, size, folder), exact(given.style, size, folder)
        self.weights = whole_weights(given.weights, folder)
        self.table = {f"neuralart {precision}": self.ours(precision) for precision in given.precisions}
        if given.memory:
            precision = given.precisions[-1]
            self.table[f"neuralart {precision} --memory {given.memory}"] = self.ours(precision, memory=given.memory)
        if given.neural_style_pt:
            self.table["neural-style-pt"] = self.neural_style_pt()
        if given.style_transfer_pytorch:
            self.table["style-transfer-pytorch"] = self.style_transfer_pytorch()

    def ours(self, precision: str, **more: Any) -> list[Any]:
        """neuralart in this precision."""
        options = {"model": "vgg", "weights": str(self.weights), "normalise": "no", "scales": 1, "device": "cpu"}
        options |= {"style_layers": ",".join(STYLE_LAYERS), "content_layers": ",".join(CONTENT_LAYERS)}
        options |= {"size": max(self.given.size), "num_iters": self.given.iterations, "precision": precision}
        options["style_loss"] = "gram"  # what the others compare
        options |= more
        command = [self.given.python, BENCHMARKS / "drive_neuralart.py", "RESULT", "--options", json.dumps(options)]
        return [*command, "--content", self.content, "--style", self.style, *self._common()]

    def neural_style_pt(self) -> list[Any]:
        """One evaluation more, since an evaluation's end is the next one's beginning."""
        relu = lambda layers: ",".join(layers).replace("conv", "relu")
        command = [
            self.given.neural_style_pt_python,
            BENCHMARKS / "drive_neural_style_pt.py",
            self.given.neural_style_pt,
        ]
        its = ["-content_image", self.content, "-style_image", self.style, "-image_size", max(self.given.size)]
        its += ["-gpu", "c", "-init", "image", "-pooling", "avg", "-model_file", self.weights, "-disable_check"]
        its += ["-style_layers", relu(STYLE_LAYERS), "-content_layers", relu(CONTENT_LAYERS), "-print_iter", 0]
        its += [
            "-num_iterations",
            self.given.iterations + 1,
            "-save_iter",
            0,
            "-output_image",
            self.folder / "peer.png",
        ]
        return [*command, "RESULT", *self._common(), "--", *its]

    def style_transfer_pytorch(self) -> list[Any]:
        """With Adam, its own choice."""
        python, checkout = self.given.style_transfer_pytorch_python, self.given.style_transfer_pytorch
        command = [python, BENCHMARKS / "drive_style_transfer_pytorch.py", checkout, "RESULT", *self._common()]
        command += ["--content", self.content, "--style", self.style, "--size", max(self.given.size)]
        return [*command, "--iterations", self.given.iterations, "--weights", self.weights]

    def _common(self) -> list[Any]:
        return ["--threads", self.given.threads, "--warm", WARM]

    def run(self, name: str) -> dict[str, Any]:
        """One run: seconds per evaluation, and bytes."""
        result = self.folder / "result.pt"
        command = [str(result if word == "RESULT" else word) for word in self.table[name]]
        environment = os.environ | {"OMP_NUM_THREADS": str(self.given.threads)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{name} failed:\n{done.stderr}")
        found = torch.load(result, weights_only=True)
        asked = found.get("evaluations", list(range(1, len(found["seconds"]) + 1)))
        seconds = (found["seconds"][-1] - found["seconds"][WARM]) / (asked[-1] - asked[WARM])
        return {
            "seconds": seconds,
            "peak": found["peak"],
            "evaluating": found["peak_evaluating"],
            "torch": found["torch"],
        }


def tell(programs: Programs, found: dict[str, list[dict[str, Any]]]) -> None:
    """The table of every program, and the ratios to each of ours."""
    of = lambda name, key: [run[key] for run in found[name]]
    print("\n| program | s per evaluation | MB while iterating | MB from the start | PyTorch |")
    print("| --- | --- | --- | --- | --- |")
    for name in found:
        memory = [f"{statistics.median(of(name, key)) / 1e6:.0f}" for key in ("evaluating", "peak")]
        print(f"| {name} | {spread(of(name, 'seconds'), 3)} | {' | '.join(memory)} | {found[name][0]['torch']} |")
    ours = [name for name in found if name.startswith("neuralart")]
    print("\n| ratio | time | memory while iterating | memory from the start |\n| --- | --- | --- | --- |")
    for peer in (name for name in found if name not in ours):
        for mine in ours:
            cells = [
                spread([its / our for its, our in zip(of(peer, key), of(mine, key))])
                for key in ("seconds", "evaluating", "peak")
            ]
            print(f"| {peer} / {mine} | {' | '.join(cells)} |")


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for peer in ("neural-style-pt", "style-transfer-pytorch"):
        parser.add_argument(f"--{peer}", type=Path, metavar="DIR", help="its checkout; left out without")
        parser.add_argument(f"--{peer}-python", type=Path, default=sys.executable, help="the Python that it runs in")
    parser.add_argument("--python", type=Path, default=sys.executable, help="the Python that neuralart runs in")
    parser.add_argument("--content", type=Path, required=True)
    parser.add_argument("--style", type=Path, required=True)
    parser.add_argument("--weights", type=Path, help="VGG-19 or its first layers; random without")
    parser.add_argument("--size", type=int, nargs=2, default=[512, 384], metavar=("WIDTH", "HEIGHT"))
    parser.add_argument("--precisions", nargs="+", default=["float32", "bfloat16"], help="of neuralart")
    parser.add_argument("--memory", metavar="SIZE", help="run neuralart, in the last precision, within so much as well")
    parser.add_argument("--iterations", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    return parser.parse_args()


def main() -> None:
    """Run all of them in turn, and tell."""
    given = parse()
    with tempfile.TemporaryDirectory() as folder:
        programs = Programs(given, Path(folder))
        print(machine(given.threads))
        print(f"{given.size[0]} x {given.size[1]}, {given.iterations} iterations, {given.rounds} rounds")
        found: dict[str, list[dict[str, Any]]] = {name: [] for name in programs.table}
        for number in range(given.rounds):
            for name in programs.table:
                found[name].append(run := programs.run(name))
                print(
                    f"round {number + 1}: {name}: {run['seconds']:.3f} s, {run['evaluating'] / 1e6:.0f} MB", flush=True
                )
        tell(programs, found)


if __name__ == "__main__":
    main()
