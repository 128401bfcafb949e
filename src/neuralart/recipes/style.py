"""A style of a painting, and what the options say about all styles."""

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

# A style whose long edge is less than this share of the picture's makes fewer, larger strokes.
SMALL = 0.5


@dataclass(frozen=True, eq=False)
class Style:
    """A picture to take the style from. Values that are None follow the options.

    Attributes:
        picture: A path, a `Picture`, or anything else that `stylize` accepts as a picture.
        weight: The weight of this style among several, at least 0; only their ratios count. A style with weight 0 is
            left out.
        scale: The style's long edge as a multiple of the picture's, above 0: the size of the strokes. By default, the
            style is as large as the picture, but never larger than its own pixels.
        layers: The layers for this style, as the option `style_layers` takes them.
        mask: Where it is painted: anything that is accepted as a picture, of the photograph's shape, white there.

    Raises:
        OptionError: For a weight or a scale that is not such a number, and for invalid layers.
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
        """The layers as one text. Raises OptionError for anything but text, a list or a mapping."""
        try:
            return self.layers if isinstance(self.layers, str) else layers_text(self.layers)
        except (TypeError, ValueError):
            raise OptionError(
                f"the layers of a style are {self.layers!r}; give text, a list, or a dict of layers and weights"
            ) from None

    @property
    def counts(self) -> float:
        """The weight; 1 by default."""
        return 1.0 if self.weight is None else float(self.weight)

    def size(self, image: tuple[int, int], *, enlarged: bool) -> tuple[int, int]:
        """Return the style's (width, height) in pixels, for an image of this size.

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
        """Width and height of the style, relative to the picture's long edge."""
        picture: Picture = self.picture
        longest = max(picture.size) / (self.scale or 1.0)
        return picture.width / longest, picture.height / longest


def arranged(
    options: Options, styles: Sequence[Style], long_edge: int, usual: Sequence[str]
) -> tuple[Options, tuple[Style, ...]]:
    """Combine the options about styles with the styles' own values.

    Args:
        options: The user's choices.
        styles: The given styles. One with several scales or lists of layers becomes several styles.
        long_edge: The long edge of the finished picture in pixels.
        usual: The default layers for a style.

    Returns:
        Options that name weight, scale and layers of every style if any style sets them, so that a picture's record is
        complete; and the styles, each with its weight and its scale.

    Raises:
        OptionError: If the numbers of values do not match, or no weight is above 0.
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
        raise OptionError("no style has a weight above 0; give at least one of them a weight")
    if any(one.weight is not None for one in styles):
        options = replace(options, style_weights=tuple(weights))
    if any(one.scale is not None for one in styles):
        options = replace(options, style_size=None, style_scale=tuple(scale or 0.0 for scale in sized))
    if any(one.layers is not None for one in styles):
        options = replace(options, style_layers=tuple(one or ",".join(usual) for one in layers))
    return options, result


def _said(own: Any, of_the_options: Sequence[Any] | None, place: int) -> Any:
    """Return the style's own value, or else the options' value for this style or for all styles."""
    if own is not None or not of_the_options:
        return own
    return of_the_options[place if len(of_the_options) > 1 else 0]
