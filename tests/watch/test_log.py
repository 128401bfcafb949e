"""The log: one JSON line per iteration."""

from __future__ import annotations

import json

import pytest
import torch

from neuralart.errors import OptionError
from neuralart.run.step import Step
from neuralart.watch.log import Log

IMAGE = torch.zeros(1, 3, 6, 8)


def step(iteration, **facts):
    facts = {"total": 3.0, "terms": {"content a": 1.0, "style b": 2.0}, "evaluations": 4, **facts}
    return Step(iteration, 9, 1, 2, IMAGE, seconds=1.23456789, peak_memory=1000, **facts)


def test_lines(tmp_path):
    with Log(tmp_path / "log.jsonl") as log:
        log(Step(0, 9, 1, 2, IMAGE))
        log(step(1))
        # Every line is there as soon as its iteration is over.
        assert (tmp_path / "log.jsonl").read_text().count("\n") == 1
        log(step(2, notes=("it broke",)))
    first, second = map(json.loads, (tmp_path / "log.jsonl").read_text().splitlines())
    assert first == {
        "iteration": 1,
        "evaluations": 4,
        "scale": 1,
        "size": [8, 6],
        "total": 3.0,
        "terms": {"content a": 1.0, "style b": 2.0},
        "seconds": 1.2346,
        "peak_memory": 1000,
    }
    assert second["notes"] == ["it broke"]


@pytest.mark.parametrize("facts", [{"total": float("nan")}, {"terms": {"a": float("inf")}}])
def test_what_json_cannot_say_is_never_written(tmp_path, facts):
    # A run never yields such a step; should one come, it is a defect.
    with Log(tmp_path / "log.jsonl") as log, pytest.raises(ValueError, match="JSON"):
        log(step(1, **facts))
    assert (tmp_path / "log.jsonl").read_text() == ""


def test_no_total_yet(tmp_path):
    with Log(tmp_path / "log.jsonl") as log:
        log(step(1, total=None, terms={}))
    assert json.loads((tmp_path / "log.jsonl").read_text())["total"] is None


def test_an_older_log_is_replaced_but_not_by_a_check(tmp_path):
    (tmp_path / "log.jsonl").write_text("older\n")
    Log.check(tmp_path / "log.jsonl")
    assert (tmp_path / "log.jsonl").read_text() == "older\n"
    with Log(tmp_path / "log.jsonl"):
        pass
    assert (tmp_path / "log.jsonl").read_text() == ""


def test_a_check_leaves_nothing(tmp_path):
    Log.check(tmp_path / "log.jsonl")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("where", [".", "nowhere/log.jsonl"])
@pytest.mark.parametrize("ask", [Log, Log.check])
def test_places_that_cannot_be_written(tmp_path, where, ask):
    with pytest.raises(OptionError, match=r"^--log '.*' cannot be written \(.+\); give another file$"):
        ask(tmp_path / where)


def test_a_disk_that_fills(tmp_path):
    class Full:
        def write(self, text):
            raise OSError(28, "No space left on device")

        def close(self):
            self.write("")

    log = Log(tmp_path / "log.jsonl")
    log.file.close()
    log.file = Full()
    with pytest.raises(OptionError, match="No space left on device"), log:
        log(step(1))
