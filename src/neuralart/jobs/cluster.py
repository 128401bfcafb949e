"""The engine for a Ray cluster: Ray finds a place for every picture, and another one if that is lost.

Ray gets only as many tasks as can soon be painted, so a million jobs wait in the list and not in Ray.
"""

from __future__ import annotations

import contextlib
import logging
import os
import tempfile
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any

from neuralart.errors import NeuralartError, OptionError, PictureError, kind_of
from neuralart.image.place import replacing
from neuralart.jobs.engine import NO_RAY, Outcome, Task, Tasks, from_plain
from neuralart.jobs.manifest import Input
from neuralart.jobs.plan import read_by, seen
from neuralart.options import Options, from_mapping

IDLE = 0.2  # seconds between two checks for a new task
AHEAD = 2  # tasks given to Ray for every place
RETRIES = 3  # of a task whose process or machine was lost
KEPT = 8  # shared files and targets that stay in Ray's store


@dataclass(frozen=True)
class Order:
    """What a worker needs to know about a task, as plain data.

    carried: The names of the files that are sent along. If there are none, paths are relative to `folder`.
    work: What to do instead of painting a picture; see `engine.Work`.
    """

    options: dict[str, Any]
    download: bool
    threads: int
    folder: str
    carried: tuple[str, ...] = ()
    work: Mapping[str, Any] | None = None


class Cluster:
    """Paints every picture as a task of Ray, in a process that Ray keeps for the next one."""

    def __init__(self, address: str | None, *, carry: bool = False, cores: int = 1, most: int | None = None) -> None:
        """Create the engine without starting anything.

        Args:
            address: That of an existing cluster; None starts one on this machine for as long as the work lasts.
            carry: Whether to send files through Ray's store; otherwise all machines see them under the same paths.
            cores: How many cores each picture gets.
            most: The most pictures to paint at once; None for as many as there is room for.
        """
        self.address, self.carry, self.cores, self.most = address, carry, cores, most
        self._under_way: dict[Any, tuple[Task, list[Input]]] = {}
        self._kept: OrderedDict[Any, Any] = OrderedDict()
        self._is_ours = False

    def __enter__(self) -> Cluster:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        try:
            import ray
        except ImportError:
            raise OptionError(NO_RAY) from None
        if not ray.is_initialized():
            how = {} if self.address else {"include_dashboard": False}
            try:
                ray.init(self.address or "local", log_to_driver=False, logging_level=logging.ERROR, **how)
            except (ConnectionError, RuntimeError, ValueError) as error:
                where = f"--ray-address '{self.address}'" if self.address else "Ray"
                raise OptionError(f"{where} cannot be reached: {str(error).splitlines()[0]}") from None
            self._is_ours = True
        self.ray = ray
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for reference in self._under_way:
            with contextlib.suppress(Exception):
                self.ray.cancel(reference, force=True)
        self._under_way.clear()
        self._kept.clear()
        if self._is_ours:
            self.ray.shutdown()

    def run(self, tasks: Tasks, stops: Callable[[], bool]) -> Iterator[Outcome]:
        """Paint all tasks, see `neuralart.jobs.engine.Engine`."""
        is_over = False
        while True:
            while not (is_over or stops()) and len(self._under_way) < self._room():
                try:
                    task = next(tasks)
                except StopIteration:
                    is_over = True
                    break
                if task is None:
                    break
                if refused := self._begin(task):
                    yield refused
            if not self._under_way and (is_over or stops()):
                return
            if not self._under_way:
                self.ray.wait([self.ray.put(None)], timeout=IDLE)
                continue
            for reference in self.ray.wait(list(self._under_way), timeout=IDLE)[0]:
                yield self._ended(*self._under_way.pop(reference), reference)

    def _room(self) -> int:
        """Return how many tasks Ray may have now; a cluster may grow and shrink."""
        there = self.ray.cluster_resources()
        places = int(there.get("GPU", 0)) or int(there.get("CPU", 1)) // self.cores
        return max(1, min(self.most or places * AHEAD, places * AHEAD))

    def _begin(self, task: Task) -> Outcome | None:
        """Give a task to Ray; if that fails, return its outcome."""
        options = task.job.options
        try:
            read = [seen(name, path, "") for name, path in read_by(options)]
            carried = tuple(dict.fromkeys(one.path for one in read)) if self.carry else ()
            files = [self._file(one, shared=one.option != "content") for one in read] if self.carry else []
        except (OSError, NeuralartError) as error:
            return Outcome(task.job, 0.0, error=str(error))
        files = list(dict(zip([one.path for one in read], files)).values())
        threads, work = (task.work.threads, task.work._asdict()) if task.work else (self.cores, None)
        order = Order(options.record(), task.download, threads, str(Path.cwd()), carried, work)
        targets = {} if work else self._targets(options, order, files, read)
        reference = self._remote(paint, options).remote(order, targets, *files)
        self._under_way[reference] = task, read
        return None

    def _file(self, one: Input, *, shared: bool) -> Any:
        """Put a file into Ray's store, only once if several pictures need it. Raises OSError."""
        put = lambda: self.ray.put(Path(one.path).read_bytes())
        return self._once(("file", one), put) if shared else put()

    def _targets(self, options: Options, order: Order, files: list[Any], read: list[Input]) -> Any:
        """Return the style's targets in Ray's store; the first picture of its kind has them computed."""
        from neuralart.jobs.painter import shared

        styles = tuple(one for one in read if one.option == "style")
        compute = lambda: self._remote(targets_of, options).remote(order, *files)
        return self._once(("targets", shared(options), styles), compute)

    def _once(self, key: Any, make: Callable[[], Any]) -> Any:
        if key not in self._kept:
            self._kept[key] = make()
        self._kept.move_to_end(key)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return self._kept[key]

    def _remote(self, function: Callable[..., Any], options: Options) -> Any:
        gpus = int(
            options.device in ("auto", "cuda") and not options.cpu and self.ray.cluster_resources().get("GPU", 0) > 0
        )
        return self.ray.remote(function).options(
            num_cpus=self.cores, num_gpus=gpus, max_retries=RETRIES, scheduling_strategy="SPREAD"
        )

    def _ended(self, task: Task, read: list[Input], reference: Any) -> Outcome:
        try:
            told = self.ray.get(reference)
        except self.ray.exceptions.RayError as error:
            lines = [line.strip() for line in str(error).splitlines() if line.strip()]
            return Outcome(
                task.job, 0.0, error=f"Ray lost it {RETRIES + 1} times ({lines[0] if lines else 'no reason'})"
            )
        if told["error"]:
            return Outcome(task.job, told["seconds"], error=told["error"], kind=told.get("kind"))
        made = from_plain(told["made"])
        if told["data"] is not None:
            try:
                _keep(told["data"], Path(task.job.output))
            except NeuralartError as error:
                return Outcome(task.job, told["seconds"], error=str(error), kind=kind_of(error))
        # The next run recognises files by their times on this machine.
        inputs = tuple(one._replace(sha256=there.sha256) for one, there in zip(read, made.inputs))
        return Outcome(task.job, told["seconds"], made._replace(inputs=inputs))


