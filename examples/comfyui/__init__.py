"""A node for ComfyUI: repaint an image in the style of others.

Copy this folder to ComfyUI/custom_nodes/neuralart, install the program into ComfyUI's environment, from a clone of its
repository, and start ComfyUI again; the node is then under "image/stylize":

    python -m pip install path/to/the/clone

Several styles, joined by "Batch Images", are blended. The widgets are made from the declaration of our options, which
the command line explains, too: neuralart --help.
"""

import comfy.model_management
import comfy.utils
import torch
from PIL import Image

import neuralart
from neuralart.options import declared
from neuralart.presets import PRESETS
from neuralart.recipes.regions import Masks

WIDGETS = ("size", "strength", "preset", "colors", "style_loss", "num_iters", "seed", "model")
PREVIEW = 512  # pixels; the long edge of the picture on the node while it is painted


class NeuralArt:
    """Paint every image of the batch in the style of all the images of another."""

    CATEGORY = "image/stylize"
    DESCRIPTION = "Repaints a photograph in the style of a painting, by optimising its pixels."
    RETURN_TYPES = ("IMAGE",)
    FUNCTION = "paint"

    @classmethod
    def INPUT_TYPES(cls):  # noqa: N802  ComfyUI asks for it by this name
        return {
            "required": {"content": ("IMAGE",), "style": ("IMAGE",), **{name: widget(name) for name in WIDGETS}},
            "optional": {
                "style_mask": ("MASK", {"tooltip": "where the style is painted"}),
                "preserve": ("MASK", {"tooltip": "what is left untouched"}),
            },
        }

    def paint(self, content, style, style_mask=None, preserve=None, **widgets):
        # A default is left out, so that it does not override what the preset sets.
        chosen = {name: value for name, value in widgets.items() if value != widget(name)[1]["default"]}
        options = neuralart.Options(**chosen)
        # ComfyUI runs its nodes in inference mode, whose tensors cannot be differentiated.
        with torch.inference_mode(False):
            styles = [picture(one) for one in style]
            painted = []
            bar = comfy.utils.ProgressBar(len(content) * options.num_iters)
            for number, one in enumerate(content):
                masks = Masks(
                    style_mask=[mask(style_mask, number)] * len(styles) if style_mask is not None else (),
                    preserve=mask(preserve, number) if preserve is not None else None,
                )
                run = neuralart.prepare(picture(one), styles, options, masks=masks)
                painted.append(follow(run, bar, number * options.num_iters))
        return (torch.cat(painted),)


def follow(run, bar, before):
    """Paint one image, and return it as ComfyUI has images; `before` counts the iterations of those before it."""
    for step in run.steps():
        comfy.model_management.throw_exception_if_processing_interrupted()
        shown = Image.fromarray(step.picture(PREVIEW).numpy()) if step.iteration % 10 == 0 else None
        preview = shown and ("JPEG", shown, PREVIEW)
        bar.update_absolute(before + step.iteration, preview=preview)
    return run.picture(step).pixels.movedim(1, -1) / 255


def picture(image):
    """Return one image, [H, W, C] in 0..1, as a picture; what it has besides red, green and blue is left out."""
    return neuralart.Picture(image[None, ..., :3].movedim(-1, 1).float().clone() * 255)


def mask(masks, number):
    """Return the mask of an image, [H, W] in 0..1, as a picture; one mask serves all images."""
    return picture(masks[number % len(masks)][..., None].expand(-1, -1, 3))


def widget(name):
    """Return the widget of an option, made from its declaration."""
    facts, default = declared()[name]
    hint = {"default": default, "tooltip": facts.help}
    if name == "preset":
        return list(PRESETS), hint | {"default": next(iter(PRESETS))}
    if facts.choices:
        return list(facts.choices), hint
    step = {"step": 0.05} if facts.kind is float else {}
    return "INT" if facts.kind is int else "FLOAT", hint | {"min": facts.least, "max": facts.most} | step


NODE_CLASS_MAPPINGS = {"NeuralArt": NeuralArt}
NODE_DISPLAY_NAME_MAPPINGS = {"NeuralArt": "Repaint in a style (neuralart)"}
