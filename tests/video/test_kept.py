"""Painted frames kept: without loss, of one film, and nothing else."""

from __future__ import annotations

import pytest
import torch

from neuralart.errors import PictureError
from neuralart.image import place
from neuralart.optim.state import State
from neuralart.video.kept import Kept, known

FACTS = {"same": {"film": "abc", "options": {"size": 32}}, "given": {"film": "a.mp4"}}


@pytest.fixture
def kept(tmp_path):
    made = Kept(tmp_path / "film.frames")
    assert made.begun(FACTS) is False
    return made


def test_a_frame_is_kept_to_a_257th(kept):
    image = torch.rand(1, 3, 9, 12) * 300 - 20
    kept.keep(3, image)
    assert kept.has(3)
    assert not kept.has(3, 1)
    assert (kept.painted(), kept.painted(1)) == ({3}, set())
    found = kept.image(3)
    assert (found - image.clamp(0, 255)).abs().max() <= 0.51 / 257
    # What was read is kept as it is.
    kept.keep(4, found)
    assert torch.equal(kept.image(4), found)


def test_a_frame_that_is_painted_again_is_read_anew(kept):
    for value in (10.0, 20.0):
        kept.keep(3, torch.full((1, 3, 8, 8), value))
        torch.testing.assert_close(kept.image(3), torch.full((1, 3, 8, 8), value))


def test_dark_frames_stay_dark(kept):
    image = torch.full((1, 3, 8, 8), 3.0)
    kept.keep(0, image)
    torch.testing.assert_close(kept.image(0), image, atol=0.01, rtol=0)


def test_the_optimisers_memory(kept):
    state = State({"optimiser.metric.steps": torch.rand(3, 4)}, {"optimiser.metric.shape": [3, 8, 8]})
    kept.keep(7, torch.zeros(1, 3, 8, 8), state, scene=2)
    found = kept.state(2, 7)
    assert torch.equal(found.tensors["optimiser.metric.steps"], state.tensors["optimiser.metric.steps"])
    assert dict(found.numbers) == dict(state.numbers)
    assert kept.state(2) is not None
    assert kept.state(2, 6) is None  # of another frame
    assert kept.state(1) is None


def test_a_state_stays_until_the_frame_after_it_is_there(kept, monkeypatch):
    state = lambda value: State({"one": torch.full((2,), value)}, {})
    kept.keep(7, torch.zeros(1, 3, 8, 8), state(7.0), scene=2)
    with monkeypatch.context() as patch:
        patch.setattr("pyvips.Image.pngsave", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            kept.keep(8, torch.zeros(1, 3, 8, 8), state(8.0), scene=2)
    assert not kept.has(8)
    assert kept.state(2, 7).tensors["one"].tolist() == [7, 7]
    kept.keep(8, torch.zeros(1, 3, 8, 8), state(8.0), scene=2)
    assert kept.state(2, 7) is None
    assert kept.state(2).tensors["one"].tolist() == [8, 8]


def test_passes(kept):
    assert kept.reached(3) == 0
    kept.keep(0, torch.zeros(1, 3, 8, 8))
    kept.keep(0, torch.zeros(1, 3, 8, 8), turn=1)
    assert kept.reached(3) == 1
    kept.forget(0)
    assert not kept.has(0)
    assert kept.has(0, 1)


def test_the_same_film_goes_on(kept):
    assert kept.begun(FACTS) is True
    assert known(kept.folder)["given"] == {"film": "a.mp4"}


def test_another_process_may_begin_at_the_same_moment(tmp_path, monkeypatch):
    one, other = Kept(tmp_path / "film.frames"), Kept(tmp_path / "film.frames")
    once = iter([lambda: one.begun(FACTS)])
    monkeypatch.setattr("neuralart.video.kept.check_place", lambda _: next(once, lambda: None)())
    assert other.begun(FACTS) is True
    assert [place.name for place in tmp_path.iterdir()] == ["film.frames"]


def test_another_film_does_not(kept):
    other = {**FACTS, "same": {**FACTS["same"], "film": "xyz"}}
    with pytest.raises(PictureError, match=r"holds frames of another painting .not the same film.; remove it"):
        kept.begun(other)


def test_a_folder_that_is_somebody_elses(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "film.json").write_text("[1]")
    with pytest.raises(PictureError, match="none in which painted frames of a film are kept"):
        Kept(tmp_path / "mine").begun(FACTS)
    assert (tmp_path / "mine" / "film.json").read_text() == "[1]"


def test_a_full_disk(kept, monkeypatch):
    def full(self, target):
        raise OSError(place.FULL_DISK[0], "No space left on device")

    kept.keep(0, torch.zeros(1, 3, 8, 8))
    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(PictureError, match="the disk is full; make room or write elsewhere"):
        kept.keep(1, torch.zeros(1, 3, 8, 8))
    assert kept.has(0)
    assert not kept.has(1)


def test_a_damaged_frame(kept):
    kept.keep(0, torch.zeros(1, 3, 8, 8))
    (kept.folder / "0-000000.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(PictureError, match=r"is damaged .* remove it, and it is painted again"):
        kept.image(0)


def test_it_is_removed_in_the_end(kept):
    kept.keep(0, torch.zeros(1, 3, 8, 8))
    kept.remove()
    assert not kept.folder.exists()
