"""neuralart watch: what comes into a folder is painted, once."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from neuralart.cli import watch as command
from neuralart.image.record import read_record

from .. import warm
from ..patience import next_line
from ..warm import COMMAND
from .made import SMALL, picture

GOOD = ("watch", "in", "--style", "style.png", "--output", "out", *SMALL)
pytest.importorskip("watchfiles")


@pytest.fixture(autouse=True)
def folder(place):
    (place / "in").mkdir()
    return place / "in"


def test_pictures_that_come(folder):
    picture(60, 45).save("in/first.png")
    os.utime("in/first.png", (1e9, 1e9))
    running = warm.Popen([COMMAND, *GOOD, "--workers", "1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert running.stderr.readline() == "in: painted as pictures come; Ctrl-C ends it\n"
        assert next_line(running).startswith("out/first.png: ")
        Path("in/note.txt").write_text("no picture")
        Path("in/damaged.png").write_bytes(Path("in/first.png").read_bytes()[:300])
        assert running.stderr.readline().startswith("neuralart: job 2: out/damaged.png: cannot read 'in/damaged.png'")
        picture(50, 60, seed=3).save("in/second.png")
        assert next_line(running).startswith("out/second.png: ")
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    finally:
        running.kill()
    assert running.returncode == 130
    assert out == "in/watch.manifest.jsonl: 2 painted, 1 failed\n"
    assert "Traceback" not in err
    assert sorted(path.name for path in Path("out").iterdir()) == ["first.png", "second.png"]
    assert read_record("out/second.png")["content"]["path"] == "in/second.png"


class Painted:
    """In place of the processes: remembers what it is given."""

    def __init__(self):
        self.outputs = []

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def run(self, tasks, stops):
        from ..jobs.made import Fake

        fake = Fake()
        yield from fake.run(tasks, stops)
        self.outputs += fake.begun


@pytest.fixture
def room(monkeypatch):
    """take() -> the outputs that are painted now, and what is said of others."""
    from contextlib import ExitStack

    from neuralart.jobs import processes
    from neuralart.jobs.manifest import Manifest

    engine = Painted()
    monkeypatch.setattr(processes, "on_this_machine", lambda *given: engine)
    made = command.Room(
        command.WatchOptions(),
        {"style": ("style.png",), "output": "out/{content}.png"},
        Manifest(Path("m.jsonl")),
        ExitStack(),
        lambda: False,
    )
    tell = command.Lines(0, 0, quiet=True)
    told = []
    tell.warn = told.append

    def take():
        engine.outputs.clear()
        told.clear()
        made.take(Path("in"), tell)
        return [*engine.outputs], [*told]

    take.room = made
    return take


def settled(name, data=b"a picture"):
    Path("in", name).write_bytes(data)
    os.utime(Path("in", name), (1e9 + len(data), 1e9))


def test_each_is_painted_once_and_again_where_it_changes(room):
    settled("a.png")
    settled("b.jpg")
    assert room() == (["out/a.png", "out/b.png"], [])
    assert room() == ([], [])
    settled("a.png", b"another picture")
    os.utime("in/a.png", (1e9 + 5, 1e9 + 5))
    assert room() == (["out/a.png"], [])


def test_what_is_still_being_written_is_waited_for(room):
    Path("in/a.png").write_bytes(b"half")
    assert room() == ([], [])
    assert room.room.waits
    settled("a.png")
    assert room() == (["out/a.png"], [])
    assert not room.room.waits


def test_what_cannot_be_painted_is_told_once(room):
    settled("a.png")
    settled("a.jpg")
    settled("b.png")
    Path("out").mkdir()
    Path("out/b.png").write_text("a letter")
    painted, told = room()
    assert painted == ["out/a.png"]
    assert "--output is 'out/a.png', and so is that of 'in/a.jpg'; rename one of them" in told[0]
    assert "'out/b.png' is there and was not painted by this list" in told[1]
    assert room() == ([], [])
    assert Path("out/b.png").read_text() == "a letter"


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["watch"], ["neuralart watch needs a folder"]),
        (["watch", "inn", *GOOD[2:]], ["there is no folder 'inn'; did you mean 'in'?"]),
        (["watch", "in", "--style", "style.png"], ["--output out/ is missing"]),
        (["watch", "in", "--output", "out"], ["--style PAINTING is missing"]),
        ([*GOOD, "--output", "out/x.png"], ["--output 'out/x.png' is one file, and many pictures come; give a folder"]),
        ([*GOOD, "--output", "in"], ["lies in the folder that is watched"]),
        ([*GOOD, "--content", "photo.png"], ["--content is what comes into the folder"]),
        ([*GOOD, "--workers", "no"], ["--workers is 'no'"]),
    ],
)
def test_mistakes(mistake, words, parts):
    mistake(words, *parts)


def test_help(call):
    code, out, err = call("watch", "--help")
    assert (code, err) == (0, "")
    assert "--manifest" in out and "Ctrl-C" in out
