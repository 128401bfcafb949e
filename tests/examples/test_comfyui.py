"""The node for ComfyUI, with stubs in place of the modules of ComfyUI that it uses."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType, SimpleNamespace

import pytest
import torch

from neuralart.options import declared

from ..conftest import REPOSITORY

SMALL = {"size": 32, "num_iters": 2, "model": "compact"}


class InterruptionError(Exception):
    pass


@pytest.fixture
def comfy(monkeypatch):
    """ComfyUI: `interrupts` counts down to an interruption, `told` is what the bar was told."""
    state = SimpleNamespace(interrupts=-1, told=[], total=None)

    class ProgressBar:
        def __init__(self, total):
            state.total = total

        def update_absolute(self, value, total=None, preview=None):
            state.told.append((value, preview))

    def throw_exception_if_processing_interrupted():
        state.interrupts -= 1
        if state.interrupts == 0:
            raise InterruptionError

    package, utils, management = (ModuleType(f"comfy{name}") for name in ("", ".utils", ".model_management"))
    utils.ProgressBar = ProgressBar
    management.throw_exception_if_processing_interrupted = throw_exception_if_processing_interrupted
    package.utils, package.model_management = utils, management
    for module in (package, utils, management):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return state


@pytest.fixture
def nodes(comfy):
    file = REPOSITORY / "examples" / "comfyui" / "__init__.py"
    spec = importlib.util.spec_from_file_location("comfyui_neuralart", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def node(nodes):
    return nodes.NODE_CLASS_MAPPINGS["NeuralArt"]()


def images(count, height, width, channels=3):
    return torch.rand(count, height, width, channels, generator=torch.Generator().manual_seed(count + height))


def chosen(node, **values):
    """What ComfyUI passes: a value for every widget."""
    widgets = {name: one[1]["default"] for name, one in node.INPUT_TYPES()["required"].items() if len(one) > 1}
    return {**widgets, **SMALL, **values}


def test_it_paints_every_image_of_the_batch_as_comfyui_has_images(node, comfy):
    with torch.inference_mode():
        content, style = images(2, 24, 32, 4), images(1, 40, 30)
        (painted,) = getattr(node, node.FUNCTION)(content, style, **chosen(node))
    assert painted.shape == (2, 24, 32, 3)
    assert painted.dtype == torch.float32
    assert 0 <= painted.min() < painted.max() <= 1
    assert not torch.allclose(painted[0], painted[1])
    assert comfy.total == 4
    assert [value for value, _ in comfy.told] == [0, 1, 2, 2, 3, 4]
    (kind, preview, edge), *_ = [preview for _, preview in comfy.told if preview]
    assert (kind, preview.size, edge) == ("JPEG", (32, 24), 512)


def test_masks_say_where(node):
    content = images(1, 24, 32)
    left = torch.zeros(1, 24, 32)
    left[..., :16] = 1
    (painted,) = node.paint(content, images(2, 30, 30), preserve=left, style_mask=torch.ones(1, 24, 32), **chosen(node))
    assert torch.allclose(painted[..., :12, :], content[..., :12, :], atol=0.01)
    assert not torch.allclose(painted[..., 20:, :], content[..., 20:, :], atol=0.01)


def test_it_stops_where_comfyui_interrupts(node, comfy):
    comfy.interrupts = 2
    with pytest.raises(InterruptionError):
        node.paint(images(1, 24, 32), images(1, 30, 30), **chosen(node))
    assert [value for value, _ in comfy.told] == [0]


def test_widgets_follow_from_the_declaration(nodes, node, monkeypatch):
    required = node.INPUT_TYPES()["required"]
    assert required["content"] == required["style"] == ("IMAGE",)
    assert required["strength"][0] == "FLOAT"
    assert required["model"][0] == list(declared()["model"][0].choices)
    assert all(required[name][1]["tooltip"] == declared()[name][0].help for name in nodes.WIDGETS)

    def refuse(photo, styles, options, masks):
        raise InterruptionError(options)

    monkeypatch.setattr(nodes.neuralart, "prepare", refuse)
    with pytest.raises(InterruptionError) as caught:
        node.paint(images(1, 24, 32), images(1, 30, 30), **chosen(node, preset="bold"))
    assert caught.value.args[0].strength == 0.65  # the preset's: the slider was left alone
