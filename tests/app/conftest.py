"""The installed app in a process of its own, and Chromium to look at it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from neuralart.app.folder import PREFIX
from neuralart.image.paintings import ASSETS

from .. import warm
from ..patience import SECONDS, next_line
from ..warm import COMMAND

PHOTO, STYLE = ASSETS / "photo.jpg", ASSETS / "style.jpg"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class Served(NamedTuple):
    address: str
    gallery: Path
    errors: Path


@pytest.fixture(scope="package")
def browser():
    """Headless Chromium, as the system has it."""
    driver = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: sh tests/install_debian.sh")
    with driver.sync_playwright() as play:
        # As root there is no sandbox; the pages are our own.
        running = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield running
        running.close()


@pytest.fixture(scope="package")
def served(tmp_path_factory) -> Iterator[Served]:
    """`neuralart app`, as a shell would start it, with limits that a test can reach."""
    limits = ["--max-megapixels", "2", "--max-megabytes", "3", "--max-size", "512", "--max-waiting", "1"]
    limits += ["--max-batch-pictures", "8"]
    yield from serve(tmp_path_factory.mktemp("app"), limits, {})


def start(folder: Path, words: list[str], surroundings: dict[str, str]) -> tuple[subprocess.Popen[str], Served]:
    """The installed command in a process of its own; what it complains of goes into folder / "errors"."""
    pytest.importorskip("gradio", reason='Gradio is not installed: pip install "neuralart[app]"')
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NEURALART_")}
    environment |= {"NEURALART_OFFLINE": "1", "NEURALART_CACHE": str(folder / "cache"), "OMP_NUM_THREADS": "1"}
    environment |= {"TMPDIR": str(folder)} | surroundings
    quick = ["--model", "compact", "--animation-seconds", "0.5", "--animation-size", "64"]
    command = [str(COMMAND), "app", "--port", "0", "--gallery", str(folder / "gallery"), *quick, *words]
    with (folder / "errors").open("a") as errors:
        running = warm.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment, cwd=folder)
    line = next_line(running)
    assert line.startswith("neuralart app: http://127.0.0.1:"), (folder / "errors").read_text()
    return running, Served(line.split()[2], folder / "gallery", folder / "errors")


def serve(folder: Path, words: list[str], surroundings: dict[str, str]) -> Iterator[Served]:
    """The app, ended by Ctrl-C. It has nothing to complain of, nothing stays."""
    running, served = start(folder, words, surroundings)
    yield served
    stop(running, served)


def stop(running: subprocess.Popen[str], served: Served) -> None:
    """Ctrl-C. What visitors made go wrong is told in lines of one form, and there is nothing else to tell."""
    running.send_signal(signal.SIGINT)
    try:
        assert running.wait(SECONDS) == 0
    finally:
        running.kill()
    assert running.stdout is not None
    running.stdout.close()
    assert [line for line in served.errors.read_text().splitlines() if not line.startswith("refused ")] == []
    assert own_folders(served) == []  # what was uploaded is gone


def own_folders(served: Served) -> list[Path]:
    """Where apps that were started there keep uploads."""
    return list(served.errors.parent.glob(f"{PREFIX}*"))


@pytest.fixture(scope="package")
def cached(browser) -> Iterator[Any]:
    """A context whose pages find Gradio's scripts in the cache: without it, a page takes twice as long to come."""
    with browser.new_context() as context:
        yield context


@contextlib.contextmanager
def visits(browser, cached, served) -> Iterator[Any]:
    """Yield what opens the page as somebody new: visit(width) -> page.

    The first has the warm cache, if it asks for nothing special. Nothing may leave the house, nothing may complain.
    """
    opened, strangers, complaints = [], [], []

    def note(request):
        if not request.url.startswith((served.address, "data:", "blob:")):
            strangers.append(request.url)

    def listen(message):
        # A page that is left while a painting is on its way to it says so, and the browser tells of a refused upload.
        if message.type == "error" and not re.search(
            "AbortError|Connection errored out|status of 41[35]", message.text
        ):
            complaints.append(message.text)

    def visit(width=1400, **settings):
        page = (browser.new_context(**settings) if opened or settings else cached).new_page()
        opened.append(page)
        page.set_viewport_size({"width": width, "height": 900})
        page.set_default_timeout(1000 * SECONDS)
        page.on("request", note)
        page.on("console", listen)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(served.address)
        page.wait_for_selector("#paint")
        return page

    yield visit
    for page in opened:
        page.evaluate("localStorage.clear()")  # where a page keeps which painting is its own
        page.close() if page.context is cached else page.context.close()
    assert strangers == []
    assert complaints == []


@pytest.fixture
def visitor(browser, cached, served):
    """Opens the page as somebody new: visitor(width) -> page."""
    with visits(browser, cached, served) as visit:
        yield visit


def fits(page: Any, width: int, of: str = "") -> None:
    """Nothing is wider than the page, and its parts stand where they should. of: What the ids of the tab begin with."""
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    boxes = [page.locator(f"#{of}{name}").bounding_box() for name in ("order", "seen", "more")]
    assert all(box["width"] > 300 for box in boxes)
    if width < 860:  # one below the other: what is seen comes right after what was ordered
        assert boxes[0]["y"] < boxes[1]["y"] < boxes[2]["y"]
    else:
        assert boxes[0]["y"] == boxes[1]["y"] and boxes[0]["x"] < boxes[1]["x"]
    paint, status = (page.locator(f"#{of}{name}").bounding_box() for name in ("paint", "status"))
    assert 0 < status["y"] - paint["y"] < 120  # what is told stands below the button that was pressed


@pytest.fixture
def loops(monkeypatch):
    """Closes the event loops that Gradio opens for a page that is never served; a later test would fail."""
    opened, open_one = [], asyncio.new_event_loop
    monkeypatch.setattr(asyncio, "new_event_loop", lambda: opened.append(open_one()) or opened[-1])
    monkeypatch.setattr(asyncio, "set_event_loop", lambda loop: None)
    yield
    for loop in opened:
        loop.close()
