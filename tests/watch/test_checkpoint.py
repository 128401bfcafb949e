"""The checkpoint is whole at every moment, and holds what it takes to go on."""

from __future__ import annotations

import json
import logging
import math
from dataclasses import replace

import pytest
import torch
from safetensors.torch import save_file

from neuralart.errors import PictureError
from neuralart.optim.state import State
from neuralart.run.finish import Finish
from neuralart.run.reached import Live
from neuralart.run.schedule import work
from neuralart.run.step import Step
from neuralart.watch import checkpoint
from neuralart.watch.checkpoint import Checkpoint

FACTS = {"options": {"size": 8}, "content": {"sha256": "a" * 64}}


def step(iteration, iterations=100, **more):
    image = torch.full((1, 3, 6, 8), float(iteration), dtype=torch.float64)
    return Step(iteration, iterations, 1, 1, image, total=1.5, evaluations=2 * iteration, seconds=3.0, **more)


def test_what_is_kept_is_read_again(tmp_path):
    keep = Checkpoint(tmp_path / "c", 10, FACTS)
    keep(step(10))
    reached, facts = checkpoint.read(tmp_path / "c")
    assert torch.equal(reached.image, step(10).image)
    assert (reached.iteration, reached.evaluations, reached.seconds, reached.total) == (10, 20, 3.0, 1.5)
    # Whoever wrote it did not know the option, and compared Gram matrices.
    assert facts["options"] == {"size": 8, "style_loss": "gram"}


def test_a_file_of_which_one_bit_is_wrong_is_damaged(tmp_path):
    checkpoint.write(tmp_path / "c", step(10), FACTS)
    whole = (tmp_path / "c").read_bytes()
    for place in (len(whole) - 1, whole.index(b"evaluations") + 15):
        spoilt = bytearray(whole)
        spoilt[place] ^= 1
        (tmp_path / "c").write_bytes(spoilt)
        with pytest.raises(PictureError, match="is damaged"):
            checkpoint.read(tmp_path / "c")


def test_a_state_that_changes_while_it_is_kept_is_left_out(tmp_path):
    live = Live()
    holds = iter([True, False, False])
    live.set(10, State({"optimiser.mean": torch.zeros(3)}, {"optimiser.steps": 3}, lambda: next(holds)))
    checkpoint.write(tmp_path / "c", step(10, live=live), FACTS)
    reached, facts = checkpoint.read(tmp_path / "c")
    assert reached.state() is None
    assert facts["state"] is None


def test_short_runs_keep_nothing_by_themselves(tmp_path):
    keep = Checkpoint(tmp_path / "c", 1, FACTS, after=600)
    for n in range(1, 4):
        keep(replace(step(n), seconds=float(n), work_left=work((8, 6)) * 10))
    assert not (tmp_path / "c").exists()
    for n in range(4, 6):
        keep(replace(step(n), seconds=float(n), work_left=work((8, 6)) * 700))
    assert checkpoint.read(tmp_path / "c")[0].iteration == 5


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


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"iteration": math.inf}, "iteration is not a whole number from 0"),
        ({"iteration": -1}, "iteration is not a whole number from 0"),
        ({"iteration": True}, "iteration is not a whole number from 0"),
        ({"iteration": 10**30}, "iteration is not a whole number from 0"),
        ({"iteration": 50, "options": {"num_iters": 20}}, "it is after iteration 50 of 20"),
        ({"evaluations": math.inf}, "evaluations is not a whole number from 0"),
        ({"seconds": "long"}, "seconds is not a finite number"),
        ({"seconds": math.nan}, "seconds is not a finite number"),
        ({"seconds": 10**400}, "seconds is not a finite number"),
        ({"total": {"a": 1}}, "total is not a finite number"),
        ({"terms": [1]}, "its terms are not a table"),
        ({"terms": {"style": "x"}}, "term style is not a finite number"),
        ({"options": [1]}, "it names no options"),
        ({"options": {"size": 7}}, "its image has 8 pixels along an edge, but the painting has 7"),
        ({"options": {"size": -1}}, "--size is -1; it must be at least 0"),
        ({"options": {"size": 0}, "content": {"size": [5, 4]}}, "its image has 8 pixels along an edge"),
        ({"options": {"output": ["a"]}}, "option output is not text"),
        ({"options": {"output": "a" * 5000}}, "option output has 5,000 characters"),
        ({"content": [1]}, "its content is not a table"),
        ({"content": {"path": 7}}, "the content's path is not text"),
        ({"content": {"sha256": 7}}, "the content's digest is not a SHA-256"),
        ({"content": {"size": [0, 4]}}, "the content's size is not a whole number from 1"),
        ({"styles": {}}, "its styles are not a list"),
        ({"styles": [{"path": 3}]}, "the style's path is not text"),
        ({"network": {"sha256": []}}, "the network's sha256 is not a SHA-256"),
    ],
)
def test_every_part_is_validated(tmp_path, changes, part):
    about = {"iteration": 1, "scale": 1, "evaluations": 2, "seconds": 3.0, "total": 1.5, "terms": {}, **FACTS}
    _file(tmp_path / "c", about)
    assert checkpoint.read(tmp_path / "c")[0].iteration == 1
    _file(tmp_path / "c", about | changes)
    with pytest.raises(PictureError) as caught:
        checkpoint.read(tmp_path / "c")
    assert part in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("about", ["", "{", "[1]", "3", "[" * 100_000, '{"iteration": ' + "1" * 5000 + "}"])
def test_facts_that_are_none(tmp_path, about):
    save_file({"image": step(1).image}, tmp_path / "c", {"format": checkpoint.EARLIER, "about": about, "checksum": ""})
    with pytest.raises(PictureError, match="is damaged"):
        checkpoint.read(tmp_path / "c")


@pytest.mark.parametrize("shape", [(3, 6, 8), (1, 4, 6, 8), (1, 3, 0, 8)])
def test_an_image_that_is_none(tmp_path, shape):
    _file(tmp_path / "c", {"iteration": 1, "evaluations": 2, "seconds": 3.0, "terms": {}, **FACTS}, torch.zeros(shape))
    with pytest.raises(PictureError, match="its image has shape"):
        checkpoint.read(tmp_path / "c")


def test_a_checkpoint_made_to_confuse(shared):
    with pytest.raises(PictureError, match="evaluations is not a whole number"):
        checkpoint.read(shared / "cases" / "infinite.ckpt")


def _file(path, about, image=None):
    image = step(1).image if image is None else image
    save_file({"image": image}, path, {"format": checkpoint.EARLIER, "about": json.dumps(about)})


def test_a_step_of_no_run_is_kept_only_with_facts(tmp_path, caplog):
    Checkpoint(tmp_path / "c", 1)(step(1))
    assert "no checkpoint after iteration 1: the steps are not those of stylize or iterate" in caplog.text
    assert not (tmp_path / "c").exists()
    facts = Finish(facts=FACTS)
    Checkpoint(tmp_path / "c", 1)(step(2, finish=facts))
    assert checkpoint.read(tmp_path / "c")[1]["content"] == FACTS["content"]
