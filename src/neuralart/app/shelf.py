"""The handlers of the gallery: what is in it, and what was chosen there."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

import gradio as gr

from neuralart.app import film_form, films, form, view
from neuralart.app.desk import Desk
from neuralart.app.gallery import LARGE, SMALL, Item, files, handed_out, shown
from neuralart.app.parts import Shelf
from neuralart.app.search import differences, matches
from neuralart.errors import NeuralartError, OptionError

if TYPE_CHECKING:
    from neuralart.app.actions import Actions

FAVOUR = {False: "Add to favourites", True: "Remove from favourites"}  # on the button, by what the picture is
NEWEST = 24  # pictures that are shown

Changes = dict[Any, Any]


class GalleryActions:
    """The handlers of the gallery. tabs: The handlers of the tabs, by the kind of what they make."""

    def __init__(self, desk: Desk, parts: Shelf, tabs: Mapping[str, Actions]) -> None:
        self.desk, self.parts, self.tabs = desk, parts, tabs

    def search(self, words: str, only: bool) -> Changes:
        """List the pictures that a visitor looks for."""
        return found(self.desk, self.parts, words, only)

    def choose(self, names: list[str], first: str, event: gr.SelectData) -> Changes:
        """Show a picture or a film that was chosen: larger, or beside the first one if two are compared."""
        parts = self.parts
        try:
            item = self.desk.gallery.find(names[event.index])
            changes = self._beside(first, item) if first else self._alone(item)
        except (NeuralartError, OSError, IndexError, TypeError) as error:
            changes = {parts.large: view.mistake(str(error))}
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
        changes = found(self.desk, self.parts, words, only)
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
        first = self.tabs["picture"].parts.status
        try:
            item = self.desk.gallery.find(name)
        except OptionError as error:
            return {first: view.mistake(str(error))}
        if item.is_film and "film" not in self.tabs:
            return {first: view.mistake(str(films.missing()))}
        kind, values = ("film", film_form.values) if item.is_film else ("picture", form.values)
        where = "of the tab 'Film' " if item.is_film else ""
        status = f'<div class="status"><p role="status">The form {where}has the settings of {escape(name)}.</p></div>'
        told = {one.parts.status: status for one in self.tabs.values()}
        return told | self.tabs[kind].filled(values(item.record, self.desk.fixed))


def figure(desk: Desk, item: Item) -> str:
    """Return a picture or a film with its name and its caption. Raises OSError or NeuralartError if it is gone."""
    star = "★ " if item.is_favourite else ""
    name = item.animation.name if item.is_film and item.animation else item.name
    text = f"<figcaption>{star}{escape(name)}: {escape(item.caption)}</figcaption>"
    return f'<figure class="large">{larger(desk, item)}{text}</figure>'


def larger(desk: Desk, item: Item) -> str:
    """Return a picture, or a film's player. Raises OSError or NeuralartError if it has been removed."""
    picture = view.served(shown(item.path, LARGE, desk.own))
    if item.is_film and item.animation:
        film = view.served(handed_out(item.animation, desk.own))
        return view.film(film, picture, item.caption)
    return f'<img src="{picture}" alt="{escape(item.caption)}">'


def taken(desk: Desk, item: Item, buttons: tuple[Any, Any, Any]) -> Changes:
    """Return the changes that put picture, animation and record behind their buttons."""
    made = files(item, desk.own).values()
    names = ("picture", "film" if item.is_film else "animation", "record")
    return {
        button: gr.update(value=str(file), visible=True, label=f"Download {name}") if file else gr.update(visible=False)
        for button, file, name in zip(buttons, made, names)
    }


def everything(desk: Desk, parts: Shelf) -> Changes:
    """Return the changes that list the newest pictures of all, and empty the fields of the search."""
    return found(desk, parts, "", False) | {parts.words: "", parts.favourites_only: False}


def found(desk: Desk, parts: Shelf, words: str, only: bool) -> Changes:
    """Return the changes that list the newest pictures that have these words or are favourites.

    They leave the fields as they are: the visitor may have typed more since.
    """
    matching = desk.gallery.items(NEWEST + 1, lambda item: (item.is_favourite or not only) and matches(item, words))
    items, thumbnails = [], []
    for item in matching[:NEWEST]:
        try:
            star = "★ " if item.is_favourite else ""
            thumbnails.append((str(shown(item.path, SMALL, desk.own)), star + item.caption))
            items.append(item.name)
        except (NeuralartError, OSError):
            continue  # removed or damaged in the meantime; it is no longer in the gallery
    text = count(len(items), len(matching) > NEWEST) if words.strip() or only else ""
    return {parts.told: view.told(text) if text else "", parts.thumbnails: thumbnails, parts.names: items}


def count(number: int, has_more: bool) -> str:
    """Return how many pictures were found."""
    if has_more:
        return f"The newest {number} that match are shown."
    return f"{number or 'No'} picture{'' if number == 1 else 's'} found."
