"""Several devices of one machine: the same evaluation as one."""

from __future__ import annotations

import threading

import pytest
import torch

from neuralart import build, iterate
from neuralart.errors import OptionError
from neuralart.objective.crew import deal
from neuralart.objective.plan import WHOLE, Plan
from neuralart.objective.tiled import TiledObjective
from neuralart.objective.topology import Topology
from neuralart.options import Options
from neuralart.recipes import RECIPES

from ..networks.tiny import BRANCHES, CHAIN, image, network
from ..recipes.make import layers_of, objective, options, picture

CPU = torch.device("cpu")


@pytest.mark.parametrize("recipe", list(RECIPES))
@pytest.mark.parametrize("arch", [CHAIN, BRANCHES], ids=["chain", "branches"])
@pytest.mark.parametrize(("count", "tile", "on_disk"), [(2, None, False), (3, None, True), (2, 12, True)])
def test_the_evaluation_is_that_of_one_device(recipe, arch, count, tile, on_disk):
    seen, found = network(arch), []
    content, style, pixels = image(37, 45, 1), image(30, 33, 2), image(37, 45, 3)
    asked = options(recipe=recipe, smoothness=0.2, **layers_of(arch))
    for devices, plan in (((), WHOLE), ((CPU,) * count, Plan(tile, on_disk))):
        evaluate = objective(seen, content, style, asked, plan=plan, topology=Topology(devices=devices))
        found.append(evaluate(pixels))
    assert isinstance(evaluate, TiledObjective)
    assert len(evaluate.division.parts) >= count
    torch.testing.assert_close(found[1].total, found[0].total, rtol=1e-9, atol=0)
    assert float((found[1].gradient - found[0].gradient).norm() / found[0].gradient.norm()) < 1e-9
    assert torch.equal(evaluate(pixels).gradient, found[1].gradient)


def test_as_many_at_a_time_as_there_are_networks():
    both = threading.Barrier(2, timeout=10)
    one, other = network(CHAIN), network(CHAIN)

    def work(seen, part):
        both.wait()  # breaks unless two parts are under way
        return seen, part, torch.is_grad_enabled()

    assert list(deal([one, other], 4, work)) == [(one, 0, False), (other, 1, False), (one, 2, False), (other, 3, False)]


def test_by_name():
    words = {"model": "compact", "size": 64, "num_iters": 3, "precision": "float64"}
    content, style = picture(60, 64, 1), picture(50, 52, 2)
    one, two = (list(iterate(content, style, device=device, **words))[-1] for device in ("cpu", "cpu,cpu"))
    assert two.total == pytest.approx(one.total, rel=1e-9)
    assert float((two.image - one.image).abs().max()) < 1e-6


@pytest.mark.parametrize(
    ("device", "text"), [("cpu,gpu", "--device is 'gpu', which is not one of"), ("cpu,", "--device is ''")]
)
def test_each_of_them_has_to_exist(device, text):
    with pytest.raises(OptionError, match=text):
        build.devices(Options(device=device))
