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


def choose(desk: Desk, parts: Shelf, names: list[str], event: gr.SelectData) -> Changes:
    """Show a picture or a film that was chosen."""
    try:
        item = desk.gallery.find(names[event.index])
        large, changes = larger(desk, item), taken(desk, item, parts.files)
    except (NeuralartError, OSError, IndexError, TypeError) as error:
        return {parts.chosen: gr.update(visible=True), parts.large: view.mistake(str(error))}
    text = f"<figcaption>{escape(item.name)}: {escape(item.caption)}</figcaption>"
    figure = f'<figure class="large">{large}{text}</figure>'
    return {parts.chosen: gr.update(visible=True), parts.large: figure, parts.chosen_name: item.name} | changes


def reuse(desk: Desk, tabs: Mapping[str, Actions], name: str) -> Changes:
    """Copy the chosen picture's or film's settings to the form of its tab."""
    try:
        item = desk.gallery.find(name)
    except OptionError as error:
        return {tabs["picture"].parts.status: view.mistake(str(error))}
    actions = tabs.get("film") if item.is_film else tabs["picture"]
    if actions is None:
        return {tabs["picture"].parts.status: view.mistake(films.missing() or "")}
    values = film_form.values(item.record, desk.fixed) if item.is_film else form.values(item.record, desk.fixed)
    where = "of the tab 'Film' " if item.is_film else ""
    status = f'<div class="status"><p role="status">The form {where}has the settings of {escape(name)}.</p></div>'
    told = {one.parts.status: status for one in tabs.values()}
    return told | actions.filled(values)


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
