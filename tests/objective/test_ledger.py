"""What is held while work is done without numbers."""

from __future__ import annotations

import gc

import pytest
import torch
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode

from neuralart.networks import precision
from neuralart.objective import ledger as module
from neuralart.objective.ledger import Hollow, Ledger, Scalars
from neuralart.objective.make import make
from neuralart.objective.objective import Term
from neuralart.objective.plan import Plan
from neuralart.objective.targets import content_targets, style_targets
from neuralart.objective.topology import HERE
from neuralart.recipes import RECIPES

from ..networks.tiny import BRANCHES, CHAIN, image, network
from ..recipes.make import layers_of, options
from .own import Histogram, Range, Squares

CPU, GPU = torch.device("cpu"), torch.device("cuda")
MEGA = 2**20


@pytest.fixture(autouse=True)
def everything_is_hollow(monkeypatch):
    monkeypatch.setattr(module, "SMALL", 0)


def test_a_storage_is_held_as_long_as_anything_refers_to_it():
    with Ledger(CPU) as ledger:
        one = torch.zeros(MEGA)
        view = one.view(1024, 1024)[3:, 5:].T
        assert ledger.held == 4 * MEGA
        one = None
        assert ledger.held == 4 * MEGA
        view.mul_(2)
        other = view.double()
        assert ledger.held == 4 * MEGA + 8 * other.numel()
        view = other = None
        assert (ledger.held, ledger.peak) == (0, 4 * MEGA + 8 * 1021 * 1019)


def test_what_is_never_written_to_takes_memory_of_a_gpu_only():
    for device, held in ((CPU, 0), (GPU, 4 * MEGA)):
        with Ledger(device) as ledger:
            like = Hollow(torch.empty(MEGA, device="meta"), device)
            made = torch.empty_like(like)
            assert ledger.held == held
            made.narrow(0, 3, 9).fill_(1)
            assert ledger.held == 4 * MEGA


def test_a_gpu_gives_memory_in_pieces_of_512_bytes():
    with Ledger(GPU) as ledger:
        made = Hollow(torch.empty(3, device="meta"), GPU) + 1
        assert ledger.held == 512 and made.device == GPU


def test_a_gpu_is_counted_by_whichever_of_its_names():
    for counted, device, held in (("cuda", "cuda:0", 4 * MEGA), ("cuda:0", "cuda", 4 * MEGA), ("cuda", "cuda:1", 0)):
        with Ledger(torch.device(counted)) as ledger:
            made = Hollow(torch.empty(MEGA, device="meta"), torch.device(device)) + 1
            assert ledger.held == held and made.numel() == MEGA


def test_other_devices_are_not_counted():
    with Ledger(GPU) as ledger:
        kept = Hollow(torch.empty(MEGA, device="meta"), GPU).to("cpu", copy=True)
        assert ledger.held == 0 and kept.device == CPU


def test_one_convolution_written_out():
    with Ledger(CPU) as ledger:
        x, weight = ledger.hollow(torch.empty(1, 3, 20, 10)), ledger.hollow(torch.empty(8, 3, 3, 3))
        leaf = x.requires_grad_()
        out = F.relu_(F.conv2d(leaf, weight, padding=1))
        assert ledger.held == 4 * 8 * 200
        (gradient,) = torch.autograd.grad(out.sum(), leaf)
        assert gradient.shape == (1, 3, 20, 10)
        assert ledger.multiplications == 2 * 200 * 8 * 27


@pytest.mark.parametrize("by_onednn", [True, False])
def test_a_convolution_takes_room_while_it_works(monkeypatch, by_onednn):
    monkeypatch.setattr(precision, "by_onednn", lambda dtype: by_onednn)
    room = 4 * (8 * 6 * 9 if by_onednn else 6 * 9 * 10 * 5)
    for device, more, own in ((CPU, room, 4 * 8 * 50), (GPU, 0, 2048)):
        x, weight = (Hollow(torch.empty(shape, device="meta"), device) for shape in ((1, 6, 20, 10), (8, 6, 3, 3)))
        with Ledger(device) as ledger:
            out = F.conv2d(x, weight, stride=2, padding=1)
            assert (ledger.held, ledger.peak) == (own, own + more)
            sides = [2, 2], [1, 1], [1, 1], False, [0, 0], 1, [True, False, False]
            back = torch.ops.aten.convolution_backward(out, x, weight, None, *sides)
            assert ledger.peak == ledger.held + more > own + more
            del back


