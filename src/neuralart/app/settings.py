"""Declares the settings of the app's owner, from which the command line and its help are derived."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from neuralart.errors import OptionError
from neuralart.options import option
from neuralart.values import check_all, flag

GROUPS = {
    "Address": "where the app listens, and who may use it",
    "Gallery": "where pictures are kept",
    "Limits": "how much visitors may use",
}
PASSWORD = "NEURALART_PASSWORD"
MEGABYTE = 2**20
SHORTEST = 8  # characters of a password


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of an app. Raises OptionError for a value that makes no sense."""

    host: str = option(
        "127.0.0.1",
        "Address",
        "the address to listen on; 0.0.0.0 lets in every machine on the network, and needs a password",
        shown="ADDRESS",
    )
    port: int | None = option(
        None,
        "Address",
        "the port to listen on; 0 for any free one",
        int,
        least=0,
        most=65535,
        unset="the first free one from 7860",
    )
    password: str | None = option(
        None,
        "Address",
        f"the password, at least {SHORTEST} characters; other users of this machine may see it in the list of"
        " processes, unlike one in a file or in the variable " + PASSWORD,
        unset="none",
    )
    password_file: str | None = option(
        None, "Address", "a file whose first line is the password", unset="none", shown="FILE"
    )
    no_password: bool = option(False, "Address", "let everybody in, even from other machines", bool)
    open: bool = option(False, "Address", "open the page in the browser", bool)

    gallery: str | None = option(
        None,
        "Gallery",
        "the folder of finished pictures; all visitors see it",
        unset="'neuralart' in your pictures folder",
        shown="FOLDER",
    )

    max_size: int = option(2048, "Limits", "long edge of a painting in pixels", int, least=16, most=200_000)
    max_megapixels: float = option(64.0, "Limits", "size of an uploaded picture, in millions of pixels", float, above=0)
    max_megabytes: int = option(64, "Limits", "size of an uploaded file, in megabytes", int, least=1, most=100_000)
    max_film_megabytes: int = option(
        200, "Limits", "size of an uploaded film, in megabytes", int, least=1, most=100_000
    )
    max_film_seconds: float = option(60.0, "Limits", "seconds of a film that are painted at most", float, above=0)
    max_batch_pictures: int = option(
        100, "Limits", "pictures that are painted at one go: photographs times styles", int, least=1, most=10_000
    )
    max_batch_megabytes: int = option(
        500, "Limits", "size of all files for such a batch together, in megabytes", int, least=1, most=1_000_000
    )
    max_minutes: float = option(
        60.0, "Limits", "minutes until a painting must make way for the next one", float, above=0
    )
    max_unwatched: float = option(
        60.0,
        "Limits",
        "seconds that a painting continues after its page is closed; if loaded again, the page finds it",
        float,
        above=0,
    )
    no_preview: bool = option(
        False, "Limits", "paint no small previews, which begin by themselves when a picture or an option changes", bool
    )
    max_waiting: int = option(8, "Limits", "paintings that may wait for their turn", int, least=0, most=1000)

    def __post_init__(self) -> None:
        check_all(self)
        given = [name for name in ("password", "password_file", "no_password") if getattr(self, name)]
        if len(given) > 1:
            raise OptionError(f"{' and '.join(map(flag, given))} contradict each other; give one of them")


def password(settings: Settings, surroundings: Mapping[str, str] = os.environ) -> str | None:
    """Return the password; None if everybody may come in.

    Raises:
        OptionError: The password is too short or cannot be read, or there is none although other machines can reach the
            address and `no_password` is not set.
    """
    if settings.no_password:
        return None
    result, source = settings.password, "--password"
    if settings.password_file is not None:
        result, source = _first_line(settings.password_file), f"--password-file '{settings.password_file}'"
    elif result is None and surroundings.get(PASSWORD):
        result, source = surroundings[PASSWORD], PASSWORD
    if result is None and not is_local(settings.host):
        raise OptionError(
            f"--host {settings.host} can be reached from other machines; add --password-file FILE or set {PASSWORD},"
            " or give --no-password"
        )
    if result is not None and len(result) < SHORTEST:
        raise OptionError(f"{source} has {len(result)} characters; a password needs at least {SHORTEST}")
    return result


def _first_line(file: str) -> str:
    try:
        return (Path(file).read_text(encoding="utf-8").splitlines() or [""])[0].strip()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise OptionError(f"--password-file '{file}' cannot be read ({reason}); give a text file") from None


def is_local(host: str) -> bool:
    """Return whether only this machine can reach the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False  # a name may mean any address


def gallery_folder(settings: Settings) -> Path:
    """Return the folder of the gallery."""
    import platformdirs

    return Path(settings.gallery or platformdirs.user_pictures_path() / "neuralart")
