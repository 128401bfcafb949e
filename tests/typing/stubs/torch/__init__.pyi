"""The little of PyTorch that a user's call is made of: mypy takes half a minute to read all of its annotations."""

from typing import Any

from torch import nn as nn

class Tensor: ...
class dtype: ...  # noqa: N801

class device:  # noqa: N801
    def __init__(self, name: str) -> None: ...

float32: dtype
float64: dtype

def rand(*size: int) -> Tensor: ...
def __getattr__(name: str) -> Any: ...
