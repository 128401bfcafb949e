"""The handlers of the gallery."""

from __future__ import annotations

from collections.abc import Mapping

import gradio as gr

from neuralart.app import film_form, films, form, view
from neuralart.app.actions import Actions
from neuralart.app.desk import Desk
from neuralart.app.gallery import Item
from neuralart.app.parts import Shelf
from neuralart.app.search import differences
from neuralart.app.shelf import Changes, figure, found, taken
from neuralart.errors import NeuralartError, OptionError

FAVOUR = {False: "Add to favourites", True: "Remove from favourites"}  # on the button, by what the picture is


class GalleryActions:
    """The handlers of the gallery. tabs: The handlers of the tabs, by the kind of what they make."""

    def __init__(self, desk: Desk, parts: Shelf, tabs: Mapping[str, Actions]) -> None:
        self.desk, self.parts, self.tabs = desk, parts, tabs

    def search(self, words: str, only: bool, chosen: str) -> Changes:
        """List the pictures that a visitor looks for."""
        return found(self.desk, self.parts, words, only, chosen)

    def choose(self, names: list[str], first: str, words: str, only: bool, event: gr.SelectData) -> Changes:
        """Show a picture or a film that was chosen: larger, or beside the first one if two are compared."""
        parts = self.parts
        try:
            item = self.desk.gallery.find(names[event.index])
            changes = self._beside(first, item) if first else self._alone(item)
        except (NeuralartError, OSError, IndexError, TypeError) as error:
            # Nothing stays of the picture that was chosen before: its buttons would be taken for this one's.
            nothing = {parts.chosen: gr.update(visible=False), parts.chosen_name: "", parts.first: ""}
            return found(self.desk, parts, words, only) | nothing | {parts.told: view.mistake(str(error))}
        return {parts.chosen: gr.update(visible=True), parts.first: "", parts.told: ""} | changes

    def _alone(self, item: Item) -> Changes:
        parts = self.parts
        return {
            parts.large: figure(self.desk, item),
            parts.chosen_name: item.name,
            parts.what_to_do: gr.update(visible=True),
            parts.favour: FAVOUR[item.is_favourite],
        } | taken(self.desk, item, parts.files)

    def _beside(self, first: str, second: Item) -> Changes:
        """Show two side by side, without the buttons, which belong to one picture."""
        parts, one, hidden = self.parts, self.desk.gallery.find(first), gr.update(visible=False)
        pair = figure(self.desk, one) + figure(self.desk, second)
        rows = view.differences(one.name, second.name, differences(one, second))
        large = f'<div class="pair" role="group" aria-label="Two pictures side by side">{pair}</div>{rows}'
        return {parts.large: large, parts.what_to_do: hidden} | dict.fromkeys(parts.files, hidden)

    def compare(self, name: str) -> Changes:
        """Ask for the second of two pictures that a visitor wants to see side by side."""
        return {self.parts.first: name, self.parts.told: view.told(f"Choose the picture to compare with {name}.")}

    def favour(self, name: str, words: str, only: bool) -> Changes:
        """Make the chosen picture a favourite, or no longer one."""
        try:
            is_favourite = self.desk.gallery.favour(name)
            large = figure(self.desk, self.desk.gallery.find(name))
        except (NeuralartError, OSError) as error:
            return {self.parts.told: view.mistake(str(error))}
        text = f"{name} is {'now' if is_favourite else 'no longer'} a favourite."
        changes = found(self.desk, self.parts, words, only, name)
        changes |= {self.parts.favour: FAVOUR[is_favourite], self.parts.large: large}
        return changes | {self.parts.told: view.told(text)}

    def delete(self, name: str, words: str, only: bool) -> Changes:
        """Delete the chosen picture, and offer to undo that."""
        parts = self.parts
        try:
            key = self.desk.gallery.delete(name)
        except (NeuralartError, OSError) as error:
            return {parts.told: view.mistake(str(error))}
        return found(self.desk, parts, words, only) | {
            parts.chosen: gr.update(visible=False),
            parts.told: view.told(f"{name} is deleted."),
            parts.undo: gr.update(visible=True),
            parts.deleted: key,
        }

    def undo(self, key: str, words: str, only: bool) -> Changes:
        """Bring back what was deleted last."""
        parts, hidden = self.parts, gr.update(visible=False)
        try:
            name = self.desk.gallery.restore(key).name
        except (NeuralartError, OSError) as error:
            return {parts.told: view.mistake(str(error)), parts.undo: hidden}
        changes = found(self.desk, parts, words, only)
        return changes | {parts.told: view.told(f"{name} is back."), parts.undo: hidden}

    def reuse(self, name: str) -> Changes:
        """Copy the chosen picture's or film's settings to the form of its tab."""
        try:
            item = self.desk.gallery.find(name)
        except OptionError as error:
            return {self.parts.told: view.mistake(str(error))}
        kind, values = ("film", film_form.values) if item.is_film else ("picture", form.values)
        if kind not in self.tabs:
            return {self.parts.told: view.mistake(str(films.missing()))}
        tab = self.tabs[kind]
        told = view.told(f"The form of the tab '{kind.capitalize()}' has the settings of {name}.")
        status = f'<div class="status">{told}</div>'
        filled = tab.reused(item.record, values(item.record, self.desk.fixed))
        return {self.parts.told: told, tab.parts.status: status} | filled
