"""Takes orders from the page and from the HTTP API, and refuses those that cannot be carried out."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

from neuralart.app import batch_form, film_form, films, form
from neuralart.app.access import Access
from neuralart.app.batching import Batching, number
from neuralart.app.filming import Filming
from neuralart.app.gallery import Gallery
from neuralart.app.job import Job
from neuralart.app.jobs import Studio
from neuralart.app.listeners import Listeners
from neuralart.app.order import MissingError, Order
from neuralart.app.painting import Painting
from neuralart.app.previews import Preview, small
from neuralart.app.settings import MEGABYTE
from neuralart.app.upload import Upload
from neuralart.areas import NAMES as MASKS
from neuralart.errors import OptionError, suggest
from neuralart.image.sizes import fit
from neuralart.image.source import quoted
from neuralart.options import Options, declared, flag
from neuralart.together import NONE, canvas, count_styles, long_edge

UPLOADS_LAST = 24 * 3600  # seconds


@dataclass(frozen=True)
class Desk:
    """Takes orders.

    Attributes:
        settings: The app's settings.
        studio: Paints.
        gallery: Keeps the pictures.
        folder: The app's folder, for uploads and for the files that it serves.
        fixed: Options given by the app's owner.
        listeners: Knows who reads reports.
    """

    settings: Access
    studio: Studio
    gallery: Gallery
    folder: Path
    fixed: Mapping[str, Any] = field(default_factory=dict)
    listeners: Listeners = field(default_factory=Listeners)

    @property
    def own(self) -> Path:
        """The folder for the app's own files, which last as long as it runs."""
        return self.folder / "own"

    def order(self, order: Order) -> Job:
        """Queue what is ordered. Raises what `checked` raises."""
        job = self.checked(order)
        self.studio.submit(job)
        return job

    def preview(self, visitor: str | None, order: Order) -> Preview | None:
        """Let a preview of an order wait for its turn, in place of the visitor's last one.

        Return None if something of the visitor's is being painted. Raises what `checked` raises.
        """
        self.studio.previews.withdraw(visitor)
        job = self.checked(order)
        if self.studio.paints_for(visitor):
            return None
        if isinstance(job, Painting):
            job.options = small(job.options)
        preview = Preview(visitor, job)
        self.studio.previews.put(preview)
        return preview

    def checked(self, order: Order) -> Job:
        """Return what can be queued.

        Raises:
            MissingError: The order is not complete.
            OptionError: It cannot be carried out.
            PictureError: A file cannot be read or is too large.
        """
        made = {"picture": self._painting, "film": self._filming, "batch": self._batching}
        return made[order.kind](order)

    def _painting(self, order: Order) -> Painting:
        options, content, given = form.chosen(order.values, self.fixed), order.content, order.given
        if content is None and not isinstance(options.size, str):
            raise MissingError(
                "the content is missing; drop in a picture or choose an example; or give --size as 1024x512 to make a"
                " texture from the style alone"
            )
        named = masks_of(order.styles, order.masks)
        self._check_styles(options, given, [mask for several in named.values() for mask in several if mask])
        options = replace(options, **called(named))
        if content:
            check_edge(options, "a photograph")
        self.check_size(options, content.size(self.settings.max_megapixels) if content else canvas(options))
        return Painting(content, given, options, self.own, named)

    def _filming(self, order: Order) -> Filming:
        (choices, options), film, most = film_form.chosen(order.values, self.fixed), order.content, self.settings
        if film is None:
            raise MissingError(f"the film is missing; drop in a file: {films.KINDS}")
        self._check_styles(options, order.given)
        check_edge(options, "a film")
        source = films.open_film(film)
        self.check_size(options, films.size_of(film, source, most.max_megapixels))
        films.check_length(film, source, choices, most.max_film_seconds)
        return Filming(film, order.given, choices, options, self.own, most.max_film_seconds)

    def _batching(self, order: Order) -> Batching:
        options, most = batch_form.chosen(order.values, self.fixed), self.settings
        contents, styles = list(dict.fromkeys(order.contents)), list(dict.fromkeys(order.given))
        if not contents:
            raise MissingError("the photographs are missing; drop in several pictures or choose examples")
        for each in [[style] for style in styles] or [[]]:
            self._check_styles(options, each)
        check_number(len(contents), len(styles), most.max_batch_pictures)
        check_edge(options, "a photograph")
        sizes = [content.size(most.max_megapixels) for content in contents]
        check_weight([*contents, *styles], most.max_batch_megabytes)
        for content, size in zip(contents, sizes):
            self.check_size(options, size, content.name)
        return Batching(list(zip(contents, sizes)), styles, options, self.gallery)

    def _check_styles(self, options: Options, styles: Sequence[Upload], masks: Sequence[Upload] = ()) -> None:
        """Raise OptionError or PictureError unless there are as many styles as the options say, all of a fit size."""
        if not styles:
            raise MissingError("the style is missing; drop in a picture or choose an example")
        self.tidy()
        count_styles(options, len(styles))
        for picture in (*styles, *masks):
            picture.size(self.settings.max_megapixels)

    def in_use(self) -> set[Path]:
        """Return the uploads of paintings that wait, are painted or can be continued."""
        paintings = self.studio.wanted()
        return {upload.path for painting in paintings for upload in painting.uploads}

    def tidy(self) -> None:
        """Remove old uploads, since an app may run for months. Another thread may remove the same ones."""
        used = {path.parent for path in self.in_use()} | {self.own}
        with suppress(OSError):
            for place in self.folder.iterdir():
                with suppress(OSError):
                    if place not in used and place.stat().st_mtime < time.time() - UPLOADS_LAST:
                        shutil.rmtree(place, ignore_errors=True)

    def watch(self, painting: Job, session: str | None) -> Iterator[None]:
        """Do the same as `Studio.watch`, for whoever listens to this session, whose preview ends."""
        painting.visitor = session
        self.studio.previews.withdraw(session)
        return self.studio.watch(painting, lambda: self.listeners.hears(session))

    def watch_preview(self, preview: Preview) -> Iterator[None]:
        """Do the same as `Previews.watch`, for the preview's visitor."""
        return self.studio.previews.watch(preview, lambda: self.listeners.hears(preview.visitor))

    def check_size(self, options: Options, content: tuple[int, int], name: str = "") -> None:
        """Raise OptionError for a painting that would be larger than this app allows. name: Of one of many contents."""
        longest = self.settings.max_size
        if max(fit(*content, long_edge(options))) > longest:
            size = f"{content[0]} x {content[1]} pixels"
            kept = f"the {size} of {quoted(name)}" if name else f"the content's {size}"
            own = "" if options.size else f", which keeps {kept}"
            raise OptionError(f"--size is {options.size}{own}; this app paints at most {longest} pixels")


