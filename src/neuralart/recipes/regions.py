"""Where each style is painted, and what counts of it: the regions of a painting (Gatys et al., arXiv 1611.07865).

Every region has statistics and targets of its own. A term that compares styles is there once for every region, and
counts by the region's share of the image, so that a style pulls as strongly on every pixel whatever the size of its
region. Departs from the paper, which gives all regions the same weight.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import torch

from neuralart.errors import OptionError
from neuralart.image.masks import as_mask, called, check_shape, labels, like, resized
from neuralart.image.picture import Picture, origin
from neuralart.objective.objective import Term
from neuralart.values import flag

Mask = torch.Tensor | None  # [1, 1, H, W], 0..1, of any size; None: everywhere


@dataclass(frozen=True, eq=False)
class Region:
    """One region.

    Attributes:
        where: On the photograph.
        own: Which styles are painted there, by their number, and what counts of each.
    """

    where: Mask
    own: Mapping[int, Mask]


@dataclass(frozen=True, eq=False)
class Masks:
    """The pictures that the options name, read. See `neuralart.areas`."""

    style_mask: Sequence[Picture | None] = ()
    content_mask: Picture | None = None
    mask: Sequence[Picture | None] = ()
    preserve: Picture | None = None
    content_weight_mask: Picture | None = None

    @classmethod
    def of(cls, pictures: Mapping[str, Sequence[Picture | None]]) -> Masks:
        """The masks of these options, each with a list of its pictures."""
        several = ("style_mask", "mask")
        given: dict[str, Any] = {name: own if name in several else own[0] for name, own in pictures.items()}
        return cls(**given)

    def record(self) -> dict[str, Any]:
        """What belongs into the record: where each comes from; None for `none`."""
        return {name: [one and origin(one) for one in pictures] for name, pictures in self._each().items() if pictures}

    def named(self) -> list[tuple[str, Picture]]:
        """(option, picture) of all of them."""
        return [(name, one) for name, pictures in self._each().items() for one in pictures if one is not None]

    def _each(self) -> dict[str, list[Picture | None]]:
        """Option -> its pictures; an empty list where it is not given."""
        given = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: [one] if isinstance(one, Picture) else [*(one or ())] for name, one in given.items()}


@dataclass(frozen=True, eq=False)
class Regions:
    """All regions of a painting, and what is left alone.

    Attributes:
        regions: At least one.
        seen: What is visible of the photograph.
        styles_seen: What is visible of each style, by its number.
        kept: What of the photograph is left alone.
        important: How much the photograph counts.
        masks: The pictures that say all of that.
    """

    regions: tuple[Region, ...] = (Region(None, {}),)
    seen: Mask = None
    styles_seen: Mapping[int, Mask] = field(default_factory=dict)
    kept: Mask = None
    important: Mask = None
    masks: Masks = Masks()

    @property
    def is_whole(self) -> bool:
        """Whether there is nothing to be told apart."""
        masks = (self.seen, self.kept, self.important, *self.styles_seen.values())
        lone = len(self.regions) == 1 and self.regions[0].where is None
        return lone and all(one is None for one in (*masks, *self.regions[0].own.values()))

    def is_there(self, number: int, style: int) -> bool:
        """Whether a style is painted in a region."""
        own = self.regions[number].own
        return not own or style in own

    def of_image(self, number: int, size: tuple[int, int]) -> Mask:
        """Where a region is, on the image of this size."""
        free = None if self.kept is None else 1 - self.kept
        return together([self.regions[number].where, self.seen, free], size)

    def of_content(self, size: tuple[int, int]) -> Mask:
        """How much the photograph counts, on the image of this size."""
        return together([self.important, self.seen], size)

    def of_style(self, number: int, style: int, size: tuple[int, int]) -> Mask:
        """What counts of a style in a region, at this size of the style."""
        return together([self.regions[number].own.get(style), self.styles_seen.get(style)], size)

    def divided(self, terms: Sequence[Term]) -> tuple[Term, ...]:
        """The terms, those that compare styles once for every region. Raises OptionError for one that cannot be."""
        if self.is_whole:
            return tuple(terms)
        return tuple(part for term in terms for part in self._parts(term))

    def _parts(self, term: Term) -> Iterator[Term]:
        kept = self.important is not None or self.seen is not None
        masked = term.loss.sees_styles or term.loss.compares == "features" or (term.loss.compares == "content" and kept)
        if masked and not term.loss.weighable:
            raise OptionError(
                f"the term '{term.name}' cannot be confined to a region, since its loss weighs no positions; leave"
                " the masks out, or the term"
            )
        if not term.loss.sees_styles:
            yield term
            return
        for number in range(len(self.regions)):
            name = term.name if len(self.regions) == 1 else f"{term.name} in region {number + 1}"
            yield replace(term, name=name, region=number)


EVERYWHERE = Regions()


def together(masks: Sequence[Mask], size: tuple[int, int]) -> Mask:
    """The product of masks, at this size; None where none says anything."""
    result: Mask = None
    for one in masks:
        if one is not None:
            here = resized(one, size)
            result = here if result is None else result * here
    return result


def regions_of(masks: Masks, content: Picture, styles: Sequence[Picture], *, heeds_alpha: bool) -> Regions:
    """The regions that the masks make of a painting.

    Args:
        masks: The pictures.
        content: The photograph.
        styles: In their order; one that is looked at in several ways may be there several times.
        heeds_alpha: Whether what is transparent counts for nothing.

    Raises:
        OptionError: For a mask of another shape than its picture, one that is black throughout, and for numbers of
            masks or regions that do not match.
    """
    given, masks = masks, replace(masks, style_mask=_each(masks.style_mask, styles), mask=_each(masks.mask, styles))
    for option, pictures in (("--style-mask", masks.style_mask), ("--mask", masks.mask)):
        if pictures and len(pictures) != len(styles):
            raise OptionError(
                f"{option} names {len(pictures)}, and there are {len(styles)} styles; give one for each, or none for"
                " some"
            )
    for option, named in masks.named():
        if option != "mask":
            check_shape(named, content, called(flag(option), named), "content")
    for own, style in zip(masks.mask, styles):
        if own is not None:
            check_shape(own, style, called("--mask", own), "style")
    mask = lambda option, one: None if one is None else as_mask(one, called(flag(option), one))
    return Regions(
        _labelled(masks, styles) if masks.content_mask else _masked(masks, styles),
        _alpha(content) if heeds_alpha else None,
        {k: _alpha(style) for k, style in enumerate(styles)} if heeds_alpha else {},
        mask("preserve", masks.preserve),
        mask("content_weight_mask", masks.content_weight_mask),
        given,
    )


def _each(pictures: Sequence[Picture | None], styles: Sequence[Picture]) -> Sequence[Picture | None]:
    """One for each style; a style that is looked at in several ways has the same one in all of them."""
    same = len(pictures) == 1 and all(one.looks_like(styles[0]) for one in styles)
    return [*pictures] * len(styles) if same else pictures


def _masked(masks: Masks, styles: Sequence[Picture]) -> tuple[Region, ...]:
    """One region for every mask; styles of the same one share it."""
    own = {k: as_mask(one, called("--mask", one)) if one else None for k, one in enumerate(masks.mask)}
    several: list[tuple[Mask, dict[int, Mask]]] = []
    for k in range(len(styles)):
        picture = masks.style_mask[k] if masks.style_mask else None
        where = None if picture is None else as_mask(picture, called("--style-mask", picture))
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
    """One region for every colour of `content_mask`."""
    assert masks.content_mask is not None
    if any(masks.style_mask):
        raise OptionError("--content-mask and --style-mask contradict each other; give one of them")
    name = called("--content-mask", masks.content_mask)
    wanted = labels(masks.content_mask, name)
    if not masks.mask:
        if len(wanted) != len(styles):
            raise OptionError(
                f"{name} has {len(wanted)} regions ({', '.join(wanted)}), and there are {len(styles)} styles; give a"
                " style for each region, or say with --mask which part of the styles belongs to which"
            )
        return tuple(Region(where, {k: None}) for k, where in enumerate(wanted.values()))
    each = [labels(one, called("--mask", one)) if one else None for one in masks.mask]
    result = []
    for colour, where in wanted.items():
        found_in = {k: None if own is None else like(colour, own) for k, own in enumerate(each)}
        ways = {k: one for k, one in found_in.items() if one is not None or each[k] is None}
        if not ways:
            raise OptionError(f"{name} has a region {colour}, and no --mask has that colour; paint it in one of them")
        result.append(Region(where, ways))
    return tuple(result)


def _alpha(picture: Picture) -> Mask:
    return None if picture.alpha is None else (picture.alpha / 255).float()
