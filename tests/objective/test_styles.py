"""The losses of styles: the same whole, in tiles, over devices and processes; of several styles; in regions."""

from __future__ import annotations

import functools

import pytest
import torch

from neuralart.losses.choices import STYLE_LOSSES
from neuralart.networks.window import Region
from neuralart.objective.make import make
from neuralart.objective.objective import Term, layers_of
from neuralart.objective.plan import WHOLE, Plan
from neuralart.objective.samples import blended as together_of
from neuralart.objective.samples import chosen, grid, thinned, within
from neuralart.objective.targets import size_of, style_targets
from neuralart.objective.topology import HERE, Topology
from neuralart.run.shared import band

from ..distributed.team import alone, together
from ..networks.tiny import CHAIN, image, network
from ..recipes.make import blended

CPU = torch.device("cpu")
WAYS = {name: [Term(f"style {layer}", layer, kind.of(False)) for layer in ("conv1", "conv2")]
        for name, kind in STYLE_LOSSES.items()}  # fmt: skip


def evaluated(terms, plan=WHOLE, topology=HERE, styles=((1.0, 2),)):
    """What the terms say of an image. styles: (weight, seed) of each."""
    seen, pixels = network(CHAIN), image(37, 45, 3)
    targets = blended(seen, terms, [(weight, image(31, 27, seed)) for weight, seed in styles], plan, topology)
    objective = make(seen, terms, targets, size_of(pixels), plan, topology)
    if topology.group.count > 1:
        pixels = band(pixels, functools.partial(topology.owned, seen.architecture, layers_of(terms)), topology.group)
    return objective(pixels)


def same(found, expected):
    torch.testing.assert_close(found.total, expected.total, rtol=1e-9, atol=0)
    assert float((found.gradient - expected.gradient).norm() / expected.gradient.norm()) < 1e-8


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize(("plan", "devices"), [(Plan(16), 0), (Plan(20), 0), (WHOLE, 2), (Plan(16), 3)])
def test_tiles_and_devices_make_no_difference(name, plan, devices):
    same(evaluated(WAYS[name], plan, Topology(devices=(CPU,) * devices)), evaluated(WAYS[name]))


def in_bands(group):
    found = [evaluated(terms, Plan(16), Topology(group)) for terms in WAYS.values()]
    return [(one.total, group.gather(one.gradient)) for one in found]


def test_processes_make_no_difference():
    for rank, member in enumerate(together(2, in_bands)):
        for (there, whole), (total, gradient) in zip(member, in_bands(alone()), strict=True):
            torch.testing.assert_close(there, total, rtol=1e-9, atol=0)
            if rank == 0:
                assert float((whole - gradient).norm() / gradient.norm()) < 1e-8


@pytest.mark.parametrize("name", WAYS)
def test_a_style_is_free_of_charge_at_itself(name):
    seen, style = network(CHAIN), image(24, 30, seed=2)
    targets = blended(seen, WAYS[name], [(1.0, style)])
    found = make(seen, WAYS[name], targets, size_of(style))(style)
    assert float(found.total) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("name", WAYS)
def test_several_styles_are_blended_by_weight(name):
    one, other = (evaluated(WAYS[name], styles=[(1.0, seed)]).total for seed in (2, 5))
    both = evaluated(WAYS[name], styles=[(1.0, 2), (1.0, 5)]).total
    mostly = evaluated(WAYS[name], styles=[(9.0, 2), (1.0, 5)]).total
    assert len({float(one), float(other), float(both), float(mostly)}) == 4
    assert abs(float(mostly - one)) < abs(float(mostly - other))


@pytest.mark.parametrize("name", WAYS)
def test_what_a_mask_hides_of_a_style_makes_no_difference(name):
    seen, terms = network(CHAIN), WAYS[name]
    mask = torch.zeros(1, 1, 40, 40, dtype=torch.float64)
    mask[..., :24, :] = 1
    style = image(40, 40, 2)
    other = torch.where(mask > 0, style, image(40, 40, 7))
    weights = [{term.name: 1.0 for term in terms}]
    found = [style_targets(seen, terms, weights, [one], WHOLE, HERE, [lambda term: mask]) for one in (style, other)]
    for term in terms:
        assert torch.equal(found[0][term.name], found[1][term.name])
        assert len(found[0][term.name])


@pytest.mark.parametrize("name", WAYS)
def test_in_a_region_only_its_own_pixels_are_pulled(name):
    seen, terms, pixels = network(CHAIN), WAYS[name], image(48, 40, 3)
    mask = torch.zeros(1, 1, 48, 40, dtype=torch.float64)
    mask[..., :16, :] = 1
    found = make(seen, terms, blended(seen, terms, [(1.0, image(31, 27, 2))]), (40, 48), mask_of=lambda term: mask)
    gradient = found(pixels).gradient
    assert gradient[..., :16, :].any() and not gradient[..., 30:, :].any()


@pytest.mark.parametrize(("size", "most"), [((7, 9), 100), ((40, 30), 100), ((512, 512), 1024), ((3, 5000), 64)])
def test_a_grid_covers_the_picture_with_no_more_than_asked(size, most):
    found = grid(size, most)
    assert most / 4 < min(len(found), most) <= most or len(found) == size[0] * size[1]
    assert len(set(map(tuple, found.tolist()))) == len(found)
    assert (found >= 0).all() and (found < torch.tensor(size)).all()
    if len(found) == size[0] * size[1]:
        return
    for axis in (0, 1):
        if size[axis] > 64:
            assert found[:, axis].min() < size[axis] / 8 and found[:, axis].max() >= size[axis] * 7 / 8
    # Not in step with stripes.
    assert len(set(found[:, 1].tolist())) > min(size[1], len(set(found[:, 0].tolist()))) / 4


def test_where_a_mask_leaves_little_as_much_of_it_is_looked_at():
    weights = torch.zeros(100, 100)
    weights[10:30, 40:60] = 1
    found = chosen((100, 100), 100, weights)
    assert 40 <= len(found) <= 100
    assert bool(weights[found[:, 0], found[:, 1]].all())
    assert len(chosen((100, 100), 100, torch.zeros(100, 100))) == 0


def test_parts_share_the_positions_of_the_whole():
    found = grid((40, 30), 200)
    parts = [Region((y, y + 20), (x, x + 15)) for y in (0, 20) for x in (0, 15)]
    here = [within(found, part) for part in parts]
    corners = [torch.tensor([part.rows[0], part.columns[0]]) for part in parts]
    for (which, places), corner in zip(here, corners):
        assert torch.equal(places + corner, found[which])
    assert sorted(torch.cat([which for which, _ in here]).tolist()) == list(range(len(found)))


def test_styles_share_samples_by_weight():
    one, other = torch.zeros(300, 2), torch.ones(300, 2)
    assert together_of([one], [1.0]) is one
    assert float(together_of([one, other], [0.75, 0.25]).mean()) == pytest.approx(0.25)
    # Of the smaller one all is taken, and of the other in proportion.
    found = together_of([one[:30], other], [0.5, 0.5])
    assert (len(found), float(found.mean())) == (60, 0.5)
    assert thinned(one, 1000) is one and len(thinned(one, 7)) == 7
