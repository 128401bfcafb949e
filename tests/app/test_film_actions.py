"""What the tab of films tells, where it takes no page to see it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

pytest.importorskip("gradio")

from neuralart.app import view
from neuralart.app.film_actions import FilmActions
from neuralart.app.filming import Forecast
from neuralart.app.order import MissingError
from neuralart.errors import OptionError


@pytest.fixture
def actions():
    """The tab of an app in which something else may be painted: actions.desk.studio.is_busy."""
    parts = SimpleNamespace(own={"forecast": "forecast"}, status="status")
    return FilmActions(SimpleNamespace(studio=SimpleNamespace(is_busy=False)), parts, [])


def test_how_long_it_takes(actions):
    told = lambda frames, seconds: actions.previewed(SimpleNamespace(step=Forecast(frames, (64, 48), seconds)))
    assert "90 frames of 64 × 48 pixels: estimating how long it will take..." in told(90, None)["forecast"]
    assert "90 frames of 64 × 48 pixels: about 12 minutes on this machine" in told(90, 720)["forecast"]
    assert "1 frame of 64 × 48 pixels: about 5 seconds on this machine" in told(1, 5)["forecast"]


def test_an_estimate_that_has_to_wait(actions):
    assert "Estimating how long" in actions.awaited(SimpleNamespace())["forecast"]
    actions.desk.studio.is_busy = True
    assert "estimated once nothing else is being painted" in actions.awaited(SimpleNamespace())["forecast"]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OptionError("--end is <5>"), '<p class="forecast" role="status">&#x27;End&#x27; is &lt;5&gt;.</p>'),
        (MissingError("the film is missing"), ""),
    ],
)
def test_why_there_is_no_estimate(actions, error, told):
    def preview(visitor, order):
        raise error

    actions.desk.preview, actions.ordered = preview, lambda content, values: None
    assert list(actions.preview(SimpleNamespace(session_hash="x"), None)) == [{"forecast": told}]


def test_a_new_page_shows_the_tab_in_which_something_is_painted(actions):
    def find(key):
        if key is None:
            raise OptionError("there is no such painting")
        return SimpleNamespace(is_active=key == "active")

    actions.desk.studio.find = find
    assert actions.find("active")["selected"] == "film"
    for key in (None, "over"):
        assert "selected" not in actions.find(key)


def test_a_film_plays_where_browsers_play_it():
    caption = 'my "walk" in the style of <a wave>'
    player = view.film("file=/x/a.mp4", "file=/x/a.jpg", caption)
    assert '<video src="file=/x/a.mp4" poster="file=/x/a.jpg" controls' in player
    still = view.film("file=/x/a.mkv", "file=/x/a.jpg", caption)
    assert '<img src="file=/x/a.jpg"' in still and "video" not in still
    for shown in (player, still):
        assert "my &quot;walk&quot; in the style of &lt;a wave&gt;" in shown
