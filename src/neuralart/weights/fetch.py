"""Downloads a published file to the cache folder and verifies it."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from urllib.parse import quote, urlsplit
from urllib.request import url2pathname

from neuralart.errors import FetchError, WeightsError
from neuralart.weights.cache import cache_folder, mirrors, offline
from neuralart.weights.digest import digest_of
from neuralart.weights.download import Progress, UnavailableError, download
from neuralart.weights.registry import Source

Folder = str | PathLike[str] | None
OnFailure = Callable[[str, str], None]
"""Called with each address that fails and the reason, as soon as it fails."""


def fetch(
    source: Source,
    folder: Folder = None,
    *,
    progress: Progress | None = None,
    timeout: float = 30,
    on_failure: OnFailure | None = None,
) -> Path:
    """Return the path of a source's file; download it first unless it is already in the folder.

    The digest is verified at every call, before the file is parsed; that takes a fraction of a second. The mirrors in
    $NEURALART_MIRROR are tried first. An interrupted download stays in ``<name>.part``, even after Ctrl-C, and the next
    call continues it. If two processes fetch the same file, the second waits and uses the first one's.

    Args:
        source: The file to fetch.
        folder: Where to keep it; by default `cache_folder()`.
        progress: Receives the number of bytes so far and in total.
        timeout: Seconds without a byte after which a connection counts as dropped.
        on_failure: Receives each address that fails, and the reason.

    Raises:
        FetchError: No address delivers the file. The message has every address, why it failed, and what to do.
    """
    return fetch_any([source], folder, progress=progress, timeout=timeout, on_failure=on_failure)[1]


def fetch_any(
    sources: Sequence[Source],
    folder: Folder = None,
    *,
    progress: Progress | None = None,
    timeout: float = 30,
    on_failure: OnFailure | None = None,
) -> tuple[Source, Path]:
    """Like ``fetch``, from the first of several sources that works. Returns that source and its file's path.

    A file that is already here, of whichever source, is preferred to a download.
    """
    if not sources:
        raise ValueError("no sources to fetch from")
    place = cache_folder() if folder is None else Path(folder)
    failures: list[tuple[str, str]] = []

    def failed(address: str, reason: str) -> None:
        failures.append((address, reason))
        if on_failure:
            on_failure(address, reason)

    for source in sources:
        if path := _present(source, place, failed):
            return source, path
    for source in sources:
        if not (addresses := _addresses(source)):
            continue
        with _locked(place / source.name, source.instead):
            # Another process may have fetched it while this one waited.
            path = _present(source, place, lambda *_: None) or _deliver(
                source, place / source.name, addresses, progress, timeout, failed
            )
        if path:
            return source, path
    raise FetchError(_sorry(sources, place, failures))


def find(source: Source, folder: Folder = None) -> Path | None:
    """Return the file's path if it is in the folder and has the right size; ``verify`` checks its digest."""
    path = (cache_folder() if folder is None else Path(folder)) / source.name
    try:
        status = path.stat()
    except OSError:  # not there, or not any more
        return None
    is_right = stat.S_ISREG(status.st_mode) and (status.st_size == source.size or not source.size_is_exact)
    return path if is_right else None


def verify(path: str | PathLike[str], source: Source) -> None:
    """Check that the file is the published one.

    Raises:
        WeightsError: It has another size or digest, which the message gives.
    """
    path = Path(path)
    try:
        actual = digest_of(path, source.algorithm)
        size = path.stat().st_size
    except OSError as error:
        raise WeightsError(f"{path}: cannot be read ({error.strerror or error})") from error
    if source.size_is_exact and size != source.size:
        raise WeightsError(f"{path}: has {size} bytes instead of {source.size}")
    if not actual.startswith(source.digest):
        begins = "" if source.digest_is_whole() else " at its beginning"
        raise WeightsError(f"{path}: has {source.algorithm} {actual} instead of {source.digest}{begins}")


