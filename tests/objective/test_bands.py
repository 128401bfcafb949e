"""One image over several processes: the same evaluation, and the same painting, as in one."""

from __future__ import annotations

import numpy as np
import pytest

from neuralart.distributed.group import Group
from neuralart.networks.vgg import VGG
from neuralart.objective.bands import needed
from neuralart.objective.topology import Topology

from ..distributed.paintings import EVALUATIONS, PAINTINGS, apart, evaluations, limit, paintings, with_little_memory
from ..distributed.team import alone, together


@pytest.fixture(scope="module")
def one():
    return evaluations(alone()), paintings(alone())


@pytest.fixture(scope="module", params=[2, 3], ids=["two", "three"])
def several(request):
    return together(request.param, evaluations)


@pytest.fixture(scope="module")
def two():
    return together(2, paintings)


@pytest.mark.parametrize("case", range(len(EVALUATIONS)), ids=["-".join(map(str, one)) for one in EVALUATIONS])
def test_the_evaluation_is_that_of_one_process(one, several, case):
    total, terms, gradient = one[0][case]
    close = limit(EVALUATIONS[case][0])
    for rank, found in enumerate(several):
        assert found[case][0] == pytest.approx(total, rel=close)
        assert found[case][1] == pytest.approx(terms, rel=close, abs=1e-12)
        # What the optimiser decides by is the very same number everywhere.
        assert found[case][0] == several[0][case][0]
        assert (found[case][2] is None) == (rank > 0)
    assert apart(several[0][case][2], gradient) < close


@pytest.mark.parametrize("case", range(len(PAINTINGS)), ids=["-".join(map(str, one)) for one in PAINTINGS])
def test_the_painting_is_that_of_one_process(one, two, case):
    totals, image = one[1][case]
    for found in two:
        assert found[case][0][0] is None
        assert found[case][0][1:] == pytest.approx(totals[1:], rel=1e-6)
    painted = two[0][case][1]
    assert painted.shape == image.shape
    assert np.abs(painted - image).max() < 1e-2
    assert apart(painted, image) < 1e-6


def test_a_full_memory_of_one_makes_all_go_on_in_smaller_tiles():
    (first, tiles), (second, others) = together(2, with_little_memory)
    assert tiles == others == (None, 20)
    assert first == second
    # One process alone, for which the whole is enough.
    total, _ = with_little_memory(alone())
    assert first == pytest.approx(total, rel=1e-9)


def test_a_band_sees_as_far_as_its_layers_reach():
    layers, size = ("conv1_1", "conv5_1"), (64, 640)
    rows = Topology(Group(count=2)).owned(VGG, layers, size)
    assert rows == [(0, 320), (320, 640)]
    reach = VGG.reach("conv5_1")
    # The last row of a band belongs to a position whose cell ends with the band.
    assert needed(VGG, layers, size, rows[0]) == (0, 320 + reach)
    assert 320 - reach <= needed(VGG, layers, size, rows[1])[0] < 320
    assert needed(VGG, layers, (64, 20), (20, 20)) == (20, 20)
