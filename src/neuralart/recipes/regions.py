"""The regions of a painting: where each style is painted, and which parts of it count (Gatys et al., arXiv 1611.07865).

Every region has its own statistics and targets. A term that compares styles exists once per region and is weighted by
the region's share of the image, so that a style pulls equally strongly on every pixel whatever the size of its region.
Departs from the paper, which gives all regions the same weight.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import Any

import torch

from neuralart.errors import OptionError, counted
from neuralart.image.masks import as_mask, called, check_shape, labels, like, resized
from neuralart.image.picture import Picture, origin
from neuralart.objective.objective import Term
from neuralart.values import flag

Mask = torch.Tensor | None  # [1, 1, H, W], 0..1, of any size; None: everywhere


@dataclass(frozen=True, eq=False)
class Region:
    """One region.

    Attributes:
        where: The region on the photograph.
        own: The styles that are painted there, by their number, and which parts of each count.
    """

    where: Mask
    own: Mapping[int, Mask]


@dataclass(frozen=True, eq=False)
class Masks:
    """The pictures of the masks that the options name. See `neuralart.areas`."""

    style_mask: Sequence[Picture | None] = ()
    content_mask: Picture | None = None
    mask: Sequence[Picture | None] = ()
    preserve: Picture | None = None
    content_weight_mask: Picture | None = None

    @classmethod
    def of(cls, pictures: Mapping[str, Sequence[Picture | None]]) -> Masks:
        """Return the masks from a list of pictures per option."""
        several = ("style_mask", "mask")
        given: dict[str, Any] = {name: own if name in several else own[0] for name, own in pictures.items()}
        return cls(**given)

    def record(self) -> dict[str, Any]:
        """Return the origin of every mask for the record; None for `none`."""
        return {name: [one and origin(one) for one in pictures] for name, pictures in self._each().items() if pictures}

    def named(self) -> list[tuple[str, Picture]]:
        """Return (option, picture) for all masks."""
        return [(name, one) for name, pictures in self._each().items() for one in pictures if one is not None]

    def _each(self) -> dict[str, list[Picture | None]]:
        """Return the pictures of every option; an empty list if it is not given."""
        given = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: [one] if isinstance(one, Picture) else [*(one or ())] for name, one in given.items()}


@dataclass(frozen=True, eq=False)
class Regions:
    """All regions of a painting, and what is preserved.

    Attributes:
        regions: At least one.
        visible: The visible part of the photograph.
        styles_visible: The visible part of each style, by its number.
        kept: The part of the photograph that is preserved.
        important: How much the photograph counts.
        masks: The pictures of the masks.
    """

    regions: tuple[Region, ...] = (Region(None, {}),)
    visible: Mask = None
    styles_visible: Mapping[int, Mask] = field(default_factory=dict)
    kept: Mask = None
    important: Mask = None
    masks: Masks = Masks()

    @property
    def is_whole(self) -> bool:
        """Whether there are no masks at all."""
        masks = (self.visible, self.kept, self.important, *self.styles_visible.values())
        lone = len(self.regions) == 1 and self.regions[0].where is None
        return lone and all(one is None for one in (*masks, *self.regions[0].own.values()))

    def is_there(self, number: int, style: int) -> bool:
        """Whether a style is painted in a region."""
        own = self.regions[number].own
        return not own or style in own

    def of_image(self, number: int, size: tuple[int, int]) -> Mask:
        """Return where a region is, on an image of this size."""
        free = None if self.kept is None else 1 - self.kept
        return together([self.regions[number].where, self.visible, free], size)

    def of_content(self, size: tuple[int, int]) -> Mask:
        """Return how much the photograph counts, on an image of this size."""
        return together([self.important, self.visible], size)

    def of_style(self, number: int, style: int, size: tuple[int, int]) -> Mask:
        """Return which parts of a style count in a region, at this size of the style."""
        return together([self.regions[number].own.get(style), self.styles_visible.get(style)], size)

    def divided(self, terms: Sequence[Term]) -> tuple[Term, ...]:
        """Return the terms, with one per region for those that compare styles.

        Raises:
            OptionError: For a term that cannot be restricted to a region.
        """
        if self.is_whole:
            return tuple(terms)
        return tuple(part for term in terms for part in self._parts(term))

    def _parts(self, term: Term) -> Iterator[Term]:
        loss, in_part = term.loss, self.important is not None or self.visible is not None
        masked = loss.sees_styles or (loss.compares in ("content", "features") and in_part)
        if masked and not (loss.weighable or loss.everywhere):
            raise OptionError(
                f"the term '{term.name}' cannot be restricted to a region, since its loss cannot weigh positions; leave"
                " out the term, or give neither masks nor transparent pictures"
            )
        if loss.everywhere or not loss.sees_styles:
            yield term
            return
        for number in range(len(self.regions)):
            name = term.name if len(self.regions) == 1 else f"{term.name} in region {number + 1}"
            yield replace(term, name=name, region=number)


EVERYWHERE = Regions()


def together(masks: Sequence[Mask], size: tuple[int, int]) -> Mask:
    """Return the product of masks at this size; None if all are None."""
    result: Mask = None
    for one in masks:
        if one is not None:
            here = resized(one, size)
            result = here if result is None else result * here
    return result


def regions_of(
    masks: Masks, content: Picture, styles: Sequence[Picture], *, heeds_alpha: bool, may_be_black: bool = False
) -> Regions:
    """Return the regions that the masks define.

    Args:
        masks: The pictures of the masks.
        content: The photograph.
        styles: The pictures of the styles in order; a picture used at several scales or layers occurs several times.
        heeds_alpha: Whether transparent pixels count for nothing.
        may_be_black: Whether masks over the photograph may be black everywhere, as frames of a film may be.

    Raises:
        OptionError: For a mask whose shape differs from its picture's, for one that is black everywhere, and for
            numbers of masks or regions that do not match.
    """
    given, masks = masks, replace(masks, style_mask=_each(masks.style_mask, styles), mask=_each(masks.mask, styles))
    for option, pictures in (("--style-mask", masks.style_mask), ("--mask", masks.mask)):
        if pictures and len(pictures) != len(styles):
            raise OptionError(
                f"{option} has {counted(len(pictures), 'value')}, but there {'is' if len(styles) == 1 else 'are'}"
                f" {counted(len(styles), 'style')}; give one for each, which may be none"
            )
    for option, named in masks.named():
        if option != "mask":
            check_shape(named, content, called(flag(option), named), "content")
    for own, style in zip(masks.mask, styles):
        if own is not None:
            check_shape(own, style, called("--mask", own), "style")
    where = partial(as_mask, may_be_black=may_be_black)
    mask = lambda option, one: None if one is None else where(one, called(flag(option), one))
    return Regions(
        _labelled(masks, styles) if masks.content_mask else _masked(masks, styles, where),
        _alpha(content) if heeds_alpha else None,
        {k: _alpha(style) for k, style in enumerate(styles)} if heeds_alpha else {},
        mask("preserve", masks.preserve),
        mask("content_weight_mask", masks.content_weight_mask),
        given,
    )


def _each(pictures: Sequence[Picture | None], styles: Sequence[Picture]) -> Sequence[Picture | None]:
    """Return one picture per style; several uses of one style share its only picture."""
    same = len(pictures) == 1 and all(one.looks_like(styles[0]) for one in styles)
    return [*pictures] * len(styles) if same else pictures


def _masked(
    masks: Masks, styles: Sequence[Picture], as_where: Callable[[Picture, str], torch.Tensor]
) -> tuple[Region, ...]:
    """Return one region per mask; styles with the same mask share it."""
    own = {k: as_mask(one, called("--mask", one)) if one else None for k, one in enumerate(masks.mask)}
    several: list[tuple[Mask, dict[int, Mask]]] = []
    for k in range(len(styles)):
        picture = masks.style_mask[k] if masks.style_mask else None
        where = None if picture is None else as_where(picture, called("--style-mask", picture))
        ways = next((ways for other, ways in several if _alike(where, other)), None)
        if ways is None:
            several.append((where, {k: own.get(k)}))
        else:
            ways[k] = own.get(k)
    return tuple(Region(where, ways) for where, ways in several)


def _alike(one: Mask, other: Mask) -> bool:
    if one is None or other is None:
        return one is other
    return one.shape == other.shape and torch.equal(one, other)


def _labelled(masks: Masks, styles: Sequence[Picture]) -> tuple[Region, ...]:
    """Return one region per colour of `content_mask`."""
    assert masks.content_mask is not None
    if any(masks.style_mask):
        raise OptionError("--content-mask and --style-mask contradict each other; give one of them")
    name = called("--content-mask", masks.content_mask)
    wanted = labels(masks.content_mask, name)
    if not masks.mask:
        if len(wanted) != len(styles):
            raise OptionError(
                f"{name} has {counted(len(wanted), 'region')} ({', '.join(wanted)}), but there"
                f" {'is' if len(styles) == 1 else 'are'} {counted(len(styles), 'style')}; give a style for each region,"
                " or use --mask to say which part of the styles belongs to which region"
            )
        return tuple(Region(where, {k: None}) for k, where in enumerate(wanted.values()))
    each = [labels(one, called("--mask", one)) if one else None for one in masks.mask]
    result = []
    for colour, where in wanted.items():
        matches = {k: None if own is None else like(colour, own) for k, own in enumerate(each)}
        ways = {k: one for k, one in matches.items() if one is not None or each[k] is None}
        if not ways:
            raise OptionError(f"{name} has a region {colour}, but no --mask has that colour; paint it in one of them")
        result.append(Region(where, ways))
    return tuple(result)


def _alpha(picture: Picture) -> Mask:
    return None if picture.alpha is None else (picture.alpha / 255).float()
