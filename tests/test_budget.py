"""What is chosen so that a run fits into memory."""

from __future__ import annotations

import itertools
import json
import logging
import math
import re
import runpy
import subprocess
import sys
from dataclasses import replace
from functools import partial

import pytest
import torch

from neuralart import Loss, api, budget, build, rehearsal
from neuralart.budget import Wishes
from neuralart.errors import OptionError
from neuralart.image.picture import Picture
from neuralart.networks import NETWORKS, precision
from neuralart.networks.provide import Provision
from neuralart.objective.objective import Term
from neuralart.objective.plan import Plan
from neuralart.options import Options
from neuralart.recipes.recipe import History
from neuralart.recipes.style import Style

from .conftest import REPOSITORY
from .networks import tiny
from .objective.own import Range

pytestmark = pytest.mark.usefixtures("alone")

GB = 10**9


def blank(width: int, height: int) -> Picture:
    """A picture of that size that takes no memory."""
    return Picture(torch.zeros(1, 1, 1, 1).expand(1, 3, height, width))


@pytest.fixture(scope="module")
def network():
    return build.provision(Options(model="compact", cpu=True, precision="float32")).network


@pytest.fixture
def forgotten():
    """What other tests found out is not known here, nor the other way round."""
    rehearsal.known.cache_clear()
    yield
    rehearsal.known.cache_clear()


@pytest.fixture(scope="module")
def wishes(network):
    known: dict[object, Wishes] = {}

    def make(size=(4000, 3000), *, using=network, **chosen) -> Wishes:
        key = size, using.dtype, *chosen.items()
        if key not in known:
            # What is chosen does not depend on the loss, and Gram matrices are gone through sooner.
            usual = {"model": "compact", "cpu": True, "size": max(size), "style_loss": "gram"}
            options = Options(**usual | chosen)
            run = build.draft(options, blank(*size), (Style(blank(800, 600)),), Provision(using, "", "", False))
            known[key] = build.wishes(run)
        return known[key]

    return make


def test_with_enough_memory_everything_is_at_its_best(wishes):
    wanted = wishes()
    found = wanted.fitted(64 * GB)
    assert set(found.plans.values()) == {Plan(keeps_freed=True)}
    assert (found.history, found.history_dtype, found.dtype) == (20, None, torch.float32)
    assert found == wanted.whole()
    assert not budget.different(wanted, found)


@pytest.mark.parametrize("limit", [x * GB / 4 for x in (4, 6, 8, 12, 16, 24, 32, 48)])
def test_what_is_chosen_fits(wishes, limit):
    found = wishes().fitted(limit)
    assert found is None or found.peak <= limit
    assert found is not None or limit < 2.5 * GB


def test_with_less_and_less(wishes):
    wanted = wishes(size=(2000, 1500), num_iters=2000)
    chosen = [wanted.fitted(int(limit * GB)) for limit in (6, 3, 2, 1.5, 1.1)]
    last = wanted.scales[-1].size
    tiles = [one.plans[last].tile or 10**6 for one in chosen]
    # A smaller tile with freed memory kept comes before a larger one without.
    assert tiles[0] == 10**6 and tiles[-1] < min(tiles[:3])
    stored = [(one.history_dtype is None, one.history) for one in chosen]
    assert stored == sorted(stored, reverse=True) and stored[0] == (True, 20) and stored[-1][0] is False
    assert all(one.dtype == torch.float32 for one in chosen)


def test_small_scales_stay_whole(wishes):
    wanted = wishes()
    found = wanted.fitted(5 * GB)
    assert found.plans[wanted.scales[0].size].tile is None
    assert found.plans[wanted.scales[-1].size].tile


def test_the_smallest_scale_is_counted_in_the_precision_it_is_computed_in(wishes, network):
    wanted = wishes(size=(512, 384), using=network.to("cpu", torch.bfloat16))
    smallest, next_one, *_ = wanted.scales
    assert (smallest.exact, next_one.exact) == (True, False)
    need = lambda scale: wanted.need(scale, Plan(), torch.bfloat16, History(20))
    alone = lambda dtype: wanted.rehearsal.peak(smallest.size, Plan(), dtype, "lbfgs", History(20))
    assert need(smallest) == alone(torch.float32) != alone(torch.bfloat16)
    assert need(replace(smallest, exact=False)) == alone(torch.bfloat16)


def test_small_scales_are_not_rehearsed_where_the_largest_is_at_its_best(forgotten, wishes):
    wanted = wishes(size=(1002, 750), num_iters=6)
    wanted.fitted(64 * GB)
    assert len(wanted.scales) > 2 and len(wanted.rehearsal._evaluated) == 1


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_what_a_larger_scale_covers_needs_no_more(wishes, network, precision):
    dtype = getattr(torch, precision)
    wanted = wishes(size=(1001, 750), using=network.to("cpu", dtype))
    need = lambda scale, plan: wanted.need(scale, plan, dtype, History(20))
    for plan in (Plan(), Plan(keeps_freed=True), Plan(64, on_disk=True)):
        for larger, scale in itertools.permutations(wanted.scales, 2):
            assert need(scale, plan) <= need(larger, plan) or not larger.covers(scale)
    assert wanted.scales[-1].covers(wanted.scales[0])
    assert not replace(wanted.scales[-1], pairs=1).covers(replace(wanted.scales[-2], pairs=20))


