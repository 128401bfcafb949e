"""training/measure.py: what is painted, how it is judged, and the table."""

from __future__ import annotations

import pytest
import torch

from neuralart.networks.provide import COMPACT_FILE

from ..cli.made import picture


def test_a_picture_is_at_no_distance_from_itself(module, shared):
    judge = module("judge").Judge(shared)
    one, other = picture(48, 40, 1).pixels.round(), picture(48, 40, 2).pixels.round()
    assert judge(one, one, one) == {"content": 0, "shallow": 0, "deep": 0, "speckle": 1}
    found = judge(one, other, other)
    assert min(found.values()) > 0


def test_gram_matrices_are_means(module):
    # A picture twice as large with the same statistics has the same matrix.
    gram = module("lesson").gram
    torch.manual_seed(0)
    features = torch.randn(1, 5, 6, 7).contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(gram(features), gram(torch.cat([features, features], 2)))
    flat = features[0].flatten(1)
    torch.testing.assert_close(gram(features)[0], flat @ flat.T / 42)


def test_roughness(module):
    roughness = module("judge").roughness
    flat, (rows, columns) = (
        torch.full((1, 3, 8, 8), 90.0),
        torch.meshgrid(torch.arange(8), torch.arange(8), indexing="ij"),
    )
    assert roughness(flat) == 0
    # Of a chequered board the blur leaves nothing but the mean.
    board = 128 + 10 * (1 - 2.0 * ((rows + columns) % 2)).expand(1, 3, 8, 8)
    assert roughness(board) == pytest.approx(100)


def test_the_objective_falls(module):
    painters = module("painters")
    content, style = picture(48, 40, 1).pixels, picture(40, 48, 2).pixels
    features = painters.painter("compact", shared=None)
    painted = painters.paint(features, content, style, 6)
    gram = module("lesson").gram

    def distance(image):
        with torch.no_grad():
            return float((gram(features(image)["conv2_1"]) - gram(features(style)["conv2_1"])).norm())

    assert distance(painted) < 0.8 * distance(content)


def test_every_network_sees_what_a_painting_needs(module, shared):
    painters = module("painters")
    for name in painters.NAMES:
        seen = painters.painter(name, shared)(picture(48, 40).pixels)
        assert {"conv1_1", "conv2_1", "conv3_1", "conv3_3"} <= set(seen), name


def test_the_table(module, shared, tmp_path, monkeypatch, capsys):
    arguments = ["measure.py", str(COMPACT_FILE), "--shared", str(shared), "--size", "96", "--evaluations", "2"]
    monkeypatch.setattr("sys.argv", [*arguments, "--first", "1", "--pictures", str(tmp_path)])
    module("measure").main()
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    assert [line.split("|")[1].strip() for line in lines] == ["network", "nothing", "nothing", "compact", "compact"]
    assert "median" in lines[-1]
    assert [path.name for path in tmp_path.iterdir()] == ["compact-tubingen-starry_night.png"]
