"""The whole objective, against a straightforward one: formulas of features, and autograd."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from neuralart.losses.content import Content, ContentTorch7
from neuralart.losses.gram import Gram, GramTorch7
from neuralart.losses.products import gram
from neuralart.losses.variation import Variation, VariationTorch7
from neuralart.networks.graph import IMAGE
from neuralart.objective.objective import Term
from neuralart.objective.whole import WholeObjective

from ..networks.tiny import BRANCHES, CHAIN, image, network
from ..recipes.make import objective, options

IMAGE_MADE, CONTENT, STYLE = image(16, 21), image(16, 21, seed=1), image(19, 18, seed=2)
ARCHITECTURES = pytest.mark.parametrize("arch", [CHAIN, BRANCHES], ids=["chain", "branches"])


def energy(pixels):
    corner = pixels[..., :-1, :-1]
    return ((corner - pixels[..., :-1, 1:]).square() + (corner - pixels[..., 1:, :-1]).square()).sum() / 2


def whole(seen):
    """The objective under test: two styles' terms on one layer, content on two, smoothness."""
    arch = seen.architecture
    first, deep, (last,) = *arch.style_layers, arch.content_layers
    there, content = seen.features(STYLE, arch.layers), seen.features(CONTENT, arch.layers)
    positions = {layer: content[layer][0, 0].numel() for layer in arch.layers}
    mean = lambda layer: gram(there[layer]) / there[layer][0, 0].numel()
    terms = [
        Term("style first", first, Gram(mean(first), positions[first]), 3.0),
        Term("style deep", deep, Gram(mean(deep), positions[deep]), 2.0),
        Term("content last", last, Content().aimed([content[last]], 1), 0.7),
        Term("content deep", deep, Content().aimed([content[deep]], 1), 0.4),
        Term("smoothness", IMAGE, Variation().aimed(energy(CONTENT), 1), 0.2),
    ]
    return WholeObjective(seen, terms)


@ARCHITECTURES
def test_a_picture_that_tiles_is_worth_the_same_wherever_it_is_cut(arch):
    seen, turn = network(arch).wrapped("both"), (8, 12)
    pixels, content, style = image(16, 24), image(16, 24, seed=1), image(19, 18, seed=2)
    layers = {"style_layers": ",".join(arch.style_layers), "content_layers": ",".join(arch.content_layers)}
    asked = options(smoothness=0.5, **layers)
    here = objective(seen, content, style, asked)(pixels)
    there = objective(seen, content.roll(turn, (2, 3)), style, asked)(pixels.roll(turn, (2, 3)))
    # But for the content's own roughness, which smoothness is relative to, and which has edges.
    share = float(here.terms["smoothness"] / there.terms["smoothness"])
    assert 0.8 < share < 1.25
    for name, value in here.terms.items():
        torch.testing.assert_close(value, there.terms[name] * (share if name == "smoothness" else 1))
    torch.testing.assert_close(
        objective(seen, content, style, replace(asked, smoothness=0))(pixels).gradient.roll(turn, (2, 3)),
        objective(seen, content.roll(turn, (2, 3)), style, replace(asked, smoothness=0))(
            pixels.roll(turn, (2, 3))
        ).gradient,
    )


def test_neighbours_across_the_edge_are_smoothed_where_a_picture_tiles():
    pixels = torch.zeros(1, 3, 6, 8, dtype=torch.float64)
    pixels[..., 0] = 10.0  # a bright column at the left edge: it differs from both its neighbours
    term = Term("smoothness", IMAGE, VariationTorch7().aimed(None, 48), 1.0)
    plain, round_ = (WholeObjective(seen, [term])(pixels) for seen in (network(CHAIN), network(CHAIN).wrapped("x")))
    assert float(plain.terms["smoothness"]) == 3 * 5 * 100 / 2
    assert float(round_.terms["smoothness"]) == 2 * 3 * 5 * 100 / 2
    assert torch.equal(round_.gradient[:, :, 1:-1, 7], torch.full((1, 3, 4), -10.0, dtype=torch.float64))
    assert not plain.gradient[..., 7].any()


