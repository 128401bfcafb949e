"""What a page's events do, where it takes no page to see it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

pytest.importorskip("gradio")

from neuralart.app import actions


def test_a_page_is_shown_on_by_whichever_thread_is_free(monkeypatch):
    """The pause between two looks follows what the look took, not how long the thread that goes on has lived."""
    slept = []
    monkeypatch.setattr(actions.time, "sleep", slept.append)
    monkeypatch.setattr(actions.view, "status", lambda painting, ahead: "status")
    painting = SimpleNamespace(step=None, is_active=True)
    desk = SimpleNamespace(studio=SimpleNamespace(ahead=lambda painting: 0), watch=lambda painting, session: range(3))
    shown = actions.Actions(desk, SimpleNamespace(status="status"), [])._follow(painting, "session")
    next(shown)

    def later():
        while actions.time.thread_time() < 0.2:  # a thread that has worked before
            pass
        next(shown)

    with ThreadPoolExecutor(1) as other:
        other.submit(later).result()
    next(shown)
    assert max(slept) < 5
