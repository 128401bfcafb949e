"""Makes the components of the tabs: what is ordered, what is seen, and what else may be chosen.

The ids of the tab of films begin with `film-`, those of the tab of pictures with nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from neuralart.app import fields, film_form, form, places, view
from neuralart.app.desk import Desk
from neuralart.app.form import Entry


def picture_tab(desk: Desk, entries: list[Entry]) -> dict[str, Any]:
    """Make the tab of pictures; return its components by their names in `Parts`."""

    def seen() -> dict[str, Any]:
        live, slider, files = gr.HTML(view.EMPTY, elem_id="live"), before_and_after(), downloads("result")
        return {"live": live, "files": files, "own": {"slider": slider, "curve": gr.HTML(elem_id="curve")}}

    masks = lambda: {"masks": places.regions(desk)}
    return tab(desk, entries, form.COMMON, "", content=places.photograph, further=masks, seen=seen)


def film_tab(desk: Desk, entries: list[Entry]) -> dict[str, Any]:
    """Make the tab of films; return its components by their names in `Parts`."""

    def seen() -> dict[str, Any]:
        return {"live": gr.HTML(view.NO_FILM, elem_id="film-live"), "files": downloads("film-result")}

    forecast = lambda: {"own": {"forecast": gr.HTML(elem_id="film-forecast")}}
    return tab(desk, entries, film_form.COMMON, "film-", content=places.film, further=forecast, seen=seen)


def tab(
    desk: Desk,
    entries: list[Entry],
    common: Sequence[str],
    of: str,
    *,
    content: Callable[[Desk], Any],
    further: Callable[[], dict[str, Any]],
    seen: Callable[[], dict[str, Any]],
) -> dict[str, Any]:
    """Make a tab; return its components by their names in `Parts`.

    Args:
        desk: Takes the orders.
        entries: The form.
        common: The names of the fields that are always visible.
        of: What the ids begin with.
        content: Makes the place for what is painted.
        further: Makes what stands between the form and its buttons.
        seen: Makes what shows the painting.
    """
    settings = desk.settings
    notes = {
        "size": f"; at most {settings.max_size} here",
        "end": f"; at most {settings.max_film_seconds:g} seconds after the beginning",
    }
    with gr.Row(elem_id=f"{of}desk", elem_classes="desk"):
        with gr.Column(elem_id=f"{of}order", elem_classes="order", min_width=0):
            with gr.Row(elem_classes="pictures"):
                photograph, first = content(desk), places.first_style(desk, of)
            more, weights = places.more_styles(desk, of)
            presets, preset = places.presets(desk, of)
            visible = fields.common(entries, common, notes, settings.max_size, of)
            own = further()
            controls = buttons(of)
        with gr.Column(elem_id=f"{of}seen", elem_classes="seen", min_width=0):
            own |= seen()
        with gr.Column(elem_id=f"{of}more", elem_classes="more", min_width=0):
            folded = fields.folded(entries, common, of)
    made = {
        "content": photograph,
        "styles": [first, *more],
        "weights": weights,
        "masks": [],
        "presets": presets,
        "preset": preset,
        "fields": {entry.name: (visible | folded)[entry.name] for entry in entries},
    }
    return made | controls | own


def buttons(of: str) -> dict[str, Any]:
    """Make the buttons Paint, Stop and Go on, and the status below them."""
    with gr.Row(elem_classes="actions"):
        made = {
            # Pressed by page.js, shortly after something has changed.
            "preview": gr.Button("Preview", elem_id=f"{of}preview", elem_classes="unseen"),
            "paint": gr.Button("Paint", variant="primary", elem_id=f"{of}paint", elem_classes="begins", min_width=90),
            "stop": gr.Button("Stop", interactive=False, elem_id=f"{of}stop", min_width=90),
            "go_on": gr.Button("Go on", interactive=False, elem_id=f"{of}go-on", elem_classes="begins", min_width=90),
        }
    return made | {"status": gr.HTML(view.READY, elem_id=f"{of}status")}


def before_and_after() -> Any:
    """Make the comparison of a photograph with its painting."""
    return gr.ImageSlider(
        label="Before and after",
        type="filepath",
        interactive=False,
        visible=False,
        max_height=720,
        buttons=["fullscreen"],
        elem_id="compare",
    )


def downloads(purpose: str) -> tuple[Any, Any, Any]:
    """Make the buttons for picture, animation and record; they appear when there is something to download."""
    with gr.Row(elem_id=f"{purpose}-files", elem_classes="files"):
        return (
            gr.DownloadButton("Download picture", visible=False, elem_id=f"{purpose}-picture", min_width=90),
            gr.DownloadButton("Download animation", visible=False, elem_id=f"{purpose}-animation", min_width=90),
            gr.DownloadButton("Download record", visible=False, elem_id=f"{purpose}-record", min_width=90),
        )
