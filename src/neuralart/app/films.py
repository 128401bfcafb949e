"""Which films the app accepts: their kinds, by their first bytes, and their length."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from neuralart.app.upload import Upload
from neuralart.errors import OptionError, PictureError
from neuralart.image.picture import Picture
from neuralart.image.source import quoted
from neuralart.video.choices import FilmOptions
from neuralart.video.film import Film, opened
from neuralart.video.shot import SOURCES

NEEDED = {"av": "PyAV", "cv2": "OpenCV"}  # of the extra `video`
SUFFIXES = (".mp4", ".m4v", ".mov", ".webm", ".gif")
KINDS = "MP4, MOV, WebM or GIF"
HEAD = 12  # bytes by which a film is known
PICTURES = (b"hei", b"hev", b"mif", b"msf", b"miaf", b"avif", b"avis", b"crx")  # HEIF, AVIF and CR3: boxes as in MP4
OLD_BOXES = (b"moov", b"mdat", b"wide", b"free", b"skip")  # with which a MOV of before 2001 may begin


def missing() -> str | None:
    """Return what to install before films can be painted; None if all of it is there."""
    absent = [name for module, name in NEEDED.items() if find_spec(module) is None]
    if not absent:
        return None
    return (
        f'films need {" and ".join(absent)}, which this app lacks; its owner installs: pip install "neuralart[video]"'
    )


def suffix_of(head: bytes) -> str | None:
    """Return the suffix of a film that begins with these bytes; None if it is none that the app accepts.

    Only these containers are opened. Playlists, which FFmpeg would also read, name files of the server and addresses.
    """
    if head.startswith(b"GIF8"):
        return ".gif"
    if head.startswith(b"\x1aE\xdf\xa3"):
        return ".webm"
    if head[4:8] == b"ftyp" and not head[8:HEAD].startswith(PICTURES):
        return ".mov" if head[8:HEAD] == b"qt  " else ".mp4"
    return ".mov" if head[4:8] in OLD_BOXES else None


def size_of(film: Upload, source: Film, max_megapixels: float) -> tuple[int, int]:
    """Return the (width, height) of a film's frames. Raises PictureError if it cannot be read or they are too large."""
    return film.accepted(_first(film, source).size, max_megapixels)


def check_length(film: Upload, source: Film, choices: FilmOptions, most: float) -> None:
    """Raise OptionError if the chosen part of a film lasts more than `most` seconds, by what its file says."""
    lasts = source.lasts
    end = choices.end if lasts is None else min(float(lasts), choices.end or float(lasts))
    if end is not None:
        refuse_longer(film, end - choices.begin, most)


def refuse_longer(film: Upload, seconds: float, most: float) -> None:
    """Raise OptionError if a part of a film is longer than `most` seconds, but for a frame."""
    if seconds > most + 0.1:
        raise OptionError(
            f"{quoted(film.name)} is {seconds:.3g} seconds long, and this app paints at most {most:g} seconds of a"
            " film; choose a part with --begin and --end"
        )


def _first(film: Upload, source: Film) -> Picture:
    """Return the first frame."""
    try:
        shot = next(source.shots(), None)
        if shot is None:
            raise PictureError(f"cannot read {quoted(film.name)}: there is no frame in it that can be decoded")
        return shot.picture()
    except PictureError as error:
        raise film.named(error) from None


def open_film(film: Upload) -> Film:
    """Open a film without decoding it. Raises OptionError if films cannot be read here, PictureError if it is none."""
    if reason := missing():
        raise OptionError(reason)
    try:
        with film.path.open("rb") as file:
            suffix = suffix_of(file.read(HEAD))
        if suffix is None:
            raise no_film(film)
        return opened(film.path)
    except PictureError as error:
        raise film.named(PictureError(str(error).replace(SOURCES, KINDS))) from None


def is_named(upload: Upload) -> bool:
    """Return whether a file has a film's name; a GIF may be a picture as well."""
    return Path(upload.name).suffix.lower() in SUFFIXES and not upload.name.lower().endswith(".gif")


def no_film(upload: Upload) -> PictureError:
    """Return the error for a file that is none of the films that the app accepts."""
    return PictureError(f"cannot read {quoted(upload.name)}: it is no film; give {KINDS}")
