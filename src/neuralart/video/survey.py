"""Looks through a film once: how many frames there are to paint, when they are shown, and where scenes end.

A cut is where a frame differs from the one before it by much more than its neighbours do from theirs. The idea and the
constants are those of PySceneDetect's AdaptiveDetector (https://www.scenedetect.com/docs/latest/api/detectors.html),
which reads films itself. Here the painted frames are compared, whatever the source, part and `--every`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from neuralart.errors import OptionError, PictureError
from neuralart.image.picture import Picture
from neuralart.image.sizes import fit
from neuralart.image.source import quoted
from neuralart.video.choices import FilmOptions
from neuralart.video.film import Film
from neuralart.video.moments import Moment, chosen, in_order
from neuralart.video.shot import Shot

log = logging.getLogger(__name__)

SMALL = 32  # pixels: the long edge at which frames are compared, so that noise and small motion do not count
# Mean difference in grey levels, and its ratio to that of its neighbours: the constants of AdaptiveDetector.
LEAST, RATIO, BESIDE = 15.0, 3.0, 2
ALONE = 27.0  # instead of RATIO if there are no other differences to compare with: that of ContentDetector


@dataclass(frozen=True, eq=False)
class Survey:
    """Which frames of a film to paint.

    Attributes:
        moments: The moments of the frames to paint, in order.
        scenes: Which of these frames begin a scene; the first is 0.
        first: The film's first frame.
        total: How many frames the film has, or the part of it that was looked through.
    """

    moments: Sequence[Moment]
    scenes: Sequence[int]
    first: Picture
    total: int

    @property
    def numbers(self) -> frozenset[int]:
        """The film's numbers of the frames to paint."""
        return frozenset(one.number for one in self.moments)

    def scene_of(self, index: int) -> int:
        """Return the scene, from 0, of one of the frames to paint."""
        return sum(begin <= index for begin in self.scenes) - 1

    def plain(self) -> dict[str, Any]:
        """Return it as JSON data, without the first frame."""
        return {
            "base": str(self.moments[0].base),
            "moments": [[one.number, one.ticks, one.length] for one in self.moments],
            "scenes": [*self.scenes],
            "total": self.total,
        }

    @classmethod
    def of(cls, plain: Mapping[str, Any], film: Film) -> Survey:
        """Return a survey from `plain`'s data, without looking through the film again. Raises as `surveyed`."""
        first = next((shot.picture() for shot in film.shots()), None)
        base = Fraction(plain["base"])
        moments = [Moment(number, ticks, base, length) for number, ticks, length in plain["moments"]]
        return cls(moments, plain["scenes"], first or _no_frame(film), plain["total"])


def surveyed(film: Film, options: FilmOptions) -> Survey:
    """Look through a film. Raises PictureError if it has no frames, OptionError if none of them is chosen."""
    shots: list[Shot] = []
    small: list[NDArray[np.float32]] = []
    first: Picture | None = None
    sizes: set[tuple[int, int]] = set()
    for shot in film.shots():
        if _is_over(film, options, shots, shot):
            break
        picture = shot.picture()
        sizes.add(picture.size)
        first = first or picture
        small.append(_small(picture, fit(*first.size, SMALL)))
        shots.append(shot._replace(picture=_nothing))  # a decoder's frame is large
    first = first or _no_frame(film)
    if len(sizes) > 1:
        width, height = first.size
        log.info("%s: its frames differ in size; all are brought to %d x %d, the first one's", film.path, width, height)
    every = in_order([shot.ticks for shot in shots], [shot.length for shot in shots], film.base)
    moments = chosen(every, options, is_timed=film.is_timed)
    if not moments:
        length = float(every[-1].end - every[0].begin)
        raise OptionError(f"--begin is {options.begin:g}, and {quoted(film.path)} lasts {length:.3g} seconds")
    return Survey(moments, cuts([small[one.number] for one in moments]), first, len(every))


def cuts(frames: Sequence[NDArray[np.float32]]) -> list[int]:
    """Return which of these small frames begin a scene: the first, and those after a cut."""
    changes = [float(np.abs(after - before).mean()) for before, after in pairwise(frames)]
    result = [0]
    for k, change in enumerate(changes):
        beside = [changes[j] for j in range(max(0, k - BESIDE), min(len(changes), k + BESIDE + 1)) if j != k]
        usual = sum(beside) / len(beside) if beside else ALONE / RATIO
        if change > LEAST and change > RATIO * usual:
            result.append(k + 1)
    return result


def _is_over(film: Film, options: FilmOptions, before: Sequence[Shot], shot: Shot) -> bool:
    """Return whether the rest of the film is not wanted."""
    if options.end is None or not before or shot.ticks is None or before[0].ticks is None:
        return False
    return float((shot.ticks - before[0].ticks) * film.base) >= options.end


def _small(picture: Picture, size: tuple[int, int]) -> NDArray[np.float32]:
    return np.asarray(picture.flattened().resized(size).pixels.numpy(), np.float32)


def _no_frame(film: Film) -> NoReturn:
    raise PictureError(f"cannot read {quoted(film.path)}: there is no frame in it that can be decoded")


def _nothing() -> Picture:
    raise AssertionError("a frame is made a picture while it is there")
