"""Says what is wrong with a library that could not be imported: missing, too old or broken. Imports none of them."""

from __future__ import annotations

import re
import sys
from importlib import metadata
from types import TracebackType

REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?>=([0-9.]+)")
MODULES = {"pillow": "PIL", "pi-heif": "pi_heif", "protobuf": "google"}  # whose names are not those of the packages


def needs() -> dict[str, str]:
    """Return every library that the program cannot do without, and its oldest version that will do."""
    try:
        found = metadata.requires("neuralart") or []
    except metadata.PackageNotFoundError:  # run from a source tree that was never installed
        found = []
    return {match[1]: match[2] for one in found if ";" not in one and (match := REQUIREMENT.match(one))}


def lacking(error: BaseException) -> str | None:
    """Return why the program cannot start, and what to do; None if no library is to blame for the error.

    error: What an import has raised, or the use of something that only a newer version has.
    """
    for name, least in needs().items():
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            return f"{name} is not installed here, and nothing works without it; pip install '{name}>={least}'"
        if _numbers(version) < _numbers(least):
            return f"{name} {version} is installed, but {least} or newer is needed; pip install '{name}>={least}'"
    modules = _modules(error.__traceback__) | {(getattr(error, "name", None) or "").partition(".")[0]}
    for name in needs():
        if MODULES.get(name, name) in modules and isinstance(error, ImportError | OSError):
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            return f"{name} cannot be imported ({reason}); install it again: pip install --force-reinstall {name}"
    return None


def _numbers(version: str) -> list[int]:
    """Return 2.13.0+cpu as [2, 13, 0]."""
    return [int(part) for part in re.findall(r"\d+", version.partition("+")[0])]


def _modules(trace: TracebackType | None) -> set[str]:
    """Return the top-level modules whose import was under way."""
    found = set()
    while trace:
        found.add(str(trace.tb_frame.f_globals.get("__name__", "")).partition(".")[0])
        trace = trace.tb_next
    return found - set(sys.modules)