def _keep(data: bytes, place: Path) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PictureError(f"cannot make the folder '{place.parent}' ({error.strerror or error})") from None
    with replacing(place) as spare:
        spare.write_bytes(data)


def paint(order: Order, targets: Mapping[Any, Any], *files: bytes) -> dict[str, Any]:
    """Do a task in one of Ray's; return the outcome, and the picture's bytes if files are carried."""
    from neuralart.jobs.worker import painted

    with _at_hand(order, files) as (options, names):
        more = {"names": {here: there for there, here in names.items()}, "known": targets}
        task = {"options": options.record(), "download": order.download, "work": order.work}
        told = painted(_painter(), task, **more)
        data = Path(str(options.output)).read_bytes() if names and told["made"] else None
        if told["error"]:
            for there, here in names.items():
                told["error"] = told["error"].replace(here, there)
    return {**told, "data": data}


def targets_of(order: Order, *files: bytes) -> Mapping[Any, Any]:
    """Return the style's targets for pictures like this one; none if it cannot be painted, which `paint` reports."""
    with _at_hand(order, files) as (options, _):
        try:
            return _painter().targets(options, download=order.download)
        except NeuralartError:
            return {}


_painters: list[Any] = []  # this process's own, which Ray keeps for the next task


def _painter() -> Any:
    from neuralart.jobs.painter import Painter

    if not _painters:
        _painters.append(Painter())
    return _painters[0]


@contextlib.contextmanager
def _at_hand(order: Order, files: tuple[bytes, ...]) -> Iterator[tuple[Options, dict[str, str]]]:
    """Yield options whose files exist here, and the local names of the carried files by their original names."""
    import torch

    torch.set_num_threads(order.threads)
    options = from_mapping(order.options)
    if not order.carried:
        with contextlib.suppress(OSError):  # painting then reports the missing files
            os.chdir(order.folder)
        yield options, {}
        return
    with tempfile.TemporaryDirectory(prefix="neuralart-") as folder:
        names = {str(options.output): str(Path(folder) / Path(str(options.output)).name)}
        for number, (name, data) in enumerate(zip(order.carried, files)):
            place = Path(folder) / str(number) / Path(name).name
            place.parent.mkdir()
            place.write_bytes(data)
            names[name] = str(place)
        yield _moved(options, names), names


def _moved(options: Options, names: Mapping[str, str]) -> Options:
    """Return the options with files replaced by their local copies."""
    from neuralart.facts import Text
    from neuralart.first import first_of
    from neuralart.image.paintings import resolved
    from neuralart.options import declared

    changed: dict[str, Any] = {"output": names[str(options.output)]}
    for name, (facts, _) in declared().items():
        value = getattr(options, name)
        if facts.text is Text.INPUT and value:
            there = lambda one, name=name: names.get(str(resolved(one) if name == "style" else one), one)
            changed[name] = tuple(map(there, value)) if facts.many else there(value)
    first = first_of(options.init)
    if first.file is not None and first.file in names:
        changed["init"] = str(first.renamed(names[first.file]))
    return replace(options, **changed)