def straightforward(seen, pixels):
    """The same terms as formulas, differentiable by the pixels."""
    arch = seen.architecture
    first, deep, (last,) = *arch.style_layers, arch.content_layers
    F, A, P = (seen.features(x, arch.layers) for x in (pixels, STYLE, CONTENT))

    def style(layer):
        here, there = F[layer][0].flatten(1), A[layer][0].flatten(1)
        target = there @ there.T / there.shape[1]
        return (here @ here.T / here.shape[1] - target).square().sum() / target.square().sum()

    content = lambda layer: (F[layer] - P[layer]).square().sum() / P[layer].square().sum()
    return {
        "style first": 3.0 * style(first),
        "style deep": 2.0 * style(deep),
        "content last": 0.7 * content(last),
        "content deep": 0.4 * content(deep),
        "smoothness": 0.2 * energy(pixels) / energy(CONTENT),
    }


@ARCHITECTURES
def test_value_and_gradient_are_those_of_the_formulas(arch):
    seen, pixels = network(arch), IMAGE_MADE.clone().requires_grad_()
    expected = straightforward(seen, pixels)
    total = sum(expected.values())
    (gradient,) = torch.autograd.grad(total, pixels)
    found = whole(seen)(IMAGE_MADE)
    assert list(found.terms) == list(expected)
    torch.testing.assert_close(found.terms, {name: value.detach() for name, value in expected.items()})
    torch.testing.assert_close(found.total, total.detach())
    torch.testing.assert_close(found.gradient, gradient, rtol=1e-9, atol=1e-15)


@ARCHITECTURES
def test_gradient_is_the_slope_of_the_total(arch):
    objective = whole(network(arch))
    gradient = objective(IMAGE_MADE).gradient
    for seed in range(3):
        direction = image(16, 21, seed=10 + seed) - 127
        step = 1e-6 * direction
        slope = (objective(IMAGE_MADE + step).total - objective(IMAGE_MADE - step).total) / 2e-6
        torch.testing.assert_close((gradient * direction).sum(), slope, rtol=1e-5, atol=0)


def test_terms_sum_to_the_total():
    found = whole(network(CHAIN))(IMAGE_MADE)
    torch.testing.assert_close(sum(found.terms.values()), found.total)
    assert found.gradient.shape == IMAGE_MADE.shape


def test_a_term_that_is_not_reported_counts_in_the_gradient_alone():
    seen = network(CHAIN)
    content = Term("content", "conv3", ContentTorch7().aimed([seen.features(CONTENT, ["conv3"])["conv3"]], 1), 1.0)
    smooth = Term("smoothness", IMAGE, VariationTorch7(), 0.5)
    without, found = WholeObjective(seen, [content])(IMAGE_MADE), WholeObjective(seen, [content, smooth])(IMAGE_MADE)
    assert found.total == without.total
    torch.testing.assert_close(found.terms["smoothness"], 0.5 * energy(IMAGE_MADE))
    pixels = IMAGE_MADE.clone().requires_grad_()
    (expected,) = torch.autograd.grad(0.5 * energy(pixels), pixels)
    torch.testing.assert_close(found.gradient - without.gradient, expected)


def test_torch7s_style_has_half_the_gradient_of_its_value():
    seen = network(CHAIN)
    target = gram(seen.features(STYLE, ["conv2"])["conv2"])
    objective = WholeObjective(seen, [Term("style", "conv2", GramTorch7(target, 8 * 10), 1.0)])
    pixels = IMAGE_MADE.clone().requires_grad_()
    value = (gram(seen.features(pixels, ["conv2"])["conv2"]) - target).square().sum() / (5 * 80) ** 2
    (gradient,) = torch.autograd.grad(value, pixels)
    torch.testing.assert_close(objective(IMAGE_MADE).total, value.detach())
    torch.testing.assert_close(objective(IMAGE_MADE).gradient, gradient / 2)


def test_the_image_is_left_as_it_is_and_needs_no_gradient():
    pixels = IMAGE_MADE.clone()
    found = whole(network(CHAIN))(pixels)
    assert torch.equal(pixels, IMAGE_MADE)
    assert not pixels.requires_grad
    assert not found.gradient.requires_grad and not found.total.requires_grad


