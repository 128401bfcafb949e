"""However a run ends, the picture reached so far is kept."""

from __future__ import annotations

import errno
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from neuralart import read
from neuralart.cli import ending, interrupt, painting
from neuralart.cli.ending import refuges
from neuralart.cli.interrupt import SIGNALS, Interrupted, exit_code, heard
from neuralart.errors import PictureError
from neuralart.watch import checkpoint

from .. import warm
from ..patience import next_line
from .made import SMALL, contents, merged

GOOD = ("--content", "photo.png", "--style", "style.png", *SMALL, "--output", "out.png")


@pytest.fixture(autouse=True)
def usual():
    """Signals mean what they mean in Python, also where the tests run as a background job."""
    usually = dict.fromkeys(SIGNALS, signal.SIG_DFL) | {signal.SIGINT: signal.default_int_handler}
    before = {number: signal.signal(number, how) for number, how in usually.items()}
    yield
    for number, how in before.items():
        signal.signal(number, how)


@pytest.fixture
def at_iteration(monkeypatch):
    """at_iteration(3, work): the run does this after its third iteration."""

    def arrange(iteration, work):
        follow = painting.follow

        def watched(run, options, viewer, watchers, *rest):
            watchers.add(lambda step: step.iteration == iteration and work())
            return follow(run, options, viewer, watchers, *rest)

        monkeypatch.setattr(painting, "follow", watched)

    return arrange


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_every_signal_that_asks_for_an_end_keeps_the_picture(call, place, at_iteration, number):
    at_iteration(3, lambda: signal.raise_signal(number))
    code, out, err = call(*GOOD, "--num-iters", 50, "--checkpoint", "run.ck")
    assert (code, err) == (128 + number, "")
    assert "after 3 of 50 iterations" in out
    assert "run.ck: continue from here with neuralart resume run.ck" in out
    assert read("out.png").record["result"]["iterations"] == 3
    assert checkpoint.read("run.ck")[0].iteration == 3
    assert signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler)


def test_two_signals_at_once_are_one(call, at_iteration):
    # A terminal that closes sends one, and the shell in it another.
    at_iteration(3, lambda: (signal.raise_signal(signal.SIGHUP), signal.raise_signal(signal.SIGTERM)))
    assert call(*GOOD, "--num-iters", 50).code == 128 + signal.SIGHUP
    assert read("out.png").record["result"]["iterations"] == 3


def test_a_signal_while_the_picture_is_written_loses_nothing(call, monkeypatch):
    save = ending.save

    def interrupted(*given):
        signal.raise_signal(signal.SIGTERM)
        save(*given)

    monkeypatch.setattr(ending, "save", interrupted)
    assert call(*GOOD).code == 0
    assert read("out.png").record["result"]["iterations"] == 2


def test_a_signal_between_the_last_step_and_its_writing_loses_nothing(call, monkeypatch):
    follow = painting.follow

    def interrupted(*given):
        reached = follow(*given)
        signal.raise_signal(signal.SIGTERM)
        return reached

    monkeypatch.setattr(painting, "follow", interrupted)
    assert call(*GOOD).code == 0
    assert read("out.png").record["result"]["iterations"] == 2


def test_a_signal_while_a_film_is_made_ends_it(call, place, monkeypatch):
    def write(beside, run, last):
        signal.raise_signal(signal.SIGTERM)
        pytest.fail("it went on")

    monkeypatch.setattr("neuralart.cli.beside.Beside.write", write)
    code, _, err = call(*GOOD)
    assert (code, err) == (143, "neuralart: interrupted\n")
    assert read("out.png").record["result"]["iterations"] == 2


