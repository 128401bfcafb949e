"""What `curves.py` found, told: until when a loss was reached, as a table and as a figure."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

HIGHEST = 30  # of the figure, in multiples of the loss that counts


def until(curve: dict[str, Any], loss: float) -> float | None:
    """Seconds until a curve is at or below this loss for the first time."""
    return next((s for s, here in zip(curve["seconds"], curve["loss"]) if here <= loss), None)


def table(found: dict[str, dict[str, Any]], iterations: int) -> None:
    """Print the time until good of every run."""
    print(
        "| px | pair | run | loss reached, % above neural-style-pt's | its roughness, ours | in s | s until its loss "
        "| its s | its s / ours |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
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
            rough = f"{peer['roughness']:.0f}, {curve['roughness']:.0f}"
            row = (case["size"], case["pair"], ours, f"{above:+.2f}", rough, f"{curve['seconds'][-1]:.1f}", reached)
            print("|", " | ".join(map(str, row)), "|")
    for (size, name), here in ratios.items():
        reached = [ratio for ratio in here if ratio]
        if reached:
            spread = f"median {statistics.median(reached):.2f}, from {min(reached):.2f} to {max(reached):.2f}"
            print(
                f"{size} px, {name}: neural-style-pt's time is {spread} times ours; {len(reached)} of {len(here)} pairs"
            )


def draw(found: dict[str, dict[str, Any]], iterations: int, file: Path) -> None:
    """One panel for every pair and size; dotted is what is painted at smaller scales."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    sizes = sorted({case["size"] for case in found.values()})
    pairs = list(dict.fromkeys(case["pair"] for case in found.values()))
    names = sorted({name for case in found.values() for name in case["programs"]}, reverse=True)
    across, down = len(pairs), len(sizes)
    figure, panels = plt.subplots(
        down, across, figsize=(3.4 * across, 3 * down), squeeze=False, layout="constrained", sharey=True
    )
    for panel in panels.flat:
        panel.set_visible(False)
    for case in (case for case in found.values() if "peer" in case["programs"]):
        panel = panels[sizes.index(case["size"])][pairs.index(case["pair"])]
        panel.set_visible(True)
        panel.set_title("\n".join([*case["pair"].split(" / "), f"{case['size']} px"]), fontsize=8)
        goal = case["programs"]["peer"]["loss"][iterations]
        for name, curve in case["programs"].items():
            style = {"color": "black" if name == "peer" else f"C{names.index(name)}"}
            last = curve.get("scales", [1])[-1]
            points = list(zip(curve["seconds"], curve["loss"], curve.get("scales", [1] * len(curve["seconds"]))))
            coarse = [(s, loss / goal) for s, loss, scale in points if s > 0 and scale < last]
            fine = [(s, loss / goal) for s, loss, scale in points if s > 0 and scale == last]
            label = "neural-style-pt" if name == "peer" else f"neuralart, {name.removeprefix('ours-')}"
            panel.plot(*zip(*fine), label=label, linewidth=1.4, **style)
            if coarse:
                panel.plot(*zip(*coarse, fine[0]), linewidth=0.9, linestyle=":", **style)
        panel.axhline(1, color="grey", linewidth=0.6)
        # A first step that overshoots a millionfold would leave nothing to see of the rest.
        panel.set(xscale="log", yscale="log", xlabel="seconds", ylim=(0.9, HIGHEST))
        panel.legend(fontsize=7)
    for row in panels:
        row[0].set_ylabel(f"loss / neural-style-pt's after {iterations}", fontsize=8)
    figure.savefig(file)
    figure.savefig(file.with_suffix(".png"), dpi=110)
    plt.close(figure)
