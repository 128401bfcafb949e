"""training/: what is exported is the network that was trained, and the demo's style can be painted again."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from safetensors.torch import load, save

from neuralart.networks import provide
from neuralart.networks.compact import COMPACT, MAPPED, WIDTHS
from neuralart.networks.graph_network import GraphNetwork
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
    assert networks.STYLE == MAPPED
    assert {*networks.TAUGHT} - {*MAPPED} == {"conv3_3"}
    assert {name: conv.out_channels for name, conv in student.convs.items()} == WIDTHS


def grams(features):
    flat = features[0].flatten(1).double()
    return flat @ flat.T / flat.shape[1]


def test_distances_survive_the_export(module, student, tmp_path, monkeypatch, capsys):
    # What the student would have predicted of its teachers differs between two pictures as the maps differ that ship in
    # its place: of Gram matrices exactly, up to half precision, where nothing is spread over what cannot be predicted.
    photographs = tuple(picture(48, 40, seed).pixels for seed in (5, 6))
    export, roots = module("export"), module("roots")
    monkeypatch.setattr(export, "photographs", lambda: photographs)
    monkeypatch.setattr(export, "BATCHES", 2)
    monkeypatch.setattr(export, "style_root", lambda w, moments: roots.style_root(w, moments, share=0))
    torch.save({"average": student.float().state_dict(), "step": 3}, tmp_path / "student.pt")
    shown = [pixels[0].round().to(torch.uint8) for pixels in photographs]
    export.main(tmp_path / "student.pt", tmp_path / "compact.safetensors", shown)
    assert "after 3 steps" in capsys.readouterr().out
    assert metadata(tmp_path / "compact.safetensors")["licence"] == "MIT"
    network = GraphNetwork(COMPACT, read(tmp_path / "compact.safetensors", COMPACT.kernels()))
    one, other = (picture(48, 32, seed).pixels for seed in (1, 2))
    layers = [name.replace("conv", "map") for name in student.maps]
    with torch.no_grad():
        taught = [student(pixels) for pixels in (one, other)]
        shipped = [network.features(pixels, layers) for pixels in (one, other)]
    for name in student.maps:
        step = 2 if name in ("conv1_1", "conv2_1") else 1
        theirs = [seen[name] for seen in taught]
        ours = [seen[name.replace("conv", "map")][:, :, ::step, ::step] for seen in shipped]
        measures = {"features": lambda a, b: a - b, "Gram matrices": lambda a, b: grams(a) - grams(b)}
        for what, measure in measures.items():
            share = float(measure(*ours).norm()) / float(measure(*theirs).norm())
            if name in MAPPED:
                assert share == pytest.approx(1, rel=2e-2), (name, what)
            elif what == "features":  # of the content's, the loudest directions
                assert 0.9 < share < 1.02


@pytest.fixture
def features():
    """[rows, 6] with their second moments and a constant 1, and a map of theirs to 4 channels, all float64."""
    torch.manual_seed(0)
    x = torch.randn(500, 6, dtype=torch.float64) * torch.tensor([9, 4, 4, 3, 3, 3]) + torch.arange(6)
    x = torch.cat([x, torch.ones(500, 1)], 1)
    return x, x.T @ x / 500, torch.randn(4, 7, dtype=torch.float64)


def test_what_cannot_be_predicted_is_spread(module, features):
    # So many hundredths of the energy are added, in every direction alike where it is measured by its own variance.
    roots, (_, moments, w) = module("roots"), features
    exact, wider = (roots.style_root(w, moments, share) for share in (0, 0.3))
    torch.testing.assert_close(exact.T @ exact, w.T @ w)
    added = wider.T @ wider - w.T @ w
    assert float((added * moments).sum() / (w.T @ w * moments).sum()) == pytest.approx(0.3, rel=0.1)
    spread, middle = roots.covariance(moments)
    values, vectors = torch.linalg.eigh(spread)
    along = (vectors.T @ added[:-1, :-1] @ vectors).diagonal() * values
    torch.testing.assert_close(along, along.mean().expand(6), rtol=0.1, atol=0)
    torch.testing.assert_close(added @ torch.cat([middle, torch.ones(1)]), torch.zeros(7, dtype=torch.float64))


def test_the_contents_directions(module, features):
    # All of them: the same distances, around zero. Fewer: what is left out is what varies least.
    roots, (x, moments, w) = module("roots"), features
    predicted = x @ w.T
    for count in (4, 2):
        found = x @ roots.content_root(w, moments, count).T
        assert found.shape == (500, count)
        torch.testing.assert_close(found.mean(0), torch.zeros(count, dtype=torch.float64), atol=1e-9, rtol=0)
        kept = torch.linalg.eigvalsh(torch.cov(predicted.T, correction=0))[-count:].sum()
        torch.testing.assert_close(found.square().mean(0).sum(), kept)
    torch.testing.assert_close(torch.pdist(x @ roots.content_root(w, moments, 4).T), torch.pdist(predicted))


def test_the_shipped_file_is_complete():
    weights = read(provide.COMPACT_FILE, COMPACT.kernels())
    assert {key.rpartition(".")[0] for key in weights} == set(COMPACT.kernels())
    assert metadata(provide.COMPACT_FILE)["network"] == "compact"


def test_crops(module):
    pictures = module("pictures")
    shown = [torch.randint(0, 256, (3, 60, 80), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))]
    one, same, other = (pictures.Crops(shown, seed).batch(4, 32) for seed in (0, 0, 1))
    assert one.shape == (4, 3, 32, 32)
    assert one.isfinite().all()
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_crops_come_from_inside_pictures_of_every_size(module):
    # Flat ones stay flat up to their edges, though smaller ones are padded; each is shown as often as was said.
    shown = [torch.full((3, *size), level).byte() for size, level in (((60, 80), 50), ((30, 20), 100), ((9, 90), 200))]
    crops = module("pictures").Crops(shown, often=[1, 2, 0]).clean(300, 16)
    levels = crops.mean((1, 2, 3))
    torch.testing.assert_close(crops, levels[:, None, None, None].expand_as(crops), atol=1e-2, rtol=0)
    assert sorted({round(float(level)) for level in levels}) == [50, 100]
    assert float((levels > 75).float().mean()) == pytest.approx(2 / 3, abs=0.1)


@pytest.mark.parametrize("side", [10, 40, 64])
def test_lines_are_resampled_as_torch_does(module, side):
    line = torch.rand(40, generator=torch.Generator().manual_seed(0))
    start, window = torch.tensor([0.0, 8.0]), torch.tensor([40.0, 32.0])
    found = module("pictures").resampling(start, window, torch.tensor([40, 40]), side, 50) @ torch.cat(
        [line, line[:10]]
    )
    wanted = torch.nn.functional.interpolate(line.expand(1, 1, 40, 40), (40, side), mode="bicubic", antialias=True)
    torch.testing.assert_close(found[0], wanted[0, 0, 0], atol=1e-4, rtol=0)
    # A window's lines lie where they lie in the whole, away from where the whole ends.
    if side == 40:
        assert float(found[1].mean()) == pytest.approx(float(line[8:].mean()), abs=0.05)


def test_the_same_weights_make_the_same_file(module):
    export = module("export")
    weights = {"b": torch.arange(5).half(), "a": torch.ones(3, 2).half()}
    written = {export.ordered(save(weights, metadata=dict.fromkeys("xyzuvw", "1"))) for _ in range(20)}
    (file,) = written
    assert {key: value.tolist() for key, value in load(file).items()} == {"a": [[1, 1]] * 3, "b": [0, 1, 2, 3, 4]}
    assert int.from_bytes(file[:8], "little") % 8 == 0


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
