"""Makes the components of the tabs: what is ordered, what is seen, and what else may be chosen.

The ids of the tab of films begin with `film-`, those of the tab of pictures with nothing.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from neuralart.app import fields, film_form, form, places, view
from neuralart.app.desk import Desk
from neuralart.app.form import Entry


def picture_tab(desk: Desk, entries: list[Entry]) -> dict[str, Any]:
    """Make the tab of pictures; return its components by their names in `Parts`."""
    most = desk.settings.max_size
    with gr.Row(elem_id="desk", elem_classes="desk"):
        with gr.Column(elem_id="order", elem_classes="order", min_width=0):
            with gr.Row(elem_classes="pictures"):
                content, first = places.photograph(desk), places.first_style(desk, "")
            more, weights = places.more_styles(desk, "")
            presets, preset = places.presets(desk, "")
            notes = {"size": f"; at most {most} here"}
            common = fields.common(entries, form.COMMON, notes, most, "")
            masks = places.regions(desk)
            controls = buttons("")
        with gr.Column(elem_id="seen", elem_classes="seen", min_width=0):
            live, slider, files = gr.HTML(view.EMPTY, elem_id="live"), before_and_after(), downloads("result")
            curve = gr.HTML(elem_id="curve")
        with gr.Column(elem_id="more", elem_classes="more", min_width=0):
            folded = fields.folded(entries, form.COMMON, "")
    return {
        "content": content,
        "styles": [first, *more],
        "weights": weights,
        "masks": masks,
        "presets": presets,
        "preset": preset,
        "fields": {entry.name: (common | folded)[entry.name] for entry in entries},
        **controls,
        "live": live,
        "files": files,
        "own": {"slider": slider, "curve": curve},
    }


def film_tab(desk: Desk, entries: list[Entry]) -> dict[str, Any]:
    """Make the tab of films; return its components by their names in `Parts`."""
    settings, of = desk.settings, "film-"
    with gr.Row(elem_id="film-desk", elem_classes="desk"):
        with gr.Column(elem_id="film-order", elem_classes="order", min_width=0):
            with gr.Row(elem_classes="pictures"):
                content, first = places.film(desk), places.first_style(desk, of)
            more, weights = places.more_styles(desk, of)
            presets, preset = places.presets(desk, of)
            notes = {
                "size": f"; at most {settings.max_size} here",
                "end": f"; at most {settings.max_film_seconds:g} seconds after the beginning",
            }
            common = fields.common(entries, film_form.COMMON, notes, settings.max_size, of)
            forecast = gr.HTML(elem_id="film-forecast")
            controls = buttons(of)
        with gr.Column(elem_id="film-seen", elem_classes="seen", min_width=0):
            live, files = gr.HTML(view.NO_FILM, elem_id="film-live"), downloads("film-result")
        with gr.Column(elem_id="film-more", elem_classes="more", min_width=0):
            folded = fields.folded(entries, film_form.COMMON, of)
    return {
        "content": content,
        "styles": [first, *more],
        "weights": weights,
        "masks": [],
        "presets": presets,
        "preset": preset,
        "fields": {entry.name: (common | folded)[entry.name] for entry in entries},
        **controls,
        "live": live,
        "files": files,
        "own": {"forecast": forecast},
    }


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
