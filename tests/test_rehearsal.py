"""What a run is said to hold before it begins."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import replace

import psutil
import pytest
import torch

from neuralart import Loss, build, rehearsal
from neuralart.distributed.group import Group
from neuralart.image.picture import Picture
from neuralart.networks.graph_network import GraphNetwork
from neuralart.networks.network import Network
from neuralart.networks.provide import Provision
from neuralart.objective.ledger import Hollow
from neuralart.objective.objective import Term
from neuralart.objective.plan import WHOLE, Plan
from neuralart.objective.topology import Topology
from neuralart.prepared import PreparedRun
from neuralart.recipes.recipe import History
from neuralart.recipes.regions import EVERYWHERE, Masks
from neuralart.recipes.style import Style
from neuralart.rehearsal import Rehearsal

from .networks.modules import ResNet, seeded, vgg_like
from .networks.tiny import BRANCHES, CHAIN, network
from .recipes.make import layers_of, options, picture, prepared, regioned

SINGLE = torch.float32


@pytest.fixture(autouse=True)
def forgotten():
    """What other tests found out is not known here, nor the other way round."""
    rehearsal.known.cache_clear()
    yield
    rehearsal.known.cache_clear()


def rehearsed(architecture=CHAIN, size: int = 200, *, terms=None, **changes) -> Rehearsal:
    """A run with Gram matrices, which take so little that everything else can be told."""
    seen, usual = network(architecture, dtype=SINGLE), {"size": size, "style_loss": "gram"} | layers_of(architecture)
    run = prepared(seen, picture(60, 50), picture(50, 60), options(**usual | changes))
    return Rehearsal(replace(run, terms=tuple(terms or run.terms)))


def need(found: Rehearsal, size=(200, 160), plan=WHOLE, optimizer="lbfgs", pairs=10, stored=None) -> int:
    return found.peak(size, plan, SINGLE, optimizer, History(pairs, stored)) - found.begun


@pytest.mark.parametrize("architecture", [CHAIN, BRANCHES], ids=["chain", "branches"])
@pytest.mark.parametrize("recipe", ["balanced", "original"])
def test_whole_grows_with_the_image_and_tiles_hardly_do(architecture, recipe):
    found = rehearsed(architecture, recipe=recipe)
    whole = [found.evaluated((edge, edge), None, SINGLE).more for edge in (256, 512)]
    tiled = [found.evaluated((edge, edge), 64, SINGLE).more for edge in (256, 512)]
    pixels = 512**2 - 256**2
    assert whole[1] == pytest.approx(4 * whole[0], rel=0.02)
    # One gradient on the image besides.
    assert tiled[1] - tiled[0] == pytest.approx(pixels * 3 * 4, rel=0.4)
    assert tiled[0] < whole[0] / 2


def found_anew(run: PreparedRun) -> tuple:
    rehearsal.known.cache_clear()
    return found_of(run)


def found_of(run: PreparedRun) -> tuple:
    found = Rehearsal(run)
    return found.evaluated((96, 80), None, SINGLE), found.looped((96, 80), run.options.optimizer, History(10))


def test_runs_alike_are_rehearsed_once(monkeypatch):
    calls, evaluate = [], Rehearsal._evaluate
    monkeypatch.setattr(Rehearsal, "_evaluate", lambda self, *given: calls.append(given) or evaluate(self, *given))
    first = found_of(rehearsed(style_loss=None).run)
    # Other pictures, and all that matters only once it is painted.
    for asked in (
        *({"num_iters": 7}, {"seed": 3}, {"output": "x.png"}, {"style_factor": 2e9}, {"strength": 0.2}),
        *({"learning_rate": 3.0}, {"optimizer": "adam"}, {"colors": "match"}),
    ):
        run = prepared(network(CHAIN, 5, SINGLE), picture(70, 58), picture(50, 60, 4), options(size=200, **asked))
        assert found_of(run)[0] == first[0]
    assert len(calls) == 1
    run = prepared(network(CHAIN, dtype=SINGLE), picture(60, 50), picture(100, 120), options(size=200))
    assert found_of(run) != first  # whose style is larger


def test_a_loop_is_rehearsed_once_for_all_runs_with_its_optimiser(monkeypatch):
    calls, loop = [], rehearsal.loop
    monkeypatch.setattr(rehearsal, "loop", lambda *given: calls.append(given) or loop(*given))
    same = {}, {"smoothness": 0.1}, {"style_scale": 0.5}, {"normalize_gradients": True}
    others = {"learning_rate": 3.0}, {"optimizer": "adam"}, {"recipe": "original"}
    for asked, found in ((same, 1), (others, 4)):
        for one in asked:
            found_of(rehearsed(**one).run)
        assert len(calls) == found


@pytest.mark.parametrize(
    "asked",
    [
        {"recipe": "original"},
        {"style_layers": "conv1"},
        {"content_layers": "conv2"},
        {"style_weights": (1.0, 0.0)},
        {"style_loss": "gaussian"},
        {"content_loss": "laplacian"},
        {"padding": "reflect"},
        {"seamless": "x"},
        {"optimizer": "sgd"},
        {"smoothness": 0.1},
        {"smoothness": 0.1, "smoothness_power": 3.0},
        {"pooling": "max"},
        {"style_scale": 2.0},
        {"content_weight_mask": picture(60, 50)},
    ],
    ids=lambda asked: " ".join(asked),
)
def test_what_is_known_of_others_is_what_would_be_found(asked):
    styles, content = (Style(picture(50, 60)), Style(picture(40, 64, 2))), picture(60, 50)

    def drafted(**asked):
        masks = Masks(content_weight_mask=asked.pop("content_weight_mask", None))
        seen = network(CHAIN, dtype=SINGLE, pooling=asked.get("pooling", "average")).padded(
            asked.get("padding", "zeros")
        )
        made = options(**{"size": 200, "style_loss": "gram"} | asked)
        regions = regioned(masks, content, [style.picture for style in styles], made)
        return build.draft(made, content, styles, Provision(seen, "", "", False), regions=regions)

    found = found_anew(drafted(**asked))
    rehearsal.known.cache_clear()
    for other in ({}, {"smoothness": 0.1}, {"recipe": "original"}, {"optimizer": "adam"}):
        if other != asked:
            assert found_of(drafted(**other)) != found
    assert found_of(drafted(**asked)) == found


@pytest.mark.parametrize("size", [(300, 220), (301, 219), (9000, 70), (4001, 2999)])
def test_a_moderate_size_is_of_the_same_shape_and_leaves_the_same_over(size):
    for most in (2**14, 2**17, 2**26):
        less = rehearsal.moderate(size, most)
        assert all(one % 32 == other % 32 and min(one, 64) <= other <= one for one, other in zip(size, less))
        assert math.prod(less) < 1.4 * most or min(less) < 96
        assert less[0] / less[1] == pytest.approx(size[0] / size[1], rel=0.2) or min(less) < 96


@pytest.mark.parametrize("size", [(300, 220), (301, 219)])
def test_a_large_image_is_what_a_smaller_one_is_in_proportion(monkeypatch, size):
    exact = rehearsed().evaluated(size, None, SINGLE), rehearsed().looped(size, "lbfgs", History(5))
    monkeypatch.setattr(rehearsal, "LARGE", 150 * 110)
    monkeypatch.setattr(rehearsal, "LOOP", (150, 110))
    found = rehearsed().evaluated(size, None, SINGLE), rehearsed().looped(size, "lbfgs", History(5))
    assert found[0].more == pytest.approx(exact[0].more, rel=0.01)
    assert found[0].multiplications == pytest.approx(exact[0].multiplications, rel=0.01)
    assert found[1].during == pytest.approx(exact[1].during, rel=0.01)


@pytest.mark.parametrize(("loss", "dtype"), [("gram", SINGLE), ("neighbours", SINGLE), ("neighbours", torch.float64)])
@pytest.mark.parametrize("architecture", [CHAIN, BRANCHES], ids=["chain", "branches"])
def test_two_tiles_stand_for_all(architecture, loss, dtype, monkeypatch):
    looks: list[object] = []
    features = GraphNetwork.features
    monkeypatch.setattr(GraphNetwork, "features", lambda *given: looks.append(given) or features(*given))
    some = rehearsed(architecture, style_loss=loss).evaluated((150, 130), 32, dtype)
    few = len(looks)
    monkeypatch.setattr(rehearsal, "Sample", lambda: AllParts())
    rehearsal.known.cache_clear()
    every = rehearsed(architecture, style_loss=loss).evaluated((150, 130), 32, dtype)
    # A neighbour's place takes 4 bytes in every precision, and counts as a number.
    assert some.more == pytest.approx(every.more, rel=0.02 if dtype == SINGLE else 0.04)
    assert some.multiplications == pytest.approx(every.multiplications, rel=0.35)
    assert some.held < every.held  # which hold the content's features of every tile
    assert few == 6 < (len(looks) - few) / 5  # two each of the style, of the content and of the image


class AllParts(rehearsal.Topology):
    parts, kinds = 2, 1


def test_what_a_history_holds():
    found, image = rehearsed(), 4 * 3 * 200 * 160
    ten, twenty = need(found, pairs=10), need(found, pairs=20)
    assert twenty - ten == 20 * image
    assert need(found, pairs=20, stored=torch.bfloat16) == ten
    assert ten > need(found, optimizer="adam", pairs=None) > need(found, optimizer="sgd", pairs=None)


def test_content_features_in_tiles_are_counted_unless_they_lie_on_disk():
    found = rehearsed()
    kept = need(found, plan=Plan(64)) - need(found, plan=Plan(64, on_disk=True))
    assert kept == found.features((200, 160), SINGLE) == 4 * 6 * 100 * 80


def test_where_freed_memory_is_kept_more_is_taken():
    found = rehearsed()
    assert need(found, plan=Plan(keeps_freed=True)) > 1.5 * need(found)


@pytest.mark.parametrize("dtype", [SINGLE, torch.bfloat16])
@pytest.mark.parametrize("module, layers", [(ResNet, ("relu", "layer1", "layer2")), (vgg_like, ("1", "4", "7"))])
def test_a_module_of_others_is_gone_through_and_left_alone(module, layers, dtype):
    foreign = Network.of(seeded(module()).float(), layers)
    asked = options(size=300, style_layers=",".join(layers[:2]), content_layers=layers[2], style_loss="gram")
    found = Rehearsal(prepared(foreign, picture(60, 50), picture(50, 60), asked))
    whole = [found.evaluated((edge, edge), None, dtype).more for edge in (256, 512)]
    assert whole[1] == pytest.approx(4 * whole[0], rel=0.1) and whole[0] > 20 * 256**2
    assert found.evaluated((512, 512), 128, dtype).more < 0.7 * whole[1]
    assert all(type(one) is torch.nn.Parameter and not one.is_meta for one in foreign.captured.module.parameters())


def test_masks_are_counted_as_if_every_position_counted_in_part():
    network_, styles = network(CHAIN, dtype=SINGLE), [Style(picture(50, 60, seed)) for seed in (1, 2)]
    half = torch.zeros(1, 3, 50, 60)
    half[..., :30] = 255
    masks = Masks(style_mask=[Picture(half), Picture(255 - half)], preserve=Picture(half / 2))
    made, content = options(size=200, style_loss="gram"), picture(60, 50)
    regions = regioned(masks, content, [style.picture for style in styles], made)
    run = build.draft(made, content, tuple(styles), Provision(network_, "", "", False), regions=regions)
    whole, masked = Rehearsal(replace(run, regions=EVERYWHERE, terms=rehearsed().run.terms)), Rehearsal(run)
    for tile in (None, 64):
        more = masked.evaluated((200, 160), tile, SINGLE).more / whole.evaluated((200, 160), tile, SINGLE).more
        assert 1 < more < 3
    assert not any(isinstance(one.where, Hollow) for one in run.regions.regions)


class Sure(Loss):
    """Insists that its features are numbers."""

    compares = "nothing"

    def statistic(self, features):
        assert torch.isfinite(features).all()
        return features.sum()

    def penalty(self, statistic):
        return statistic.square()


def test_a_loss_that_insists_on_good_numbers_gets_them():
    assert need(rehearsed(terms=[Term("sure", "conv1", Sure())])) > 4 * 4 * 200 * 160


class Greedy(Loss):
    """Holds ten of its features besides."""

    compares = "nothing"

    def statistic(self, features):
        return torch.cat([features * n for n in range(10)]).sum()

    def penalty(self, statistic):
        return statistic.square()


def test_a_loss_of_ones_own_is_counted():
    plain = rehearsed()
    own = rehearsed(terms=[*plain.run.terms, Term("greedy", "conv1", Greedy())])
    features = 4 * 4 * 200 * 160
    assert 8 * features < need(own) - need(plain) < 25 * features


@pytest.mark.parametrize("changes", [{}, {"colors": "match"}, {"colors": "content"}])
def test_the_run_itself_is_left_alone(changes):
    found = rehearsed(**changes)
    run = found.run
    need(found)
    assert not run.known and not run.colours._known
    assert not any(isinstance(one, Hollow) for one in [*run.network.weights.values(), run.network._mean])
    assert "_prepared" not in vars(run.network)


def test_weights_in_a_precision_that_is_used_besides_are_counted():
    found = rehearsed(size=600)
    run, weights = found.run, sum(weight.numel() for weight in found.run.network.weights.values())
    assert run.schedule[0].exact and not run.schedule[-1].exact
    assert (found._copies(SINGLE), found._copies(torch.bfloat16)) == (0, 2 * weights)
    narrow = replace(run.provision, network=run.network.to("cpu", torch.bfloat16))
    assert Rehearsal(replace(run, provision=narrow))._copies(torch.bfloat16) == 4 * weights


class Two(Group):
    """Another process, with a megabyte more."""

    def everyone(self, here):
        return [here, here + 10**6]


def test_processes_that_share_an_image_start_from_the_same():
    found = rehearsed()
    before = psutil.Process().memory_info().rss + rehearsal.LIBRARIES
    assert Rehearsal(replace(found.run, topology=Topology(Two()))).begun >= before + 10**6


def test_what_slows_the_start_is_not_imported():  # inception is painted with by autograd, which imports sympy
    script = """
