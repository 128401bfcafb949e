"""Repaints a film frame by frame without flicker (Ruder, Dosovitskiy and Brox, arXiv 1604.08610 and 1708.04538).

for frame in stylize("in.mp4", "painting.jpg", size=480):
    frame.picture.save(f"{frame.number:04}.png")
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neuralart import api, build
from neuralart.api import Styles
from neuralart.errors import OptionError
from neuralart.image.ground import colour_of
from neuralart.image.picture import Picture
from neuralart.networks.network import Network
from neuralart.objective.objective import Term
from neuralart.options import Options, declared
from neuralart.video.choices import FilmOptions
from neuralart.video.film import FilmLike, opened
from neuralart.video.folder import pictures_in
from neuralart.video.kept import Kept
from neuralart.video.moments import Moment
from neuralart.video.motion import motion_of
from neuralart.video.moving_masks import moving_masks
from neuralart.video.prepared_film import PreparedFilm
from neuralart.video.survey import Survey, surveyed
from neuralart.watch.watchers import Watcher, Watchers
from neuralart.weights.digest import sha256
from neuralart.weights.download import Progress

if TYPE_CHECKING:
    from typing_extensions import Unpack  # of typing itself from Python 3.11 on

    from neuralart.keywords import Keywords


log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Frame:
    """A painted frame.

    Attributes:
        number: Its number among the painted frames, from 0.
        count: How many there will be.
        moment: When it is shown.
        picture: The painting.
    """

    number: int
    count: int
    moment: Moment
    picture: Picture


def stylize(
    film: FilmLike,
    styles: Styles,
    *,
    choices: FilmOptions | None = None,
    folder: str | os.PathLike[str] | None = None,
    terms: Sequence[Term] | None = None,
    network: Network | None = None,
    watchers: Sequence[Watcher] = (),
    options: Options | None = None,
    download: bool = False,
    **keywords: Unpack[Keywords],
) -> Iterator[Frame]:
    """Repaint a film in the style of one or several pictures. To stop, stop reading.

    Args:
        film: A film's file, an animated GIF or WebP, or a folder of pictures.
        styles: As for `neuralart.stylize`.
        choices: Which part of the film to paint, and how to avoid flicker: `FilmOptions(begin=2, end=5)`.
        folder: Where to keep painted frames, so that a later call with the same arguments continues from them; by
            default they are not kept.
        terms, network, watchers, options, download: As for `neuralart.stylize`. Watchers see the steps of all
            frames.
        **keywords: As for `neuralart.stylize`: size=480, num_iters=300.

    Yields:
        Every painted frame, in order; with several passes, during the last one.

    Raises:
        OptionError, PictureError, WeightsError, FetchError, PaintError: As `neuralart.stylize`.
    """
    for one in fields(FilmOptions):
        if one.name in keywords:
            raise OptionError(f"{one.name} is an option of the film; pass choices=FilmOptions({one.name}=...)")
    wanted = api.chosen(keywords, options)
    choices = choices or FilmOptions()
    made = prepare(film, styles, choices, wanted, terms=terms, network=network, download=download)
    if folder is not None:
        kept = Kept(Path(folder))
        kept.begun(facts(made))
        yield from _frames(made, kept, watchers)
        return
    with tempfile.TemporaryDirectory(prefix="neuralart-", ignore_cleanup_errors=True) as own:
        yield from _frames(made, Kept(Path(own)), watchers)


def _frames(made: PreparedFilm, kept: Kept, watchers: Sequence[Watcher]) -> Iterator[Frame]:
    count, last = len(made.survey.moments), made.choices.passes - 1
    with Watchers(watchers) as watch:
        for frame, turn, _ in made.paint(kept, watch):
            if turn == last:
                moment = made.survey.moments[frame.index]
                yield Frame(frame.index, count, moment, made.picture(frame, kept))


def prepare(
    film: FilmLike,
    styles: Styles | None,
    choices: FilmOptions,
    options: Options,
    progress: Progress | None = None,
    *,
    terms: Sequence[Term] | None = None,
    network: Network | None = None,
    download: bool = False,
    known: Mapping[str, Any] | None = None,
) -> PreparedFilm:
    """Look through the film, and read and check everything else: errors come early. See `stylize`.

    styles: None takes the film's first frame, which is as large as any, for an estimate. known: What looking through
    the film has found (`Survey.plain`), if that has been done.
    """
    if options.recipe == "original" and choices.temporal is None and choices.flow != "none":
        choices = replace(choices, temporal=0.0)
    if options.recipe == "original" and choices.temporal:
        raise OptionError("recipe 'original' has no term against flicker; leave --temporal out, or --recipe")
    reading = build.reading(options)
    source = opened(film, choices.fps, reading)
    motion = motion_of(choices.flow, progress)
    masks = moving_masks(options, source, reading, is_checked=known is not None)
    survey = surveyed(source, choices) if known is None else Survey.of(known, source)
    flat = survey.first.flattened(colour_of(options.background))
    if flat is not survey.first:
        log.info("%s: films have no transparency; frames are laid on %s", source.path, options.background)
    content = replace(flat, source=source.path)
    run = api.prepare(
        *(content, styles or content, options, progress),
        terms=terms,
        network=network,
        masks=masks.first,
        download=download,
    )
    if masks.films and known is None:  # an unfit frame shows now, and not in the middle of the painting
        for moment in survey.moments:
            masks.at(moment.number, run.regions, run.content, [style.picture for style in run.styles])
    return PreparedFilm(source, choices, survey, run, masks, motion.on(run.network.device))


def facts(made: PreparedFilm, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return what a folder of painted frames has to say about its film.

    Args:
        made: The film that is painted.
        given: The command's options, as text, to give it again.

    Returns:
        same: Everything that determines the frames. given: As passed.
    """
    run = made.run
    known = declared()
    bearing = {name: value for name, value in run.options.record().items() if known[name][0].is_fixed}
    own = {name: value for name, value in asdict(made.choices).items() if name != "codec"}
    same = {
        "film": digest(made.film.path),
        "styles": [style.picture.digest for style in run.styles],
        "masks": run.regions.masks.record(),
        "masks that move": {f"{name} {k}": digest(one.path) for (name, k), one in made.masks.films.items()},
        "network": run.provision.record(),
        "options": bearing,
        "film's options": own,
    }
    if weights := made.motion.record():
        same["network for flow"] = weights
    return {"same": same, "given": dict(given or {})}


def digest(path: Path) -> str:
    """Return what identifies a film; for a folder, the names and contents of its pictures.

    Contents and not dates, which copying changes. Reading them takes little time beside the survey before, which has
    decoded them all.
    """
    if not path.is_dir():
        return sha256(path)
    told = [(file.name, sha256(file)) for file in pictures_in(path)]
    return hashlib.sha256(repr(told).encode()).hexdigest()
