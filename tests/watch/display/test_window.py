"""The window, on a real desktop in memory: what is on the screen, and what closing it does to the painting."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress

import numpy as np
import pytest

import neuralart
from neuralart.errors import OptionError
from neuralart.options import Options
from neuralart.watch.display import desktop as early
from neuralart.watch.display import window
from neuralart.watch.display.desktop import foresee, has_desktop, has_toolkit
from neuralart.watch.display.viewer import Display
from neuralart.watch.display.window import Window

from ... import warm
from ...cli.made import picture, quiet_environment
from ...patience import deadline
from ...warm import COMMAND
from .desktop import Desktop, wait_until
from .make import frame, quarters, step

pytestmark = pytest.mark.skipif(not has_toolkit(), reason="this Python has no tkinter")


@pytest.fixture(scope="module")
def screen(tmp_path_factory):
    desktop = Desktop(tmp_path_factory.mktemp("home"))
    yield desktop
    desktop.close()


@pytest.fixture
def desktop(screen, monkeypatch, tmp_path):
    """The desktop, with nothing on it; this process and what it starts show their windows there."""
    quiet_environment(monkeypatch, tmp_path / "cache")
    monkeypatch.setenv("DISPLAY", screen.name)
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    yield screen
    for title in screen.titles():
        screen.tell("windowkill", screen.window(title))
    wait_until(lambda: not screen.titles())


@pytest.fixture
def opened(desktop):
    """A window, and its process's end."""
    made = Window()
    yield made
    made.close(finished=False)
    made.process.wait(timeout=10)


