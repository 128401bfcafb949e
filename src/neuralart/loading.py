"""Shortens the import of large libraries in a process of our own, where nobody else's code needs all they do.

A quarter of torch's import goes into two modules that a painting does without: `torch.export`, and the operators
written in Python for tensors without numbers. Each gets a stand-in, which loads the module as soon as somebody looks
into it. Another twentieth goes into the search for the module that a frame belongs to, which the frame itself tells.

A third of Gradio's import goes into files for editors, which it compares with its components every time.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from threading import RLock
from types import ModuleType
from typing import Any

LATER = "torch._meta_registrations", "torch.export"
# Whoever imports one of these, or a part of `torch.export`, may need the operators without naming their module.
NEEDING = "torch._decomp", "torch._dynamo", "torch._inductor", "torch._refs"
WRITING = "gradio.component_meta"


def shorten() -> None:
    """Leave out of the imports to come what the module's docstring says. Does nothing if torch has been imported."""
    if "torch" not in sys.modules:
        sys.meta_path[:0] = [_Finder(), _StubFinder()]
        inspect.getmodule = _module_of


def complete() -> bool:
    """Load now what was put off. Return whether anything was."""
    with _lock:
        sys.meta_path[:] = [one for one in sys.meta_path if not isinstance(one, _Finder)]
        waiting = [one for one in map(sys.modules.get, LATER) if isinstance(one, _StandIn) and one.waits]
        for one in waiting:
            one.load()
        return bool(waiting)


def _module_of(object: object, _filename: str | None = None) -> ModuleType | None:
    """Return what `inspect.getmodule` does, which looks up the files of all modules even for a frame."""
    own = sys.modules.get(object.f_globals.get("__name__", "")) if inspect.isframe(object) else None
    return own or _getmodule(object, _filename)


class _StandIn(ModuleType):
    """In place of a module until somebody asks for anything in it; then it is the module."""

    @property
    def waits(self) -> bool:
        """Whether nobody has begun to load the module."""
        return self.__spec__ is not None and isinstance(self.__spec__.loader, _Later)

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("__"):
            complete()  # waits if another thread is loading it
            if type(self) is ModuleType:
                return getattr(self, name)
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")

    def load(self) -> None:
        """Become the module."""
        spec = self.__spec__
        assert spec and isinstance(spec.loader, _Later)
        spec.loader = self.__loader__ = spec.loader.own
        spec.loader.exec_module(self)
        self.__class__ = ModuleType


class _Later:
    """Makes stand-ins. own: What loads the module itself."""

    def __init__(self, own: Any) -> None:
        self.own = own

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _StandIn(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing yet."""


class _Finder:
    """Finds the modules that are put off, until one is imported that needs them."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name in NEEDING or name.rpartition(".")[0] in LATER:
            complete()
        elif name in LATER:
            spec = PathFinder.find_spec(name, path, target)
            if spec and spec.loader:
                later: Any = _Later(spec.loader)
                spec.loader = later
                return spec
        return None


class _StubFinder:
    """Finds the part of Gradio that writes files for editors."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target) if name == WRITING else None
        if spec and spec.loader:
            without: Any = _WithoutStubs(spec.loader)
            spec.loader = without
        return spec


class _WithoutStubs:
    """Loads that part, and lets it write nothing. own: What loads it."""

    def __init__(self, own: Any) -> None:
        self.own = own

    def create_module(self, spec: ModuleSpec) -> None:
        """Leave it to the import, as for any module in a file."""

    def exec_module(self, module: Any) -> None:
        """Load it; its components call what is replaced here."""
        self.own.exec_module(module)
        module.create_or_modify_pyi = lambda *component: None


_lock, _getmodule = RLock(), inspect.getmodule
