"""Spreads the painting of a film over processes, GPUs or machines, through the engines of `neuralart.jobs`.

Every stretch of the film is a task. All processes read the film and one folder of painted frames, so a stretch that was
given up goes on where it was ended, whoever takes it. Neither the stretches nor the threads that each is painted with
depend on the number of processes, and so the film does not, bit for bit.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from neuralart import build
from neuralart.errors import PaintError, WeightsError, kinds
from neuralart.jobs.engine import Engine, Made, Outcome, Task, Work
from neuralart.jobs.job import DONE, FAILED, Job
from neuralart.jobs.manifest import Entry, Manifest
from neuralart.jobs.plan import Keys, read_by, seen
from neuralart.options import Options
from neuralart.run.spare import spare
from neuralart.run.step import Step
from neuralart.threads import count
from neuralart.video.choices import FilmOptions
from neuralart.video.kept import Kept, known
from neuralart.video.prepared_film import Done, PreparedFilm, Stretch
from neuralart.video.repaint import prepare

MANIFEST = "manifest.jsonl"
BY = f"{__name__}:paint"

_latest: dict[tuple[str, str], PreparedFilm] = {}  # of this process


def places(made: PreparedFilm, turn: int = 0) -> int:
    """Return how many stretches this machine can paint at once: one per GPU, or as many as cores and memory allow."""
    run, most = made.run, len(made.stretches(turn))
    if run.network.device.type == "cuda":
        return min(most, torch.cuda.device_count() if run.options.device in ("auto", "cuda") else 1)
    most = min(most, max(1, count() // (run.options.threads or 1)))
    if run.network.device.type != "cpu" or most == 1:
        return 1
    choice = build.wishes(run).fitted(build.limit(run.options, run.network)[0])
    fits = spare(run.network.device) // choice.peak if choice and choice.peak else 1
    return max(1, min(most, fits))


def threads(made: PreparedFilm) -> list[int]:
    """Return with how many threads a stretch is painted in the first pass, and in the later ones."""
    chosen = made.run.options.threads
    return [chosen or max(1, count() // places(made, turn)) for turn in range(min(2, made.choices.passes))]


def workers(made: PreparedFilm) -> int:
    """Return how many processes paint the film unless somebody says it."""
    return max(places(made, turn) for turn in range(min(2, made.choices.passes)))


def useful(made: PreparedFilm, threads: int, workers: int, *, is_here: bool = True) -> int:
    """Return how many of the workers make a pass faster: more than the machine has cores or GPUs for do not.

    threads: How many each paints with. is_here: Whether all of them are on this machine.
    """
    device = made.run.network.device.type
    if not is_here:
        return workers
    if device == "cuda":
        return min(workers, torch.cuda.device_count() if made.run.options.device in ("auto", "cuda") else 1)
    return min(workers, max(1, count() // threads)) if device == "cpu" else 1


@contextmanager
def computing(threads: int) -> Iterator[None]:
    """Compute with so many threads inside the block."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def here(made: PreparedFilm, kept: Kept, turn: int, threads: int, watch: Callable[[Step], object]) -> Iterator[Done]:
    """Paint a pass in this process, with so many threads; yield its frames, also those that are painted already."""
    with computing(threads):
        for stretch in made.stretches(turn):
            yield from made.painted(stretch, kept, watch)


def jobs(made: PreparedFilm, kept: Kept, turn: int) -> list[tuple[Job, Stretch]]:
    """Return a job for every stretch that is not painted yet; its output is the stretch's last frame."""
    common, there = made.run.options.record(), kept.painted(turn)
    todo = [one for one in made.stretches(turn) if not there.issuperset(range(one.begin, one.end))]
    outputs = [str(kept.place(one.end - 1, turn).absolute()) for one in todo]
    return [(Job(k, 0, {"output": output}, common), one) for k, (output, one) in enumerate(zip(outputs, todo), 1)]


def spread(
    made: PreparedFilm,
    kept: Kept,
    turn: int,
    *,
    threads: int,
    engine: Engine,
    manifest: Manifest,
    download: bool = True,
) -> Iterator[Outcome]:
    """Paint a pass; yield the outcome of every stretch. The caller enters and leaves the engine.

    It ends early if the folder vanishes, since another process has then finished the film.

    Args:
        made: The film.
        kept: Where painted frames are kept, in a place that all processes see.
        turn: The pass.
        threads: How many threads to paint a stretch with.
        engine: Who paints.
        manifest: What became of each stretch, for other processes of the engine "folder".
        download: Whether weights may be fetched.

    Raises:
        NeuralartError: If a stretch cannot be painted: the error of the process that tried, or PaintError.
    """
    todo, keys = jobs(made, kept, turn), Keys()
    about = {
        "film": str(made.film.path.absolute()),
        "folder": str(kept.folder.absolute()),
        "choices": asdict(made.choices),
    }
    tasks = (Task(job, download, Work(BY, {**about, "stretch": [*one]}, threads)) for job, one in todo)
    manifest.refresh()
    for outcome in engine.run(tasks, lambda: not kept.about.exists()):
        job, painted = outcome.job, outcome.made
        if not outcome.elsewhere:
            inputs = painted.inputs if painted else ()
            entry = Entry(
                DONE if painted else FAILED, keys.of(job), painted and painted.sha256, inputs, round(outcome.seconds, 3)
            )
            manifest.add(job.output, entry, error=outcome.error)
        if outcome.error:
            raise kinds().get(outcome.kind or "", PaintError)(outcome.error)
        yield outcome


def check_flow(made: PreparedFilm, same: Mapping[str, Any]) -> None:
    """Raise WeightsError if this process finds motion with other weights than the one that began the film.

    same: What determines the frames, as in `repaint.facts`.
    """
    here = made.motion.record()
    if here and here != same["network for flow"]:
        mine, begun = (f"{one['name']} (SHA-256 {one['sha256']})" for one in (here, same["network for flow"]))
        raise WeightsError(
            f"{platform.node()} has {mine} for --flow raft, and the film was begun with {begun}; put that file into its"
            " cache folder, and remove the other"
        )


def paint(options: Options, values: Mapping[str, Any], *, download: bool) -> Made:
    """Paint a stretch in a process of its own: a task's work, see `neuralart.jobs.engine.Work`."""
    kept, stretch = Kept(Path(values["folder"])), Stretch(*values["stretch"])
    common = replace(options, output=None)  # which is the stretch's; all else is the film's
    key = (values["folder"], repr(common))
    if key not in _latest:
        _latest.clear()
        about, choices = known(kept.folder), FilmOptions(**values["choices"])
        film, styles = values["film"], options.style or ()
        made = prepare(film, styles, choices, common, download=download, known=about["survey"])
        check_flow(made, about["same"])
        _latest[key] = made
    made = _latest[key]
    inputs = tuple(seen(name, path, "") for name, path in read_by(options))
    for _ in made.painted(stretch, kept, lambda step: None):
        pass
    last = f"{stretch.turn}-{stretch.end - 1}"
    return Made(last, made.size, inputs, made.run.provision.record(), platform.node())
