"""The checkpoint is whole at every moment, and holds what it takes to go on."""

from __future__ import annotations

import logging

import pytest
import torch

from neuralart.errors import PictureError
from neuralart.run.step import Step
from neuralart.watch import checkpoint
from neuralart.watch.checkpoint import Checkpoint

FACTS = {"options": {"size": 8}, "content": {"sha256": "a"}}


def step(iteration, iterations=100, **more):
    image = torch.full((1, 3, 6, 8), float(iteration), dtype=torch.float64)
    return Step(iteration, iterations, 1, 1, image, total=1.5, evaluations=2 * iteration, seconds=3.0, **more)


def test_what_is_kept_is_read_again(tmp_path):
    keep = Checkpoint(tmp_path / "c", 10, FACTS)
    keep(step(10))
    reached, facts = checkpoint.read(tmp_path / "c")
    assert torch.equal(reached.image, step(10).image)
    assert (reached.iteration, reached.evaluations, reached.seconds, reached.total) == (10, 20, 3.0, 1.5)
    assert facts["options"] == {"size": 8}


def test_when_it_is_due(tmp_path):
    keep = Checkpoint(tmp_path / "c", 10, FACTS, ends={13})
    assert [n for n in range(31) if keep.needs(step(n, 25))] == [10, 13, 20, 25, 30]


def test_a_failure_costs_only_itself(tmp_path, caplog, monkeypatch):
    keep = Checkpoint(tmp_path / "c", 1, FACTS)
    keep(step(1))

    def broken(tensors, file, about):
        file.write_bytes(b"half of it")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint, "save_file", broken)
    with caplog.at_level(logging.WARNING):
        keep(step(2))
    assert "no checkpoint after iteration 2" in caplog.text
    assert "disk is full" in caplog.text
    assert checkpoint.read(tmp_path / "c")[0].iteration == 1
    assert [path.name for path in tmp_path.iterdir()] == ["c"]


def test_a_link_that_leads_nowhere_is_a_free_name(tmp_path):
    (tmp_path / "c").symlink_to(tmp_path / "elsewhere")
    Checkpoint.check(tmp_path / "c")
    Checkpoint(tmp_path / "c", 1, FACTS)(step(1))
    assert checkpoint.read(tmp_path / "elsewhere")[0].iteration == 1


def test_only_its_own_file_is_removed(tmp_path):
    (tmp_path / "c").write_text("another")
    Checkpoint(tmp_path / "c").remove()
    assert (tmp_path / "c").exists()


def test_numbers_that_are_not_finite_are_no_checkpoint(tmp_path):
    bad = step(1)
    bad.image[0, 0, 0, 0] = float("nan")
    checkpoint.write(tmp_path / "c", bad, FACTS)
    with pytest.raises(PictureError, match="not all of its numbers are finite"):
        checkpoint.read(tmp_path / "c")
