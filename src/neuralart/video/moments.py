"""When frames are shown, and which of them are painted: arithmetic only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from neuralart.video.choices import FilmOptions


class Moment(NamedTuple):
    """A frame in time.

    Attributes:
        number: The frame's number in the film, from 0, in the order in which frames are shown.
        ticks: When it appears, in units of `base`.
        base: The unit of time, in seconds.
        length: How long it is shown, in units of `base`.
    """

    number: int
    ticks: int
    base: Fraction
    length: int

    @property
    def begin(self) -> Fraction:
        """When it appears, in seconds."""
        return self.ticks * self.base

    @property
    def end(self) -> Fraction:
        """When it disappears, in seconds."""
        return (self.ticks + self.length) * self.base


def in_order(ticks: Sequence[int | None], lengths: Sequence[int], base: Fraction) -> list[Moment]:
    """Return the moments of a film's frames: each lasts until the next one appears, the last as long as it says itself.

    ticks: When each frame appears, or None if it does not say. It then appears when the one before it has been shown
    for as long as that says; so does a frame that claims to appear before its predecessor.

    >>> [one.length for one in in_order([0, 2, 3], [1, 1, 5], Fraction(1, 10))]
    [2, 1, 5]
    """
    begins: list[int] = []
    for number, tick in enumerate(ticks):
        least = begins[-1] + 1 if begins else None
        usual = begins[-1] + max(1, lengths[number - 1]) if begins else 0
        begins.append(usual if tick is None or (least is not None and tick < least) else tick)
    ends = [*begins[1:], begins[-1] + max(1, lengths[-1])] if begins else []
    return [Moment(k, begin, base, end - begin) for k, (begin, end) in enumerate(zip(begins, ends))]


def chosen(moments: Sequence[Moment], options: FilmOptions, *, is_timed: bool = True) -> list[Moment]:
    """Return the frames to paint, with their numbers in the film and the times at which they are shown.

    The film's time begins with its first frame. A part of it starts again at 0, with the frame that is shown there.

    Args:
        moments: The moments of all frames, in order.
        options: The user's choices.
        is_timed: Whether the film has times of its own, so that `fps` thins its frames out. A folder has none.
    """
    if not moments:
        return []
    origin, base = moments[0].begin, moments[0].base
    begin = Fraction(options.begin).limit_denominator(10**6) + origin
    end = None if options.end is None else Fraction(options.end).limit_denominator(10**6) + origin
    seen = [one for one in moments if one.end > begin and (end is None or one.begin < end)]
    seen = seen[:: options.every]
    if options.fps is not None and is_timed:
        seen = _thinned(seen, max(begin, origin), Fraction(options.fps).limit_denominator(1000))
    if not seen:
        return []
    stop = seen_until(moments, end)
    is_part = bool(options.begin)
    shift = round(begin / base) if is_part else 0
    starts = [max(one.ticks, shift) - shift if is_part else one.ticks for one in seen]
    last = max(starts[-1] + 1, round(stop / base) - shift)
    return [
        Moment(one.number, start, base, after - start) for one, start, after in zip(seen, starts, [*starts[1:], last])
    ]


def seen_until(moments: Sequence[Moment], end: Fraction | None) -> Fraction:
    """Return when the film, or the part of it up to `end`, is over."""
    return moments[-1].end if end is None else min(end, moments[-1].end)


def _thinned(moments: Sequence[Moment], begin: Fraction, rate: Fraction) -> list[Moment]:
    """Return the frames that are shown at the beginning of every period of 1/rate, each once."""
    result: list[Moment] = []
    for one in moments:
        # The first period that begins while this frame is shown.
        period = math.ceil(max(Fraction(0), one.begin - begin) * rate)
        if begin + period / rate < one.end:
            result.append(one)
    return result
