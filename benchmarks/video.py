"""Films painted frame by frame, from a warped start, and held to it: how much they flicker, and what that costs.

    python benchmarks/video.py flow --size 320
    python benchmarks/video.py films STYLE --size 160 --frames 8 --num-iters 100
    python benchmarks/video.py still STYLE --size 160 --frames 50 --num-iters 80

`flow`: how far the flow that is found is off the true one, on two sequences whose flow is known (`moving.py`): the mean
distance where a pixel is seen on both frames, in pixels, and what share of the pixels that vanish are not trusted.

`films`: the flicker is the warping error of Lai et al. (arXiv 1808.00449, equation 11): the squared difference between
a painted frame and the one before it, moved along, mean over the pixels that are seen on both; by the true flow where
that is known, else by the flow that is found. Its root is in grey levels. The loss is what is minimised but for the
term against flicker, at the last size: the mean over frames, relative to the first way.

`still`: nothing moves in so many frames. How far neighbours differ, how far the last frame is from the first, and how
much brighter or darker it is: a still scene must neither boil nor drift.
"""

import argparse
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import torch

import moving
from neuralart.image.picture import Picture
from neuralart.image.sizes import fit
from neuralart.image.write import write
from neuralart.objective.plan import WHOLE
from neuralart.options import Options
from neuralart.video import flow
from neuralart.video.choices import FilmOptions
from neuralart.video.kept import Kept
from neuralart.video.moments import Moment
from neuralart.video.repaint import facts, prepare
from neuralart.video.save import save
from neuralart.video.target import Target
from spread import machine

WAYS = {
    "frame by frame": {"flow": "none"},
    "warped start": {"temporal": 0.0},
    "full": {},
    "full, 2 passes": {"passes": 2},
    "full, 3 passes": {"passes": 3},
}


def main():
    arguments = parse()
    torch.set_num_threads(arguments.threads)
    print(machine(arguments.threads))
    {"flow": flows, "films": films, "still": still}[arguments.what](arguments)


def flows(arguments):
    """A row for every sequence."""
    size = fit(4, 3, arguments.size)
    print(f"{size[0]} x {size[1]} pixels, {arguments.frames} frames\n")
    print(
        "| sequence | end-point error, pixels | of what is trusted | trusted | vanished, not trusted |\n|"
        + " --- |" * 5
    )
    for make in (moving.layers, moving.turning):
        made = make(size, arguments.frames)
        off, sure, share, caught = [], [], [], []
        for k in range(1, arguments.frames):
            here, there = (flow.grey(made.frames[j]) for j in (k, k - 1))
            found = flow.between(here, there)
            trust = flow.trust(flow.between(there, here), found)
            apart, seen = (found - made.back[k]).square().sum(1, keepdim=True).sqrt(), made.seen[k]
            off.append(mean(apart, seen))
            sure.append(mean(apart, seen * (trust > 0.5)))
            share.append(mean((trust > 0.5).float(), seen))
            caught.append(mean((trust <= 0.5).float(), 1 - seen))
        told = [f"{sum(one) / len(one):.{digits}f}" for one, digits in ((off, 3), (sure, 3), (share, 2), (caught, 2))]
        print(f"| {made.name} | {' | '.join(told)} |", flush=True)


def films(arguments):
    """A row for every film and way of painting."""
    size = fit(4, 3, arguments.size)
    print(f"{arguments.model}, {size[0]} x {size[1]} pixels, {arguments.num_iters} iterations for a first frame\n")
    print(
        "| film | way | flicker, grey levels | squared | loss | evaluations a frame | seconds a frame |\n|"
        + " --- |" * 7
    )
    for make in (moving.layers, moving.turning, moving.walk):
        if make.__name__ not in arguments.films:
            continue
        count = arguments.frames if make is not moving.walk else arguments.walk
        made = make(size, count)
        first = None
        for way in arguments.ways:
            with tempfile.TemporaryDirectory() as folder:
                found = painted(arguments, made, FilmOptions(**WAYS[way] | extra(arguments, way)), Path(folder))
            first = first or found
            squares, losses = (found[name] / first[name] for name in ("flicker", "loss"))
            told = [f"{found['flicker'] ** 0.5:.2f}", f"{squares:.2f}", f"{losses:.3f}"]
            told += [f"{found['evaluations']:.0f}", f"{found['seconds']:.1f}"]
            print(f"| {made.name} | {way} | {' | '.join(told)} |", flush=True)


