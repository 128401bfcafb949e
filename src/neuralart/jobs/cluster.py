"""The engine of a Ray cluster: Ray finds a place for every picture, and another one where that is lost.

No more tasks are handed over than can soon be painted, so that a million jobs wait in the list and not in Ray.
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

from neuralart.errors import NeuralartError, OptionError, PictureError
from neuralart.image.place import replacing
from neuralart.jobs.engine import Outcome, Task, Tasks, from_plain
from neuralart.jobs.manifest import Input
from neuralart.jobs.plan import read_by, seen
from neuralart.options import Options, from_mapping

IDLE = 0.2  # seconds until it is asked again whether there is a task
AHEAD = 2  # tasks that Ray has for every place
RETRIES = 3  # of a task whose process or machine is lost
KEPT = 8  # styles whose targets and files stay in Ray's store


@dataclass(frozen=True)
class Order:
    """What a worker is told: everything as plain data.

    carried: the names of the files that come along; where there are none, the folder that all paths start from counts.
    """

    options: dict[str, Any]
    download: bool
    threads: int
    folder: str
    carried: tuple[str, ...] = ()


class Cluster:
    """Tasks of Ray, each of which paints a picture in a process that Ray keeps for the next one."""

    def __init__(self, address: str | None, *, carry: bool = False, cores: int = 1, most: int | None = None) -> None:
        """Nothing is started yet.

        Args:
            address: Of an existing cluster; None for one of this machine alone, for as long as the work lasts.
            carry: Whether files go through Ray's store; else all machines see them by the same paths.
            cores: That each picture is painted with.
            most: Pictures that are painted at once at most; None for as many as there is room for.
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
            raise OptionError('--engine ray needs Ray; install it with: pip install "neuralart[ray]"') from None
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
        """As every engine does, see `neuralart.jobs.engine`."""
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
        """Tasks that Ray may have at the moment; a cluster may grow and shrink."""
        there = self.ray.cluster_resources()
        places = int(there.get("GPU", 0)) or int(there.get("CPU", 1)) // self.cores
        return max(1, min(self.most or places * AHEAD, places * AHEAD))

    def _begin(self, task: Task) -> Outcome | None:
        """Hand a task over; its outcome where that cannot be."""
        options = task.job.options
        try:
            read = [seen(name, path, "") for name, path in read_by(options)]
            carried = tuple(dict.fromkeys(one.path for one in read)) if self.carry else ()
            files = [self._file(one, shared=one.option != "content") for one in read] if self.carry else []
        except (OSError, NeuralartError) as error:
            return Outcome(task.job, 0.0, error=str(error))
        files = list(dict(zip([one.path for one in read], files)).values())
        order = Order(options.record(), task.download, self.cores, str(Path.cwd()), carried)
        targets = self._targets(options, order, files, read)
        reference = self._remote(paint, options).remote(order, targets, *files)
        self._under_way[reference] = task, read
        return None

    def _file(self, one: Input, *, shared: bool) -> Any:
        """A file in Ray's store, once where several pictures need it. Raises OSError."""
        put = lambda: self.ray.put(Path(one.path).read_bytes())
        return self._once(("file", one), put) if shared else put()

    def _targets(self, options: Options, order: Order, files: list[Any], read: list[Input]) -> Any:
        """The targets of the style in Ray's store, which the first picture of its kind has computed there."""
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
            return Outcome(task.job, told["seconds"], error=told["error"])
        made = from_plain(told["made"])
        if told["data"] is not None:
            try:
                _keep(told["data"], Path(task.job.output))
            except NeuralartError as error:
                return Outcome(task.job, told["seconds"], error=str(error))
        # Times are those of the files here, by which the next run knows them.
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
    """Paint a picture, where Ray wants it; what came of it, and the picture's file where it is carried."""
    from neuralart.jobs.worker import painted

    with _at_hand(order, files) as (options, names):
        more = {"names": {here: there for there, here in names.items()}, "known": targets}
        told = painted(_painter(), {"options": options.record(), "download": order.download}, **more)
        data = Path(str(options.output)).read_bytes() if names and told["made"] else None
        if told["error"]:
            for there, here in names.items():
                told["error"] = told["error"].replace(here, there)
    return {**told, "data": data}


def targets_of(order: Order, *files: bytes) -> Mapping[Any, Any]:
    """The style's targets for pictures such as this one; none where it cannot be painted, which it tells itself."""
    with _at_hand(order, files) as (options, _):
        try:
            return _painter().targets(options, download=order.download)
        except NeuralartError:
            return {}


_painters: list[Any] = []  # of this process, which Ray keeps for the next task


def _painter() -> Any:
    from neuralart.jobs.painter import Painter

    if not _painters:
        _painters.append(Painter())
    return _painters[0]


@contextlib.contextmanager
def _at_hand(order: Order, files: tuple[bytes, ...]) -> Iterator[tuple[Options, dict[str, str]]]:
    """Options whose files are here, and how those that were carried are called here, by their own names."""
    import torch

    torch.set_num_threads(order.threads)
    options = from_mapping(order.options)
    if not order.carried:
        with contextlib.suppress(OSError):  # then there are no such files, which is told
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
    """The options, with these files in place of those."""
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
