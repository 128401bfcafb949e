"""What can go wrong, as a tree.

    NeuralartError
    ├── UserError          the user asked for something that cannot be done; the command ends with exit code 2
    │   ├── OptionError    an option's value
    │   ├── PictureError   a picture that cannot be read or written
    │   ├── WeightsError   a file of weights that is missing, damaged, of an unknown kind or of another network
    │   ├── JobsError      a list of jobs that cannot be painted as it is
    │   └── ForkError      work in a process that was forked too late
    └── WeatherError       nobody's mistake; the command ends with exit code 1
        ├── FetchError     no source could deliver
        ├── PaintError     the optimisation broke down, and restarting it did not help
        ├── LostError      another process that painted the same image is gone
        └── ForecastError  the memory that a run needs cannot be predicted

Every message is one line that says what was wrong, which value was given and what to do; only FetchError has one line
per address that was tried, and JobsError one per bad row. Messages are written with the flags of the command line,
`--style-factor`. They keep them only on the command line, within `speaking(flags)`; everywhere else `str(error)` names
keywords, `style_factor`.
"""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

FLAG = re.compile(r"(?<![\w-])--([a-z][a-z0-9]*(?:-[a-z0-9]+)*)(?![\w-])")


def keywords(text: str) -> str:
    """Return a message with keywords in place of flags.

    >>> keywords("--style-factor is 'x'; it must be a number")
    "style_factor is 'x'; it must be a number"
    """
    return FLAG.sub(lambda match: match[1].replace("-", "_"), text)


def flags(text: str) -> str:
    """Return a message for the command line: unchanged."""
    return text


_voice: Callable[[str], str] = keywords


@contextmanager
def speaking(voice: Callable[[str], str]) -> Iterator[None]:
    """Make errors name options with `voice` inside the block, in the whole process."""
    global _voice
    before, _voice = _voice, voice
    try:
        yield
    finally:
        _voice = before


class NeuralartError(Exception):
    """Anything that this package raises on purpose."""

    @property
    def options(self) -> tuple[str, ...]:
        """The Python names of the options that the message names."""
        return tuple(dict.fromkeys(name.replace("-", "_") for name in FLAG.findall(super().__str__())))

    def __str__(self) -> str:
        return _voice(super().__str__())


class UserError(NeuralartError):
    """The user asked for something that cannot be done."""


class OptionError(UserError):
    """An option has a value that makes no sense, alone or together with another."""


class PictureError(UserError):
    """A picture cannot be read or written."""


class WeightsError(UserError):
    """A file of weights is missing, damaged, of an unknown kind or of another network."""


class JobsError(UserError):
    """A list of jobs cannot be painted as it stands."""


class ForkError(UserError):
    """A forked process was asked to work, but its parent had already worked before the fork."""


class WeatherError(NeuralartError):
    """Nobody's mistake: the network connection, the disk or the numbers."""


class FetchError(WeatherError):
    """No source of a file could deliver it."""


class PaintError(WeatherError):
    """The painting broke down numerically and could not continue."""


class LostError(WeatherError):
    """Another process of the same run is gone."""


class ForecastError(WeatherError):
    """The memory that a run needs cannot be predicted."""


def kinds() -> dict[str, type[NeuralartError]]:
    """Return every error class of this file by its name."""
    result = [NeuralartError]
    for kind in result:
        result += [one for one in kind.__subclasses__() if one.__module__ == __name__]
    return {kind.__name__: kind for kind in result}


def kind_of(error: NeuralartError) -> str:
    """Return the name of the error's class, or of its nearest base class in this file."""
    return next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == __name__)


def escaped(text: str) -> str:
    r"""Make text from anywhere safe for a terminal: control and direction characters become escapes.

    >>> escaped("a\x1b[31m\u202e")
    'a\\x1b[31m\\u202e'
    """
    return "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text)


def suggest(wrong: str, names: Iterable[str]) -> str:
    """Return a hint to append to a message about an unknown name: ``"; did you mean 'conv4_2'?"``, or nothing.

    >>> suggest("conv42", ["conv4_1", "conv4_2"])
    "; did you mean 'conv4_2'?"
    """
    near = difflib.get_close_matches(wrong, list(names), n=1, cutoff=0.6)
    return f"; did you mean '{near[0]}'?" if near else ""


def counted(number: int, what: str) -> str:
    """Write a number of things for people; what: one of them.

    >>> counted(1, "frame"), counted(1200, "frame")
    ('1 frame', '1,200 frames')
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}"


# PyTorch's messages about a full memory for which it has no class. oneDNN's are compared as a whole, since others that
# begin the same way mean a defect.
ALLOCATORS = (
    "DefaultCPUAllocator: can't allocate memory",  # Linux, macOS
    "DefaultCPUAllocator: not enough memory",  # Windows
    "MPS backend out of memory",
    "CUDA out of memory",  # in versions of PyTorch that have no class for it
    "CUDA error: out of memory",  # from the driver, past the allocator whose error has a class
    # NVIDIA's libraries allocate memory themselves and do not name it (pytorch/pytorch issues 128601 and 108645).
    "ALLOC_FAILED",
    "unable to find an engine",
)
NO_PRIMITIVE = "could not create a primitive"
WHOLE_MESSAGES = (NO_PRIMITIVE, "could not create a memory object", "std::bad_alloc")


def out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory is full: Python's, a GPU's, the CPU allocator's or oneDNN's.

    An "illegal memory access" and the like are defects that smaller tiles do not fix.
    """
    torch = sys.modules.get("torch")  # it is imported if the error is PyTorch's
    if isinstance(error, MemoryError) or (torch is not None and isinstance(error, torch.OutOfMemoryError)):
        return True
    message = str(error)
    return isinstance(error, RuntimeError) and (
        message in WHOLE_MESSAGES or any(text in message for text in ALLOCATORS)
    )