def test_a_defect_in_the_rescue_is_told(place):
    code = (
        "import signal, time; from neuralart.cli import interrupt;"
        "interrupt.PATIENCE = 0.1; signal.signal(signal.SIGTERM, signal.SIG_DFL)\n"
        "def rescue(stopped): raise ValueError('a defect')\n"
        "with interrupt.heard() as ear:\n"
        "    ear.rescue = rescue\n"
        "    with ear.later():\n"
        "        signal.raise_signal(signal.SIGTERM); time.sleep(30)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20)
    assert done.returncode == 143
    assert done.stderr.endswith("ValueError: a defect\n")


def test_before_anything_was_painted(call, place, monkeypatch):
    monkeypatch.setattr(painting, "_prepared", lambda *given: signal.raise_signal(signal.SIGTERM))
    before = contents(place)
    assert call(*GOOD) == (143, "", "neuralart: interrupted\n")
    assert contents(place) == before


def test_signals_that_are_ignored_stay_ignored(call, at_iteration):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # nohup
    at_iteration(1, lambda: signal.raise_signal(signal.SIGHUP))
    assert call(*GOOD).code == 0
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def test_exit_codes():
    assert exit_code(Interrupted(signal.SIGTERM)) == 143
    assert exit_code(KeyboardInterrupt()) == 130


STUCK = """
import ctypes, signal, sys
from neuralart.cli.interrupt import SIGNALS
from neuralart.objective.whole import WholeObjective

calls, evaluate = [], WholeObjective.__call__

def stuck(self, image):
    calls.append(image)
    if len(calls) == 6:
        # As in one operation of a very large picture: no signal reaches it, and Python does not run.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        print("stuck", flush=True)
        ctypes.CDLL(None).sleep(50)
    return evaluate(self, image)

WholeObjective.__call__ = stuck
signal.signal(signal.SIGTERM, signal.SIG_DFL)
from neuralart.cli import main
sys.exit(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs masks of signals")
def test_a_signal_is_heard_in_the_midst_of_an_operation(place):
    words = merged((*GOOD, "--num-iters", "50", "--checkpoint", "run.ck", "--sheet", "sheet.png"))
    running = warm.Popen([sys.executable, "-c", STUCK, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert next_line(running) == b"stuck\n"
        running.send_signal(signal.SIGTERM)
        begun = time.monotonic()
        out, err = running.communicate(timeout=30)
    finally:
        running.kill()
    assert time.monotonic() - begun < 25  # it would have been 50
    assert (running.returncode, err) == (143, b"")
    reached = read("out.png").record["result"]["iterations"]
    assert f"after {reached} of 50 iterations" in out.decode()
    assert reached >= 3
    assert checkpoint.read("run.ck")[0].iteration == reached
    assert Path("sheet.png").exists()


def test_who_is_at_it_first_ends_the_run():
    with heard() as ear:
        ear.rescue = lambda stopped: pytest.fail("the run has ended in time")
        ear.number = signal.SIGTERM
        ear.ending()
        ear.ending()
    assert interrupt.PATIENCE < 5


def full(*given, **more):
    raise PictureError("cannot write 'out.png': the disk is full; make room or write elsewhere")


def test_a_full_disk_in_every_place(call, place, monkeypatch, tmp_path):
    monkeypatch.setattr(ending, "write", full)
    monkeypatch.setattr(ending, "refuges", lambda: iter([tmp_path]))
    before = contents(tmp_path).keys()
    code, _, err = call(*GOOD, "--sheet", "sheet.png")
    assert code == 2
    assert err == (
        "neuralart: cannot write 'out.png': the disk is full; make room or write elsewhere;"
        f" there was no room in {tmp_path} either\n"
    )
    assert (place / "sheet.png").exists()  # what else was asked for is made
    assert contents(tmp_path).keys() - before == {"here/sheet.png"}  # and no empty folder is left


def test_the_next_place_that_has_room_takes_the_picture(call, place, monkeypatch, tmp_path):
    write = ending.write

    def picky(picture, path, **more):
        if str(path) == "out.png" or str(path).startswith(str(tmp_path / "first")):
            raise OSError(errno.ENOSPC, "No space left on device")
        write(picture, path, **more)

    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(ending, "write", picky)
    monkeypatch.setattr(ending, "refuges", lambda: iter([tmp_path / "gone", tmp_path / "first", tmp_path / "second"]))
    code, _, err = call(*GOOD)
    assert code == 2
    saved = Path(err.strip().rpartition(" ")[2])
    assert saved.parents[1] == tmp_path / "second"
    assert read(saved).record["result"]["iterations"] == 2
    assert list((tmp_path / "first").iterdir()) == []


def test_places_are_named_once():
    found = list(refuges())
    assert found and len(set(found[:3])) == len(found[:3])


def test_a_frames_folder_that_vanishes_costs_only_the_frames(call, place, at_iteration):
    import shutil

    at_iteration(3, lambda: shutil.rmtree("frames"))
    code, _, err = call(*GOOD, "--num-iters", 6, "--output-dir", "frames")
    assert code == 1
    assert f"there is no folder '{place / 'frames'}'" in err and err.endswith("the painting goes on without it\n")
    assert read("out.png").record["result"]["iterations"] == 6
