"""What a page's events do, where it takes no page to see it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
import torch

pytest.importorskip("gradio")

from neuralart.app import actions, view
from neuralart.app.picture_actions import PictureActions
from neuralart.spinning import libraries


def followed(painting):
    """What a page shows of a painting."""
    desk = SimpleNamespace(studio=SimpleNamespace(ahead=lambda painting: 0), watch=lambda painting, session: range(3))
    parts = SimpleNamespace(**{name: name for name in ("status", "paint", "stop", "go_on")})
    return PictureActions(desk, parts, [])._follow(painting, "session")


def test_a_page_is_shown_on_by_whichever_thread_is_free(monkeypatch):
    """The pause between two looks follows what the look took, not how long the thread that goes on has lived."""
    slept = []
    monkeypatch.setattr(actions.time, "sleep", slept.append)
    monkeypatch.setattr(actions.view, "status", lambda painting, ahead: "status")
    shown = followed(SimpleNamespace(step=None, is_active=True, wanted_end=None))
    next(shown)

    def later():
        while actions.time.thread_time() < 0.2:  # a thread that has worked before
            pass
        next(shown)

    with ThreadPoolExecutor(1) as other:
        other.submit(later).result()
    next(shown)
    assert max(slept) < 5


def test_a_late_answer_does_not_disable_the_buttons_of_a_painting_that_goes_on(monkeypatch):
    """What an earlier click on Stop returns may reach the page after Go on; the next update then repairs the page."""
    monkeypatch.setattr(actions.time, "sleep", lambda seconds: None)
    monkeypatch.setattr(actions.view, "status", lambda painting, ahead: "status")
    painting = SimpleNamespace(step=None, is_active=True, wanted_end=None)
    shown = followed(painting)
    enabled = lambda changes: [changes[name]["interactive"] for name in ("paint", "stop", "go_on")]
    assert enabled(next(shown)) == enabled(next(shown)) == [False, True, False]
    painting.wanted_end = ""
    assert enabled(next(shown)) == [False, False, False]


@pytest.mark.skipif(not libraries(), reason="PyTorch does not compute with libgomp here")
def test_a_painting_is_shown_without_helpers_that_would_disturb_it(monkeypatch):
    counts = []
    monkeypatch.setattr(view, "encode", lambda *given, **named: b"")
    step = SimpleNamespace(picture=lambda edge: counts.append(torch.get_num_threads()), size=(8, 8))
    view.preview(step)
    assert counts == [1]


def test_what_is_told_advises_only_what_the_page_has():
    damaged = "--size fits, but it is damaged; fetch it again, or use the readable part with --accept-damaged"
    for told in (view.mistake(damaged), view.refused(damaged)):
        assert "&#x27;Size&#x27; fits, but it is damaged; fetch it again.<" in told


def test_what_the_page_sends_reaches_its_place():
    sent = {name: SimpleNamespace(path=f"/x/{name}.png", orig_name=f"{name}.png") for name in ("b", "sky", "face")}
    masks = [("style_mask", None), ("style_mask", None), ("preserve", None)]
    parts = SimpleNamespace(styles=[1, 2], weights=[1, 2], masks=masks, fields={"size": None, "style_weights": None})
    values = [None, sent["b"], 3, 2, None, sent["sky"], sent["face"], "64", ""]
    order = PictureActions(None, parts, []).ordered(None, values)
    named = lambda several: [one and one.name for one in several]
    assert named(order.styles) == [None, "b.png"]
    assert order.values == {"size": "64", "style_weights": ""}  # one style alone has no weight
    assert {name: named(several) for name, several in order.masks.items()} == {
        "style_mask": [None, "sky.png"],
        "preserve": ["face.png"],
    }
