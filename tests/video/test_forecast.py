"""How long a film takes, and how much of it is left."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from neuralart.video import forecast


def test_motion_is_timed(monkeypatch):
    made = SimpleNamespace(is_steady=True, frames=SimpleNamespace(at=lambda index: SimpleNamespace(pixels="it")))
    times = iter([3.0, 5.5])
    monkeypatch.setattr(forecast.time, "perf_counter", lambda: next(times))
    made.motion = SimpleNamespace(between=lambda here, there: None)
    assert forecast.flow_seconds(made) == 2.5
    made.is_steady = False
    assert forecast.flow_seconds(made) == 0


@pytest.mark.parametrize(
    ("seconds", "places", "whole"), [([3, 1, 1, 2], 1, 7), ([3, 1, 1, 2], 2, 4), ([3, 1, 1, 2], 9, 3), ([], 2, 0)]
)
def test_tasks_side_by_side(seconds, places, whole):
    assert forecast.makespan(seconds, places) == whole
