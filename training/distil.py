"""Train the compact network: it learns to predict, through a 1x1 map per layer, what its teachers see.

    python training/distil.py --shared ../shared --steps 4000 --output training/out
    python training/distil.py --shared ../shared --seconds 540 --output training/out --device cuda

Told how many steps, a run follows nothing else, so that a busy or a paused computer trains the same network. Told how
many seconds, it fits its rates to these and ends with them. With --start-from it goes on from an exported network.
Checkpoints are written now and then, student.pt (what export.py reads) and rest.pt; a second call with the same output
folder goes on from them, and counts the steps and seconds of the first as its own.
"""

import argparse
import copy
import json
import pathlib
import time

import torch
from safetensors.torch import load_file

from lesson import distance
from lessons import CPU, GPU, REFIT_OVER, Lessons
from muon import Muon
from networks import TAUGHT, Student
from recorded import Recorded
from refit import refit

MUON_RATE, ADAM_RATE, MAP_RATE = 0.004, 5e-4, 2e-3
# Steps of the rise; how many the average looks back.
WARM, AVERAGED = 50, 200
# How often the maps are solved for until the rates fall to their end, and at first.
REFIT_EVERY, REFIT_OFTEN = 200, 50


def main():
    arguments = parse()
    output = pathlib.Path(arguments.output)
    output.mkdir(parents=True, exist_ok=True)
    if arguments.device == "cuda":
        torch.set_float32_matmul_precision("high")
        torch.backends.cudnn.benchmark = True
    run = Run(arguments.steps, arguments.seconds, arguments.fall, arguments.rate, arguments.device)
    if (output / "rest.pt").exists():
        run.load(output)
    elif arguments.start_from:
        run.start_from(arguments.start_from)
    torch.manual_seed(arguments.seed + run.step)
    pace = GPU if arguments.device == "cuda" else CPU
    shared = pathlib.Path(arguments.shared)
    lessons = Lessons(shared, run.average, arguments.device, pace, arguments.seed + run.step)
    follow(run, lessons, output)


def follow(run, lessons, output):
    """Teach until the end, with a log and checkpoints in the folder."""
    saved = run.clock = time.monotonic()
    while not run.finished:
        run.begin()
        every = REFIT_OFTEN if run.step <= 2 * REFIT_EVERY else REFIT_EVERY
        if run.step % every == 0 and not run.falling:
            refit(run.student, lessons.pool[-REFIT_OVER:])
        run.count(run.learn(*lessons.next(run.step)))
        if run.step % lessons.pace.report == 0:
            run.report(output / "log.jsonl")
        if time.monotonic() - saved > lessons.pace.save:
            saved = time.monotonic()
            run.save(output)
    run.save(output)