def test_no_scale_keeps_freed_memory_before_one_that_does_not(wishes):
    """What it kept would lie there in pieces, beside all that the larger one needs."""
    wanted = wishes(size=(1000, 750))
    need = lambda scale: wanted.need(scale, Plan(), torch.float32, History(20))
    found = wanted.fitted(need(wanted.scales[-1]) + 1)
    assert all(plan == Plan() for plan in found.plans.values())
    assert wanted.need(wanted.scales[0], Plan(keeps_freed=True), torch.float32, History(20)) < found.peak
    assert found.peak == max(wanted.chosen(scale, found) for scale in wanted.scales)


class Unforeseen(Loss):
    """Leaves PyTorch on its way."""

    def statistic(self, features):
        return torch.from_numpy(features.numpy()).mean((2, 3))

    def penalty(self, statistic):
        return statistic.square().sum()


def test_what_cannot_be_told_is_begun_whole(network, caplog):
    options = Options(model="compact", cpu=True, size=200, memory="1MB", scales=1)
    term = Term("own", "conv1_1", Unforeseen())
    found = Provision(network, "", "", False)
    run = build.draft(options, blank(200, 150), (Style(blank(90, 90)),), found, terms=[term])
    run = build.fitted(run)
    assert run.plans == {(200, 150): Plan()} and run.history.pairs == 20
    told = r"memory: the memory that this run needs cannot be predicted \(\w+: .*\); painting starts"
    assert re.search(told, caplog.text)


@pytest.mark.parametrize("limit", [0.6, 1, 2, 64])
def test_what_needs_the_whole_image_is_never_given_tiles(wishes, limit):
    wanted = replace(wishes(size=(1500, 1000), scales=1, precision="float32"), whole_only=lambda: "why")
    found = wanted.fitted(int(limit * GB))
    assert (found is None) == (limit < 2)
    assert found is None or {plan.tile for plan in found.plans.values()} == {None}


def test_the_refusal_names_what_needs_the_whole_image(network):
    options = Options(model="compact", cpu=True, size=3000, memory="1GB")
    terms = [Term("range conv1_1", "conv1_1", Range())]
    found = Provision(network, "", "", False)
    run = build.draft(options, blank(3000, 2000), (Style(blank(90, 90)),), found, terms=terms)
    with pytest.raises(OptionError) as caught:
        build.fitted(run)
    assert re.fullmatch(
        r"3000 x 2000 pixels need about [\d.]+ GB .* but --memory is 1 GB; give more, or --size \d+;"
        r" tiles do not help, since the term 'range conv1_1' needs the whole image at once",
        str(caught.value),
    )


