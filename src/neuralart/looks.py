"""The options for the look of the painting; part of `Options`. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass

from neuralart.declare import option
from neuralart.facts import Text


@dataclass(frozen=True, kw_only=True)
class Looks:
    """How style and content are combined; part of `Options`."""

    preset: str | None = option(
        None,
        "Look",
        "a named set of options, see 'neuralart presets'; an option that you give overrides it",
        choices=("balanced", "faithful", "bold", "texture", "painterly", "classic", "original"),
        unset="none, the same as balanced",
        app="a preset chosen on the page fills in the options that it sets",
    )
    strength: float = option(
        0.5,
        "Look",
        "balance of style and photograph in even steps: 0 shows a trace of the style, 1 little else; it multiplies"
        " --style-factor",
        float,
        least=0,
        most=1,
    )
    recipe: str = option(
        "balanced",
        "Look",
        "balanced: looks the same at every size, from coarse to fine; original: the Torch7 program's numbers, one"
        " scale",
        choices=("balanced", "original"),
        network=True,
    )
    style_loss: str | None = option(
        None,
        "Look",
        "what is compared with the style: neighbours: every feature with the nearest one of the style, for shapes too;"
        " gram: Gram matrices, for textures; gaussian: means and covariances; sliced: whole distributions",
        choices=("neighbours", "gram", "gaussian", "sliced"),
        unset="neighbours; gram in recipe original",
    )
    content_loss: str = option(
        "features",
        "Look",
        "what to keep of the photograph: features: the features at every place; similarity: which places look alike, so"
        " shapes stay and colours may change; not in tiles; laplacian: features, and the edges of the pixels",
        choices=("features", "similarity", "laplacian"),
    )
    style_factor: float = option(2e9, "Look", "weight of the style relative to the content", float, least=0)
    smoothness: float = option(0.0, "Look", "penalty on differences between neighbouring pixels", float, least=0)
    smoothness_power: float = option(
        2.0,
        "Look",
        "power of those differences: 2 suppresses noise, 1 (total variation) preserves edges",
        float,
        least=0.5,
        most=8,
    )
    normalize_gradients: bool = option(
        False,
        "Look",
        "let every layer of content and style pull as strongly near its target as far from it",
        bool,
    )
    style_weights: tuple[float, ...] | None = option(
        None,
        "Look",
        "weights of several styles, in order: 3,1; a style with weight 0 is left out",
        float,
        least=0,
        many=True,
        unset="all equal",
    )
    style_scale: tuple[float, ...] | None = option(
        None,
        "Look",
        "size of the strokes: long edge of the style as a multiple of the picture's; one value per style, or several to"
        " mix scales of one style: 0.5,1; 0: as large as the picture, but never enlarged",
        float,
        least=0,
        most=64,
        many=True,
        unset="0",
        named=(("fine", 0.5), ("usual", 0), ("broad", 1.5)),
    )
    style_size: tuple[int, ...] | None = option(
        None,
        "Look",
        "size of the strokes in pixels: long edge of the style next to the finished picture; instead of --style-scale",
        int,
        least=1,
        most=200_000,
        many=True,
        unset="the picture's, but never enlarged",
    )
    style_layers: tuple[str, ...] | None = option(
        None,
        "Look",
        "layers for the style, separated by commas, each with an optional weight: conv1_1:2,conv2_1; each of several"
        " styles may have its own list: conv1_1,conv2_1 conv4_1,conv5_1",
        unset="the network's own, equal weights",
        shown="LAYERS",
        text=Text.LAYERS,
        many=True,
    )
    content_layers: str | None = option(
        None,
        "Look",
        "layers for the content, one list as above",
        unset="the network's own, equal weights",
        shown="LAYERS",
        text=Text.LAYERS,
    )
    seamless: str | None = option(
        None,
        "Look",
        "make a picture whose copies join without a seam: side by side (x), one above the other (y), or both",
        choices=("x", "y", "both"),
        unset="not seamless",
    )
    scales: int | None = option(
        None,
        "Look",
        "number of sizes to paint at, each half the next",
        int,
        least=1,
        most=16,
        unset="from 128 pixels up, about doubling each time; 1 in recipe original",
    )
