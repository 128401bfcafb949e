"""The first image as `--init` describes it: a word, a file, or a mixture of either with a word. Imports no torch."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

WORDS = ("image", "style", "grey", "random", "pink")
OTHERS = {"gray": "grey", "white": "random"}  # common other names
MIXTURE = re.compile(r"(?P<base>.+?):(?P<share>\d+\.?\d*|\.\d+)(:(?P<rest>[A-Za-z]+))?", re.DOTALL)


@dataclass(frozen=True)
class First:
    """The first image.

    Attributes:
        base: One of `WORDS`, or the name of a file.
        share: The share of `base`, 0..1.
        rest: One of `WORDS`: what makes up the rest.
    """

    base: str
    share: float = 1.0
    rest: str = "random"

    @property
    def file(self) -> str | None:
        """The file that `base` names, if it names one."""
        return None if self.base in WORDS else self.base

    def renamed(self, file: str) -> First:
        """Return the same mixture with another file."""
        return replace(self, base=file)

    def __str__(self) -> str:
        if self.share == 1:
            # A file name that ends like a mixture needs an explicit share.
            return f"{self.base}:1" if MIXTURE.fullmatch(self.base) else self.base
        return f"{self.base}:{self.share:g}" + ("" if self.rest == "random" else f":{self.rest}")


def first_of(text: str) -> First:
    """Parse the text of `--init`. Raises ValueError for a mixture that makes no sense.

    >>> first_of("image:0.3")
    First(base='image', share=0.3, rest='random')
    >>> first_of("out.png:0.5:pink").file
    'out.png'
    """
    result = MIXTURE.fullmatch(text)
    if result is None:
        return First(OTHERS.get(text, text))
    rest, share = result["rest"] or "random", float(result["share"])
    rest = OTHERS.get(rest, rest)
    if share > 1:
        raise ValueError(f"'{text}', whose share {share:g} is more than 1; write it as image:0.3")
    if rest not in WORDS:
        raise ValueError(f"'{text}', whose rest '{rest}' is not one of {', '.join(WORDS)}; write it as image:0.3:pink")
    return First(OTHERS.get(result["base"], result["base"]), share, rest)