def _present(source: Source, folder: Path, failed: OnFailure) -> Path | None:
    path = folder / source.name
    if not path.is_file():
        return None
    try:
        verify(path, source)
    except WeightsError as error:
        failed(str(path), _reason(error, path) + ": damaged, or another file of that name")
        return None
    return path


def _reason(error: Exception, path: Path) -> str:
    return str(error).removeprefix(f"{path}: ")


def _addresses(source: Source) -> list[str]:
    named = [f"{mirror.rstrip('/')}/{quote(source.name) if _is_http(mirror) else source.name}" for mirror in mirrors()]
    addresses = [*named, *source.urls]
    return [address for address in addresses if not _is_http(address)] if offline() else addresses


def _is_http(address: str) -> bool:
    return urlsplit(address).scheme.lower() in ("http", "https")


def _deliver(
    source: Source, target: Path, addresses: list[str], progress: Progress | None, timeout: float, failed: OnFailure
) -> Path | None:
    part = target.with_name(target.name + ".part")
    for address in addresses:
        try:
            _proven_part(source, address, part, progress, timeout)
        except UnavailableError as error:
            failed(address, str(error))
            continue
        _rename(part, target)
        return target
    return None


def _proven_part(source: Source, address: str, part: Path, progress: Progress | None, timeout: float) -> None:
    while True:
        resumed = _bring(source, address, part, progress, timeout)
        try:
            verify(part, source)
            return
        except WeightsError as error:
            part.unlink(missing_ok=True)
            if not resumed:
                raise UnavailableError(f"serves another file (it {_reason(error, part)})") from error
            # The first part may have come from another address, so download the whole file once more.


def _bring(source: Source, address: str, part: Path, progress: Progress | None, timeout: float) -> bool:
    if not _is_http(address):
        _copy(address, part)
        return False
    exact = source.size if source.size_is_exact else None
    limit = source.size if source.size_is_exact else 2 * source.size
    return download(address, part, size=exact, limit=limit, timeout=timeout, progress=progress)


def _copy(address: str, part: Path) -> None:
    scheme = urlsplit(address).scheme.lower()
    # A scheme of one letter is a Windows drive.
    if scheme not in ("", "file") and len(scheme) > 1:
        raise UnavailableError("is neither an http(s) address nor a folder")
    original = Path(url2pathname(urlsplit(address).path)) if scheme == "file" else Path(address).expanduser()
    if not original.is_file():
        raise UnavailableError("does not exist")
    try:
        shutil.copyfile(original, part)
    except OSError as error:
        raise UnavailableError(f"cannot be copied ({error.strerror or error})") from error


def _rename(part: Path, target: Path) -> None:
    try:
        part.replace(target)
    except OSError as error:
        raise FetchError(f"cannot rename {part} to {target.name} ({error.strerror or error})") from error


@contextmanager
def _locked(target: Path, instead: str) -> Iterator[None]:
    import filelock

    lock = filelock.FileLock(f"{target}.lock")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except (OSError, NotImplementedError) as error:
        reason = getattr(error, "strerror", None) or error
        raise FetchError(
            f"cannot keep files in the cache folder {target.parent} ({reason}); "
            f"set NEURALART_CACHE to a writable folder, or {instead}"
        ) from error
    try:
        yield
    finally:
        lock.release()


def _sorry(sources: Sequence[Source], folder: Path, failures: list[tuple[str, str]]) -> str:
    names = " or ".join(source.name for source in sources)
    lines = [f"{address}: {reason}" for address, reason in failures]
    instead = sources[0].instead
    if offline():
        first = f"{names} is not in {folder}, and NEURALART_OFFLINE forbids downloads"
        published = f", from {sources[0].urls[0]}" if sources[0].urls else ""
        cure = f"unset NEURALART_OFFLINE, {instead}, or put the file into that folder{published}"
    else:
        first = f"could not fetch {names}"
        cure = (
            f"check the connection and try again, {instead}, set NEURALART_MIRROR to an address or folder "
            f"that has the file, or put it into {folder}"
        )
    return "\n  ".join([first + (":" if lines else ""), *lines]) + f"\n{cure}"
