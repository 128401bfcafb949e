"""Frames on the original's schedule."""

from __future__ import annotations

import pytest
import torch

from neuralart import read
from neuralart.errors import PictureError
from neuralart.recipes import RECIPES
from neuralart.run.finish import Finish
from neuralart.run.step import Step
from neuralart.watch.frames import Frames, due

from ..cli.made import picture


def step(iteration, iterations, image=None):
    return Step(iteration, iterations, 1, 1, torch.full((1, 3, 6, 8), 100.0) if image is None else image)


def test_due():
    assert [n for n in range(41) if due(n)] == [*range(21), 25, 30, 35, 40]


@pytest.mark.parametrize("last", [1, 20, 23, 27, 30])
def test_schedule(tmp_path, last):
    frames = Frames(tmp_path / "frames")
    for n in range(last + 1):
        frames(step(n, last))
    expected = [n for n in range(last + 1) if n <= 20 or n % 5 == 0 or n == last]
    assert sorted(path.name for path in (tmp_path / "frames").iterdir()) == [f"{n:04d}.jpg" for n in expected]


def test_frames_are_the_steps_clamped(tmp_path):
    frames = Frames(tmp_path)
    frames(step(3, 9, torch.tensor([300.0, 100.2, -40.0]).view(1, 3, 1, 1).expand(1, 3, 16, 16)))
    frames(step(12000, 12000))
    torch.testing.assert_close(
        read(tmp_path / "0003.jpg").pixels.mean((0, 2, 3)), torch.tensor([255.0, 100.0, 0.0]), atol=3, rtol=0
    )
    assert (tmp_path / "12000.jpg").exists()


def test_in_original_they_are_torch7s(tmp_path):
    image = picture(64, 64).pixels
    for recipe in ("balanced", "original"):
        Frames(tmp_path / recipe, RECIPES[recipe].jpeg)(step(1, 9, image))
    fine, coarse = ((tmp_path / recipe / "0001.jpg").stat().st_size for recipe in ("balanced", "original"))
    assert coarse < fine


def test_check_makes_nothing(tmp_path):
    Frames.check(tmp_path / "a" / "b")
    Frames.check(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_older_run_is_replaced(tmp_path):
    (tmp_path / "0001.jpg").write_bytes(b"older")
    Frames(tmp_path)(step(1, 9))
    assert read(tmp_path / "0001.jpg").size == (8, 6)


def test_a_transparent_picture_is_laid_on_the_background(tmp_path, caplog):
    caplog.set_level("INFO", "neuralart")
    alpha = torch.zeros(1, 1, 16, 16)
    frames = Frames(tmp_path, {"background": (0, 0, 255)})
    for count in range(2):
        frames(Step(count, 9, 1, 1, torch.zeros(1, 3, 16, 16), finish=Finish(alpha)))
        assert read(tmp_path / f"000{count}.jpg").pixels[0, 2].min() > 250
    told = [record.message for record in caplog.records if record.name.startswith("neuralart")]
    assert told == [f"{tmp_path}: frames are JPEG, without transparency; their background is #0000ff"]


@pytest.mark.parametrize("where", ["file", "file/deeper", "dangling/deeper"])
@pytest.mark.parametrize("ask", [Frames, Frames.check])
def test_where_a_file_is(tmp_path, where, ask):
    (tmp_path / "file").touch()
    (tmp_path / "dangling").symlink_to(tmp_path / "file" / "nothing")
    with pytest.raises(PictureError, match=r"^cannot make the folder '.*' for frames: .+; give another --output-dir$"):
        ask(tmp_path / where)


def test_where_the_first_frame_is_a_folder(tmp_path):
    (tmp_path / "0000.jpg").mkdir()
    with pytest.raises(PictureError, match=r"0000\.jpg': it is a folder"):
        Frames.check(tmp_path)


def test_what_is_a_frame(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path)
    assert Frames.is_one(tmp_path / "0003.jpg", tmp_path)
    assert Frames.is_one(tmp_path / "link" / "12345.jpg", tmp_path / "x" / "..")
    for name in ("photo.jpg", "003.jpg", "0003.png", "deeper/0003.jpg"):
        assert not Frames.is_one(tmp_path / name, tmp_path)
