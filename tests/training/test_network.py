"""training/: what is exported is the network that was trained, and the demo's style can be painted again."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from neuralart.networks import provide
from neuralart.networks.compact import COMPACT, MAPPED, WIDTHS
from neuralart.networks.network import Network
from neuralart.weights.read import metadata, read

from ..cli.made import picture


@pytest.fixture
def student(module):
    torch.manual_seed(0)
    made = module("networks").Student().double()
    for parameter in made.parameters():
        if parameter.ndim == 1:
            torch.nn.init.normal_(parameter, std=0.1)
    return made


def test_the_student_is_the_network_that_ships(module, student):
    networks = module("networks")
    assert tuple(networks.TAUGHT) == MAPPED
    assert {name: conv.out_channels for name, conv in student.convs.items()} == WIDTHS


def grams(features):
    flat = features[0].flatten(1).double()
    return flat @ flat.T / flat.shape[1]


def test_distances_survive_the_export(module, student, tmp_path, monkeypatch, capsys):
    # What the student would have predicted of its teachers differs between two pictures exactly as the maps differ
    # that ship in its place, up to half precision.
    photographs = tuple(picture(48, 40, seed).pixels for seed in (5, 6))
    export = module("export")
    monkeypatch.setattr(export, "photographs", lambda: photographs)
    torch.save({"average": student.float().state_dict(), "step": 3}, tmp_path / "student.pt")
    export.main(tmp_path / "student.pt", tmp_path / "compact.safetensors")
    assert "after 3 steps" in capsys.readouterr().out
    assert metadata(tmp_path / "compact.safetensors")["licence"] == "MIT"
    network = Network(COMPACT, read(tmp_path / "compact.safetensors", COMPACT.kernels()))
    one, other = (picture(48, 32, seed).pixels for seed in (1, 2))
    with torch.no_grad():
        taught = [student(pixels) for pixels in (one, other)]
        shipped = [
            network.features(pixels, [name.replace("conv", "map") for name in MAPPED]) for pixels in (one, other)
        ]
    for name in MAPPED:
        step = 2 if name in ("conv1_1", "conv2_1") else 1
        theirs = [seen[name] for seen in taught]
        ours = [seen[name.replace("conv", "map")][:, :, ::step, ::step] for seen in shipped]
        for measure in (lambda a, b: a - b, lambda a, b: grams(a) - grams(b)):
            assert float(measure(*ours).norm()) == pytest.approx(float(measure(*theirs).norm()), rel=2e-2), name


def test_the_shipped_file_is_complete():
    weights = read(provide.COMPACT_FILE, COMPACT.kernels())
    assert {key.rpartition(".")[0] for key in weights} == set(COMPACT.kernels())
    assert metadata(provide.COMPACT_FILE)["network"] == "compact"


def test_crops(module, monkeypatch):
    pictures = module("pictures")
    shown = [torch.randint(0, 256, (3, 60, 80), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))]
    one, same, other = (pictures.Crops(shown, seed).batch(4, 32) for seed in (0, 0, 1))
    assert one.shape == (4, 3, 32, 32)
    assert one.isfinite().all()
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_pictures_of_a_folder(module, tmp_path):
    picture(90, 30).save(tmp_path / "a.png")
    picture(20, 30, alpha=True).save(tmp_path / "b.png")
    (tmp_path / "notes.txt").write_text("not a picture")
    found = module("pictures").load_folder(tmp_path, long_edge=45)
    assert [tuple(one.shape) for one in found] == [(3, 15, 45), (3, 30, 20)]
    assert all(one.dtype == torch.uint8 for one in found)


def test_the_style_painter(module):
    painter = module("style_painter")
    one, same, other = (painter.paint_picture(seed, 100, 80) for seed in (1, 1, 2))
    assert one.shape == (80, 100, 3)
    assert one.dtype == np.uint8
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert one.std() > 20
