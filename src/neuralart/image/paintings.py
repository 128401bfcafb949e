"""The bundled paintings by name, for `--style wave`. assets/SOURCES.md lists their sources."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from neuralart.errors import PictureError, suggest

ASSETS = Path(__file__).parent.parent / "assets"
FOLDER = ASSETS / "paintings"
WORD = re.compile(r"[\w-]+")


class Painting(NamedTuple):
    """A painting's title, artist and year."""

    title: str
    artist: str
    year: str

    def __str__(self) -> str:
        return f"{self.artist}, {self.title}" + (f" ({self.year})" if self.year else "")


PAINTINGS = {
    "wave": Painting("The Great Wave off Kanagawa, detail", "Katsushika Hokusai", "about 1831"),
    "starry-night": Painting("The Starry Night", "Vincent van Gogh", "1889"),
    "scream": Painting("The Scream", "Edvard Munch", "1893"),
    "lilies": Painting("Water Lilies", "Claude Monet", "about 1919"),
    "shipwreck": Painting("The Wreck of a Transport Ship", "J. M. W. Turner", "about 1810"),
    "cherry": Painting("a flowering cherry, from a screen", "Sakai Hoitsu", ""),
    "composition": Painting("Composition VII", "Wassily Kandinsky", "1913"),
    "hat": Painting("Woman with a Hat", "Henri Matisse", "1905"),
    "forms": Painting("Contrast of Forms", "Fernand Leger", "1913"),
}


def file_of(name: str) -> Path:
    """Return the file of the painting with this name."""
    return FOLDER / f"{name}.jpg"


def name_of(file: Path | None) -> str | None:
    """The name of the painting that lies in this file; None for any other file.

    >>> name_of(file_of("wave")), name_of(Path("wave.jpg"))
    ('wave', None)
    """
    return file.stem if file is not None and file.stem in PAINTINGS and file == file_of(file.stem) else None


def called(file: Path) -> str:
    """What a style may be called to be read from this file: a painting's name, where no file here takes it, or a path.

    So that a record holds for every machine.
    """
    name = name_of(file)
    return str(file) if name is None or os.path.lexists(name) else name


def resolved(given: str | os.PathLike[str]) -> str | os.PathLike[str]:
    """Return the file of the painting that a style names; a file with that name takes precedence.

    Any other name is returned unchanged.

    Raises:
        PictureError: For a misspelt name of a painting, and for a word that is like no file's name.
    """
    name = os.fspath(given)
    if os.path.lexists(name):
        return given
    if name in PAINTINGS:
        return file_of(name)
    near = suggest(name.lower(), PAINTINGS)
    if not Path(name).suffix and (near or (WORD.fullmatch(name) and not _is_like_a_file(name))):
        raise PictureError(
            f"there is neither a file nor a painting called '{name}' ('neuralart styles' lists them){near}"
        )
    return given


def _is_like_a_file(name: str) -> bool:
    """Whether a file here may be meant, which whoever reads the file then suggests."""
    with suppress(OSError):
        return bool(suggest(name, (one.name for one in Path().iterdir())))
    return False
