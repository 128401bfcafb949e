"""The folder of finished pictures, with their records inside, and of animations with the same names."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator
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

ANIMATIONS = (".mp4", ".webm", ".webp", ".gif", ".mov", ".mkv")
PLAYED = (".mp4", ".webm")  # of these, what browsers play
DELETED = ".deleted"  # a folder in the gallery
DELETED_LAST = 30 * 24 * 3600.0  # seconds until what was deleted is gone for good
HALF_WRITTEN = 3600.0  # seconds; another app may be writing to the same folder
SMALL, LARGE = 360, 1200  # pixels: long edges of the copies that the page shows


@dataclass(frozen=True)
class Item:
    """One picture of the gallery."""

    path: Path
    record: dict[str, Any]

    @property
    def name(self) -> str:
        """The name by which visitors request it."""
        return self.path.name

    @property
    def animation(self) -> Path | None:
        """The film of how it was painted, if there is one."""
        files = (self.path.with_suffix(suffix) for suffix in ANIMATIONS)
        return next((file for file in files if file.is_file()), None)

    @property
    def is_film(self) -> bool:
        """Whether a film was painted, of which the picture is one frame and `animation` is the whole."""
        return isinstance(self.record.get("film"), dict)

    @property
    def mark(self) -> Path:
        """The empty file that makes it a favourite."""
        return self.path.with_name(f".{self.path.name}.favourite")

    @property
    def is_favourite(self) -> bool:
        """Whether visitors have marked it as a favourite."""
        return self.mark.exists()

    @property
    def caption(self) -> str:
        """A description in words, for readers who cannot see the picture."""
        return str(self.record.get("description") or self.path.stem)


class Gallery:
    """The pictures in a folder that have a record, newest first. Raises PictureError if the folder is not writable."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known: dict[tuple[str, float], dict[str, Any] | None] = {}
        self.writing = threading.Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = error.strerror or error
            raise PictureError(f"cannot create the gallery '{folder}': {reason}; give another --gallery") from None
        check_writable(folder / "picture.png")
        self._sweep()

    def _sweep(self) -> None:
        """Remove incomplete files of apps that were killed, and what was deleted long ago."""
        for place in (self.folder / DELETED).glob("*"):
            with suppress(OSError):
                if place.stat().st_mtime < time.time() - DELETED_LAST:
                    shutil.rmtree(place)
        for spare in self.folder.glob(".*.tmp"):
            with suppress(OSError):
                if spare.stat().st_mtime < time.time() - HALF_WRITTEN:
                    spare.unlink()

    def keep(self, picture: Picture, stem: str, bits: int, place: Path | None = None) -> Path:
        """Write a picture to `place`, where an earlier state of it is, or else under a free name. Return its path."""
        with self.writing:
            if place is None:
                place = self._free(f"{plain(stem)}.png")
                Item(place, {}).mark.unlink(missing_ok=True)  # of a picture that was removed from the folder by hand
            write(picture, place, bits=bits)
        return place

    def join(self, picture: Path, film: Path) -> None:
        """Move an animation beside its picture, under the same name. Raises OSError."""
        place = picture.with_suffix(film.suffix)
        spare = place.with_name(f".{place.name}.tmp")
        shutil.move(film, spare)
        spare.replace(place)

    def _free(self, name: str) -> Path:
        """Return a path that has neither a picture nor an animation yet: the name, or with -2, -3, ... appended."""
        wanted, count = self.folder / name, 1
        place = wanted
        while any(os.path.lexists(place.with_suffix(suffix)) for suffix in (".png", *ANIMATIONS)):
            count += 1
            place = wanted.with_stem(f"{wanted.stem}-{count}")
        return place

    def favour(self, name: str) -> bool:
        """Make a picture a favourite, or no longer one; return which. Raises OptionError if it is gone, or OSError."""
        item = self.find(name)
        is_favourite = not item.is_favourite
        if is_favourite:
            item.mark.touch()
        else:
            item.mark.unlink(missing_ok=True)
        return is_favourite

    def delete(self, name: str) -> str:
        """Move a picture, its animation and its mark out of sight; return the key for `restore`.

        Raises OptionError if it is gone, or OSError.
        """
        with self.writing:
            item, key = self.find(name), secrets.token_hex(8)
            place = self.folder / DELETED / key
            place.mkdir(parents=True)
            for file in (item.animation, item.mark, item.path):
                if file is not None and file.exists():
                    file.rename(place / file.name)
        return key

    def restore(self, key: str) -> Path:
        """Undo a deletion, under another name if the old one is taken. Return the picture's path.

        Raises OptionError if there is nothing to restore, or OSError.
        """
        with self.writing:
            place = self.folder / DELETED / key
            files = list(place.iterdir()) if re.fullmatch(r"[0-9a-f]+", key) and place.is_dir() else []
            old = next((Item(file, {}) for file in files if file.suffix == ".png"), None)
            if old is None:
                raise OptionError("what was deleted is no longer there")
            new = Item(self._free(old.name), {})
            if old.animation is not None:
                old.animation.rename(new.path.with_suffix(old.animation.suffix))
            if old.is_favourite:
                old.mark.rename(new.mark)
            old.path.rename(new.path)
            place.rmdir()
        return new.path

    def items(self, count: int, wanted: Callable[[Item], bool] = lambda item: True) -> list[Item]:
        """Return at most `count` of the newest pictures that are wanted."""
        result: list[Item] = []
        for path, changed in self._newest():
            if len(result) == count:
                break
            if (record := self._record(path, changed)) is not None and wanted(item := Item(path, record)):
                result.append(item)
        return result

    def find(self, name: str) -> Item:
        """Return the picture with this name. Raises OptionError if there is none, or it has been removed."""
        for path, changed in self._newest():
            if path.name == name and (record := self._record(path, changed)) is not None:
                return Item(path, record)
        raise OptionError(f"the gallery has no picture '{name}'; it may have been removed")

    def _newest(self) -> Iterator[tuple[Path, float]]:
        dated = []
        for path in self.folder.glob("*.png"):
            try:
                dated.append((path, path.stat().st_mtime))
            except OSError:  # removed in the meantime
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
    """Return a visitor's file name without characters that a file system, a shell or a web address could misread.

    >>> plain("my holiday (1)/.. ")
    'my-holiday-1'
    """
    return re.sub(r"[^\w]+", "-", stem).strip("-_")[:80] or "picture"