class Run:
    """The student, its average, their optimisers and how far they are: all that checkpoints hold."""

    def __init__(self, steps=None, seconds=None, fall=0.2, rate=1.0, device="cpu"):
        self.student = Student().to(device)
        self.average = copy.deepcopy(self.student).requires_grad_(False)
        kernels = [conv.weight for name, conv in self.student.convs.items() if name != "conv1_1"]
        maps = [*self.student.maps.parameters()]
        others = [conv.bias for conv in self.student.convs.values()] + [self.student.convs["conv1_1"].weight]
        # A recorded step reads its rates from the device, and counts its steps there.
        on_card = device == "cuda"
        number = lambda value: torch.tensor(value, device=device) if on_card else value
        adam = [{"params": others, "lr": number(ADAM_RATE)}, {"params": maps, "lr": number(MAP_RATE)}]
        self.optimisers = [
            Muon(kernels, lr=number(MUON_RATE)),
            torch.optim.Adam(adam, betas=(0.9, 0.99), capturable=on_card),
        ]
        self.rates = [rate * MUON_RATE, rate * ADAM_RATE, rate * MAP_RATE]
        self.steps, self.limit, self.fall = steps, seconds, fall
        self.step, self.seconds, self.clock = 0, 0.0, time.monotonic()
        self.one_step = Recorded(self.improve)
        self.sums, self.counted = torch.zeros(()), 0

    def start_from(self, path):
        """Take over the trunk of an exported network; its maps, of which it holds square roots, are solved for."""
        for network in (self.student, self.average):
            network.load_trunk(load_file(path))

    @property
    def progress(self):
        """From 0 to 1, of the steps or of the seconds."""
        return self.spent() / self.limit if self.steps is None else self.step / self.steps

    @property
    def falling(self):
        """Whether the rates are on their way to nothing."""
        return 1 - self.progress <= self.fall

    @property
    def finished(self):
        return self.progress >= 1

    @property
    def groups(self):
        return [group for optimiser in self.optimisers for group in optimiser.param_groups]

    def begin(self):
        """Set the rates of this step: a short rise, a plateau, and a straight fall to nothing."""
        share = max(0, min((self.step + 1) / WARM, (1 - self.progress) / self.fall, 1))
        for group, rate in zip(self.groups, self.rates, strict=True):
            if torch.is_tensor(group["lr"]):
                group["lr"].fill_(rate * share)
            else:
                group["lr"] = rate * share

    def learn(self, pixels, offset, taught):
        """One step; {layer or Gram matrix: its relative error}, valid until the next."""
        terms = self.one_step(pixels, *(taught[name] for name in TAUGHT), offset=offset)
        decay = min(1 - 1 / AVERAGED, self.step / (self.step + 10))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.average.parameters()), list(self.student.parameters()), 1 - decay)
        self.step += 1
        return terms

    def improve(self, pixels, *taught, offset):
        with torch.autocast(pixels.device.type, torch.bfloat16):
            seen = self.student(pixels, offset)
            loss, terms = distance(seen, dict(zip(TAUGHT, taught, strict=True)))
        parameters = [*self.student.parameters()]
        for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
            parameter.grad = gradient
        for optimiser in self.optimisers:
            optimiser.step()
        return terms

    def count(self, terms):
        """Add a step's errors to those that the next line of the log is the mean of."""
        self.names = [*terms]
        self.sums = self.sums.to(next(iter(terms.values())).device) + torch.stack([*terms.values()])
        self.counted += 1

    def report(self, path):
        """A line in the log: the mean errors since the last one, and the seconds so far."""
        record = {"step": self.step, "seconds": round(self.spent())}
        errors = (self.sums / self.counted).tolist()
        record |= {name: round(error, 4) for name, error in zip(self.names, errors, strict=True)}
        print(json.dumps(record), flush=True)
        with path.open("a") as log:
            print(json.dumps(record), file=log)
        self.sums, self.counted = torch.zeros(()), 0

    def spent(self):
        """Seconds by the clock, earlier calls included."""
        return self.seconds + time.monotonic() - self.clock

    def save(self, folder):
        """What export.py reads, and beside it what going on takes."""
        rest = {
            "student": self.student.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
            "step": self.step,
            "seconds": self.spent(),
        }
        for name, state in (("student", {"average": self.average.state_dict(), "step": self.step}), ("rest", rest)):
            torch.save(state, folder / f"{name}.part")
            (folder / f"{name}.part").replace(folder / f"{name}.pt")

    def load(self, folder):
        read = lambda name: torch.load(folder / f"{name}.pt", map_location=self.student.mean.device, weights_only=True)
        rest = read("rest")
        self.average.load_state_dict(read("student")["average"])
        self.student.load_state_dict(rest["student"])
        for optimiser, saved in zip(self.optimisers, rest["optimisers"], strict=True):
            # Its groups hold rates and settings of the device that it comes from.
            optimiser.load_state_dict(saved | {"param_groups": optimiser.state_dict()["param_groups"]})
        self.step, self.seconds, self.clock = rest["step"], rest["seconds"], time.monotonic()


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", default="../shared", help="folder with weights, oracle and data")
    parser.add_argument("--output", default="training/out", help="where checkpoints and the log go")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--steps", type=int, help="how many; 4000 where no seconds are given")
    length.add_argument("--seconds", type=float, help="how long by the clock, loading not counted")
    parser.add_argument("--fall", type=float, default=0.2, help="share of the run over which the rates fall at its end")
    parser.add_argument("--start-from", metavar="FILE", help="an exported network, of the same widths, to go on from")
    parser.add_argument("--rate", type=float, default=1.0, help="of the usual learning rates; less to go on gently")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.steps is None and arguments.seconds is None:
        arguments.steps = 4000
    return arguments


if __name__ == "__main__":
    main()
