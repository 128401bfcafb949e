"""Standard streams that can always be written to."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys

import pytest

from neuralart import read
from neuralart.cli import main
from neuralart.cli.streams import Stream, standing

from .. import warm
from ..warm import COMMAND
from .made import SMALL, merged, picture

GOOD = ("--content", "photo.png", "--style", "style.png", *SMALL, "--num-iters", "10", "--output", "out.png")


class Broken(io.StringIO):
    """Cannot be written to, for this reason."""

    def __init__(self, error, at="write"):
        super().__init__()
        self.error, self.at, self.asked = error, at, 0

    def write(self, text):
        if self.at == "write":
            self.asked += 1
            raise self.error
        return super().write(text)

    def flush(self):
        if self.at == "flush":
            self.asked += 1
            raise self.error


FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("at", ["write", "flush"])
@pytest.mark.parametrize(
    ("error", "failure"), [(FULL, FULL.strerror), (BrokenPipeError(), ""), (ValueError("closed file"), "closed file")]
)
def test_it_never_raises_and_tries_no_more(error, failure, at):
    broken = Broken(error, at)
    stream = Stream(broken)
    for _ in range(3):
        print("told", file=stream, flush=True)
    assert (stream.failure, stream.is_open, broken.asked) == (failure, False, 1)


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_what_the_encoding_cannot_say_is_escaped(encoding):
    raw = io.BytesIO()
    stream = Stream(io.TextIOWrapper(raw, encoding=encoding, errors="strict"))
    print("a\udcff é", file=stream, flush=True)
    assert raw.getvalue().decode(encoding) == "a\\udcff " + ("é" if encoding == "utf-8" else "\\xe9") + "\n"


def test_it_is_otherwise_the_stream_that_it_holds():
    inner = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    stream = Stream(inner)
    assert (stream.encoding, stream.isatty()) == ("utf-8", False)
    stream.writelines(["a", "b"])
    inner.flush()
    assert inner.buffer.getvalue() == b"ab"


def test_streams_that_are_missing_lead_nowhere(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    with standing() as out:
        print("to nobody")
        print("to nobody", file=sys.stderr)
        assert not sys.stderr.isatty()
        assert out.failure == ""
    assert sys.stdout is None


def test_a_full_output_is_told_and_counts(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdout", Broken(FULL))
    assert main(["--version"]) == 1
    assert capsys.readouterr().err == "neuralart: standard output cannot be written (No space left on device)\n"


def test_a_reader_that_went_away_is_nothing_to_tell(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdout", Broken(BrokenPipeError()))
    assert main(["--version"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")  # noqa: PTH110
@pytest.mark.parametrize(
    ("how", "code"),
    [("<&- >&- 2>&-", 0), ("2>&-", 0), (">/dev/full 2>/dev/full", 1)],
    ids=["closed", "no errors", "full"],
)
def test_the_picture_is_written_whatever_the_descriptors_are(place, how, code):
    words = [str(COMMAND), *merged((*GOOD, "--log", "log.jsonl"))]
    done = subprocess.run(["bash", "-c", f'"$@" {how}', "bash", *words], timeout=60, capture_output=True)
    assert (done.returncode, done.stderr) == (code, b"")
    assert read("out.png").record["result"]["iterations"] == 10
    # A file that takes the number of a closed stream would get what is printed there.
    log = (place / "log.jsonl").read_text()
    assert log.count("\n") == log.count('{"iteration"') == 10


@pytest.mark.skipif(sys.platform != "linux", reason="file names are text elsewhere")
def test_names_that_are_no_characters(place, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8:strict")
    odd = os.fsdecode(b"ph\xff")
    picture(60, 45).save(f"{odd}.png")
    given = [
        "--content",
        f"{odd}.png",
        "--output",
        f"{odd}-out.png",
        "--checkpoint",
        f"{odd}.ck",
        "--log",
        f"{odd}.jsonl",
    ]
    beside = ["--plot", f"{odd}.svg", "--sheet", f"{odd}-sheet.png", "--animation", f"{odd}.gif"]
    run = lambda *words: warm.run([COMMAND, *merged(words)], capture_output=True, timeout=60)
    done = run(*GOOD, *given, *beside)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"ph\\udcff-out.png: 32 x 24 pixels" in done.stdout
    assert b"ph\\udcff.svg: the terms of 10 iterations" in done.stdout
    assert (place / f"{odd}.gif").exists() and (place / f"{odd}-sheet.png").exists()
    told = run("record", f"{odd}-out.png")
    assert (told.returncode, told.stderr) == (0, b"")
    assert b'"content": "ph\\udcff.png"' in told.stdout
    wrong = run("record", f"{odd}-none.png")
    assert (wrong.returncode, wrong.stdout) == (2, b"")
    assert b"Traceback" not in wrong.stderr


def test_a_pyramid_in_a_folder_of_such_a_name(call, place):
    folder = place / os.fsdecode(b"f\xff")
    folder.mkdir()
    assert call(*GOOD, "--output", folder / "out.tif", "--pyramid").code == 0
    assert (folder / "out.tif").exists()