def shown(path: Path, long_edge: int, folder: Path) -> Path:
    """Return a JPEG of the picture with at most this long edge, made once in the app's own folder."""
    made = _place_in(folder, path, str(long_edge)) / f"{path.stem}.jpg"
    if not made.exists():
        spare = made.with_suffix(f".{threading.get_ident()}")
        spare.write_bytes(encode(Picture(read(path, long_edge).pixels), ".jpg", quality=88))
        spare.replace(made)
    return made


def handed_out(path: Path, folder: Path) -> Path:
    """Return a copy of a file in the app's own folder: the gallery itself is never served."""
    copy = _place_in(folder, path, "copy") / path.name
    if not copy.exists():
        spare = copy.with_suffix(f".{threading.get_ident()}")
        try:
            os.link(path, spare)  # takes no space
        except OSError:
            shutil.copyfile(path, spare)
        spare.replace(copy)
    return copy


def files(item: Item, folder: Path) -> dict[str, Path | None]:
    """Return copies of the files that a visitor can download: the picture, the animation if there is one, the record.

    Raises FileNotFoundError if the picture has been removed.
    """
    picture = handed_out(item.path, folder)
    record = picture.with_suffix(".json")
    record.write_text(json.dumps(item.record, indent=2, ensure_ascii=False), encoding="utf-8")
    film, animation = item.animation, None
    with suppress(FileNotFoundError):  # it may have been removed
        animation = handed_out(film, folder) if film else None
    return {"picture": picture, "animation": animation, "record": record}


def _place_in(folder: Path, path: Path, purpose: str) -> Path:
    """Make a folder for a file's current state and a purpose; its name cannot be guessed without access to the file."""
    state = path.stat()
    identity = f"{path.absolute()} {state.st_mtime_ns} {state.st_size} {state.st_ino} {purpose}"
    place = folder / hashlib.sha256(identity.encode("utf-8", "surrogateescape")).hexdigest()[:32]
    place.mkdir(parents=True, exist_ok=True)
    return place
