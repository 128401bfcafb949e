"""Masks that move: films whose every frame is the mask of a frame of the film."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from neuralart import api
from neuralart.areas import NAMES
from neuralart.errors import OptionError, counted
from neuralart.image.limits import Reading
from neuralart.image.picture import Picture
from neuralart.image.source import quoted
from neuralart.options import Options
from neuralart.recipes.regions import Masks, Regions, regions_of
from neuralart.together import is_none
from neuralart.values import flag
from neuralart.video.film import Cursor, Film, is_film, opened

MOVING = tuple(name for name in NAMES if name != "mask")  # over the content; that of a style may not move


@dataclass(frozen=True, eq=False)
class MovingMasks:
    """The masks of a film.

    Attributes:
        still: Every mask that is a picture, and the first frame of every other one, by option.
        films: The films among them, by option and place.
    """

    still: Mapping[str, Sequence[Picture | None]] = field(default_factory=dict)
    films: Mapping[tuple[str, int], Film] = field(default_factory=dict)

    @property
    def first(self) -> Masks | None:
        """The masks of the first frame; None if no mask is a film."""
        return Masks.of(self.still) if self.films else None

    @cached_property
    def _cursors(self) -> dict[tuple[str, int], Cursor]:
        return {place: Cursor(film) for place, film in self.films.items()}

    def at(self, number: int, usual: Regions, content: Picture, styles: Sequence[Picture]) -> Regions:
        """Return the regions of the film's frame with this number.

        Args:
            number: Which frame.
            usual: The regions of the first frame.
            content: The frame.
            styles: The pictures of the styles.

        Raises:
            OptionError: If its regions are others than those of the first frame.
            PictureError: If a mask cannot be read.
        """
        if not self.films:
            return usual
        here = {name: [*pictures] for name, pictures in self.still.items()}
        for (name, place), cursor in self._cursors.items():
            here[name][place] = _named(cursor.at(number).picture(), cursor.film)
        heeds_alpha = usual.visible is not None or bool(usual.styles_visible)
        try:
            made = regions_of(Masks.of(here), content, styles, heeds_alpha=heeds_alpha, may_be_black=True)
        except OptionError as error:
            raise OptionError(f"{error} (frame {number + 1} of the film)") from None
        if [one.own.keys() for one in made.regions] != [one.own.keys() for one in usual.regions]:
            name = flag("content_mask" if here.get("content_mask") else "style_mask")
            raise OptionError(
                f"{name} has other regions in frame {number + 1} than in the first; show the same ones in all frames"
            )
        return made


def moving_masks(options: Options, film: Film, reading: Reading, *, is_checked: bool = False) -> MovingMasks:
    """Read the masks that the options name, if any of them is a film. is_checked: Whether lengths are known to agree.

    Raises:
        OptionError: For a film of another length than the one that is painted, and for one that masks a style.
        PictureError: If a film cannot be read.
    """
    named = {name: _several(getattr(options, name)) for name in NAMES}
    places = [
        (name, k) for name, own in named.items() for k, one in enumerate(own) if not is_none(one) and is_film(one)
    ]
    if not places:
        return MovingMasks()
    if fixed := next((named[name][k] for name, k in places if name not in MOVING), None):
        raise OptionError(f"--mask {quoted(fixed)} is a film, and the styles do not move; give a picture")
    films = {(name, k): opened(named[name][k], reading=reading) for name, k in places}
    if not is_checked:
        _check_lengths(films, film)
    still: dict[str, list[Picture | None]] = {}
    for name, several in named.items():
        still[name] = [
            _named(Cursor(films[name, k]).at(0).picture(), films[name, k])
            if (name, k) in films
            else None
            if is_none(one)
            else api.as_picture(one, f"mask of {flag(name)}", reading)
            for k, one in enumerate(several)
        ] or ([] if name in ("style_mask", "mask") else [None])
    return MovingMasks(still, films)


def _check_lengths(masks: Mapping[tuple[str, int], Film], film: Film) -> None:
    count = sum(1 for _ in film.shots())
    for (name, _), one in masks.items():
        if (own := sum(1 for _ in one.shots())) != count:
            raise OptionError(
                f"{flag(name)} {quoted(one.path)} has {counted(own, 'frame')}, and {quoted(film.path)} has"
                f" {count}; make one mask for every frame"
            )


def _several(value: Any) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else [*value]


def _named(picture: Picture, film: Film) -> Picture:
    """Return a frame of a mask film, which messages call by the film's name."""
    return replace(picture, source=film.path)
