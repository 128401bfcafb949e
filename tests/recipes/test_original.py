"""Recipe `original`, against what the Torch7 program computed (../shared/oracle/README.md), and its choices.

Recorded numbers are of three kinds: the first evaluation of every run; up to ten iterations in float64, which test
the algorithm; a few iterations in float32, which is what users saw.
"""

from __future__ import annotations

import functools
import itertools
import json

import numpy as np
import pytest
import torch

from neuralart.image.read import read
from neuralart.image.sizes import fit
from neuralart.losses.content import ContentTorch7
from neuralart.losses.gram import GramTorch7
from neuralart.losses.variation import energy_pull
from neuralart.networks import NETWORKS
from neuralart.networks.graph_network import GraphNetwork
from neuralart.objective.topology import HERE
from neuralart.optim.adam import Adam
from neuralart.optim.sgd import SGD
from neuralart.optim.torch7 import LBFGSTorch7
from neuralart.recipes import RECIPES
from neuralart.recipes.recipe import History

from ..networks.tiny import CHAIN, image, network
from .make import layers_of, options, picture, prepared

# Torch7 adds float32 squares one after another. So its own losses are off, by up to 7e-5 (VGG-19) and 2.3e-4
# (GoogLeNet), those of single layers by up to 2e-4 and 7e-4, and the norms of its Gram matrices by up to 2.3e-5.
LOSS, LAYER = {"vgg": 1e-4, "inception": 4e-4}, {"vgg": 4e-4, "inception": 1e-3}
NORM = 5e-5

# Iterations followed, and the tolerance of every loss reported on the way.
#
# In float64 all ten, to far below the 1e-6 demanded: `make whole` follows them all, `make test` the first two, of the
# larger pictures one.
# SGD in float32 stays as near as the original to its own float64.
# L-BFGS in float32 is chaotic: the original with one thread and with two part at the fourth iteration. Some part
# sooner: their first step, whose absolute values sum to 1, is so small that rounding decides the curvature found.
# - s96_lbfgs_trace, s96_rgba_lbfgs: Torch7's own rounding; even exact gradients on float32 pixels leave 2e-3 and 1e-2
#   at the third iteration, and we part at the second (1e-1, 6e-4);
# - s128_tv_lbfgs wants gradients better than the 1e-6 of float32 convolutions here (Torch7's multiplication had 4e-7);
# - s128_lbfgs agrees to 6e-5 at the third on processors with AVX-512, and parts there (6e-2) on those with AVX2.
RUNS = {
    "inc_s96_lbfgs_double": (10, 1e-6),
    "inc_s96_sgd_double": (10, 1e-6),
    "inc_s96_lbfgs": (3, 1e-3),
    "inc_s96_sgd": (9, 1e-3),
    "s96_lbfgs_trace_double": (10, 1e-6),
    "s96_sgd_trace_sf2e8_double": (10, 1e-6),
    "s128_lbfgs_double": (10, 1e-6),
    "s128_sgd_double": (10, 1e-6),
    "s96_gray_lbfgs": (3, 1e-3),  # 6.5e-4 at the second iteration on a processor with AMX, 2.2e-4 at the third
    "s96_lbfgs_trace": (1, 5e-4),
    "s96_rgba_lbfgs": (1, 5e-4),
    "s96_sgd_trace_sf2e8": (9, 1e-3),
    "s128_lbfgs": (2, 5e-4),
    "s128_lbfgs_1thread": (2, 5e-4),
    "s128_sgd": (9, 1e-3),
    "s128_tv_lbfgs": (2, 5e-4),
}
SHORT = {"s128": 1}


ORIGINAL = RECIPES["original"]


def optimiser(seen, asked):
    return ORIGINAL.optimiser(asked, seen, History(), HERE)


