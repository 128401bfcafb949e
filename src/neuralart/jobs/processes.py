"""The engine for one machine: processes that each paint one picture at a time."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from neuralart.cores import at_once
from neuralart.distributed.join import BESIDE
from neuralart.image.place import sweep
from neuralart.jobs.engine import Outcome, Task, Tasks, from_plain
from neuralart.options import Options

IDLE = 0.2  # seconds between two checks for a new task
LOSSES = 3  # a picture fails once this many processes were lost over it
BIDING = 5.0  # seconds that a process gets to end

WORK = "from neuralart.jobs.worker import main; main()"  # what each of them runs

Told = dict[str, Any] | None  # None: the process has ended


@dataclass(eq=False)
class Worker:
    """A process and its current task."""

    process: subprocess.Popen[str]
    errors: Any
    device: str | None = None
    task: Task | None = None
    told: bool = False  # whether it has said how much memory it needs
    ear: threading.Thread | None = None

    @property
    def last_words(self) -> str:
        """How the process ended: the signal or exit code, and its last line on standard error."""
        code = self.process.wait()
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        self.errors.seek(0)
        lines = self.errors.read().decode("utf-8", "replace").strip().splitlines()
        return f"{how}{': ' + lines[-1][:200] if lines else ''}"


class Processes:
    """One process for every GPU; without GPUs, as many as cores and memory allow.

    If a process is lost, another one replaces it, and its picture is painted again.
    """

    def __init__(self, count: int, threads: int, devices: list[str] | None = None, memory: int | None = None) -> None:
        """Create the engine without starting anything.

        Args:
            count: How many processes there are at most.
            threads: How many threads they share.
            devices: What CUDA calls the GPU of each process; None if they have none of their own.
            memory: Bytes that all processes together may take, which may reduce their number; None if the user chose
                the number.
        """
        self.count, self.threads, self.devices, self.memory = count, threads, devices, memory
        self.workers: list[Worker] = []
        self.losses: dict[int, int] = {}
        self._told: queue.SimpleQueue[tuple[Worker, Told]] = queue.SimpleQueue()

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for worker in self.workers:
            if worker.task:
                worker.process.kill()
            with contextlib.suppress(OSError):
                assert worker.process.stdin
                worker.process.stdin.close()
        for worker in self.workers:
            self._end(worker)
        self.workers = []

    def run(self, tasks: Tasks, stops: Callable[[], bool]) -> Iterator[Outcome]:
        """Paint all tasks, see `neuralart.jobs.engine.Engine`."""
        again: list[Task] = []
        is_over = False
        while True:
            while not (is_over or stops()) and (worker := self._free()):
                try:
                    task = again.pop() if again else next(tasks)
                except StopIteration:
                    is_over = True
                    break
                if task is None:
                    break
                self._give(worker, task)
            busy = any(worker.task for worker in self.workers)
            if not busy and (stops() or (is_over and not again)):
                return
            if again:
                is_over = False
            if not busy:
                time.sleep(IDLE)
                continue
            with contextlib.suppress(queue.Empty):
                yield from self._take(*self._told.get(timeout=IDLE), again)

    def _free(self) -> Worker | None:
        """Return an idle process, a new one if the limit allows; None if all are busy."""
        idle = next((worker for worker in self.workers if not worker.task), None)
        busy = len(self.workers) - (idle is not None)
        if idle is None and len(self.workers) < self.count:
            idle = self._start()
        if idle is not None and self.memory is not None and busy and not any(worker.told for worker in self.workers):
            return None  # the first one still has to say how much it needs
        return idle

    def _start(self) -> Worker:
        errors = tempfile.TemporaryFile()  # noqa: SIM115
        device = self._free_device()
        environment = {**os.environ, BESIDE: str(self.count), "OMP_NUM_THREADS": str(self._share())}
        if device is not None:
            environment["CUDA_VISIBLE_DEVICES"] = device
        # Look for modules where this process finds them, and not among the user's pictures.
        code = f"import sys; sys.path[:] = {sys.path!r}; {WORK}"
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=environment,
            text=True,
            encoding="utf-8",
            start_new_session=True,  # Ctrl-C reaches only this process, which lets the others finish
        )
        worker = Worker(process, errors, device)
        self.workers.append(worker)
        worker.ear = threading.Thread(target=self._listen, args=(worker,), daemon=True)
        worker.ear.start()
        return worker

    def _listen(self, worker: Worker) -> None:
        assert worker.process.stdout
        with contextlib.suppress(OSError, ValueError):
            for line in worker.process.stdout:
                self._told.put((worker, json.loads(line)))
        self._told.put((worker, None))

    def _free_device(self) -> str | None:
        taken = [worker.device for worker in self.workers]
        return next((device for device in self.devices or () if device not in taken), None)

    def _share(self) -> int:
        return max(1, self.threads // self.count)

    def _give(self, worker: Worker, task: Task) -> None:
        worker.task = task
        threads = task.work.threads if task.work else self._share()
        told = {"options": task.job.options.record(), "download": task.download, "threads": threads}
        if task.work:
            told["work"] = task.work._asdict()
        with contextlib.suppress(OSError):  # if it has ended, its listener reports that
            assert worker.process.stdin
            worker.process.stdin.write(json.dumps(told) + "\n")
            worker.process.stdin.flush()

    def _take(self, worker: Worker, told: Told, again: list[Task]) -> Iterator[Outcome]:
        task = worker.task
        if told is None:
            if worker in self.workers:
                self.workers.remove(worker)
                why = worker.last_words
                self._end(worker)
                if task:
                    yield from self._lost(task, why, again)
        elif "need" in told:
            worker.told = True
            if self.memory is not None and told["need"]:
                self.count = max(1, min(self.count, self.memory // told["need"]))
                for surplus in [one for one in self.workers if not one.task][: max(0, len(self.workers) - self.count)]:
                    self.workers.remove(surplus)
                    self._end(surplus)
        elif task:
            worker.task = None
            made = from_plain(told["made"]) if told["made"] else None
            yield Outcome(task.job, told["seconds"], made, told["error"], kind=told.get("kind"))

    def _lost(self, task: Task, why: str, again: list[Task]) -> Iterator[Outcome]:
        number = task.job.number
        self.losses[number] = self.losses.get(number, 0) + 1
        if self.losses[number] < LOSSES:
            again.append(task)
        else:
            yield Outcome(task.job, 0.0, error=f"the process that painted it ended {LOSSES} times ({why})")

    def _end(self, worker: Worker) -> None:
        """Wait until a process is gone, and remove files that it left half-written."""
        with contextlib.suppress(OSError):
            assert worker.process.stdin
            worker.process.stdin.close()
        try:
            worker.process.wait(BIDING)
        except subprocess.TimeoutExpired:
            worker.process.kill()
            worker.process.wait()
        if worker.ear:
            worker.ear.join(BIDING)
        assert worker.process.stdout
        worker.process.stdout.close()
        worker.errors.close()
        if worker.task:
            sweep(Path(worker.task.job.output).parent)


def on_this_machine(first: Options, jobs: int, workers: int | None = None) -> Processes:
    """Return the engine for this many jobs; first: the options of the first. workers: how many, if the user chose.

    Raises OptionError if a device does not exist.
    """
    import torch

    from neuralart import build
    from neuralart.run.spare import spare
    from neuralart.threads import count

    threads = count()
    place = build.devices(first)
    if place[0].type == "cpu":
        processes = min(workers or at_once(), jobs)
        return Processes(max(1, processes), threads, None, None if workers else spare(torch.device("cpu")))
    visible = os.environ.get("CUDA_VISIBLE_DEVICES") or ",".join(map(str, range(torch.cuda.device_count())))
    is_any = place[0].type == "cuda" and len(place) == 1 and first.device in ("auto", "cuda")
    devices = visible.split(",") if is_any else None
    processes = min(workers or len(devices or [""]), jobs)
    is_enough = workers is None or workers <= len(devices or ())
    return Processes(max(1, processes), threads, devices if is_enough else None)
