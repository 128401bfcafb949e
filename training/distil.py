"""Train the compact network: it learns to predict, through a 1x1 map per layer, what its teachers see.

    python training/distil.py --shared ../shared --steps 4000 --output training/out

Everything follows the number of steps, nothing the clock, so that a busy or a paused computer trains the same network.
With --start-from it goes on from an exported network. A checkpoint is written every few minutes, and a second call with
the same output folder goes on from it. When a file named `finish` appears in that folder, the learning rate falls to
nothing over the next `--cooldown` steps (over the number of steps that the file holds, if it holds one), and that is
the end, however many steps were asked for.
"""

import argparse
import copy
import json
import pathlib
import time

import torch
from safetensors.torch import load_file

from held import HELD_OUT
from lesson import distance
from muon import Muon
from networks import Distilled, Student, Vgg, thin
from painted import Painted
from pictures import Crops, load_folder
from refit import refit

# Pictures per batch and their side: small crops for variety, large ones for what the deepest layer sees of a picture.
CROP_SIZES = [(8, 128), (4, 192), (8, 128), (2, 256)]
# The teachers cost more than the student: what they said of a batch is used about this many times, out of a pool.
USES, POOL = 6, 96
# Of the batches the teachers are asked about, one in so many is a painting under way, after the first steps.
PAINTED_EVERY, PAINTED_AFTER = 3, 300
MUON_RATE, ADAM_RATE, MAP_RATE = 0.004, 5e-4, 2e-3
# Steps of the rise, and after which rates usually shrink like the root of the steps; how many the average looks back.
WARM, FULL, AVERAGED = 50, 800, 200
# How often the maps are solved for until the rates fall to their end, and at first; over how many batches.
REFIT_EVERY, REFIT_OFTEN, REFIT_OVER = 200, 50, 12
REPORT, SAVE_SECONDS = 100, 150


def main():
    arguments = parse()
    output = pathlib.Path(arguments.output)
    output.mkdir(parents=True, exist_ok=True)
    run = Run(arguments.cooldown, arguments.steps, arguments.rate, arguments.plateau)
    if (output / "student.pt").exists():
        run.load(output / "student.pt")
    elif arguments.start_from:
        run.start_from(arguments.start_from)
    torch.manual_seed(arguments.seed + run.step)
    lessons = Lessons(pathlib.Path(arguments.shared), arguments.seed + run.step)
    saved = time.process_time()
    while not run.finished:
        if run.ending is None and (output / "finish").exists():
            run.finish((output / "finish").read_text())
        run.begin()
        every = REFIT_OFTEN if run.step <= 2 * REFIT_EVERY else REFIT_EVERY
        if run.step % every == 0 and not run.falling:
            refit(run.student, lessons.pool[-REFIT_OVER:])
        terms = run.learn(*lessons.next(run.step, run.average))
        run.count(terms, output / "log.jsonl")
        if time.process_time() - saved > SAVE_SECONDS:
            saved = time.process_time()
            run.save(output / "student.pt")
    run.save(output / "student.pt")


class Lessons:
    """Pixels with what the teachers see in them, from a pool that is renewed bit by bit."""

    def __init__(self, shared, seed):
        weights = shared / "weights"
        self.shallow = Vgg(weights / "vgg19_conv1_to_conv3.safetensors", shared / "oracle/vgg_scales.safetensors")
        self.deep = Distilled(weights / "vgg19_distilled16x.safetensors")
        pictures = load_folder(shared / "data/photos", without=HELD_OUT)
        # Paintings are a tenth of the pictures and half of what the network is for: show them four times as often.
        pictures += 4 * load_folder(shared / "data/paintings", without=HELD_OUT)
        self.crops = Crops(pictures, seed)
        self.painted = Painted(self.crops, CROP_SIZES)
        self.pool, self.asked = [], 0
        self.pool = [self.ask(0, None) for _ in range(REFIT_OVER)]

    def next(self, step, student):
        if step % USES == 0:
            self.pool = [*self.pool, self.ask(step, student)][-POOL:]
        return self.pool[torch.randint(len(self.pool), ()).item()]

    def ask(self, step, student):
        """(pixels, offset, what the teachers see there)."""
        self.asked += 1
        if step > PAINTED_AFTER and self.asked % PAINTED_EVERY == 0:
            pixels = self.painted.next(student)
        else:
            pixels = self.crops.batch(*CROP_SIZES[self.asked % len(CROP_SIZES)])
        offset = torch.randint(2, (2,)).tolist()
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            taught = thin(self.shallow(pixels) | self.deep(pixels), offset)
        dense = {n: x.to(torch.bfloat16, memory_format=torch.channels_last, copy=True) for n, x in taught.items()}
        return pixels, offset, dense


