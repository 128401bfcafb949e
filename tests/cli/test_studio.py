"""neuralart studio: the app ends with its window, and the browser takes the place of a window that cannot be."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest

from neuralart.cli import studio, window

ADDRESS = "http://127.0.0.1:7860"


@pytest.fixture
def browser(monkeypatch):
    """What was opened in the browser."""
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    return opened


@pytest.fixture
def webview(monkeypatch):
    """pywebview without windows; `shown` is what it was asked to show."""
    made = SimpleNamespace(settings={}, shown=[])
    made.create_window = lambda title, address, **size: made.shown.append((title, address))
    made.start = lambda **about: None
    monkeypatch.setitem(sys.modules, "webview", made)
    return made


def ended(code):
    return subprocess.Popen([sys.executable, "-S", "-c", f"raise SystemExit({code})"])


def test_the_app_ends_with_its_window(browser):
    ends = []
    studio._follow(ended(0), ADDRESS, lambda: ends.append(True))
    assert (ends, browser) == ([True], [])


def test_without_a_window_the_page_is_in_the_browser(browser, capsys):
    ends = []
    studio._follow(ended(1), ADDRESS, lambda: ends.append(True))
    assert (ends, browser) == ([], [ADDRESS])
    assert "no window can be opened here" in capsys.readouterr().out


def test_a_window_that_the_app_closes_opens_nothing_else(browser):
    one = studio.Window()
    one.process = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"])
    one.close()
    studio._follow(one.process, ADDRESS, pytest.fail)
    assert browser == []


def test_without_pywebview(browser, monkeypatch, capsys):
    monkeypatch.setattr(studio.importlib.util, "find_spec", lambda name: None)
    one = studio.Window()
    one.open(ADDRESS)
    one.close()
    assert browser == [ADDRESS]
    assert 'pip install "neuralart[studio]"' in capsys.readouterr().out


def test_the_window(webview, capsys):
    assert window.show(ADDRESS) == 0
    assert webview.shown == [("neuralart", ADDRESS)]
    assert webview.settings["ALLOW_DOWNLOADS"]

    def start(**about):
        raise RuntimeError("no toolkit\nmore of it")

    webview.start = start
    assert window.show(ADDRESS) == 1
    assert capsys.readouterr().err == "RuntimeError: no toolkit\n"


def test_words_are_those_of_the_app(mistake, call):
    mistake(["studio", "--sise", 3], "did you mean '--size'?")
    code, out, _ = call("studio", "--help")
    assert code == 0 and "neuralart studio [settings]" in out
