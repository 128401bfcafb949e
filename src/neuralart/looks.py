"""The options that say what the painting should be like; part of `Options`. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass

from neuralart.declare import option
from neuralart.facts import Text


@dataclass(frozen=True, kw_only=True)
class Looks:
    """How styles and content come together; part of `Options`."""

    preset: str | None = option(
        None,
        "Look",
        "a named set of options, see 'neuralart presets'; options that are given go before what it sets",
        choices=("balanced", "faithful", "bold", "texture", "painterly", "original"),
        unset="none; as balanced",
        app="the form shows every option that a preset would set",
    )
    strength: float = option(
        0.5,
        "Look",
        "style against the photograph, in even steps: 0 is a trace of style, 1 hardly more than style; every 0.1"
        " doubles --style-factor",
        float,
        least=0,
        most=1,
    )
    recipe: str = option(
        "balanced",
        "Look",
        "balanced: alike at every size, from coarse to fine; original: the Torch7 program's numbers, one scale",
        choices=("balanced", "original"),
        network=True,
    )
    style_loss: str = option(
        "gram",
        "Look",
        "how styles are compared: gram: matrices of products, textures; gaussian: means and covariances; sliced: whole"
        " distributions; neighbours: every feature with the nearest one of the style, shapes too",
        choices=("gram", "gaussian", "sliced", "neighbours"),
    )
    content_loss: str = option(
        "features",
        "Look",
        "what is kept of the photograph: features, place by place; similarity: which places look alike, so that shapes"
        " stay and colours may go; not in tiles; laplacian: features, and the edges of the pixels",
        choices=("features", "similarity", "laplacian"),
    )
    style_factor: float = option(2e9, "Look", "how much style against content", float, least=0)
    smoothness: float = option(0.0, "Look", "weight against differences of neighbouring pixels", float, least=0)
    smoothness_power: float = option(
        2.0,
        "Look",
        "power of those differences: 2 is against noise, 1 (total variation) spares edges",
        float,
        least=0.5,
        most=8,
    )
    normalize_gradients: bool = option(
        False,
        "Look",
        "let every layer pull as strongly near its target as far from it, for content and style",
        bool,
    )
    style_weights: tuple[float, ...] | None = option(
        None,
        "Look",
        "how much each of several styles counts, in their order: 3,1; a style of weight 0 is left out",
        float,
        least=0,
        many=True,
        unset="all alike",
    )
    style_scale: tuple[float, ...] | None = option(
        None,
        "Look",
        "size of the strokes: long edge of the style as a multiple of the picture's; several for several styles, or to"
        " mix scales of one style: 0.5,1; 0: as large as the picture, but never enlarged",
        float,
        least=0,
        most=64,
        many=True,
        unset="0",
    )
    style_size: tuple[int, ...] | None = option(
        None,
        "Look",
        "the same in pixels: long edge of the style beside the finished picture",
        int,
        least=1,
        most=200_000,
        many=True,
        unset="the picture's, but never enlarged",
    )
    style_layers: tuple[str, ...] | None = option(
        None,
        "Look",
        "layers that see the style, separated by commas, each with an optional weight: conv1_1:2,conv2_1; of several"
        " styles each may have a list of its own: conv1_1,conv2_1 conv4_1,conv5_1",
        unset="the network's own, equal weights",
        shown="LAYERS",
        text=Text.LAYERS,
        many=True,
    )
    content_layers: str | None = option(
        None,
        "Look",
        "layers that see the content, one list as above",
        unset="the network's own, equal weights",
        shown="LAYERS",
        text=Text.LAYERS,
    )
    seamless: str | None = option(
        None,
        "Look",
        "make a picture that tiles without a seam: side by side (x), one above the other (y), or both",
        choices=("x", "y", "both"),
        unset="it does not",
    )
    scales: int | None = option(
        None,
        "Look",
        "how many sizes to paint at, each half the next",
        int,
        least=1,
        most=16,
        unset="from 128 pixels up in steps of about 2; 1 in recipe original",
    )
