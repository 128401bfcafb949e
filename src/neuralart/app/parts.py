"""The page's components by name, so that handlers need not know where they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Parts:
    """Gradio's components; `files` and `chosen_files` are the buttons for picture, animation and record.

    `weights` has a slider for every place of `styles`. `masks` has each mask's component with its option; as many as
    styles for an option with a value for each. `presets` has each preset's button by its name, and `preset` says which
    one is chosen.
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
    slider: Any
    curve: Any
    files: tuple[Any, Any, Any]
    thumbnails: Any
    names: Any
    chosen: Any
    large: Any
    chosen_files: tuple[Any, Any, Any]
    chosen_name: Any
    reuse: Any

    def painted(self) -> list[Any]:
        """Return the components that change while painting."""
        buttons = [self.paint, self.stop, self.go_on]
        shown = [self.key, self.status, self.live, self.slider, self.curve, *self.files]
        return [*buttons, *shown, self.thumbnails, self.names]

    def filled(self) -> list[Any]:
        """Return the components that change when a preset is chosen."""
        return [*self.presets.values(), self.preset, *self.fields.values()]

    def closer(self) -> list[Any]:
        """Return the components that change when a picture of the gallery is chosen."""
        return [self.chosen, self.large, *self.chosen_files, self.chosen_name]
