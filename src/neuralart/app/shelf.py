"""The handlers of the gallery: what is in it, and what was chosen there."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import gradio as gr

from neuralart.app import film_form, films, form, view
from neuralart.app.desk import Desk
from neuralart.app.gallery import LARGE, SMALL, Item, files, handed_out, shown
from neuralart.app.parts import Shelf
from neuralart.errors import NeuralartError, OptionError

if TYPE_CHECKING:
    from neuralart.app.actions import Actions

NEWEST = 24  # pictures that are shown

Changes = dict[Any, Any]


class GalleryActions:
    """The handlers of the gallery. tabs: The handlers of the tabs, by the kind of what they make."""

    def __init__(self, desk: Desk, parts: Shelf, tabs: Mapping[str, Actions]) -> None:
        self.desk, self.parts, self.tabs = desk, parts, tabs

    def choose(self, names: list[str], event: gr.SelectData) -> Changes:
        """Show a picture or a film that was chosen."""
        parts = self.parts
        try:
            item = self.desk.gallery.find(names[event.index])
            large, changes = larger(self.desk, item), taken(self.desk, item, parts.files)
        except (NeuralartError, OSError, IndexError, TypeError) as error:
            return {parts.chosen: gr.update(visible=True), parts.large: view.mistake(str(error))}
        name = item.animation.name if item.is_film and item.animation else item.name
        text = f"<figcaption>{escape(name)}: {escape(item.caption)}</figcaption>"
        figure = f'<figure class="large">{large}{text}</figure>'
        return {parts.chosen: gr.update(visible=True), parts.large: figure, parts.chosen_name: item.name} | changes

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


def larger(desk: Desk, item: Item) -> str:
    """Return a picture, or a film's player. Raises OSError or NeuralartError if it has been removed."""
    picture = f"gradio_api/file={quote(str(shown(item.path, LARGE, desk.own)))}"
    if item.is_film and item.animation:
        film = f"gradio_api/file={quote(str(handed_out(item.animation, desk.own)))}"
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


def listed(desk: Desk, parts: Shelf) -> Changes:
    """Return the changes that show what is in the gallery."""
    items, thumbnails = [], []
    for item in desk.gallery.items(NEWEST):
        try:
            thumbnails.append((str(shown(item.path, SMALL, desk.own)), item.caption))
            items.append(item.name)
        except (NeuralartError, OSError):
            continue  # removed or damaged in the meantime; it is no longer in the gallery
    return {parts.thumbnails: thumbnails, parts.names: items}