def check_edge(options: Options, what: str) -> None:
    """Raise OptionError for a width and a height. what: What has its own shape."""
    if isinstance(options.size, str):
        edge = long_edge(options)
        raise OptionError(f"--size is {options.size}; {what} keeps its shape, so give the long edge alone: {edge}")


def check_number(contents: int, styles: int, most: int) -> None:
    """Raise OptionError for a batch of more than `most` pictures."""
    if contents * styles > most:
        given = f"{number(contents, 'photograph')} in {number(styles, 'style')} are {number(contents * styles)}"
        raise OptionError(f"{given}; this app paints at most {most} at one go, so leave some out")


def check_weight(files: Sequence[Upload], most: int) -> None:
    """Raise OptionError for the files of a batch if they have more than `most` megabytes together."""
    total = sum(file.path.stat().st_size for file in files) / MEGABYTE
    if total > most:
        raise OptionError(
            f"the files have {total:.0f} megabytes together; this app accepts at most {most} for one batch, so leave"
            " some out"
        )


def masks_of(
    styles: Sequence[Upload | None], masks: Mapping[str, Sequence[Upload | None]]
) -> dict[str, list[Upload | None]]:
    """Return the masks without those of missing styles. Raises OptionError if one belongs to nothing."""
    result: dict[str, list[Upload | None]] = {}
    for name, several in masks.items():
        if name not in MASKS:
            raise OptionError(f"there is no mask '{name}'{suggest(name, MASKS)} (there are {', '.join(MASKS)})")
        if not declared()[name][0].many:
            if len(several) > 1:
                raise OptionError(f"{flag(name)} is one picture, but {len(several)} are given")
            kept = list(several)
        else:
            pairs = list(zip_longest(styles, several))
            if any(mask and not style for style, mask in pairs):
                raise OptionError(f"{flag(name)} is given for a style that is missing; drop in that style, too")
            kept = [mask for style, mask in pairs if style]
        if any(kept):
            result[name] = kept
    return result


def called(masks: Mapping[str, Sequence[Upload | None]]) -> dict[str, Any]:
    """Return the options that name these masks, by the visitor's file names, for the record."""
    named = {name: tuple(mask.name if mask else NONE for mask in several) for name, several in masks.items()}
    return {name: several if declared()[name][0].many else several[0] for name, several in named.items()}