def test_what_is_freed_is_kept_where_there_is_room(wishes):
    wanted = wishes(size=(2000, 1500), scales=1)
    size, most = wanted.scales[0].size, wanted.whole().peak
    assert wanted.fitted(most).plans[size] == Plan(keeps_freed=True)
    assert wanted.fitted(most - 1).plans[size] == Plan()
    assert wanted.fitted(most // 3).plans[size].tile


def test_a_tile_that_is_asked_for(wishes):
    found = wishes(tile=256).fitted(64 * GB)
    assert {plan.tile for plan in found.plans.values()} == {256}


def test_content_features_go_to_disk_where_they_would_not_fit(wishes):
    wanted = wishes(size=(9000, 9000), optimizer="sgd", num_iters=5, scales=1)
    on_disk = [wanted.fitted(limit).plans[(9000, 9000)].on_disk for limit in (64 * GB, wanted.frugal().peak)]
    assert on_disk == [False, True]


def test_a_given_history_is_kept_and_only_stored_in_less(wishes):
    found = wishes(size=(2000, 1500), history=20, num_iters=2000).fitted(1.8 * GB)
    assert (found.history, found.history_dtype) == (20, torch.bfloat16)


@pytest.mark.parametrize("known", [True, False])
def test_less_than_float32_is_tried_only_where_that_saves_memory(monkeypatch, forgotten, wishes, known):
    monkeypatch.setattr(precision, "by_onednn", lambda dtype: known or dtype == torch.float32)
    wanted = wishes(size=(703, 500 + known))
    need = lambda dtype: wanted.rehearsal.peak((703, 500 + known), Plan(), dtype, "sgd", History())
    assert wanted.lower == known == (need(torch.bfloat16) < need(torch.float32))


def test_precision_changes_only_where_it_is_left_open(monkeypatch, forgotten, wishes):
    monkeypatch.setattr(precision, "by_onednn", lambda dtype: True)
    wanted = wishes(size=(2000, 1500), tile=2000, optimizer="sgd")
    least, low = wanted.frugal(), None
    fixed = wishes(size=(2000, 1500), tile=2000, optimizer="sgd", precision="float32")
    for limit in range(least.peak, fixed.frugal().peak, 20_000_000):
        low = wanted.fitted(limit)
        assert fixed.fitted(limit) is None
        assert low is not None and low.dtype == torch.bfloat16
    assert low is not None


def test_refusal_says_what_would_fit(wishes):
    wanted = wishes(size=(8000, 6000))
    with pytest.raises(OptionError) as caught:
        budget.choose(wanted, GB, "--memory")
    message = str(caught.value)
    assert re.match(
        r"8000 x 6000 pixels need about [\d.]+ GB with network 'compact' at the very least,"
        r" but --memory is 1 GB; give more, or --size \d+$",
        message,
    )
    edge = int(message.rsplit(" ", 1)[1])

    assert wishes(size=(edge, edge * 3 // 4)).fitted(GB) is not None


def test_refusal_suggests_other_optimisers(wishes):
    wanted = wishes(size=(6000, 6000), history=100, num_iters=10_000)
    limit = wanted.frugal("sgd").peak + 10**6
    with pytest.raises(OptionError, match=r"--optimizer adam or sgd \(about .*\), or --size \d+, or a smaller --hist"):
        budget.choose(wanted, limit, "--memory")


def test_the_choice_is_told_in_one_line(wishes, caplog):
    with caplog.at_level(logging.INFO, "neuralart"):
        wanted = wishes()
        caplog.clear()
        budget.choose(wanted, 64 * GB, "--memory")
        assert not caplog.messages
        budget.choose(wanted, 4 * GB, "--memory")
    (line,) = caplog.messages
    assert re.fullmatch(r"memory: .*4000 x 3000 in tiles of \d+ pixels.*; about [\d.]+ GB of 4 GB", line)


def test_without_a_prediction_the_choice_is_the_same_if_there_is_enough(wishes, monkeypatch):
    wanted = replace(wishes(size=(300, 200)), enough=4 * GB)
    predicted = wanted.fitted(4 * GB)
    assert budget.choose(wanted, 4 * GB - 1, "--memory") == predicted
    monkeypatch.setattr(type(wanted.rehearsal), "peak", lambda *given: pytest.fail("it was rehearsed"))
    assert budget.choose(wanted, 4 * GB, "--memory") == replace(predicted, peak=0)


@pytest.mark.parametrize(("loss", "recipe"), [("gram", "original"), ("sliced", "balanced"), ("neighbours", "balanced")])
def test_enough_is_three_times_what_a_painting_takes(loss, recipe):
    for name in ("compact", "vgg19", "inception"):
        network = Provision(tiny.network(NETWORKS[name], dtype=torch.float32), "", "", False)
        for edge in (64, 512):
            picture = Picture(torch.zeros(1, 3, edge, edge))
            options = Options(size=edge, device="cpu", style_loss=loss, recipe=recipe)
            wanted = build.wishes(build.draft(options, picture, (Style(picture),), network))
            assert wanted.enough >= 3 * wanted.whole().peak


def test_what_others_take_is_never_taken_for_granted(network):
    provision, picture = Provision(network, "", "", False), Picture(torch.zeros(1, 3, 64, 64))
    drafted = partial(build.draft, content=picture, styles=(Style(picture),))
    assert build.enough(drafted(Options(cpu=True), provision=provision)) < math.inf
    assert build.enough(drafted(Options(cpu=True, history=50), provision=provision)) == math.inf
    own = [Term("range conv1_1", "conv1_1", Range())]
    assert build.enough(drafted(Options(cpu=True), provision=provision, terms=own)) == math.inf


def test_a_run_carries_the_choice(network):
    options = Options(model="compact", cpu=True, size=96, tile=64, memory="2GB")
    run = api.prepare(Picture(torch.rand(1, 3, 80, 96) * 255), Picture(torch.rand(1, 3, 64, 64) * 255), options)
    assert set(run.plans.values()) == {Plan(64, keeps_freed=True)}


def test_a_picture_in_tiles_is_the_picture():
    torch.manual_seed(0)
    content, style = Picture(torch.rand(1, 3, 96, 120) * 255), Picture(torch.rand(1, 3, 80, 80) * 255)
    common = {"model": "compact", "size": 120, "num_iters": 3, "scales": 1, "cpu": True, "precision": "float32"}
    whole, tiled = (api.stylize(content, style, **common, **more) for more in ({}, {"tile": 64}))
    assert (whole.pixels - tiled.pixels).abs().max() < 0.5


def test_predicted_against_measured():
    case = {"model": "compact", "size": 400, "precision": "float32", "scales": 1, "num_iters": 2, "memory": "470MB"}
    # By way of a small process: Linux counts the memory of whoever starts a process as that process's own highest.
    small = "import subprocess, sys; sys.exit(subprocess.call([sys.executable, '-c', *sys.argv[1:]]))"
    paint = runpy.run_path(str(REPOSITORY / "benchmarks" / "memory.py"))["PAINT"]
    words = [sys.executable, "-c", small, paint, json.dumps(case)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=120)
    predicted, peak, way = json.loads(done.stdout)
    assert way == "whole" and 0.95 < predicted / peak < 1.1
    assert peak <= 470_000_000
