"""A folder of what was made: pictures with their records inside, and animations of the same names beside them."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neuralart.errors import NeuralartError, OptionError, PictureError
from neuralart.image.picture import Picture
from neuralart.image.read import read
from neuralart.image.record import read_record
from neuralart.image.write import check_writable, encode, write

log = logging.getLogger(__name__)

ANIMATIONS = (".mp4", ".webm", ".webp", ".gif")
HALF_WRITTEN = 3600.0  # seconds; another app may write to the same folder just now
SMALL, LARGE = 360, 1200  # pixels: long edges of what the page shows of a picture


@dataclass(frozen=True)
class Item:
    """One picture of the gallery."""

    path: Path
    record: dict[str, Any]

    @property
    def name(self) -> str:
        """By which visitors ask for it."""
        return self.path.name

    @property
    def animation(self) -> Path | None:
        """The film of its making, where there is one."""
        files = (self.path.with_suffix(suffix) for suffix in ANIMATIONS)
        return next((file for file in files if file.is_file()), None)

    @property
    def caption(self) -> str:
        """What it is, in words: it stands for the picture where that cannot be seen."""
        return str(self.record.get("description") or self.path.stem)


class Gallery:
    """Pictures in a folder, newest first; only those that carry a record are shown. Raises PictureError."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known: dict[tuple[str, float], dict[str, Any] | None] = {}
        self.writing = threading.Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = error.strerror or error
            raise PictureError(f"cannot make the gallery '{folder}': {reason}; give another --gallery") from None
        check_writable(folder / "picture.png")
        self._sweep()

    def _sweep(self) -> None:
        """Remove what an app that was killed had half written: nobody writes to it any more."""
        for spare in self.folder.glob(".*.tmp"):
            with suppress(OSError):
                if spare.stat().st_mtime < time.time() - HALF_WRITTEN:
                    spare.unlink()

    def keep(self, picture: Picture, stem: str, bits: int, place: Path | None = None) -> Path:
        """Write a picture and return where: at `place`, where an earlier state of it is, else under a free name."""
        with self.writing:
            place = place or self._free(f"{plain(stem)}.png")
            write(picture, place, bits=bits)
        return place

    def join(self, picture: Path, film: Path) -> None:
        """Put an animation beside the picture whose making it shows, under the same name. Raises OSError."""
        place = picture.with_suffix(film.suffix)
        spare = place.with_name(f".{place.name}.tmp")
        shutil.move(film, spare)
        spare.replace(place)

    def _free(self, name: str) -> Path:
        """Of this name or with -2, -3, ... before its suffix: neither picture nor animation is there yet."""
        wanted, count = self.folder / name, 1
        place = wanted
        while any(os.path.lexists(place.with_suffix(suffix)) for suffix in (".png", *ANIMATIONS)):
            count += 1
            place = wanted.with_stem(f"{wanted.stem}-{count}")
        return place

    def items(self, count: int) -> list[Item]:
        """At most so many of the newest."""
        result: list[Item] = []
        for path, changed in self._newest():
            if len(result) == count:
                break
            if (record := self._record(path, changed)) is not None:
                result.append(Item(path, record))
        return result

    def find(self, name: str) -> Item:
        """The picture of this name. Raises OptionError where there is none, or none any more."""
        for path, changed in self._newest():
            if path.name == name and (record := self._record(path, changed)) is not None:
                return Item(path, record)
        raise OptionError(f"the gallery has no picture '{name}'; it may have been removed")

    def _newest(self) -> Iterator[tuple[Path, float]]:
        dated = []
        for path in self.folder.glob("*.png"):
            try:
                dated.append((path, path.stat().st_mtime))
            except OSError:  # removed meanwhile
                continue
        return iter(sorted(dated, key=lambda pair: pair[1], reverse=True))

    def _record(self, path: Path, changed: float) -> dict[str, Any] | None:
        key = (path.name, changed)
        if key not in self.known:
            try:
                self.known[key] = read_record(path)
            except NeuralartError as error:
                log.info("%s", error)
                self.known[key] = None
        return self.known[key]


def plain(stem: str) -> str:
    """A visitor's file name without what a file system, a shell or a web address could mistake.

    >>> plain("my holiday (1)/.. ")
    'my-holiday-1'
    """
    return re.sub(r"[^\w]+", "-", stem).strip("-_")[:80] or "picture"


def shown(path: Path, long_edge: int, folder: Path) -> Path:
    """A JPEG of the picture with at most this long edge, made once in a folder that is the app's own."""
    made = _place_in(folder, path, str(long_edge)) / f"{path.stem}.jpg"
    if not made.exists():
        spare = made.with_suffix(f".{threading.get_ident()}")
        spare.write_bytes(encode(Picture(read(path, long_edge).pixels), ".jpg", quality=88))
        spare.replace(made)
    return made


def handed_out(path: Path, folder: Path) -> Path:
    """A copy of a file, in a folder that is the app's own: the gallery itself is never served."""
    copy = _place_in(folder, path, "copy") / path.name
    if not copy.exists():
        spare = copy.with_suffix(f".{threading.get_ident()}")
        try:
            os.link(path, spare)  # takes no room
        except OSError:
            shutil.copyfile(path, spare)
        spare.replace(copy)
    return copy


def files(item: Item, folder: Path) -> dict[str, Path | None]:
    """What a visitor takes home: picture, animation where there is one, and record, each handed out.

    Raises FileNotFoundError where the picture was removed meanwhile.
    """
    picture = handed_out(item.path, folder)
    record = picture.with_suffix(".json")
    record.write_text(json.dumps(item.record, indent=2, ensure_ascii=False), encoding="utf-8")
    film, animation = item.animation, None
    with suppress(FileNotFoundError):  # it may have been removed since
        animation = handed_out(film, folder) if film else None
    return {"picture": picture, "animation": animation, "record": record}


def _place_in(folder: Path, path: Path, purpose: str) -> Path:
    """A folder of this file, as it is now, for this purpose; nobody guesses its name who has not seen the file."""
    state = path.stat()
    told = f"{path.absolute()} {state.st_mtime_ns} {state.st_size} {state.st_ino} {purpose}"
    place = folder / hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()[:32]
    place.mkdir(parents=True, exist_ok=True)
    return place
