"""When a painting ends: values of --tolerance against 0, on sheets that do not tell which is which.

    python benchmarks/ending.py paint OUT --size 256 --count 16
    python benchmarks/ending.py sheets OUT
    python benchmarks/ending.py numbers OUT

`paint` paints pairs of benchmarks/look.py with one thread, and may be stopped and called again, also with another
size or other tolerances. `sheets` writes for every pair and size the style and the paintings, and the order to
OUT/key.json; judge before you open it. `numbers` tells, relative to --tolerance 0 and for every size: work
(evaluations times pixels), the time of the processor, and the total, as median (smallest to largest).
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from pathlib import Path
from string import ascii_uppercase

import torch

from look import PAIRS, draw, photograph
from neuralart import api
from neuralart.figures.sheet import tile
from neuralart.image.paintings import file_of
from neuralart.image.read import read
from neuralart.options import Options
from spread import machine, spread


def main() -> None:
    """Paint, draw or tell."""
    given = parse()
    torch.set_num_threads(1)
    given.out.mkdir(parents=True, exist_ok=True)
    {"paint": paint, "sheets": sheets, "numbers": numbers}[given.what](given)


def paint(given: argparse.Namespace) -> None:
    """Pair by pair, by every tolerance."""
    print(machine(1), flush=True)
    record = given.out / f"{given.size}.json"
    told = json.loads(record.read_text()) if record.exists() else {}
    for content, style in PAIRS[given.first : given.first + given.count]:
        for tolerance in ways(given):
            name = f"{content} {style} {given.size} {tolerance}"
            if name in told:
                continue
            before, asked, work = time.process_time(), 0, 0
            options = Options(size=given.size, model="compact", cpu=True, tolerance=float(tolerance), **given.options)
            for step in api.prepare(photograph(content), file_of(style), options).steps():
                work, asked = work + (step.evaluations - asked) * math.prod(step.size), step.evaluations
            told[name] = {"work": work, "seconds": time.process_time() - before, "total": step.total}
            step.picture().save(given.out / f"{name}.png")
            record.write_text(json.dumps(told, indent=1))
            print(f"{name}: {told[name]}", flush=True)


def ways(given: argparse.Namespace) -> list[str]:
    """The tolerances as they are written, 0 first."""
    return [f"{tolerance:g}" for tolerance in (0.0, *given.tolerances)]


def found(given: argparse.Namespace) -> list[tuple[int, dict[str, dict[str, dict[str, float]]]]]:
    """(size, by pair and tolerance what was measured) of pairs painted by all of them, the smallest size first."""
    result = []
    for record in sorted(given.out.glob("[0-9]*.json"), key=lambda one: int(one.stem)):
        pairs: dict[str, dict[str, dict[str, float]]] = {}
        for name, one in json.loads(record.read_text()).items():
            content, style, _, tolerance = name.split()
            pairs.setdefault(f"{content} {style}", {})[tolerance] = one
        if whole := {pair: painted for pair, painted in pairs.items() if painted.keys() >= {*ways(given)}}:
            result.append((int(record.stem), whole))
    return result


def sheets(given: argparse.Namespace) -> None:
    """The style, and its paintings in an order that only the key tells."""
    key = {}
    for size, pairs in found(given):
        rows = []
        for pair in pairs:
            content, style = pair.split()
            shuffled = ways(given)
            random.Random(f"{pair} {size}").shuffle(shuffled)
            key[f"{pair} {size}"] = dict(zip(ascii_uppercase, shuffled))
            shown = [tile(read(file_of(style)), f"{content}, {style}, {size}", edge=given.edge)]
            for letter, way in key[f"{pair} {size}"].items():
                shown.append(tile(read(given.out / f"{pair} {size} {way}.png"), letter, edge=given.edge))
            rows.append(shown)
        draw(rows, f"sheet-{size}", given)
    (given.out / "key.json").write_text(json.dumps(key, indent=1))


def numbers(given: argparse.Namespace) -> None:
    """A row for every size."""
    print("| size | pairs | tolerance | work | time of the processor | total |\n|" + " --- |" * 6)
    for size, pairs in found(given):
        none, *others = ways(given)
        for tolerance in others:
            ratios = {
                what: [painted[tolerance][what] / painted[none][what] for painted in pairs.values()]
                for what in ("work", "seconds", "total")
            }
            columns = [spread(ratios["work"]), spread(ratios["seconds"]), spread(ratios["total"], 3)]
            print(f"| {size} | {len(pairs)} | {tolerance} | {' | '.join(columns)} |")


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("paint", "sheets", "numbers"))
    parser.add_argument("out", type=Path)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--first", type=int, default=0, help="begin with this pair of the list, from 0")
    parser.add_argument("--count", type=int, default=16, help="how many pairs")
    parser.add_argument("--tolerances", nargs="+", type=float, default=[0.005], help="beside 0")
    parser.add_argument("--options", type=json.loads, default={}, help="of both ways, as JSON")
    parser.add_argument("--edge", type=int, default=300, help="pixels of a picture on a sheet")
    parser.add_argument("--quality", type=int, default=60)
    return parser.parse_args()


if __name__ == "__main__":
    main()
