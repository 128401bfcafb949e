"""Uploads are measured while they come: the kind and size of each file, their number, and all of them together."""

from __future__ import annotations

import pytest

pytest.importorskip("starlette", reason='the web app is not installed: pip install "neuralart[app]"')

from neuralart.app.access import Access
from neuralart.app.measure import ENVELOPE, Measure, TooLargeError
from neuralart.app.settings import MEGABYTE

PNG, MP4 = b"\x89PNG\r\n\x1a\n", b"\0\0\0\x1cftypisom"
BEGIN = b'--mark\r\ncontent-disposition: form-data; name="files"\r\n\r\n'
END = b"\r\n--mark--\r\n"


@pytest.fixture
def measure():
    limits = Access(max_megabytes=1, max_film_megabytes=2, max_batch_megabytes=3, max_batch_pictures=5)
    return Measure(limits, b"mark")


def file(head, megabytes, less=0):
    return BEGIN + head + bytes(round(megabytes * MEGABYTE) - len(head) - less) + b"\r\n"


def sent(measure, body, piece):
    for at in range(0, len(body), piece):
        measure.add(body[at : at + piece])


@pytest.mark.parametrize("piece", [7, 100, 10_000_000])
def test_what_comes_is_counted_however_it_is_cut(measure, piece):
    body = b"".join(file(head, 0.0001) for head in (PNG, MP4, PNG)) + END
    sent(measure, body, piece)
    assert (measure.files, measure.total) == (3, len(body))


@pytest.mark.parametrize(
    ("head", "most", "refusal"),
    [
        (PNG, 1, "The file exceeds the maximum size of 1 megabytes; a film may have 2"),
        (MP4, 2, "The film exceeds the maximum size of 2 megabytes"),
    ],
)
@pytest.mark.parametrize("before", [0, 1])
def test_a_film_may_be_larger(measure, head, most, refusal, before):
    """What a file is shows in its first bytes, however they come, and whatever comes before it."""
    measure.add(file(PNG, 0.5) * before)
    begin = BEGIN + head
    measure.add(begin[:60])
    measure.add(begin[60:])
    measure.add(bytes(most * MEGABYTE))
    with pytest.raises(TooLargeError):
        measure.add(bytes(ENVELOPE))
    assert measure.refusal() == refusal


def test_several_together(measure):
    for _ in range(3):
        measure.add(file(PNG, 1))
    with pytest.raises(TooLargeError):
        measure.add(file(PNG, 0.5))
    assert measure.refusal() == "The files exceed the maximum size of 3 megabytes together"


def test_what_is_announced_is_too_large(measure):
    assert measure.most == 3 * MEGABYTE + ENVELOPE
    assert measure.refusal() == "The upload exceeds the maximum size of 3 megabytes"


def test_too_many(measure):
    for _ in range(5):
        measure.add(file(PNG, 0.01))
    measure.add(END)
    assert measure.files == 5
    with pytest.raises(TooLargeError):
        measure.add(file(PNG, 0.01) + END)
    assert measure.refusal() == "This app takes at most 5 files at once"
