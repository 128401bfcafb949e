"""The options that choose who paints, for commands that paint much at once, and the engines that they choose."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Protocol

from neuralart.errors import OptionError
from neuralart.options import Options, flag, option

if TYPE_CHECKING:
    from neuralart.jobs.engine import Engine
    from neuralart.jobs.manifest import Manifest


class Settings(Protocol):
    """What an engine is made from."""

    @property
    def engine(self) -> str: ...

    @property
    def workers(self) -> int | None: ...

    @property
    def ray_address(self) -> str | None: ...

    @property
    def ray_cores(self) -> int: ...

    @property
    def carry(self) -> bool: ...


def engine_option(group: str, folder: str) -> Any:
    """Declare who paints. folder: What several machines share."""
    return option(
        "processes",
        group,
        "processes: of this machine; folder: the same, and the same command may run at once wherever"
        f" {folder} is seen, each taking what nobody else is at; ray: a Ray cluster",
        choices=("processes", "folder", "ray"),
    )


def workers_option(group: str, what: str = "pictures that are painted at once") -> Any:
    """Declare how many processes paint. what: What they paint at once."""
    return option(
        None,
        group,
        what,
        int,
        least=1,
        most=1024,
        unset="one for every GPU, or as many as cores and memory allow",
    )


def ray_address_option(group: str) -> Any:
    """Declare which cluster paints."""
    return option(
        None,
        group,
        "the Ray cluster to paint on",
        unset="one of this machine, for as long as it paints",
        shown="ADDRESS",
    )


def ray_cores_option(group: str, what: str) -> Any:
    """Declare how many cores Ray gives to each picture or scene."""
    return option(1, group, f"cores that Ray gives to each {what}", int, least=1, most=1024)


def check_ray(settings: Settings) -> None:
    """Raise OptionError for an option of Ray's if another engine paints."""
    for name, default in (("ray_address", None), ("ray_cores", 1), ("carry", False)):
        if settings.engine != "ray" and getattr(settings, name) != default:
            raise OptionError(
                f"{flag(name)} is for --engine ray, and --engine is {settings.engine}; add that, or leave it"
            )


def need_ray(settings: Settings) -> None:
    """Raise OptionError if Ray is to paint and is not installed: now, before anything is read or written."""
    if settings.engine == "ray" and find_spec("ray") is None:
        from neuralart.jobs.engine import NO_RAY

        raise OptionError(NO_RAY)


def engine(settings: Settings, first: Options, count: int, manifest: Manifest) -> Engine:
    """Return the engine that paints so many jobs. first: The options of the first one."""
    from neuralart.jobs.cluster import Cluster
    from neuralart.jobs.folder import Folder
    from neuralart.jobs.processes import on_this_machine

    if settings.engine == "ray":
        address, carry, cores = settings.ray_address, settings.carry, settings.ray_cores
        return Cluster(address, carry=carry, cores=cores, most=settings.workers)
    here = on_this_machine(first, count, settings.workers)
    return Folder(here, manifest) if settings.engine == "folder" else here
