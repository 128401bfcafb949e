"""What the gallery shows: the pictures that are found in it, and one that was chosen."""

from __future__ import annotations

from html import escape
from typing import Any

import gradio as gr

from neuralart.app import view
from neuralart.app.desk import Desk
from neuralart.app.gallery import LARGE, SMALL, Item, files, handed_out, shown
from neuralart.app.parts import Shelf
from neuralart.app.search import matches
from neuralart.errors import NeuralartError

NEWEST = 24  # pictures that are shown

Changes = dict[Any, Any]


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


def found(desk: Desk, parts: Shelf, words: str, only: bool, chosen: str = "") -> Changes:
    """Return the changes that list the newest pictures that have these words or are favourites.

    They leave the fields as they are: the visitor may have typed more since. chosen: The name of the picture that stays
    selected if it is listed.
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
    # The page selects by number, which means another picture in another list. `gr.update` would leave None out.
    listed = gr.Gallery(value=thumbnails, selected_index=items.index(chosen) if chosen in items else None)
    return {parts.told: view.told(text) if text else "", parts.thumbnails: listed, parts.names: items}


def count(number: int, has_more: bool) -> str:
    """Return how many pictures were found."""
    if has_more:
        return f"The newest {number} that match are shown."
    return f"{number or 'No'} picture{'' if number == 1 else 's'} found."
