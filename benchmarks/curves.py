"""Until the picture is good: loss against seconds, neuralart beside neural-style-pt, on the same objective and network.

    python benchmarks/curves.py --neural-style-pt DIR --peer-python DIR/venv/bin/python --weights vgg19.safetensors \\
        --pair photo.jpg painting.jpg --pair ... --sizes 256 512 --out FOLDER

For every pair and size, neural-style-pt does 500 L-BFGS iterations from the content image, and neuralart runs as each
`--ours` says; style conv1_1, conv2_1, conv3_1, content conv3_3, average pooling. Both are given the same pictures, of
the exact size. neuralart's layer weights are computed such that its objective at full size is neural-style-pt's times a
constant, which is checked at two pictures before anything runs. Afterwards, untimed, one judge evaluates both: see
`judge.py`. Pictures of smaller scales are enlarged for it as neuralart itself does it when it enters the next scale.

What runs is kept in FOLDER and not run again. So the long half can be computed unattended (`--unattended`: its losses
count, its seconds do not), and its seconds be taken from a timed run of another pair of that size: loss by iteration
does not depend on the machine's load, and seconds by iteration do not depend on the pictures.

Written: FOLDER/curves.json, FOLDER/curves.svg, and the table on the terminal.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from judge import Judge
from pairs import exact, whole_weights

BENCHMARKS = Path(__file__).parent
STYLE_LAYERS, CONTENT_LAYERS = ("conv1_1", "conv2_1", "conv3_1"), ("conv3_3",)
SPACING = 1.03  # of neuralart's pictures: the time until good is known to 3 %
AGREE = 1e-3


class Case:
    """One pair at one size, and where its files lie."""

    def __init__(self, given: argparse.Namespace, pair: tuple[Path, Path], size: int) -> None:
        self.given, self.size = given, size
        self.name = f"{pair[0].stem}-{pair[1].stem}-{size}"
        self.pair = f"{pair[0].stem} / {pair[1].stem}"
        self.folder = given.out / self.name
        self.content, self.style = (exact(picture, size, given.out / "pictures") for picture in pair)
        self.weights = whole_weights(given.weights, given.out / "weights")

    def judge(self) -> Judge:
        """The judge of this pair."""
        from neuralart.image.read import read
        from neuralart.networks.vgg import VGG
        from neuralart.weights.read import read as read_weights

        pictures = [read(path).pixels.float() for path in (self.content, self.style)]
        return Judge(read_weights(self.given.weights, VGG.kernels()), *pictures, CONTENT_LAYERS, STYLE_LAYERS)

    def options(self, judge: Judge, extra: dict[str, Any]) -> dict[str, Any]:
        """Under which neuralart minimises what neural-style-pt does."""
        network = {"model": "vgg", "weights": str(self.weights), "normalise": "no", "device": "cpu"}
        return network | {"size": self.size} | judge.as_options()[0] | extra

    def check(self, judge: Judge, extra: dict[str, Any]) -> None:
        """Raise AssertionError unless both objectives are proportional, at two pictures."""
        ours, scale = objective(self.content, self.style, self.options(judge, extra)), judge.as_options()[1]
        generator = torch.Generator().manual_seed(0)
        noise = torch.randn(1, 3, *judge.size, generator=generator) * 25 + 127
        from neuralart.image.read import read

        for picture in (read(self.content).pixels.float(), noise):
            ratio = float(ours(picture).total) / (scale * judge(picture))
            assert abs(ratio - 1) < AGREE, f"{self.name}: the objectives' ratio is {ratio} times what it should be"

    def run_peer(self) -> None:
        """neural-style-pt; one iteration more than asked for, since an evaluation looks at what was reached before."""
        target = self.folder / ("peer.pt" if not self.given.unattended else "peer-unattended.pt")
        if target.exists() or (self.folder / "peer.pt").exists():
            return
        count = self.given.iterations
        keep = sorted({round(count ** (k / 24)) for k in range(25)} | {count + 1})
        its = ["-content_image", self.content, "-style_image", self.style, "-image_size", self.size, "-gpu", "c"]
        its += ["-init", "image", "-optimizer", "lbfgs", "-tv_weight", 0, "-pooling", "avg", "-disable_check"]
        its += [
            "-style_layers",
            ",".join(map(relu, STYLE_LAYERS)),
            "-content_layers",
            ",".join(map(relu, CONTENT_LAYERS)),
        ]
        its += ["-num_iterations", count + 1, "-model_file", self.weights, "-print_iter", 0, "-save_iter", 0]
        its += ["-output_image", self.folder / "peer.png"]
        mine = [self.given.neural_style_pt, part(target), "--keep", ",".join(map(str, keep))]
        self._run(
            self.given.peer_python, "drive_neural_style_pt.py", [*mine, "--threads", self.given.threads, "--", *its]
        )
        part(target).rename(target)

    def run_ours(self, judge: Judge, name: str, extra: dict[str, Any]) -> None:
        """neuralart, with these options besides."""
        target = self.folder / f"ours-{name}.pt"
        if target.exists():
            return
        self.check(judge, extra)
        mine = [part(target), "--content", self.content, "--style", self.style, "--spacing", SPACING]
        mine += ["--options", json.dumps(self.options(judge, extra)), "--threads", self.given.threads]
        self._run(self.given.python, "drive_neuralart.py", mine)
        part(target).rename(target)

    def _run(self, python: Path | str, driver: str, arguments: list[Any]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        environment = os.environ | {"OMP_NUM_THREADS": str(self.given.threads)}
        command = [str(word) for word in (python, BENCHMARKS / driver, *arguments)]
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)


def relu(layer: str) -> str:
    """neural-style-pt's name of a layer after its ReLU."""
    return layer.replace("conv", "relu")


