"""Until the picture is good: loss against seconds, neuralart beside neural-style-pt, on the same objective and network.

    python benchmarks/curves.py --neural-style-pt DIR --peer-python DIR/venv/bin/python --weights vgg19.safetensors \\
        --pair photo.jpg painting.jpg --pair ... --sizes 256 512 --out FOLDER

For every pair and size, neural-style-pt does 500 L-BFGS iterations from the content image, and neuralart runs as each
`--ours` says; style conv1_1, conv2_1, conv3_1, content conv3_3, average pooling. Both are given the same pictures, of
the exact size. neuralart's layer weights are computed such that its objective at full size is neural-style-pt's times a
constant, which is checked at two pictures before anything runs. Afterwards, untimed, one judge evaluates both: see
`judge.py`. Pictures of smaller scales are enlarged for it as neuralart itself does it when it enters the next scale.

What runs is kept in FOLDER and not run again. So the long half can be computed unattended (`--unattended`: its losses
count, its seconds do not), and its seconds be taken from timed runs of that size, which may be short (`--timing 130`):
loss by iteration does not depend on the machine's load, seconds by iteration not on what the pictures show, and after
100 iterations, when its optimiser's history is full, an iteration takes as long as the one before. Where a pair was not
timed itself, seconds are taken from those of its size that were, in proportion to the number of pixels.

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

from curves_told import draw, table
from judge import Judge, roughness
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
        kind = "-timing" if self.given.timing else "-unattended" if self.given.unattended else ""
        target = self.folder / f"peer{kind}.pt"
        if target.exists() or (self.folder / "peer.pt").exists():
            return
        count = self.given.timing or self.given.iterations
        keep = sorted({round(count ** (k / 24)) for k in range(25)} | {count + 1}) if not self.given.timing else []
        its = ["-content_image", self.content, "-style_image", self.style, "-image_size", self.size, "-gpu", "c"]
        its += ["-init", "image", "-optimizer", "lbfgs", "-tv_weight", 0, "-pooling", "avg", "-disable_check"]
        relu = lambda layers: ",".join(layers).replace("conv", "relu")
        its += ["-style_layers", relu(STYLE_LAYERS), "-content_layers", relu(CONTENT_LAYERS)]
        its += ["-num_iterations", count + 1, "-model_file", self.weights, "-print_iter", 0, "-save_iter", 0]
        its += ["-output_image", self.folder / "peer.png"]
        mine = [self.given.neural_style_pt, part(target), "--keep", ",".join(map(str, keep))]
        mine += ["--threads", self.given.threads]
        self._run(self.given.peer_python, "drive_neural_style_pt.py", [*mine, "--", *its])
        part(target).rename(target)

    def run_ours(self, name: str, extra: dict[str, Any]) -> None:
        """neuralart, with these options besides; `finer` among them is no option of its, but the driver's."""
        target = self.folder / f"ours-{name}.pt"
        if target.exists():
            return
        judge, extra = self.judge(), dict(extra)
        finer = ["--finer", extra.pop("finer")] if "finer" in extra else []
        self.check(judge, extra)
        mine = [part(target), "--content", self.content, "--style", self.style, "--spacing", SPACING, *finer]
        mine += ["--options", json.dumps(self.options(judge, extra)), "--threads", self.given.threads]
        self._run(self.given.python, "drive_neuralart.py", mine)
        part(target).rename(target)

    def _run(self, python: Path | str, driver: str, arguments: list[Any]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        environment = os.environ | {"OMP_NUM_THREADS": str(self.given.threads)}
        command = [str(word) for word in (python, BENCHMARKS / driver, *arguments)]
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)


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
        run = api.prepare(content, style, from_mapping(options | plain))
        return run.stage(run.schedule[-1]).objective()
    finally:
        NETWORKS["vgg"] = usual


def judged(case: Case, judge: Judge) -> dict[str, Any]:
    """Every program's curve on this pair: seconds, loss, and of ours the scale; kept beside the runs."""
    found = {}
    for file in sorted(case.folder.glob("*.pt")):
        if file.stem == "peer-timing" or (file.stem == "peer-unattended" and file.with_stem("peer").exists()):
            continue
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
    found = {"seconds": run["seconds"], "loss": run["losses"], "peak": run["peak"], "judge_differs_by": apart}
    return found | {"roughness": roughness(run["images"][max(run["images"])])}


def our_curve(file: Path, judge: Judge) -> dict[str, Any]:
    """Every kept picture, judged at full size."""
    from neuralart.image.resize import resize

    run = torch.load(file, weights_only=True)
    numbers = sorted(run["images"])
    at = [number - 1 for number in numbers if number]
    losses = [judge(resize(run["images"][number], judge.size[::-1])) for number in numbers if number]
    pick = lambda key: [run[key][k] for k in at]
    found = {"loss": losses, "peak": run["peak"], "roughness": roughness(run["images"][numbers[-1]])}
    return found | {k: pick(k) for k in ("seconds", "evaluations", "scales")}


def in_seconds(found: dict[str, dict[str, Any]], folder: Path) -> None:
    """Give a peer's unattended run the seconds of its pair's timed run, or of those of the same size.

    Of several the median of each iteration's seconds, in proportion to pixels.
    """
    for name, case in found.items():
        peer = case["programs"].get("peer")
        if not peer or peer["timed"]:
            continue
        timed = [f"*-{case['size']}/{kind}.pt" for kind in ("peer", "peer-timing")]
        every = [file for pattern in timed for file in folder.glob(pattern) if file.parent.name in found]
        assert every, f"{name}: neural-style-pt was not timed at this size on any of the pairs that are looked at"
        files = [file for file in every if file.parent.name == name] or every
        runs = []
        for file in files:
            share = case["pixels"] / found[file.parent.name]["pixels"]
            seconds = longer(torch.load(file, weights_only=True)["seconds"], len(peer["loss"]))
            runs.append([share * at for at in seconds])
        peer["seconds"] = [statistics.median(at) for at in zip(*runs)]
        peer["seconds_from"] = [str(file.relative_to(folder)) for file in files]


def longer(seconds: list[float], count: int) -> list[float]:
    """A run's seconds by iteration, carried on to `count` iterations at the rate of its last twenty."""
    rate = (seconds[-1] - seconds[-21]) / 20
    return seconds + [seconds[-1] + rate * (k + 1) for k in range(count - len(seconds))]


def short(value: Any) -> Any:
    """The same with six digits of every number: more were not measured."""
    if isinstance(value, dict):
        return {key: short(one) for key, one in value.items()}
    if isinstance(value, list):
        return [short(one) for one in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


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
    parser.add_argument("--timing", type=int, metavar="N", help="only time so many iterations of the peer")
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
        for name, extra in given.ours:
            case.run_ours(name, extra)
    if given.no_judging:
        return
    found = {}
    for case in cases:
        judge = case.judge()
        facts = {"pair": case.pair, "size": case.size, "pixels": judge.size[0] * judge.size[1]}
        found[case.name] = facts | {"programs": judged(case, judge)}
    in_seconds(found, given.out)
    (given.out / "curves.json").write_text(json.dumps(short(found)))
    table(found, given.iterations)
    draw(found, given.iterations, given.out / "curves.svg")


if __name__ == "__main__":
    main()
