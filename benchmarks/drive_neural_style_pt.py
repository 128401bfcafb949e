"""Runs neural-style-pt from its checkout, as its users do, and notes when every evaluation began and what it found.

    PYTHON drive_neural_style_pt.py CHECKOUT RESULT --threads 2 --keep 1,2,5 --warm 2 -- -content_image a.png ...

What comes after `--` are its own options. Only `torch.optim.LBFGS` is stood in for, by one that does the same and looks
on; the time that looking on takes is taken off. RESULT is a file for `torch.load`:

    seconds   when each evaluation began, since the first did
    losses    the total of each
    images    {evaluation, from 1: the picture it was asked about, [1, 3, H, W], RGB, 0..255, not clamped}
    peak, peak_evaluating   bytes: of the process from its start, and from evaluation `--warm` on

Evaluation k is asked about the picture after k - 1 iterations: its L-BFGS has no line search.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import torch

import peak
import torchvision_here

MEAN = (123.68, 116.779, 103.939)  # red, green, blue: what it takes off a picture


class Notes:
    """What was seen."""

    def __init__(self, keep: set[int], warm: int) -> None:
        self.keep, self.warm = keep, warm
        self.seconds: list[float] = []
        self.losses: list[float] = []
        self.images: dict[int, torch.Tensor] = {}
        self.begun = self.own = self.highest = 0.0

    def before(self, image: torch.Tensor) -> None:
        """An evaluation begins."""
        now = time.perf_counter()
        if not self.seconds:
            self.begun = now
        self.seconds.append(now - self.begun - self.own)
        number = len(self.seconds)
        if number in self.keep:
            mean = torch.tensor(MEAN).view(1, 3, 1, 1)
            self.images[number] = image.detach().flip(1) + mean
        if number == self.warm:
            self.highest = peak.peak()
            peak.begin()
        self.own += time.perf_counter() - now


def watched(notes: Notes) -> type[torch.optim.LBFGS]:
    """Its optimiser, looked at."""

    class Watched(torch.optim.LBFGS):
        def step(self, closure):
            def evaluate():
                notes.before(self.param_groups[0]["params"][0])
                loss = closure()
                notes.losses.append(loss.item())
                return loss

            return super().step(evaluate)

    return Watched


def main() -> None:
    """Run it."""
    ours, its = sys.argv[1 : sys.argv.index("--")], sys.argv[sys.argv.index("--") + 1 :]
    parser = argparse.ArgumentParser()
    parser.add_argument("checkout", type=Path)
    parser.add_argument("result", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--keep", type=lambda text: {int(part) for part in text.split(",") if part}, default=set())
    parser.add_argument("--warm", type=int, default=2)
    given = parser.parse_args(ours)
    torch.set_num_threads(given.threads)
    torchvision_here.prepare()
    notes = Notes(given.keep, given.warm)
    torch.optim.LBFGS = watched(notes)
    sys.path.insert(0, str(given.checkout))
    sys.argv = ["neural_style.py", *its]  # it reads its options when it is imported

    import neural_style

    neural_style.main()
    evaluating = peak.peak()
    found = {"seconds": notes.seconds, "losses": notes.losses, "images": notes.images, "torch": str(torch.__version__)}
    found |= {"peak": int(max(notes.highest, evaluating)), "peak_evaluating": evaluating}
    torch.save(found, given.result)


if __name__ == "__main__":
    main()