class Recorded:
    """One recorded run, and the same run set up here."""

    def __init__(self, name, shared, network):
        self.name, self.folder = name, shared / "oracle" / "runs" / name
        self.double = name.endswith("_double")
        given = (self.folder / "cmd.txt").read_text().split()
        words = {word[2:]: value for word, value in itertools.pairwise(given) if word.startswith("--")}
        manifest = json.loads((self.folder / "manifest.json").read_text())
        self.tensors = {tensor["name"]: tensor for tensor in manifest["tensors"]}
        self.scalars = manifest["scalars"]
        self.log = json.loads((self.folder / "log.json").read_text())
        self.model = words.get("model", "vgg")
        self.network = network(self.model, torch.float64 if self.double else torch.float32)
        self.content = read(shared / words["content"])
        self.style = read(shared / words["style"])
        self.options = options(
            recipe="original",
            size=int(words["size"]),
            num_iters=int(words["num_iters"]),
            style_factor=float(words.get("style_factor", 2e9)),
            smoothness=float(words.get("smoothness", 0)),
            optimizer=words.get("optimizer", "lbfgs"),
            **layers_of(self.network.architecture),
        )

    def tensor(self, name):
        """As recorded; images turned from BGR [3, H, W] to RGB [1, 3, H, W]."""
        found = self.tensors[name]
        array = np.fromfile(self.folder / found["file"], "<f8" if found["file"].endswith("f64") else "<f4")
        tensor = torch.from_numpy(array.reshape(found["shape"]))
        return tensor if name.startswith(("style_gram", "content_act")) else tensor.view(1, *tensor.shape[-3:]).flip(1)

    @functools.cached_property
    def objective(self):
        return self.stage.objective().objective

    @functools.cached_property
    def stage(self):
        return self.prepared.stage(self.prepared.schedule[0])

    @functools.cached_property
    def prepared(self):
        return prepared(self.network, self.content, self.style, self.options)

    @functools.cached_property
    def begin(self):
        return self.prepared.beginning()

    @functools.cached_property
    def first(self):
        return self.objective(self.begin)

    def losses(self, kind):
        return {term.layer: term.loss for term in self.objective.terms if isinstance(term.loss, kind)}

    def of_layer(self, prefix, suffix, layer):
        """The recorded tensor or scalar of a layer; names of files have no slashes."""
        return f"{prefix}{layer.replace('/', '_')}{suffix}"


@pytest.fixture(scope="module")
def networks(oracle_weights):
    """(name, precision) -> the network of the recorded runs."""
    return functools.cache(lambda name, dtype: GraphNetwork(NETWORKS[name], oracle_weights(name), dtype=dtype))


@pytest.fixture(scope="module", params=RUNS)
def run(request, shared, networks):
    return Recorded(request.param, shared, networks)


def apart(found, expected):
    """Relative distance."""
    return float((found - expected).norm() / expected.norm())


def test_the_pictures_are_prepared_bit_for_bit(run):
    size = run.tensor("content_pre").shape[3], run.tensor("content_pre").shape[2]
    mean = torch.tensor(run.network.architecture.mean, dtype=torch.float64).view(1, 3, 1, 1)
    for name, pixels in [
        ("content_pre", ORIGINAL.pixels(run.content, size, run.network)),
        ("style_pre", ORIGINAL.pixels(run.style, fit(*run.style.size, max(size)), run.network)),
        ("content_pre", run.begin),
    ]:
        assert torch.equal(pixels - mean, run.tensor(name).double())
        # What the network sees is what the original's saw.
        assert torch.equal(run.network.centred(pixels).float(), run.tensor(name))
    assert (run.stage.size, run.stage.iterations) == (size, run.options.num_iters)


def test_the_targets_are_the_originals(run):
    close, norm = (1e-12, 1e-9) if run.double else (1e-5, NORM)
    for layer, loss in run.losses(GramTorch7).items():
        block = run.tensor(run.of_layer("style_gram_", "_16x16", layer))
        assert apart(loss.target[:16, :16], block) < close
        assert float(loss.target.norm()) == pytest.approx(
            run.scalars[run.of_layer("style_gram_", "_fro", layer)], rel=norm
        )
        assert float(loss.target.trace()) == pytest.approx(
            run.scalars[run.of_layer("style_gram_", "_trace", layer)], rel=norm
        )
        if (whole := run.of_layer("style_gram_", "", layer)) in run.tensors:
            assert apart(loss.target, run.tensor(whole)) < close
    for layer, loss in run.losses(ContentTorch7).items():
        assert apart(loss.target[0][0, :8], run.tensor(run.of_layer("content_act_", "_first8", layer))) < close
        assert list(loss.target[0].shape) == run.scalars[run.of_layer("content_act_", "_shape", layer)]
        assert float(loss.target[0].norm()) == pytest.approx(
            run.scalars[run.of_layer("content_act_", "_norm", layer)], rel=norm
        )


def test_the_first_gradient_is_the_originals(run):
    assert apart(run.first.gradient, run.tensor("eval1_grad")) < (1e-12 if run.double else 1e-5)
    assert float(run.first.gradient.abs().sum()) == pytest.approx(run.scalars["eval1_grad_l1"], rel=1e-4)


def test_the_first_value_is_the_originals_term_by_term(run):
    assert float(run.first.total) == pytest.approx(
        run.scalars["eval1_loss"], rel=1e-12 if run.double else LOSS[run.model]
    )
    close = 1e-12 if run.double else LAYER[run.model]
    seen = run.network.features(run.begin, [term.layer for term in run.objective.terms if term.layer != "image"])
    for term in run.objective.terms:
        if term.layer == "image":
            continue
        value, weight, weighted, norm = run.scalars[f"eval1_{term.name.replace(' ', '_')}"]
        assert term.weight == pytest.approx(weight, rel=1e-9)
        assert float(run.first.terms[term.name]) == pytest.approx(weighted, rel=close)
        loss = term.loss.at(0)
        found, cotangent = loss.differentiate(loss.statistic(seen[term.layer]))
        assert float(found) == pytest.approx(value, rel=close)
        pulled = loss.pull(seen[term.layer], cotangent)
        assert float(pulled.norm()) == pytest.approx(norm, rel=1e-9 if run.double else 1e-4)