def test_small_tensors_keep_their_numbers(monkeypatch):
    monkeypatch.setattr(module, "SMALL", 100)
    with Ledger(CPU, [7.0]):
        few, many = torch.arange(10.0), torch.ones(1000)
        assert float((few * 2).sum()) == 90.0
        # One number was told for the reading above, which did not need it.
        assert float(many.sum()) == 1.0
        assert isinstance(few[:, None] * torch.ones(1, 90), Hollow)


def test_what_is_read_is_told_in_the_same_order():
    def work(x: torch.Tensor) -> list[float]:
        both = torch.stack([x.sum(), x.norm(1)])
        return [float(x.sum()), 2.0 if bool(x.norm() > 1) else 3.0, *both.tolist(), both[None].tolist()[0][1]]

    with Scalars() as scalars:
        found = work(torch.tensor([1.0, 2.0, 6.0]))
    with Ledger(CPU, scalars.read):
        assert work(torch.zeros(1000)) == found == [9.0, 2.0, 9.0, 9.0, 9.0]


def test_outside_of_its_ledger_a_hollow_tensor_is_refused():
    with Ledger(CPU):
        made = torch.zeros(5)
    with pytest.raises(RuntimeError, match="outside its ledger"):
        made + 1


class Written(TorchDispatchMode):
    """Every operator's name, and the shape, layout and precision of what it returned."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[object, ...]] = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        tensors = [one for one in (made if isinstance(made, tuple | list) else [made]) if isinstance(one, torch.Tensor)]
        self.found.append((str(func), *((tuple(one.shape), layout(one), one.dtype) for one in tensors)))
        return made


def layout(tensor: torch.Tensor) -> list[int]:
    """The strides of axes that have any."""
    return [stride for stride, side in zip(tensor.stride(), tensor.shape) if side > 1]


@pytest.mark.parametrize("architecture", [CHAIN, BRANCHES], ids=["chain", "branches"])
@pytest.mark.parametrize("tile", [None, 16])
@pytest.mark.parametrize("recipe", ["balanced", "original"])
def test_without_numbers_everything_has_the_shape_that_it_has_with_them(architecture, tile, recipe):
    seen = network(architecture, dtype=torch.float32)
    asked = options(recipe=recipe, style_loss="gram", smoothness=0.5, **layers_of(architecture))
    terms = RECIPES[recipe].terms(asked, seen)
    own = [Histogram(), Squares(), *([] if tile else [Range()])]
    terms += [Term(f"own {n}", architecture.style_layers[0], loss, 2.0) for n, loss in enumerate(own)]

    def work(picture: torch.Tensor, other: torch.Tensor) -> None:
        plan = Plan(tile)
        targets = style_targets(seen, terms, [{term.name: 1.0 for term in terms}], [other], plan, HERE)
        targets |= content_targets(seen, terms, picture, plan, HERE)
        make(seen, terms, targets, (45, 37), plan, HERE)(picture)

    pictures = image(37, 45, 1, torch.float32), image(32, 40, 2, torch.float32)
    seen.features(pictures[0], architecture.style_layers)  # prepares the weights
    with Written() as real:
        work(*pictures)
    with Ledger(CPU) as ledger:
        without = [ledger.hollow(one) for one in pictures]
        with Written() as hollow:
            work(*without)
    for n, (one, other) in enumerate(zip(hollow.found, real.found)):
        assert one == other, n
    assert len(hollow.found) == len(real.found)
    gc.collect()
    assert ledger.held == 0
