"""Makes the components of the tabs: what is ordered, what is seen, and what else may be chosen.

The ids of the tab of films begin with `film-`, those of the tab of many pictures with `batch-`, those of the tab of one
picture with nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from neuralart.app import fields, film_form, form, places, view
from neuralart.app.access import batch_megabytes
from neuralart.app.desk import Desk
from neuralart.app.form import Entry


def picture_tab(desk: Desk, entries: list[Entry]) -> dict[str, Any]:
    """Make the tab of pictures; return its components by their names in `Parts`."""

    def seen() -> dict[str, Any]:
        live, slider, files = gr.HTML(view.EMPTY, elem_id="live"), before_and_after(), downloads("result")
        return {"live": live, "files": files, "own": {"slider": slider, "curve": gr.HTML(elem_id="curve")}}

    given = lambda: blended(desk, "", places.photograph)
    masks = lambda: {"masks": places.regions(desk)}
    return tab(desk, entries, form.COMMON, "", given=given, further=masks, seen=seen)


def film_tab(desk: Desk, entries: list[Entry]) -> dict[str, Any]:
    """Make the tab of films; return its components by their names in `Parts`."""

    def seen() -> dict[str, Any]:
        return {"live": gr.HTML(view.NO_FILM, elem_id="film-live"), "files": downloads("film-result")}

    given = lambda: blended(desk, "film-", places.film)
    forecast = lambda: {"own": {"forecast": gr.HTML(elem_id="film-forecast")}}
    return tab(desk, entries, film_form.COMMON, "film-", given=given, further=forecast, seen=seen)


def batch_tab(desk: Desk, entries: list[Entry]) -> dict[str, Any]:
    """Make the tab of many pictures; return its components by their names in `Parts`."""

    def seen() -> dict[str, Any]:
        live = gr.HTML(view.NO_BATCH, elem_id="batch-live")
        own = {name: gr.HTML(elem_id=f"batch-{name}") for name in ("take", "there")}
        return {"live": live, "files": (), "own": own}

    given = lambda: every_style(desk)
    forecast = lambda: {"own": {"forecast": gr.HTML(elem_id="batch-forecast")}}
    return tab(desk, entries, form.COMMON, "batch-", given=given, further=forecast, seen=seen)


def blended(desk: Desk, of: str, content: Callable[[Desk], Any]) -> dict[str, Any]:
    """Make the places for a content and for styles that are blended. of: What the ids begin with."""
    with gr.Row(elem_classes="pictures"):
        place, first = content(desk), places.first_style(desk, of)
    more, weights = places.more_styles(desk, of)
    return {"content": place, "styles": [first, *more], "weights": weights}


def every_style(desk: Desk) -> dict[str, Any]:
    """Make the places for photographs and for styles, in each of which every photograph is painted."""
    with gr.Row(elem_classes="pictures"):
        photographs, styles = places.photographs(desk), places.styles_of_batch(desk)
    gr.Markdown(
        f"Every photograph is painted in every style: at most {desk.settings.max_batch_pictures} pictures at one go,"
        f" from files of at most {batch_megabytes(desk.settings)} megabytes together."
    )
    return {"content": photographs, "styles": [styles], "weights": []}


def tab(
    desk: Desk,
    entries: list[Entry],
    common: Sequence[str],
    of: str,
    *,
    given: Callable[[], dict[str, Any]],
    further: Callable[[], dict[str, Any]],
    seen: Callable[[], dict[str, Any]],
) -> dict[str, Any]:
    """Make a tab; return its components by their names in `Parts`.

    Args:
        desk: Takes the orders.
        entries: The form.
        common: The names of the fields that are always visible.
        of: What the ids begin with.
        given: Makes the places for content and styles.
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
            pictures = given()
            presets, preset = places.presets(desk, of)
            visible = fields.common(entries, common, notes, settings.max_size, of)
            before = further()
            controls = buttons(of)
        with gr.Column(elem_id=f"{of}seen", elem_classes="seen", min_width=0):
            shown = seen()
        with gr.Column(elem_id=f"{of}more", elem_classes="more", min_width=0):
            folded = fields.folded(entries, common, of)
    made = pictures | {
        "masks": [],
        "presets": presets,
        "preset": preset,
        "fields": {entry.name: (visible | folded)[entry.name] for entry in entries},
    }
    own = before.get("own", {}) | shown.get("own", {})
    return made | controls | before | shown | {"own": own}


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
