"""One of the styles of a painting, and what the options say of all of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from neuralart.errors import OptionError
from neuralart.image.picture import Picture
from neuralart.image.sizes import fit
from neuralart.options import Options
from neuralart.together import count_styles
from neuralart.values import layer_weights, layers_text

# A style whose long edge has less than this share of the picture's shows in the picture as fewer, larger strokes.
SMALL = 0.5


@dataclass(frozen=True, eq=False)
class Style:
    """A picture whose style is wanted. What is None here is as the options say.

    Attributes:
        picture: A path, a `Picture`, or anything else that `stylize` takes as a picture.
        weight: Of this style among several, at least 0; only their ratios count. A style of weight 0 is left out.
        scale: The style's long edge as a multiple of the picture's, above 0: the size of the strokes. Without one, the
            style is as large as the picture, but never larger than its own pixels.
        layers: The layers that see this style, as the option `style_layers` takes them.
        mask: Where it is painted: anything that is taken as a picture, of the photograph's shape, white where it is.

    Raises OptionError for a weight or a scale that is no such number, and for what are no layers.
    """

    picture: Any
    weight: float | None = None
    scale: float | None = None
    layers: str | Mapping[str, float] | Sequence[str] | None = None
    mask: Any = None

    def __post_init__(self) -> None:
        for name, value, wanted in (
            ("weight", self.weight, "a number, at least 0"),
            ("scale", self.scale, "a number above 0"),
        ):
            is_number = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf
            if value is not None and not (is_number and (value or name == "weight")):
                raise OptionError(f"the {name} of a style is {value!r}; it must be {wanted}")
        if self.layers is not None:
            layer_weights("a style's list of layers", self.list_of_layers)

    @property
    def list_of_layers(self) -> str:
        """The layers as one text. Raises OptionError for what is neither text nor list nor mapping."""
        try:
            return self.layers if isinstance(self.layers, str) else layers_text(self.layers)
        except (TypeError, ValueError):
            raise OptionError(
                f"the layers of a style are {self.layers!r}; give text, a list, or a dict of layers and weights"
            ) from None

    @property
    def counts(self) -> float:
        """The weight; 1 where none is said."""
        return 1.0 if self.weight is None else float(self.weight)

    def size(self, image: tuple[int, int], *, enlarged: bool) -> tuple[int, int]:
        """The size that the style is brought to, for an image of this size; (width, height) in pixels.

        Args:
            image: The size of the image being made.
            enlarged: Whether a style without a scale is enlarged to the picture's size.
        """
        picture: Picture = self.picture
        edge = max(image) if self.scale is None else max(1, round(max(image) * self.scale))
        if self.scale is None and not enlarged:
            edge = min(edge, max(picture.size))
        return fit(*picture.size, edge)

    @property
    def shape(self) -> tuple[float, float]:
        """Width and height of the style where the picture's long edge is 1."""
        picture: Picture = self.picture
        longest = max(picture.size) / (self.scale or 1.0)
        return picture.width / longest, picture.height / longest


def arranged(
    options: Options, styles: Sequence[Style], long_edge: int, usual: Sequence[str]
) -> tuple[Options, tuple[Style, ...]]:
    """The styles with all that the options say of them, and options that say all that the styles say of themselves.

    Args:
        options: The user's choices.
        styles: As they were given. One that is looked at in several scales, or with several lists of layers, becomes
            as many.
        long_edge: Of the finished picture, in pixels.
        usual: The layers that see a style where nothing is said.

    Returns:
        Options that name weight, scale and layers of every style where any of them is not as usual, so that the record
        of a picture holds all of it; and the styles, each with its weight and its scale.

    Raises:
        OptionError: Where the numbers of values do not match, or no weight is above 0.
    """
    count = count_styles(options, len(styles))
    several = [styles[k if len(styles) > 1 else 0] for k in range(count)]
    scales = options.style_scale or tuple(edge / long_edge for edge in options.style_size or ())
    weights = [float(_said(one.weight, options.style_weights or (1.0,), k)) for k, one in enumerate(several)]
    sized = [_said(one.scale, scales, k) or None for k, one in enumerate(several)]
    layers = [
        _said(None if one.layers is None else one.list_of_layers, options.style_layers, k)
        for k, one in enumerate(several)
    ]
    result = tuple(
        replace(one, weight=weight, scale=scale, layers=None) for one, weight, scale in zip(several, weights, sized)
    )
    if not any(weights):
        raise OptionError("no style has a weight above 0; give one of them a weight at least")
    if any(one.weight is not None for one in styles):
        options = replace(options, style_weights=tuple(weights))
    if any(one.scale is not None for one in styles):
        options = replace(options, style_size=None, style_scale=tuple(scale or 0.0 for scale in sized))
    if any(one.layers is not None for one in styles):
        options = replace(options, style_layers=tuple(one or ",".join(usual) for one in layers))
    return options, result


def _said(own: Any, of_the_options: Sequence[Any] | None, place: int) -> Any:
    """What holds for the style in this place: what it says itself, else what the options say of it, or of all."""
    if own is not None or not of_the_options:
        return own
    return of_the_options[place if len(of_the_options) > 1 else 0]