def still(arguments):
    """A row for every way of painting a film in which nothing moves."""
    size = fit(4, 3, arguments.size)
    width, height = size
    print(
        f"{arguments.model}, {width} x {height} pixels, {arguments.frames} frames, {arguments.num_iters} iterations\n"
    )
    print("| way | neighbours apart, grey levels | last from first | mean, last less first |\n|" + " --- |" * 4)
    made = moving.still(size, arguments.frames)
    for way in arguments.ways:
        with tempfile.TemporaryDirectory() as folder:
            images = painted(arguments, made, FilmOptions(**WAYS[way]), Path(folder))["images"]
        apart = [float((after - before).abs().mean()) for before, after in pairwise(images)]
        drift, lighter = images[-1] - images[0], float((images[-1] - images[0]).mean())
        halves = [sum(apart[:10]) / 10, sum(apart[-10:]) / 10]
        told = [
            f"{halves[0]:.2f} at first, {halves[1]:.2f} at last",
            f"{float(drift.abs().mean()):.2f}",
            f"{lighter:+.2f}",
        ]
        print(f"| {way} | {' | '.join(told)} |", flush=True)


def extra(arguments, way):
    """Options of a film from the command line, for ways that are not compared with."""
    given = {"temporal": arguments.temporal, "frame_iters": arguments.frame_iters}
    return {name: value for name, value in given.items() if value is not None and way.startswith("full")}


def painted(arguments, made, choices, folder):
    """Flicker, loss, evaluations and seconds of a sequence painted so."""
    source = folder / "in"
    if made.back:
        source.mkdir()
        for number, frame in enumerate(made.frames):
            write(Picture(frame), source / f"{number:04}.png")
    else:
        # A film as a camera's: eight frames a second, compressed.
        source = folder / "in.mp4"
        moments = (Moment(k, k, moving.EIGHTH, 1) for k in range(len(made.frames)))
        save(Target(source, "h264"), zip(moments, map(Picture, made.frames)))
    options = {"size": arguments.size, "num_iters": arguments.num_iters, "model": arguments.model, "seed": 0}
    ready = prepare(source, arguments.style, choices, Options(**options))
    kept, steps = Kept(folder / "kept"), []
    kept.begun(facts(ready))
    begun = time.perf_counter()
    for done in ready.paint(kept, lambda step: None):
        steps.append(done.step)
    took = time.perf_counter() - begun
    turn, count = choices.passes - 1, len(ready.survey.moments)
    images = [kept.image(k, turn) for k in range(count)]
    filmed = list(ready.frames.between(0, count))
    return {
        "images": images,
        "flicker": flicker(made, images, [one.pixels for one in filmed]),
        "loss": sum(loss(ready, frame, image) for frame, image in zip(filmed, images)) / count,
        "evaluations": sum(step.evaluations for step in steps) / count,
        "seconds": took / count,
    }


def flicker(made, images, filmed):
    """The warping error, squared, mean over frames."""
    found = []
    for k in range(1, len(images)):
        if made.back:
            back, seen = made.back[k], made.seen[k]
        else:
            here, there = (flow.grey(filmed[j]) for j in (k, k - 1))
            back = flow.between(here, there)
            seen = (flow.trust(flow.between(there, here), back) > 0.99).float()
        apart = (images[k] - flow.warped(images[k - 1], back)).square().mean(1, keepdim=True)
        found.append(mean(apart, seen))
    return sum(found) / len(found)


def loss(ready, frame, image):
    """What is minimised, without the term against flicker."""
    run = ready.run_of(frame, ready.run)
    return float(run.objective(ready.size, run.network, WHOLE)(image).total)


def mean(values, weights):
    """Where weights are; 0 where there are none."""
    return float((values * weights).sum() / weights.sum().clamp_min(1e-9))


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("flow", "films", "still"))
    parser.add_argument("style", nargs="?", default=str(moving.ASSETS / "style.jpg"))
    parser.add_argument("--size", type=int, default=160)
    parser.add_argument("--frames", type=int, default=8)
    parser.add_argument("--walk", type=int, default=24, help="frames of the film of three seconds")
    parser.add_argument("--num-iters", type=int, default=100)
    parser.add_argument("--model", default="compact")
    parser.add_argument("--temporal", type=float)
    parser.add_argument("--frame-iters", type=int)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=[*WAYS][:3])
    parser.add_argument("--films", nargs="+", default=["layers", "turning", "walk"])
    return parser.parse_args()


if __name__ == "__main__":
    main()
