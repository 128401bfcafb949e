"""What can go wrong, as a tree.

    NeuralartError
    ├── UserError          something was asked that cannot be done; the command ends with exit code 2
    │   ├── OptionError    an option's value
    │   ├── PictureError   a picture that cannot be read or written
    │   ├── WeightsError   a file of weights that is missing, damaged, foreign or of another network
    │   ├── JobsError      a list of jobs that cannot be painted as it stands
    │   └── ForkError      work in a process that was forked too late
    └── WeatherError       nobody's mistake; the command ends with exit code 1
        ├── FetchError     no source could deliver
        ├── PaintError     the numbers broke down, beyond what restarting can mend
        ├── LostError      another process that painted the same image is gone
        └── ForecastError  what a run will hold in memory cannot be told beforehand

Every message is one line that says what was wrong, what was seen and what to do; only FetchError has a line for every
address that was tried, and JobsError one for every bad row. Messages are written with the flags of the command line,
`--style-factor`. They are read so only there, within `speaking(flags)`; everywhere else `str(error)` names keywords,
`style_factor`.
"""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

FLAG = re.compile(r"(?<![\w-])--([a-z][a-z0-9]*(?:-[a-z0-9]+)*)(?![\w-])")


def keywords(text: str) -> str:
    """A message as Python reads it.

    >>> keywords("--style-factor is 'x'; it must be a number")
    "style_factor is 'x'; it must be a number"
    """
    return FLAG.sub(lambda found: found[1].replace("-", "_"), text)


def flags(text: str) -> str:
    """A message as the command line reads it: as it is written."""
    return text


_voice: Callable[[str], str] = keywords


@contextmanager
def speaking(voice: Callable[[str], str]) -> Iterator[None]:
    """Let errors name options in this way for a while, in the whole process."""
    global _voice
    before, _voice = _voice, voice
    try:
        yield
    finally:
        _voice = before


class NeuralartError(Exception):
    """Anything this package raises on purpose. `options` are the options that the message names."""

    @property
    def options(self) -> tuple[str, ...]:
        """The Python names of the options that the message is about."""
        return tuple(dict.fromkeys(name.replace("-", "_") for name in FLAG.findall(super().__str__())))

    def __str__(self) -> str:
        return _voice(super().__str__())


class UserError(NeuralartError):
    """Something was asked that cannot be done."""


class OptionError(UserError):
    """An option has a value that makes no sense, alone or together with another."""


class PictureError(UserError):
    """A picture cannot be read or written."""


class WeightsError(UserError):
    """A file of weights is missing, damaged, of a foreign kind or of another network."""


class JobsError(UserError):
    """A list of jobs cannot be painted as it stands."""


class ForkError(UserError):
    """Work was asked for in a process that was forked from one that had worked already."""


class WeatherError(NeuralartError):
    """Nobody's mistake: the network, the disk or the numbers."""


class FetchError(WeatherError):
    """None of the sources of a file could deliver it."""


class PaintError(WeatherError):
    """The painting broke down numerically and could not be continued."""


class LostError(WeatherError):
    """Another process of a run that is spread over several is gone."""


class ForecastError(WeatherError):
    """What a run will hold in memory cannot be told beforehand."""


def kinds() -> dict[str, type[NeuralartError]]:
    """Every class of this file by its name."""
    result = [NeuralartError]
    for kind in result:
        result += [one for one in kind.__subclasses__() if one.__module__ == __name__]
    return {kind.__name__: kind for kind in result}


def kind_of(error: NeuralartError) -> str:
    """The name of an error's class, or of the nearest above it that is of this file."""
    return next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == __name__)


def escaped(text: str) -> str:
    r"""Text for a terminal, whoever wrote it: what would steer it, or turn its lines round, is shown as an escape.

    >>> escaped("a\x1b[31m\u202e")
    'a\\x1b[31m\\u202e'
    """
    return "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text)


def suggest(wrong: str, names: Iterable[str]) -> str:
    """A question to append to a message about an unknown name: ``"; did you mean 'conv4_2'?"``, or nothing.

    >>> suggest("conv42", ["conv4_1", "conv4_2"])
    "; did you mean 'conv4_2'?"
    """
    near = difflib.get_close_matches(wrong, list(names), n=1, cutoff=0.6)
    return f"; did you mean '{near[0]}'?" if near else ""


# What PyTorch says of a full memory where it has no class for it. oneDNN's words are whole messages: it has others that
# begin alike and mean a defect.
ALLOCATORS = (
    "DefaultCPUAllocator: can't allocate memory",  # Linux, macOS
    "DefaultCPUAllocator: not enough memory",  # Windows
    "MPS backend out of memory",
    "CUDA out of memory",  # in versions of PyTorch that have no class for it
    "CUDA error: out of memory",  # from the driver, past the allocator whose error has a class
    # NVIDIA's libraries take memory of their own and do not name it (pytorch/pytorch issues 128601 and 108645).
    "ALLOC_FAILED",
    "unable to find an engine",
)
WHOLE_MESSAGES = ("could not create a primitive", "could not create a memory object", "std::bad_alloc")


def out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory is full: Python's, a GPU's, the CPU allocator's or oneDNN's.

    An "illegal memory access" and the like are defects, which no smaller tile mends.
    """
    torch = sys.modules.get("torch")  # whoever raises its error has imported it
    if isinstance(error, MemoryError) or (torch is not None and isinstance(error, torch.OutOfMemoryError)):
        return True
    told = str(error)
    return isinstance(error, RuntimeError) and (told in WHOLE_MESSAGES or any(text in told for text in ALLOCATORS))