def test_the_first_gradient_of_smoothness_is_the_originals(run):
    if "eval1_tv_grad" not in run.tensors:
        assert run.options.smoothness == 0
        return
    expected = run.tensor("eval1_tv_grad")
    assert apart(energy_pull(run.begin, torch.ones(())), expected) < (1e-12 if run.double else 1e-6)
    # It counts in the gradient alone.
    assert run.options.smoothness > 0
    assert float(sum(run.first.terms.values()) - run.first.terms["smoothness"]) == pytest.approx(float(run.first.total))


def test_the_iterations_are_the_originals(run, pytestconfig):
    iterations, close = RUNS[run.name]
    if not pytestconfig.getoption("whole"):
        iterations = min(iterations, SHORT.get(run.name.split("_")[0], 2))
    totals = []

    def objective(pixels):
        evaluation = run.first if not totals and torch.equal(pixels, run.begin) else run.objective(pixels)
        totals.append(float(evaluation.total))
        return evaluation

    newton = optimiser(run.network, run.options)
    pixels, memory = run.begin, newton.start(run.begin)
    mean = torch.tensor(run.network.architecture.mean, dtype=torch.float64).view(1, 3, 1, 1)
    for iteration, logged in enumerate(run.log[:iterations], 1):
        totals.clear()
        move = newton.step(objective, pixels, memory)
        pixels, memory = move.image, move.memory
        assert float(move.evaluation.total) == pytest.approx(logged["loss"], rel=close)
        assert move.evaluations == len(totals) == logged["nEval"]
        if run.double:
            # Every evaluation on the way, not only the first, which is the one reported.
            assert totals == pytest.approx(logged["f_hist"], rel=close)
            assert float((pixels - mean).norm()) == pytest.approx(logged["x_norm"], rel=close)
            if "n_pairs" in logged:
                assert len(memory.history) == logged["n_pairs"]
        # A chaotic run's losses agree before its pixels do.
        if f"x_after_{iteration:03}" in run.tensors and (run.double or run.options.optimizer == "sgd"):
            far = apart(pixels - mean, run.tensor(f"x_after_{iteration:03}"))
            assert far < (1e-6 if run.double else 1e-3)
        if iteration == run.options.num_iters and "final_x" in run.tensors:
            assert apart(pixels - mean, run.tensor("final_x")) < (1e-6 if run.double else 1e-2)


def test_every_recorded_run_is_compared(shared):
    assert {folder.name for folder in (shared / "oracle" / "runs").iterdir()} == set(RUNS)


def test_there_is_one_stage_of_the_size_asked_for():
    run = prepared(network(CHAIN), picture(60, 45), picture(20, 20), options(recipe="original", size=40, num_iters=7))
    (scale,) = run.schedule
    stage = run.stage(scale)
    assert (stage.size, stage.iterations) == ((40, 30), 7)
    pixels = image(30, 40)
    assert stage.enter(pixels) is pixels


@pytest.mark.parametrize("init", ["image", "random"])
def test_the_first_image_is_carried_in_float64_and_is_float32_around_the_mean(init):
    # In what precision ever the network computes: the original's very first step is lost on 0..255 in float32.
    seen = network(CHAIN, dtype=torch.float32)
    asked = options(recipe="original", size=40, init=init)
    begin = prepared(seen, picture(60, 45), picture(20, 20), asked).beginning()
    assert begin.dtype == torch.float64 and tuple(begin.shape) == (1, 3, 30, 40)
    centred = begin - torch.tensor(CHAIN.mean, dtype=torch.float64).view(1, 3, 1, 1)
    assert torch.equal(centred, centred.float().double())


@pytest.mark.parametrize(("name", "rescaled"), [("vgg", False), ("inception", True), ("compact", False)])
def test_only_googlenets_gradients_are_rescaled(name, rescaled):
    arch = type(CHAIN)(name, CHAIN.nodes, CHAIN.order, CHAIN.mean, (), (), "")
    terms = ORIGINAL.terms(options(), network(arch))
    assert {term.loss.rescaled for term in terms} == {rescaled}


@pytest.mark.parametrize(("name", "rate"), [("vgg", 1e-3), ("inception", 5e-2)])
def test_rates_are_the_originals(name, rate):
    seen = network(type(CHAIN)(name, CHAIN.nodes, CHAIN.order, CHAIN.mean, (), (), ""))
    descent = optimiser(seen, options(optimizer="sgd"))
    assert (type(descent), descent.rate, descent.momentum, descent.per_pixel) == (SGD, rate, 0.9, False)
    newton = optimiser(seen, options(optimizer="lbfgs"))
    assert (type(newton), newton.history, newton.rate) == (LBFGSTorch7, 100, 1.0)
    assert type(optimiser(seen, options(optimizer="adam"))) is Adam
