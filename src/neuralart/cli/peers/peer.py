"""What a table says about another program and its options, and what translating a value can result in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Given = Mapping[str, Sequence[str]]  # the values of every option, by its name there, without hyphens


@dataclass(frozen=True)
class Said:
    """One option of another program, in our words.

    Attributes:
        options: Our options by their Python names, with their values as text, a list of texts, or True.
        factor: A factor on the weight of the style relative to the content.
        note: What to say about this value, if anything.
    """

    options: Mapping[str, Any] = field(default_factory=dict)
    factor: float = 1.0
    note: str = ""


@dataclass(frozen=True)
class Convert:
    """How the values of an option become ours.

    Attributes:
        ours: Our options that they become, by their Python names.
        by: The function that does it. It raises OptionError for a value that makes no sense.
    """

    ours: tuple[str, ...]
    by: Callable[[Sequence[str], Given], Said]

    def __call__(self, values: Sequence[str], given: Given) -> Said:
        return self.by(values, given)


@dataclass(frozen=True)
class Row:
    """One option of another program.

    Attributes:
        name: Its name there, with its hyphens; none for a word without a name.
        convert: How its values become ours; None if it has no counterpart.
        default: Its value there if it is not given.
        about: What differs here, or why there is no counterpart; empty if both mean the same.
        beside: What else the page should say, which no translation needs to.
        spelled: Whether our command sets the default, because ours is another one.
        sample: A value that is not the default, for the tests.
        short: Its short name there.
        words: How many values it takes, as argparse's `nargs`: 0, "+" or "?"; None for one.
        needs: (name, value) of another option without which it has no effect there.
    """

    name: str
    convert: Convert | None
    default: str = ""
    about: str = ""
    beside: str = ""
    spelled: bool = False
    sample: str = ""
    short: str = ""
    words: int | str | None = None
    needs: tuple[str, str] | None = None

    @property
    def key(self) -> str:
        """The name without hyphens at its beginning."""
        return self.name.lstrip("-")

    @property
    def ours(self) -> tuple[str, ...]:
        """Our options that it becomes, by their Python names; none if it has no counterpart."""
        return self.convert.ours if self.convert else ()


@dataclass(frozen=True)
class Peer:
    """Another program.

    Attributes:
        name: What it is called.
        home: Its repository, owner/name.
        programs: The words by which a command line names it.
        rows: Its options.
        remark: What holds for every command line; one line.
        settings: Our options that say what it does without being asked.
        sample: A command line, for the page and the tests.
    """

    name: str
    home: str
    programs: tuple[str, ...]
    rows: tuple[Row, ...]
    remark: str
    sample: str
    settings: Mapping[str, Any] = field(default_factory=dict)