def part(path: Path) -> Path:
    """Where a file is written before it is whole."""
    return path.with_suffix(".part")


def objective(content: Path, style: Path, options: dict[str, Any]) -> Any:
    """neuralart's objective at full size, with neural-style-pt's mean colour as in `drive_neuralart.py`."""
    from drive_neural_style_pt import MEAN
    from neuralart import api
    from neuralart.networks import NETWORKS
    from neuralart.options import from_mapping

    usual = NETWORKS["vgg"]
    NETWORKS["vgg"] = replace(usual, mean=MEAN)
    try:
        plain = {"precision": "float32"}  # the formulas are compared; what rounding costs, the judge will see
        return api.prepare(content, style, from_mapping(options | plain)).stages()[-1].objective()
    finally:
        NETWORKS["vgg"] = usual


def judged(case: Case, judge: Judge) -> dict[str, Any]:
    """Every program's curve on this pair: seconds, loss, and of ours the scale; kept beside the runs."""
    found = {}
    for file in sorted(case.folder.glob("*.pt")):
        name = file.stem.removesuffix("-unattended")
        kept = file.with_suffix(".json")
        if not kept.exists():
            curve = peer_curve(file, judge) if name == "peer" else our_curve(file, judge)
            kept.write_text(json.dumps(curve))
        found[name] = json.loads(kept.read_text()) | {"timed": not file.stem.endswith("-unattended")}
    return found


def peer_curve(file: Path, judge: Judge) -> dict[str, Any]:
    """The loss is its own, at every iteration; the judge looks at some of its pictures and has to agree."""
    run = torch.load(file, weights_only=True)
    apart = 0.0
    for number, image in run["images"].items():
        apart = max(apart, abs(judge(image) / run["losses"][number - 1] - 1))
    assert apart < AGREE, f"{file}: the judge and neural-style-pt differ by {apart}"
    return {"seconds": run["seconds"], "loss": run["losses"], "peak": run["peak"], "judge_differs_by": apart}


def our_curve(file: Path, judge: Judge) -> dict[str, Any]:
    """Every kept picture, judged at full size."""
    from neuralart.image.resize import resize

    run = torch.load(file, weights_only=True)
    numbers = sorted(run["images"])
    at = [number - 1 for number in numbers if number]
    losses = [judge(resize(run["images"][number], judge.size[::-1])) for number in numbers if number]
    pick = lambda key: [run[key][k] for k in at]
    return {"loss": losses, "peak": run["peak"]} | {k: pick(k) for k in ("seconds", "evaluations", "scales")}


def in_seconds(found: dict[str, dict[str, Any]]) -> None:
    """Give a peer's unattended run the seconds of timed runs of the same size: the median of each iteration's."""
    by_size: dict[int, list[list[float]]] = {}
    for case in found.values():
        if "peer" in case["programs"] and case["programs"]["peer"]["timed"]:
            by_size.setdefault(case["size"], []).append(case["programs"]["peer"]["seconds"])
    for case in found.values():
        peer = case["programs"].get("peer")
        if peer and not peer["timed"] and case["size"] in by_size:
            peer["seconds"] = [statistics.median(at) for at in zip(*by_size[case["size"]])]
            peer["seconds_from"] = "another pair"


def until(curve: dict[str, Any], loss: float) -> float | None:
    """Seconds until a curve is at or below this loss for the first time."""
    return next((s for s, here in zip(curve["seconds"], curve["loss"]) if here <= loss), None)


