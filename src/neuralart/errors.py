"""What can go wrong, as a tree.

    NeuralartError
    ├── UserError          something was asked that cannot be done; the command ends with exit code 2
    │   ├── OptionError    an option's value
    │   ├── PictureError   a picture that cannot be read or written
    │   └── WeightsError   a file of weights that is missing, damaged, foreign or of another network
    └── WeatherError       nobody's mistake; the command ends with exit code 1
        ├── FetchError     no source could deliver
        ├── PaintError     the numbers broke down, beyond what restarting can mend
        └── LostError      another process that painted the same image is gone

Every message is one line that says what was wrong, what was seen and what to do; only FetchError has a line for every
address that was tried.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class NeuralartError(Exception):
    """Anything this package raises on purpose."""


class UserError(NeuralartError):
    """Something was asked that cannot be done."""


class OptionError(UserError):
    """An option has a value that makes no sense, alone or together with another."""


class PictureError(UserError):
    """A picture cannot be read or written."""


class WeightsError(UserError):
    """A file of weights is missing, damaged, of a foreign kind or of another network."""


class WeatherError(NeuralartError):
    """Nobody's mistake: the network, the disk or the numbers."""


class FetchError(WeatherError):
    """None of the sources of a file could deliver it."""


class PaintError(WeatherError):
    """The painting broke down numerically and could not be continued."""


class LostError(WeatherError):
    """Another process of a run that is spread over several is gone."""


def suggest(wrong: str, names: Iterable[str]) -> str:
    """A question to append to a message about an unknown name: ``"; did you mean 'conv4_2'?"``, or nothing.

    >>> suggest("conv42", ["conv4_1", "conv4_2"])
    "; did you mean 'conv4_2'?"
    """
    near = difflib.get_close_matches(wrong, list(names), n=1, cutoff=0.6)
    return f"; did you mean '{near[0]}'?" if near else ""


def out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory is full: Python's, a GPU's, or the CPU allocator's."""
    # PyTorch has an error class of its own for a GPU that is full (a RuntimeError, too), but none for the CPU, whose
    # convolutions say only that a primitive could not be created; nor for NVIDIA's libraries, which take memory of
    # their own and do not name it (pytorch/pytorch issues 128601 and 108645).
    signs = ("memory", "could not create a primitive", "ALLOC_FAILED", "unable to find an engine")
    told = any(sign in str(error) for sign in signs)
    return isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and told)
