"""What an evaluation is said to need."""

from __future__ import annotations

import pytest

from neuralart.networks import NETWORKS
from neuralart.networks.graph import Conv, Graph
from neuralart.objective import cost
from neuralart.objective.cost import Work

ONE = Graph(
    "one",
    (Conv("conv", "image", 8),),
    order="RGB",
    mean=(0, 0, 0),
    style_layers=("conv",),
    content_layers=(),
    summary="",
)


def work(name: str, **changes) -> Work:
    network = NETWORKS[name]
    return Work(network, network.style_layers, network.content_layers, **changes)


def test_one_convolution_written_out():
    # Pixels, the activation, the gradient on it, that on the pixels and twice the features for the Gram matrix.
    needed = cost.evaluation(Work(ONE, ("conv",), ()), Work(ONE, ("conv",), ()).division((10, 20), None))
    assert needed == 4 * 200 * (8 + 2 * 8 + 8)


def test_multiplications_of_one_convolution():
    one = Work(ONE, ("conv",), ())
    assert cost.multiplications(one, one.division((10, 20), None)) == 2 * 200 * 8 * 27


@pytest.mark.parametrize("name", NETWORKS)
def test_whole_grows_with_the_image_and_tiles_do_not(name):
    one = work(name)
    peaks = lambda edge, tile: cost.evaluation(one, one.division((edge, edge), tile))
    assert peaks(2048, None) > 3.3 * peaks(1024, None)
    assert peaks(4096, 256) == peaks(2048, 256) < peaks(1024, None)
    assert peaks(1024, 128) < peaks(1024, 256) < peaks(1024, 512) < peaks(1024, None)


@pytest.mark.parametrize("name", NETWORKS)
def test_precision_and_gpus(name):
    division = work(name).division((1024, 1024), None)
    single, double = (cost.evaluation(work(name, number=n, pixel=n), division) for n in (4, 8))
    assert double > 1.7 * single
    assert cost.evaluation(work(name, number=2, on_gpu=True), division) < cost.evaluation(
        work(name, on_gpu=True), division
    )
    assert cost.evaluation(work(name, on_gpu=True), division) >= single
    assert cost.evaluation(work(name, pooling="max"), division) >= single


@pytest.mark.parametrize("name", NETWORKS)
def test_looking_takes_less_than_coming_back(name):
    one = work(name)
    for tile in (None, 256):
        division = one.division((1000, 700), tile)
        assert cost.looking(one, division) <= cost.evaluation(one, division)


def test_the_telling_parts_are_as_demanding_as_any():
    one = work("compact")
    division = one.division((900, 500), 128)
    peak = lambda part: cost._there_and_back(one, division.window(part))
    assert max(map(peak, cost.telling(division))) == max(map(peak, range(len(division.parts))))


def test_content_features_kept():
    # conv4_2 of VGG-19: 512 channels at an eighth of the size.
    assert cost.kept(work("vgg"), (800, 400)) == 4 * 512 * 100 * 50


def test_tiles_cost_more_time_and_small_ones_most():
    one = work("vgg")
    times = [cost.multiplications(one, one.division((2048, 2048), tile)) for tile in (None, 1024, 512, 256)]
    assert times == sorted(times) and times[-1] > 2 * times[0]