def table(found: dict[str, dict[str, Any]], iterations: int) -> None:
    """Print the time until good of every run."""
    print(
        "| px | pair | run | loss reached, % above neural-style-pt's | in s | s until its loss | its s | its s / ours |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    ratios: dict[tuple[int, str], list[float | None]] = {}
    for case in found.values():
        peer = case["programs"].get("peer")
        if peer is None:
            continue
        goal, took = peer["loss"][iterations], peer["seconds"][iterations]
        for name, curve in case["programs"].items():
            if name == "peer":
                continue
            when = until(curve, goal)
            ratios.setdefault((case["size"], name), []).append(took / when if when else None)
            above = 100 * (curve["loss"][-1] / goal - 1)
            reached = f"{when:.1f} | {took:.1f} | {took / when:.2f}" if when else f"not reached | {took:.1f} | "
            ours = name.removeprefix("ours-")
            print(
                f"| {case['size']} | {case['pair']} | {ours} | {above:+.2f} | {curve['seconds'][-1]:.1f} | {reached} |"
            )
    for (size, name), here in ratios.items():
        reached = [ratio for ratio in here if ratio]
        if reached:
            spread = f"median {statistics.median(reached):.2f}, from {min(reached):.2f} to {max(reached):.2f}"
            print(
                f"{size} px, {name}: neural-style-pt's time is {spread} times ours; {len(reached)} of {len(here)} pairs"
            )


def draw(found: dict[str, dict[str, Any]], iterations: int, file: Path) -> None:
    """One panel for every pair and size."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    sizes = sorted({case["size"] for case in found.values()})
    pairs = list(dict.fromkeys(case["pair"] for case in found.values()))
    figure, panels = plt.subplots(
        len(sizes), len(pairs), figsize=(3.6 * len(pairs), 3.2 * len(sizes)), squeeze=False, layout="constrained"
    )
    for panel in panels.flat:
        panel.set_visible(False)
    for case in found.values():
        panel = panels[sizes.index(case["size"])][pairs.index(case["pair"])]
        panel.set_visible(True)
        panel.set_title(f"{case['pair']}, {case['size']} px", fontsize=9)
        for n, (name, curve) in enumerate(reversed(case["programs"].items())):
            label = "neural-style-pt" if name == "peer" else f"neuralart {name.removeprefix('ours-')}"
            colour = "black" if name == "peer" else f"C{n}"
            panel.plot(
                *zip(*((s, v) for s, v in zip(curve["seconds"], curve["loss"]) if s > 0)), label=label, color=colour
            )
        if "peer" in case["programs"]:
            panel.axhline(case["programs"]["peer"]["loss"][iterations], color="grey", linewidth=0.8, linestyle=":")
        panel.set_xscale("log")
        panel.set_yscale("log")
        panel.set_xlabel("seconds")
        panel.set_ylabel("neural-style-pt's loss")
        panel.legend(fontsize=7)
    figure.savefig(file)
    figure.savefig(file.with_suffix(".png"), dpi=110)


def named(text: str) -> tuple[str, dict[str, Any]]:
    """`NAME` or `NAME:option=value,...`, as `--ours` takes it."""
    name, _, options = text.partition(":")
    pairs = (one.split("=") for one in options.split(",") if one)
    return name, {key: json.loads(value) if value[0] in "-.0123456789" else value for key, value in pairs}


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--neural-style-pt", type=Path, metavar="DIR", help="its checkout; without it only ours runs")
    parser.add_argument("--peer-python", type=Path, default=sys.executable, help="the Python that it runs in")
    parser.add_argument("--python", type=Path, default=sys.executable, help="the Python that neuralart runs in")
    parser.add_argument("--weights", type=Path, required=True, help="VGG-19, Oxford's, at least to conv3_3")
    parser.add_argument("--pair", type=Path, nargs=2, action="append", required=True, metavar=("PHOTO", "PAINTING"))
    parser.add_argument("--sizes", type=int, nargs="+", default=[256, 512])
    parser.add_argument("--iterations", type=int, default=500, help="of neural-style-pt")
    parser.add_argument(
        "--ours", type=named, nargs="+", default=[("default", {})], metavar="NAME:option=value,...", help="runs of ours"
    )
    parser.add_argument("--no-ours", action="store_const", const=[], dest="ours", help="run only the peer")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--unattended", action="store_true", help="the peer's seconds do not count")
    parser.add_argument("--no-judging", action="store_true", help="only run; judge, tabulate and draw another time")
    parser.add_argument("--out", type=Path, required=True)
    return parser.parse_args()


def main() -> None:
    """Run what has not run yet, judge, tabulate, draw."""
    given = parse()
    torch.set_num_threads(given.threads)
    cases = [Case(given, tuple(pair), size) for size in given.sizes for pair in given.pair]
    for case in cases:
        if given.neural_style_pt:
            case.run_peer()
        judge = case.judge()
        for name, extra in given.ours:
            case.run_ours(judge, name, extra)
    if given.no_judging:
        return
    found = {
        case.name: {"pair": case.pair, "size": case.size, "programs": judged(case, case.judge())} for case in cases
    }
    in_seconds(found)
    (given.out / "curves.json").write_text(json.dumps(found))
    table(found, given.iterations)
    draw(found, given.iterations, given.out / "curves.svg")


if __name__ == "__main__":
    main()
