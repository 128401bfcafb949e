"""Modules, as a user's call gives them to Network.of."""

from typing import Any

class Module: ...

class Sequential(Module):
    def __init__(self, *modules: Module) -> None: ...

def __getattr__(name: str) -> Any: ...