def test_it_can_be_asked_where_gradients_are_switched_off():
    objective = whole(network(CHAIN))
    with torch.no_grad():
        assert torch.equal(objective(IMAGE_MADE).gradient, objective(IMAGE_MADE).gradient)


def test_weights_are_proportional():
    seen = network(CHAIN)
    objective = whole(seen)
    doubled = [Term(term.name, term.layer, term.loss, 2 * term.weight) for term in objective.terms]
    found, once = WholeObjective(seen, doubled)(IMAGE_MADE), objective(IMAGE_MADE)
    torch.testing.assert_close(found.total, 2 * once.total)
    torch.testing.assert_close(found.gradient, 2 * once.gradient)


def test_only_the_layers_of_the_terms_are_looked_at():
    seen = network(CHAIN)
    objective = whole(seen)
    assert objective.layers == ("conv1", "conv2", "conv3")
    assert WholeObjective(seen, objective.terms[:1]).layers == ("conv1",)


@pytest.mark.parametrize(("dtype", "close"), [(torch.float32, 1e-4), (torch.bfloat16, 0.1)])
def test_lower_precision_evaluates_nearly_the_same_in_float32(dtype, close):
    exact = whole(network(CHAIN))(IMAGE_MADE)
    seen = network(CHAIN, dtype=dtype)
    arch, pixels = seen.architecture, IMAGE_MADE.float()
    there, content = seen.features(STYLE.float(), arch.layers), seen.features(CONTENT.float(), arch.layers)
    positions = {layer: content[layer][0, 0].numel() for layer in arch.layers}
    terms = [
        Term("style first", "conv1", Gram(gram(there["conv1"]) / (19 * 18), positions["conv1"]), 3.0),
        Term("style deep", "conv2", Gram(gram(there["conv2"]) / (9 * 9), positions["conv2"]), 2.0),
        Term("content last", "conv3", Content().aimed([content["conv3"]], 1), 0.7),
        Term("content deep", "conv2", Content().aimed([content["conv2"]], 1), 0.4),
        Term("smoothness", IMAGE, Variation().aimed(energy(CONTENT.float()), 1), 0.2),
    ]
    found = WholeObjective(seen, terms)(pixels)
    assert found.total.dtype == found.gradient.dtype == torch.float32
    assert float(found.total) == pytest.approx(float(exact.total), rel=close)
    assert (found.gradient - exact.gradient).norm() < 2 * close * exact.gradient.norm()


@ARCHITECTURES
def test_an_evaluation_never_waits_for_its_device(arch):
    # A tensor on "meta" has no numbers: whoever asks for one, as a GPU would have to be waited for, raises.
    there = lambda tensor: tensor.to("meta")
    seen = network(arch)
    objective = whole(seen)
    for term in objective.terms:
        term.loss.target = there(term.loss.target) if isinstance(term.loss.target, torch.Tensor) else term.loss.target
        if isinstance(term.loss, Content):
            term.loss.target, term.loss.size = [there(part) for part in term.loss.target], there(term.loss.size)
        if isinstance(term.loss, Gram):
            term.loss.__dict__.pop("size", None)
    found = WholeObjective(seen.to("meta", torch.float64), objective.terms)(there(IMAGE_MADE))
    assert found.gradient.device.type == "meta"
    assert found.gradient.shape == IMAGE_MADE.shape


def test_the_kernels_of_an_evaluation_on_a_gpu_do_not_grow_with_the_image():
    seen = network(CHAIN, dtype=torch.float32).to("meta", torch.float32)

    def kernels(side):
        # conv1 has the most features to multiply; conv2 alone leaves a mask of it.
        found = []
        for layer in CHAIN.style_layers:
            term = Term("style", layer, Gram(torch.zeros(1, device="meta"), 1), 1.0)
            with Kernels() as asked:
                WholeObjective(seen, [term])(torch.zeros(1, 3, side, side, device="meta"))
            found.append(asked.count)
        return found

    kernels(64)  # the network prepares its weights at the first look
    assert kernels(64) == kernels(1024)


class Kernels(TorchDispatchMode):
    """Counts what PyTorch is asked for."""

    count = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.count += 1
        return function(*args, **(kwargs or {}))
