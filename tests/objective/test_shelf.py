"""Tensors put away on disk come back as they were."""

from __future__ import annotations

import pytest
import torch

from neuralart.errors import PaintError
from neuralart.objective.shelf import Shelf


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_what_is_put_away_comes_back(dtype):
    shelf, put = Shelf(), []
    for seed, shape in enumerate([(1, 4, 3, 5), (0,), (1, 2, 1, 7), (6,)]):
        put.append(torch.randn(shape, generator=torch.Generator().manual_seed(seed)).to(dtype))
        shelf.append(put[-1].contiguous(memory_format=torch.channels_last) if len(shape) == 4 else put[-1])
    assert len(shelf) == 4
    for index in (2, 0, 1, 3, -1):
        assert torch.equal(shelf[index], put[index])
    assert shelf[0].is_contiguous(memory_format=torch.channels_last)
    assert [tuple(one.shape) for one in shelf[1:3]] == [(0,), (1, 2, 1, 7)]
    assert sum(one.numel() for one in shelf) == sum(one.numel() for one in put)


def test_beyond_the_end():
    with pytest.raises(IndexError):
        Shelf()[0]


def test_its_file_has_no_name(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    shelf = Shelf()
    shelf.append(torch.ones(1000))
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_with_what_to_do(monkeypatch):
    shelf = Shelf()

    class Full:
        def write(self, data):
            raise OSError(28, "No space left on device")

        def close(self):
            pass

    monkeypatch.setattr(shelf, "_file", Full())
    with pytest.raises(PaintError, match=r"no room .* \(No space left on device\); make room, or point TMPDIR"):
        shelf.append(torch.ones(3))
