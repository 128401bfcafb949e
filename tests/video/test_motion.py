"""The ways of finding motion, by name."""

from __future__ import annotations

import pytest
import torch

from neuralart.video import flow, raft
from neuralart.video.motion import Search, motion_of

from .flows import still
from .movies import pixels_of, scene


def test_the_search_looks_at_brightness():
    here, there = (pixels_of(one) for one in scene(2))
    found = Search().between(here, there)
    assert torch.equal(found, flow.between(flow.grey(here), flow.grey(there)))
    assert Search().record() is None
    assert isinstance(Search().on(torch.device("meta")), Search)


@pytest.mark.parametrize("choice", ["dis", "none"])
def test_no_network_is_loaded_unless_asked_for(monkeypatch, choice):
    monkeypatch.setattr(raft, "load", lambda progress: pytest.fail("it was loaded"))
    assert isinstance(motion_of(choice), Search)


def test_raft_is_loaded_with_its_progress(monkeypatch):
    made, told = still(), []
    monkeypatch.setattr(raft, "load", lambda progress: told.append(progress) or made)
    assert motion_of("raft", print) is made
    assert told == [print]