def colours(shot):
    """The middle of each quarter of a picture."""
    height, width = shot.shape[:2]
    return np.array([shot[height * y // 4, width * x // 4] for y in (1, 3) for x in (1, 3)], int)


def assert_shows_quarters(shot):
    assert np.abs(colours(shot) - colours(quarters(200, 200))).max() <= 6


def test_a_picture_on_the_screen(desktop, opened):
    assert desktop.titles() == []  # nothing is there before there is something to see
    assert opened.show(frame(iteration=3)) < 1
    shown = desktop.window("neuralart: iteration 3 of 10, scale 1 of 2")
    shot = desktop.screenshot(shown)
    assert_shows_quarters(shot)
    # In the picture's shape, three to two, and no larger than the screen.
    assert shot.shape[1] / shot.shape[0] == pytest.approx(1.5, abs=0.02)
    assert shot.shape[1] <= 0.8 * desktop.size[0] + 1 and shot.shape[0] <= 0.8 * desktop.size[1] + 1
    # The whole of it lies on the screen, too.
    root = desktop.screenshot()
    assert (np.abs(root.astype(int) - colours(shot)[0]).max(-1) < 12).mean() > 0.05


def test_it_is_fitted_to_the_window(desktop, opened):
    opened.show(frame())
    shown = desktop.window("neuralart")
    desktop.tell("windowsize", "--sync", shown, "500", "200")

    def fitted():
        # 300 x 200 in the middle, with bars at both sides; until it is drawn anew, whatever was there.
        shot = desktop.screenshot(shown)
        if shot.shape[:2] != (200, 500) or (np.abs(shot[100, 5].astype(int) - 0x20) > 2).any():
            return False
        filled = np.abs(shot.astype(int) - 0x20).max(-1) > 8
        edges = [np.flatnonzero(filled.any(axis))[[0, -1]].tolist() for axis in (0, 1) if filled.any()]
        return edges == [[100, 399], [0, 199]] and (shot[:, 100:400],)

    (picture,) = wait_until(fitted)
    assert_shows_quarters(picture)


def test_the_newest_picture_takes_the_place(desktop, opened):
    opened.show(frame(iteration=1))
    shown = desktop.window("neuralart")
    opened.show(frame(quarters(60, 40)[:, :, ::-1], iteration=2))
    assert desktop.titles() == ["neuralart: iteration 2 of 10, scale 1 of 2"]
    wanted = colours(quarters(60, 40)[:, :, ::-1])
    wait_until(lambda: np.abs(colours(desktop.screenshot(shown)) - wanted).max() <= 6)


def press(desktop, key):
    """Press a key that closes the window, as often as a busy machine's window manager takes to notice."""
    shown, end = desktop.window("neuralart"), deadline()
    while time.monotonic() < end:
        desktop.tell("windowactivate", shown)
        desktop.tell("key", key)
        with suppress(AssertionError):
            return wait_until(lambda: not desktop.titles(), seconds=1)
    raise AssertionError(f"{key} closes nothing")


@pytest.mark.parametrize("key", ["Escape", "q", "Q", "ctrl+w", "alt+F4"])
def test_closing_it_ends_the_window_only(desktop, caplog, key):
    viewer = Window()
    with Display(viewer, 1) as display:
        display(step(0))
        press(desktop, key)  # alt+F4 is the window manager's own way
        assert viewer.process.wait(timeout=10) == 0
        for n in range(1, 11):
            display(step(n))
            display.pace.seconds = 0
        wait_until(lambda: not display.is_shown)
        display(step(10))
    assert desktop.titles() == []
    assert caplog.messages == []


def test_a_process_that_is_killed_is_told_of_in_one_line(desktop, caplog):
    viewer = Window()
    with Display(viewer, 1) as display:
        display(step(0))
        desktop.window("neuralart")
        viewer.process.kill()
        viewer.process.wait(timeout=10)
        display(step(1))
        wait_until(lambda: not display.is_shown)
        display(step(10))
    assert caplog.messages == ["the painting is no longer shown (the window's process ended unexpectedly); it goes on"]


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="no way to stop a process here")
def test_a_window_that_hangs_does_not_hold_the_painting_up(desktop, caplog, monkeypatch):
    monkeypatch.setattr("neuralart.watch.display.viewer.PATIENCE", 0.2)
    viewer = Window()
    with Display(viewer, 1) as display:
        display(step(0))
        desktop.window("neuralart")
        os.kill(viewer.process.pid, signal.SIGSTOP)
        steps = [step(n, pixels=quarters(1024, 700)) for n in range(1, 11)]  # each more than a pipe holds
        begun = time.monotonic()
        for one in steps:
            display.pace.seconds = 0
            display(one)
        assert time.monotonic() - begun < 1
    assert time.monotonic() - begun < 3
    # It is of no more use, and would stay for ever.
    assert viewer.process.wait(timeout=10) == -signal.SIGKILL


def test_the_finished_picture_stays_until_it_is_closed(desktop):
    viewer = Window()
    with Display(viewer, 1) as display:
        display(step(0))
        display(step(10))
    title = "neuralart: finished, iteration 10 of 10"
    assert_shows_quarters(desktop.screenshot(desktop.window(title)))
    press(desktop, "Escape")
    assert viewer.process.wait(timeout=10) == 0


def test_the_next_painting_takes_the_place_of_a_finished_one(desktop):
    first = Window()
    with Display(first, 1) as display:
        display(step(10))
    desktop.window("neuralart: finished")
    second = Window()
    with Display(second, 1) as display:
        display(step(0))
        desktop.window("neuralart: iteration 0")
        assert first.process.poll() is None  # it may be compared with, until
        display(step(10))
    assert first.process.wait(timeout=10) == 0
    press(desktop, "q")
    assert second.process.wait(timeout=10) == 0


def test_an_unfinished_painting_takes_its_window_along(desktop):
    viewer = Window()
    with pytest.raises(KeyboardInterrupt), Display(viewer, 1) as display:
        display(step(0))
        desktop.window("neuralart")
        raise KeyboardInterrupt
    assert viewer.process.wait(timeout=10) == 0
    assert desktop.titles() == []


def test_ctrl_c_in_the_terminal_does_not_reach_it(opened):
    assert os.getpgid(opened.process.pid) != os.getpgrp()


def test_the_command_returns_and_the_picture_stays(desktop, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    picture(60, 45).save("photo.png")
    picture(40, 50, seed=1).save("style.png")
    words = ["--content", "photo.png", "--style", "style.png", "--size", 64, "--num-iters", 30, "--model", "compact"]
    # With pipes, as other programs call it: they must end with the command, not with the window.
    done = warm.run([COMMAND, *map(str, words)], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert "photo-style.png: 64 x 48 pixels" in done.stdout
    shot = desktop.screenshot(desktop.window("neuralart: finished, iteration 30 of 30"))
    made = neuralart.read("photo-style.png").resized(shot.shape[1::-1]).numpy()
    assert np.abs(shot.astype(int) - made).mean() < 10
    press(desktop, "Escape")
    wait_until(lambda: not desktop.titles())


def test_from_python_closed_on_the_way(desktop):
    steps = []

    def close_at_five(step):
        steps.append(step.iteration)
        if step.iteration == 5:
            press(desktop, "Escape")
            wait_until(lambda: not desktop.titles())

    options = {"size": 32, "num_iters": 12, "model": "compact", "display": "window", "display_interval": 1}
    made = neuralart.stylize(picture(60, 45), picture(40, 50, seed=1), watchers=[close_at_five], **options)
    assert made.size == (32, 24)
    assert steps == list(range(13))


def test_a_window_that_was_foreseen_is_the_one_that_opens(desktop):
    foresee(Options())
    (begun,) = early._early
    foresee(Options(display="window"))
    assert early._early == [begun]
    made, another = Window(), Window()
    assert made.process is begun and another.process is not begun
    assert made.show(frame(iteration=3)) < 1
    for one in (made, another):
        one.close(finished=False)
        one.process.wait(timeout=10)


def test_a_foreseen_window_that_has_ended_is_replaced(desktop):
    foresee(Options())
    early._early[0].kill()
    early._early[0].wait()
    made = Window()
    made.close(finished=False)
    assert made.process.wait(timeout=10) == 0


@pytest.mark.parametrize(
    "options",
    [{"display": "off"}, {"display": "browser"}, {"display_port": 8000}, {"display_interval": 0}, {"quiet": True}],
)
def test_no_window_is_foreseen_where_none_will_open(desktop, monkeypatch, options):
    foresee(Options(**options))
    monkeypatch.setenv("RANK", "1")
    foresee(Options(display="window"))
    monkeypatch.delenv("RANK")
    monkeypatch.delenv("DISPLAY")
    foresee(Options(display="window"))
    assert early._early == []


def test_of_a_foreseen_window_nothing_stays_if_the_command_fails(desktop, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    words = ["--content", str(broken), "--style", str(broken), "--output", str(tmp_path / "out.png")]
    told = tmp_path / "told"
    code = (
        "import sys\nfrom pathlib import Path\nfrom neuralart.__main__ import main\n"
        "from neuralart.watch.display import desktop\n"
        "started = desktop._started\n"
        "def tell():\n    made = started()\n    Path(sys.argv[1]).write_text(str(made.pid))\n    return made\n"
        "desktop._started = tell\nsys.exit(main(sys.argv[2:]))"
    )
    done = warm.run([sys.executable, "-c", code, str(told), *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "broken.png" in done.stderr

    def is_gone():
        with suppress(ProcessLookupError):
            os.kill(int(told.read_text()), 0)
            return False
        return True

    wait_until(is_gone)
    assert desktop.titles() == []


def test_a_display_that_cannot_be_reached(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":987")
    with pytest.raises(OptionError, match=r"^--display window could not open one \(couldn.t connect to display"):
        Window()


def test_without_a_desktop_or_a_toolkit(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert not has_desktop()
    with pytest.raises(
        OptionError, match=r"^--display window needs a desktop, but neither DISPLAY nor WAYLAND_DISPLAY"
    ):
        Window()
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert has_desktop()
    monkeypatch.setattr(window, "has_toolkit", lambda: False)
    with pytest.raises(OptionError, match=r"tkinter, which this Python lacks; install it .* python3-tk\) or give"):
        Window()


@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_desktops_without_x(monkeypatch, system):
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    assert has_desktop()
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22")
    assert not has_desktop()
