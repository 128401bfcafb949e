"""The app's folder: gone with the app, and with the next one if the app was killed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from neuralart.app.folder import PREFIX, own_folder, sweep

from ..patience import SECONDS, next_line

KEEP = """
from neuralart.app.folder import own_folder
with own_folder() as made:
    print(made, flush=True)
    input()
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_it_is_ours_alone_and_goes(place):
    with own_folder() as made:
        assert made.parent == place and made.name.startswith(PREFIX)
        assert made.stat().st_mode & 0o777 == 0o700
        (made / "deep").mkdir()
        (made / "deep" / "file").touch()
    assert list(place.iterdir()) == []


def test_it_goes_though_something_is_still_written(place, monkeypatch):
    late, remove = [3], shutil.rmtree

    def removed_and_written(folder, **more):
        remove(folder, **more)
        if late[0]:  # an answer to a visitor that was on its way
            late[0] -= 1
            (folder / "thumbnails").mkdir(parents=True)

    monkeypatch.setattr(shutil, "rmtree", removed_and_written)
    with own_folder():
        pass
    assert (list(place.iterdir()), late) == ([], [0])


def test_it_goes_whatever_happens(place):
    with pytest.raises(KeyboardInterrupt), own_folder():
        raise KeyboardInterrupt
    assert list(place.iterdir()) == []
    with own_folder() as made:
        made.rmdir()  # somebody tidied up


@pytest.mark.skipif(os.name != "posix", reason="only there folders can be locked")
def test_the_folders_of_the_killed_are_swept_and_no_others(place):
    def keeper():
        environment = os.environ | {"TMPDIR": str(place)}
        running = subprocess.Popen(
            [sys.executable, "-c", KEEP], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        return running, Path(next_line(running).strip())

    (killed, left), (running, used) = keeper(), keeper()
    killed.kill()
    killed.wait(SECONDS)
    (left / "upload").mkdir()
    elsewhere = place / "elsewhere"
    elsewhere.mkdir()
    (place / f"{PREFIX}link").symlink_to(elsewhere)
    (place / f"{PREFIX}file").touch()
    (place / "neuralart-other").mkdir()
    try:
        with own_folder():
            pass
        names = {path.name for path in place.iterdir()}
        assert names == {used.name, "elsewhere", f"{PREFIX}link", f"{PREFIX}file", "neuralart-other"}
    finally:
        running.communicate("\n", SECONDS)
        for one in (killed, running):
            one.stdin.close()
            one.stdout.close()
    assert not used.exists()


def test_what_vanishes_meanwhile(place, monkeypatch):
    (place / f"{PREFIX}gone").mkdir()
    monkeypatch.setattr(Path, "lstat", lambda self: os.lstat(self / "nothing"))
    sweep(place)