import sys
import torch
from neuralart import build
from neuralart.image.picture import Picture
from neuralart.networks import NETWORKS
from neuralart.networks.graph_network import GraphNetwork
from neuralart.networks.provide import Provision
from neuralart.options import Options
from neuralart.recipes.style import Style
for graph in (NETWORKS["compact"], NETWORKS["vgg"]):
    weights = {f"{layer}.weight": torch.zeros(shape) for layer, shape in graph.kernels().items()}
    weights |= {f"{layer}.bias": torch.zeros(shape[0]) for layer, shape in graph.kernels().items()}
    network = Provision(GraphNetwork(graph, weights), "", "", False)
    picture = Picture(torch.zeros(1, 3, 300, 400))
    for recipe, tile in (("balanced", None), ("balanced", 128), ("original", None)):
        options = Options(size=400, device="cpu", tile=tile, recipe=recipe)
        run = build.draft(options, picture, (Style(picture),), network)
        print(build.wishes(run).fitted(2**34).plans[(400, 300)].tile)
print([name for name in ("sympy", "torch._dynamo") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.split() == 2 * ["None", "128", "None"] + ["[]"]


@pytest.mark.parametrize("loss", ["gram", "gaussian", "sliced", "neighbours"])
def test_every_loss_of_styles_is_gone_through(loss):
    for tile in (None, 64):
        plain, other = (rehearsed(style_loss=one).evaluated((200, 160), tile, SINGLE) for one in ("gram", loss))
        assert 0.3 < other.more / plain.more < 20
