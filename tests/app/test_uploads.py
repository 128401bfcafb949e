"""Room for uploads: the oldest goes, unless somebody paints with it. How they come is tested from outside."""

from __future__ import annotations

import pytest

pytest.importorskip("starlette", reason='the web app is not installed: pip install "neuralart[app]"')

from neuralart.app.access import Access
from neuralart.app.settings import MEGABYTE
from neuralart.app.uploads import FullError, Room


@pytest.fixture
def used():
    """The files that paintings need."""
    return set()


@pytest.fixture
def room(used):
    limits = Access(
        max_megabytes=1,
        max_uploads=3,
        max_uploads_megabytes=2,
        max_all_uploads=5,
        max_all_uploads_megabytes=3,
    )
    return Room(limits, lambda: used)


@pytest.fixture
def bring(room, tmp_path):
    """Uploads a file: bring("me", "a", 100) -> where it lies."""

    def come(visitor, name, size=1):
        place = room.reserve(visitor, size)
        file = tmp_path / name / "picture.png"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(bytes(size))
        room.settle(place, file)
        return file

    return come


def kept(tmp_path):
    return sorted(place.name for place in tmp_path.iterdir())


def test_the_oldest_of_a_visitor_goes(bring, tmp_path):
    for name in "abcd":
        bring("me", name)
    assert kept(tmp_path) == ["b", "c", "d"]
    bring("me", "b")  # once more: now it is the newest
    bring("me", "e")
    assert kept(tmp_path) == ["b", "d", "e"]


def test_what_a_painting_needs_stays(bring, used, tmp_path):
    used.add(bring("me", "a"))
    for name in "bcd":
        bring("me", name)
    assert kept(tmp_path) == ["a", "c", "d"]
    used |= {tmp_path / name / "picture.png" for name in "cd"}
    with pytest.raises(FullError, match="all of them are in use; try again later"):
        bring("me", "e")
    bring("you", "e")  # another visitor has room


def test_sizes(bring, tmp_path):
    for name in "abc":
        bring("me", name, MEGABYTE)
    assert kept(tmp_path) == ["b", "c"]
    bring("you", "d", MEGABYTE)
    bring("you", "e", MEGABYTE)  # for all together 3 are kept
    assert kept(tmp_path) == ["c", "d", "e"]


def test_uploads_that_come_at_the_same_time_count(room):
    places = [room.reserve("me", MEGABYTE) for _ in range(2)]
    with pytest.raises(FullError):
        room.reserve("me", MEGABYTE)
    room.release(places[0])
    room.reserve("me", MEGABYTE)


def test_all_together(bring, tmp_path):
    for n, name in enumerate("abcdefg"):
        bring(f"visitor {n}", name)
    assert kept(tmp_path) == list("cdefg")


def test_what_was_removed_otherwise_takes_no_room(bring, room, tmp_path):
    for name in "abc":
        bring("me", name)
    (tmp_path / "b" / "picture.png").unlink()
    (tmp_path / "b").rmdir()
    bring("me", "d")
    assert kept(tmp_path) == ["a", "c", "d"]
    assert len(room.kept) == 3
