"""The app's settings for further host names and for the disk space of uploads."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass

from neuralart.app.settings import Settings, is_local
from neuralart.errors import OptionError
from neuralart.options import flag, option
from neuralart.watch.origin import LOOPBACK

NAME = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?", re.ASCII)
ANY_ADDRESS = ("0.0.0.0", "::")


@dataclass(frozen=True, kw_only=True)
class Access(Settings):
    """The app's settings, with host names and uploads. Raises OptionError for a value that makes no sense."""

    allow_host: str | None = option(
        None,
        "Address",
        "further names of this server, such as those of a proxy or tunnel, separated by commas: paint.example.org",
        unset="the address it listens on",
        shown="NAMES",
    )
    max_uploads: int = option(
        200,
        "Limits",
        "uploaded pictures to keep for one visitor; a new one replaces the oldest",
        int,
        least=2,
        most=100_000,
    )
    max_uploads_megabytes: int = option(
        1000, "Limits", "total megabytes of uploads to keep for one visitor", int, least=2, most=10_000_000
    )
    max_all_uploads: int = option(
        1000, "Limits", "uploaded pictures to keep for all visitors together", int, least=2, most=1_000_000
    )
    max_all_uploads_megabytes: int = option(
        4000, "Limits", "total megabytes of uploads to keep for all visitors", int, least=2, most=100_000_000
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        allowed_names(self.allow_host)
        # A painting needs two pictures, and one visitor's share must fit into everybody's.
        for small, large, count in (
            ("max_megabytes", "max_uploads_megabytes", 2),
            ("max_uploads_megabytes", "max_all_uploads_megabytes", 1),
            ("max_uploads", "max_all_uploads", 1),
        ):
            least, given = count * getattr(self, small), getattr(self, large)
            if given < least:
                flags = [flag(name) for name in (small, large)]
                twice = ", and a painting needs two uploads" if count == 2 else ""
                raise OptionError(
                    f"{flags[0]} is {getattr(self, small)}{twice}; {flags[1]} is {given}, make it at least {least}"
                )


def film_megabytes(settings: Access) -> int:
    """Return the size of a film that is accepted: no more than there is room for."""
    return min(settings.max_film_megabytes, settings.max_uploads_megabytes)


def batch_megabytes(settings: Access) -> int:
    """Return the size of all files of a batch that is accepted: no more than there is room for."""
    return min(settings.max_batch_megabytes, settings.max_uploads_megabytes)


def batch_files(settings: Access) -> int:
    """Return how many files are accepted at once: they fit beside a style among those of one visitor."""
    return min(settings.max_batch_pictures, settings.max_uploads - 1)


def allowed_names(text: str | None) -> frozenset[str]:
    """Return the names in --allow-host. Raises OptionError for a text that is not a host name."""
    names = [name.strip().lower() for name in (text or "").split(",")] if text else []
    for name in names:
        if not NAME.fullmatch(name) and not _is_address(name):
            raise OptionError(
                f"--allow-host has '{name}', which is not a host name; give names without http:// and port,"
                " such as paint.example.org"
            )
    return frozenset(names)


def names(settings: Access, listening: socket.socket) -> Callable[[str], bool]:
    """Return the function that says whether the server answers to a name: one it was bound to, or an allowed one.

    If it listens on all interfaces, it answers to every numeric address: such a Host has no name that could have been
    pointed here.
    """
    known = {settings.host.lower(), str(listening.getsockname()[0]), *allowed_names(settings.allow_host)}
    everywhere = settings.host in ANY_ADDRESS
    if everywhere or is_local(settings.host):
        known |= set(LOOPBACK)
    if everywhere:
        own = socket.gethostname().lower()
        known |= {own, f"{own}.local"}
    return lambda name: name in known or (everywhere and _is_address(name))


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