class Run:
    """The student, its average, their optimisers and how far they are: all that a checkpoint holds."""

    def __init__(self, cooldown, steps, rate=1.0, plateau=FULL):
        self.student = Student()
        self.average = copy.deepcopy(self.student).requires_grad_(False)
        kernels = [conv.weight for name, conv in self.student.convs.items() if name != "conv1_1"]
        maps = [*self.student.maps.parameters()]
        others = [conv.bias for conv in self.student.convs.values()] + [self.student.convs["conv1_1"].weight]
        adam = [{"params": others, "lr": ADAM_RATE}, {"params": maps, "lr": MAP_RATE}]
        self.optimisers = [Muon(kernels, lr=MUON_RATE), torch.optim.Adam(adam, betas=(0.9, 0.99))]
        self.rates = [[rate * group["lr"] for group in optimiser.param_groups] for optimiser in self.optimisers]
        self.plateau = plateau
        self.cooldown, self.last, self.ending = cooldown, steps, None
        self.step, self.seconds, self.clock = 0, 0.0, time.process_time()
        self.sums, self.counted = {}, 0

    def start_from(self, path):
        """Take over the trunk of an exported network; its maps, of which it holds square roots, are solved for."""
        for network in (self.student, self.average):
            network.load_trunk(load_file(path))

    @property
    def falling(self):
        """Whether the rates are on their way to nothing."""
        return self.last - self.step <= self.cooldown

    @property
    def finished(self):
        return self.step >= self.last

    def finish(self, steps):
        """End after so many more steps (text; the usual number where it is empty), the rates falling until then."""
        self.cooldown = int(steps.strip() or self.cooldown)
        self.last = self.ending = min(self.last, self.step + self.cooldown)

    def begin(self):
        """Set the rates of this step: a short rise, a plateau, a slow decline, and a straight fall to the end."""
        share = min((self.step + 1) / WARM, (self.last - self.step) / self.cooldown, 1)
        share *= min(1, self.plateau / (self.step + 1)) ** 0.5
        for optimiser, rates in zip(self.optimisers, self.rates, strict=True):
            for group, rate in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = rate * share

    def learn(self, pixels, offset, taught):
        with torch.autocast("cpu", torch.bfloat16):
            seen = self.student(pixels, offset)
            loss, terms = distance(seen, taught)
        for optimiser in self.optimisers:
            optimiser.zero_grad(set_to_none=True)
        loss.backward()
        for optimiser in self.optimisers:
            optimiser.step()
        decay = min(1 - 1 / AVERAGED, self.step / (self.step + 10))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.average.parameters()), list(self.student.parameters()), 1 - decay)
        self.step += 1
        return terms

    def count(self, terms, path):
        """Every `REPORT` steps, a line with the mean errors since the last and the CPU time so far."""
        self.counted += 1
        for name, value in terms.items():
            self.sums[name] = self.sums.get(name, 0) + value
        if self.step % REPORT:
            return
        record = {"step": self.step, "cpu_seconds": round(self.spent())}
        record |= {name: round(float(total) / self.counted, 4) for name, total in self.sums.items()}
        print(json.dumps(record), flush=True)
        with path.open("a") as log:
            print(json.dumps(record), file=log)
        self.sums, self.counted = {}, 0

    def spent(self):
        """CPU seconds of all threads, earlier calls included."""
        return self.seconds + time.process_time() - self.clock

    def save(self, path):
        state = {
            "student": self.student.state_dict(),
            "average": self.average.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
            "step": self.step,
            "ending": (self.ending, self.cooldown),
            "seconds": self.spent(),
        }
        torch.save(state, path.with_suffix(".part"))
        path.with_suffix(".part").replace(path)

    def load(self, path):
        state = torch.load(path, weights_only=True)
        self.student.load_state_dict(state["student"])
        self.average.load_state_dict(state["average"])
        for optimiser, saved in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)
        self.step, self.seconds = state["step"], state["seconds"]
        ending, cooldown = state["ending"]
        # A run that had come to its end goes on to the steps asked for now, from the rate that it had fallen from.
        if ending is not None and self.step < ending:
            self.last = self.ending = ending
            self.cooldown = cooldown


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", default="../shared", help="folder with weights, oracle and data")
    parser.add_argument("--output", default="training/out", help="where checkpoints and the log go")
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--cooldown", type=int, default=600, help="steps over which the rate falls at the end")
    parser.add_argument("--start-from", metavar="FILE", help="an exported network, of the same widths, to go on from")
    parser.add_argument("--rate", type=float, default=1.0, help="of the usual learning rates; less to go on gently")
    parser.add_argument("--plateau", type=int, default=FULL, help="after so many steps rates shrink like their root")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
