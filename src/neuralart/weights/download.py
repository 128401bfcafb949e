"""Downloads one address to a ``.part`` file: resumes, retries, and stops early if the file is clearly another one."""

from __future__ import annotations

import http.client
import itertools
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from neuralart.errors import FetchError
from neuralart.weights.recognise import HEAD, stand_in

Progress = Callable[[int, "int | None"], None]
"""Called with the number of bytes so far and in total, if known."""

ATTEMPTS = 5
PAUSE = 1.0  # seconds before the second attempt; doubled before each one after that
_CHUNK = 1 << 16
_PASSING = (408, 425, 429, 500, 502, 503, 504)


class UnavailableError(Exception):
    """The file cannot be had from this address; the message is the reason."""


class _DroppedError(Exception):
    """The attempt failed, but the next may succeed."""


@dataclass(frozen=True)
class _Offer:
    """What a response promises: the whole file's length, if given, and the byte at which the response starts."""

    total: int | None
    start: int


def download(url: str, part: Path, *, size: int | None, limit: int, timeout: float, progress: Progress | None) -> bool:
    """Download an http(s) address to ``part``, after the bytes that it already has.

    A dropped connection is resumed a few times. ``part`` stays for the next time, whatever happens. Its content is not
    checked here: see ``fetch.verify``.

    Args:
        url: The address.
        part: The file to write or to continue.
        size: The exact number of bytes, if known.
        limit: The most bytes to accept.
        timeout: Seconds without a byte after which the connection counts as dropped.
        progress: Receives the number of bytes so far and in total.

    Returns:
        Whether ``part`` had bytes before.

    Raises:
        UnavailableError: The address does not deliver the file; the message is the reason.
        FetchError: The disk is full or not writable.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise UnavailableError("is not an http or https address")
    resumed = _length(part) > 0
    attempt = 1
    while True:
        try:
            _attempt(url, part, size, limit, timeout, progress)
            return resumed
        except _DroppedError as trouble:
            if attempt == ATTEMPTS:
                raise UnavailableError(f"{trouble} (tried {ATTEMPTS} times)") from trouble
        time.sleep(PAUSE * 2 ** (attempt - 1))
        attempt += 1


def _attempt(url: str, part: Path, size: int | None, limit: int, timeout: float, progress: Progress | None) -> None:
    have = _length(part)
    if size is not None and have == size:
        return
    if have > limit:
        part.unlink()
        have = 0
    with _open(url, have, part, timeout) as response:
        if response is not None:
            _receive(response, part, _offer(response, have, part), size, limit, progress)


@contextmanager
def _open(url: str, have: int, part: Path, timeout: float) -> Iterator[Any]:
    headers = {"User-Agent": "neuralart", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    try:
        # A new opener each time, so that it reads the current proxies from the environment.
        response = urllib.request.build_opener().open(urllib.request.Request(url, headers=headers), timeout=timeout)
    except urllib.error.HTTPError as error:
        with error:
            if error.code == 416 and have:
                whole = re.search(r"\*/(\d+)", error.headers.get("Content-Range", ""))
                if whole and int(whole[1]) == have:
                    yield None  # nothing is missing
                    return
                part.unlink()
                raise _DroppedError("cannot resume from where it stopped") from error
            kind = _DroppedError if error.code in _PASSING else UnavailableError
            raise kind(f"answers {error.code} {error.reason}") from error
    except urllib.error.URLError as error:
        reason = error.reason
        if isinstance(reason, TimeoutError):
            raise UnavailableError(f"did not answer within {timeout:g} seconds") from error
        raise UnavailableError(f"cannot be reached ({getattr(reason, 'strerror', None) or reason})") from error
    except TimeoutError as error:
        raise UnavailableError(f"did not answer within {timeout:g} seconds") from error
    except (ValueError, http.client.InvalidURL) as error:
        raise UnavailableError(f"is not an address ({error})") from error
    except (OSError, http.client.HTTPException) as error:
        raise _DroppedError(f"breaks off ({str(error) or type(error).__name__})") from error
    with response:
        if not isinstance(response, http.client.HTTPResponse):
            raise UnavailableError(f"leads to {response.geturl()}, which is not an http or https address")
        yield response


def _offer(response: Any, have: int, part: Path) -> _Offer:
    if response.status == 206:
        span = re.match(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
        if span is None or int(span[1]) != have:
            part.unlink(missing_ok=True)
            raise _DroppedError("sends a different range than requested")
        return _Offer(None if span[2] == "*" else int(span[2]), have)
    if response.status != 200:
        raise UnavailableError(f"answers {response.status} {response.reason}")
    length = response.headers.get("Content-Length", "")
    return _Offer(int(length) if length.isdigit() else None, 0)


def _receive(response: Any, part: Path, offer: _Offer, size: int | None, limit: int, progress: Progress | None) -> None:
    total = size if offer.total is None else offer.total
    done = offer.start
    chunks = _chunks(response, offer, size, limit)
    head = next(chunks)  # refused before ``part`` is touched, or not at all
    with _disk(part):
        file = part.open("ab" if offer.start else "wb", buffering=0)
    with file:
        for chunk in itertools.chain([head], chunks):
            with _disk(part):
                rest = memoryview(chunk)
                while rest:
                    rest = rest[file.write(rest) :]
            done += len(chunk)
            if done > limit:
                raise UnavailableError(f"sends more than the {limit} bytes expected")
            if progress:
                progress(done, total)
    if total is not None and done < total:
        raise _DroppedError(f"breaks off after {done} of {total} bytes")


def _chunks(response: Any, offer: _Offer, size: int | None, limit: int) -> Iterator[bytes]:
    try:
        head = b"" if offer.start else response.read(HEAD)
        _refuse(response, head, offer, size, limit)
        yield head
        while chunk := response.read1(_CHUNK):
            yield chunk
    except TimeoutError as error:
        raise _DroppedError("stalls") from error
    except (OSError, http.client.HTTPException) as error:
        raise _DroppedError(f"breaks off ({str(error) or type(error).__name__})") from error


def _refuse(response: Any, head: bytes, offer: _Offer, size: int | None, limit: int) -> None:
    substitute = stand_in(head)
    if substitute is None and response.headers.get_content_type() == "text/html":
        substitute = "an HTML page"
    if substitute:
        raise UnavailableError(f"serves {substitute}, not the file")
    if offer.total is not None and (offer.total > limit or size not in (None, offer.total)):
        raise UnavailableError(f"offers {offer.total} bytes instead of {size or f'at most {limit}'}")


@contextmanager
def _disk(part: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FetchError(
            f"cannot write {part} ({error.strerror or error}); free space, or set NEURALART_CACHE to another folder"
        ) from error


def _length(part: Path) -> int:
    try:
        return part.stat().st_size
    except FileNotFoundError:
        return 0
