"""Where a file will be: refused beforehand, written whole or not at all."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time

import pytest

from neuralart.errors import PictureError
from neuralart.image.place import WEEK, check_place, named_format, replacing, sweep


def test_the_file_appears_at_the_end(tmp_path):
    target = tmp_path / "film.gif"
    target.write_bytes(b"older")
    with replacing(target) as spare:
        spare.write_bytes(b"newer")
        assert target.read_bytes() == b"older"
        assert spare.parent.parent == tmp_path
    assert target.read_bytes() == b"newer"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("error", [ValueError("an encoder's"), KeyboardInterrupt()])
def test_what_fails_leaves_the_older_file_and_nothing_else(tmp_path, error):
    target = tmp_path / "film.gif"
    target.write_bytes(b"older")
    with pytest.raises(type(error)), replacing(target) as spare:
        spare.write_bytes(b"half")
        raise error
    assert target.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [target]


def test_a_full_disk_is_said_to_be_full(tmp_path):
    message = r"^cannot write '.*film\.gif': the disk is full; make room or write elsewhere$"
    with pytest.raises(PictureError, match=message), replacing(tmp_path / "film.gif"):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_through_a_link(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "there" / "film.gif")
    with replacing(tmp_path / "link") as spare:
        spare.write_bytes(b"new")
    assert (tmp_path / "there" / "film.gif").read_bytes() == b"new"
    assert (tmp_path / "link").is_symlink()


@pytest.mark.parametrize(
    ("name", "part"),
    [("folder", "it is a folder"), ("nowhere/x", "there is no folder"), ("x" * 300, "the name is too long")],
)
def test_places_that_will_not_do(tmp_path, name, part):
    (tmp_path / "folder").mkdir()
    with pytest.raises(PictureError, match=part):
        check_place(tmp_path / name)


def test_a_check_makes_nothing(tmp_path):
    check_place(tmp_path / "x")
    assert list(tmp_path.iterdir()) == []


def test_formats():
    formats = {".gif": "GIF", ".mp4": "MP4"}
    assert named_format(".GIF", formats, "'x'") == "GIF"
    with pytest.raises(
        PictureError, match=r"^cannot write 'x\.mp5': the suffix '\.mp5' is not known; did you mean '\.mp4'\? use"
    ):
        named_format(".mp5", formats, "'x.mp5'")
    with pytest.raises(PictureError, match=r"^cannot write 'x': the name has no suffix; use one of \.gif, \.mp4$"):
        named_format("", formats, "'x'")


def test_what_a_killed_process_left_is_swept(tmp_path):
    code = (
        "import os, signal, sys; from neuralart.image.place import replacing\n"
        "with replacing(sys.argv[1]) as spare:\n"
        "    spare.write_bytes(b'half'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "film.gif")], check=False, timeout=120)
    (left,) = tmp_path.iterdir()
    assert left.suffix == ".tmp"
    foreign = tmp_path / ".neuralart-00000000-1-abc.tmp"
    foreign.write_bytes(b"")
    with replacing(tmp_path / "own.gif") as own:
        own.write_bytes(b"")
        check_place(tmp_path / "film.gif")
        assert set(tmp_path.iterdir()) == {own.parent, foreign}
    os.utime(foreign, (time.time() - 2 * WEEK,) * 2)
    sweep(tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["own.gif"]
