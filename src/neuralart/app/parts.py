"""The page's components by name, so that handlers need not know where they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Shelf:
    """The components of the gallery; `files` are the buttons for picture, animation and record.

    `words` and `favourites_only` say what is listed. `first` is the name of the picture that another will be compared
    with, `deleted` the key for the return of what was deleted last.
    """

    words: Any
    favourites_only: Any
    told: Any
    undo: Any
    deleted: Any
    thumbnails: Any
    names: Any
    chosen: Any
    large: Any
    files: tuple[Any, Any, Any]
    chosen_name: Any
    first: Any
    what_to_do: Any
    reuse: Any
    favour: Any
    compare: Any
    delete: Any

    def found(self) -> list[Any]:
        """Return the components that change when a visitor looks for something else."""
        return [self.told, self.thumbnails, self.names]

    def listed(self) -> list[Any]:
        """Return the components that change when there are other pictures."""
        return [self.words, self.favourites_only, *self.found()]

    def closer(self) -> list[Any]:
        """Return the components that change when a picture is chosen."""
        shown = [self.chosen, self.large, *self.files, self.chosen_name, self.first, self.what_to_do, self.favour]
        return [*shown, *self.found()]

    def changed(self) -> list[Any]:
        """Return the components that change when pictures are marked, deleted or restored."""
        return [*self.found(), self.chosen, self.large, self.favour, self.undo, self.deleted]


@dataclass(frozen=True)
class Parts:
    """The components of a tab; `files` are the buttons for picture, animation and record.

    `weights` has a slider for every place of `styles`. `masks` has each mask's component with its option; as many as
    styles for an option with a value for each. `presets` has each preset's button by its name, and `preset` says which
    one is chosen. `own` are those that only this tab has.
    """

    content: Any
    styles: list[Any]
    weights: list[Any]
    masks: list[tuple[str, Any]]
    presets: dict[str, Any]
    preset: Any
    fields: dict[str, Any]
    key: Any
    paint: Any
    preview: Any
    stop: Any
    go_on: Any
    status: Any
    live: Any
    files: tuple[Any, Any, Any]
    own: dict[str, Any]
    shelf: Shelf

    def given(self) -> list[Any]:
        """Return the components that say what is ordered."""
        masks = (mask for _, mask in self.masks)
        return [self.content, *self.styles, *self.weights, *masks, *self.fields.values()]

    def painted(self) -> list[Any]:
        """Return the components that change while painting."""
        buttons = [self.paint, self.stop, self.go_on]
        return [*buttons, self.key, self.status, self.live, *self.own.values(), *self.files, *self.shelf.listed()]

    def filled(self) -> list[Any]:
        """Return the components that change when a preset is chosen or the settings of a picture are used."""
        return [*self.presets.values(), self.preset, *self.weights, *self.fields.values()]
