"""The page: its layout, and which handler belongs to which button."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gradio as gr
from anyio import CapacityLimiter

from neuralart.app import batch_form, doors, film_form, films, form, places, view
from neuralart.app.actions import Actions
from neuralart.app.batch_actions import BatchActions
from neuralart.app.blocks import Page
from neuralart.app.desk import Desk
from neuralart.app.film_actions import FilmActions
from neuralart.app.form import Entry
from neuralart.app.gallery_actions import FAVOUR, GalleryActions
from neuralart.app.parts import Parts, Shelf
from neuralart.app.picture_actions import PictureActions
from neuralart.app.tabs import batch_tab, downloads, film_tab, picture_tab
from neuralart.version import VERSION

TITLE = "neuralart"
STORED = {"picture": "painting", "film": "film", "batch": "batch"}  # where a browser keeps the key of its own order
ACTIONS: dict[str, type[Actions]] = {"picture": PictureActions, "film": FilmActions, "batch": BatchActions}
CSS = Path(__file__).with_name("page.css")
HEAD = '<meta name="description" content="Repaint a photograph or a film in the style of a painting.">'
QUIETLY: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "concurrency_limit": None}
SCRIPTS = [Path(__file__).with_name(name) for name in ("page.js", "draw.js")]


def build(desk: Desk) -> gr.Blocks:
    """Return the whole page with its handlers and the HTTP API."""
    lacking = films.missing()
    with Page(title=TITLE, analytics_enabled=False, fill_width=True) as page:
        gr.Markdown("# neuralart\nRepaint a photograph or a film in the style of a painting.")
        keys = {kind: gr.BrowserState(None, storage_key=f"neuralart-{name}") for kind, name in STORED.items()}
        forms: dict[str, list[Entry]] = {
            "picture": form.entries(desk.fixed),
            "film": film_form.entries(desk.fixed),
            "batch": batch_form.entries(desk.fixed),
        }
        made: dict[str, dict[str, Any]] = {}
        with gr.Tabs(elem_id="tabs") as chosen:
            with gr.Tab("Picture", id="picture"):
                made["picture"] = picture_tab(desk, forms["picture"])
            with gr.Tab("Many pictures", id="batch") as many:
                made["batch"] = batch_tab(desk, forms["batch"])
            with gr.Tab("Film", id="film") as film:
                if lacking:
                    gr.HTML(view.mistake(lacking), elem_id="film-lacking")
                else:
                    made["film"] = film_tab(desk, forms["film"])
        parts = gallery()
        gr.Markdown(f"[HTTP API](gradio_api/openapi.json) for programs. neuralart {VERSION}.", elem_id="foot")
        # These come first, since Gradio renames a second handler of the same name in the API.
        doors.add(desk)
        tabs = {
            kind: ACTIONS[kind](desk, Parts(**components, key=keys[kind], shelf=parts), forms[kind])
            for kind, components in made.items()
        }
        for actions in tabs.values():
            wire(actions)
        wire_gallery(GalleryActions(desk, parts, tabs))
        wire_tabs(page, chosen, {"batch": many, "film": film}, tabs)
    # Every visitor who waits or watches takes a thread; Gradio's default of 40 would leave none to handle Stop.
    page.max_threads = 100 + 2 * desk.settings.max_waiting
    page.limiter = CapacityLimiter(page.max_threads)
    page.queue(api_open=False, default_concurrency_limit=None)
    page.doze()
    return page


def gallery() -> Shelf:
    """Make the gallery, and the place where it shows one picture larger, or two side by side."""
    gr.Markdown("## Gallery\nPictures and films painted here. Choose one to see it larger.")
    looking_for = search()
    thumbnails = gr.Gallery(
        label="Gallery",
        show_label=False,
        columns=6,
        fit_columns=False,
        height="auto",
        object_fit="cover",
        allow_preview=False,
        interactive=False,
        buttons=[],
        elem_id="gallery",
    )
    with gr.Column(visible=False, elem_id="chosen") as chosen:
        large = gr.HTML()
        files = downloads("chosen")
        with gr.Row(elem_id="acts", elem_classes="files") as what_to_do:
            acts = {
                "reuse": gr.Button("Use these settings", elem_id="reuse", min_width=90),
                "favour": gr.Button(FAVOUR[False], elem_id="favour", min_width=90),
                "compare": gr.Button("Compare with another", elem_id="compare-two", min_width=90),
                "delete": gr.Button("Delete", elem_id="delete", min_width=90),
            }
    return Shelf(
        **looking_for,
        deleted=gr.State(""),
        thumbnails=thumbnails,
        names=gr.State([]),
        chosen=chosen,
        large=large,
        files=files,
        chosen_name=gr.State(""),
        first=gr.State(""),
        what_to_do=what_to_do,
        **acts,
    )


def search() -> dict[str, Any]:
    """Make the fields of the search, and the line below them that says what was found or done."""
    with gr.Row(elem_id="gallery-search"):
        words = gr.Textbox(
            label="Search",
            placeholder="castle wave, or size=500",
            info="names, styles, presets and options; all words must occur",
            elem_id="gallery-words",
            min_width=0,
        )
        only = gr.Checkbox(label="Favourites only", elem_id="favourites-only", min_width=0, scale=0)
    with gr.Row(elem_id="gallery-told"):
        told = gr.HTML()
        undo = gr.Button("Undo", visible=False, elem_id="undo", min_width=90, scale=0)
    return {"words": words, "favourites_only": only, "told": told, "undo": undo}


def wire(actions: Actions) -> None:
    """Connect the components of a tab to their handlers."""
    parts, given = actions.parts, actions.parts.given()
    painted = parts.painted()
    parts.paint.click(actions.paint, given, painted, **QUIETLY)
    if actions.kind != "picture" or not actions.desk.settings.no_preview:
        shown = [parts.live, *parts.own.values()]
        parts.preview.click(actions.preview, given, shown, trigger_mode="multiple", **QUIETLY)
        soon = f"() => previewSoon({json.dumps(parts.preview.elem_id)})"
        gr.on([part.change for part in given], None, None, None, js=soon, api_visibility="private")
    parts.go_on.click(actions.go_on, [parts.key], painted, **QUIETLY)
    parts.stop.click(actions.stop, [parts.key], [parts.status, parts.stop], trigger_mode="multiple", **QUIETLY)
    presets = [button.click for button in parts.presets.values()]
    gr.on(presets, actions.fill, None, parts.filled(), queue=False, **QUIETLY)


def wire_tabs(page: gr.Blocks, chosen: Any, others: Mapping[str, Any], tabs: Mapping[str, Actions]) -> None:
    """Show what the visitor ordered: in a new page, and in every other tab that is opened."""
    first = tabs["picture"].parts
    page.load(tabs["picture"].open, [first.key], first.painted(), **QUIETLY)
    for kind, tab in others.items():
        # A tab's components are not there before it is opened.
        tab.select(None, None, None, js=f"() => opened({json.dumps(kind)})", api_visibility="private")
        if kind in tabs:
            parts = tabs[kind].parts
            tab.select(tabs[kind].open, [parts.key], parts.painted(), **QUIETLY)
            page.load(tabs[kind].find, [parts.key], chosen, **QUIETLY)


def wire_gallery(actions: GalleryActions) -> None:
    """Connect the gallery to its handlers."""
    parts = actions.parts
    filled = [part for one in actions.tabs.values() for part in (one.parts.status, *one.parts.filled())]
    shown, name = [parts.words, parts.favourites_only], parts.chosen_name
    for field in shown:  # `input` would miss what is pasted
        field.change(actions.search, [*shown, name], parts.found(), trigger_mode="always_last", **QUIETLY)
    parts.thumbnails.select(actions.choose, [parts.names, parts.first, *shown], parts.closer(), **QUIETLY)
    parts.favour.click(actions.favour, [name, *shown], parts.changed(), **QUIETLY)
    parts.compare.click(actions.compare, [name], [parts.first, parts.told], **QUIETLY)
    parts.delete.click(actions.delete, [name, *shown], parts.changed(), **QUIETLY)
    parts.undo.click(actions.undo, [parts.deleted, *shown], parts.changed(), **QUIETLY)
    parts.reuse.click(actions.reuse, [name], [parts.told, *filled], **QUIETLY)


def script() -> str:
    """Return the page's script, with the hints that appear over its buttons."""
    scripts = "".join(file.read_text(encoding="utf-8") for file in SCRIPTS)
    return f"() => {{\nconst hints = {json.dumps(places.hints())};\n{scripts}}}"


def theme() -> gr.themes.Base:
    """Return Gradio's theme with the fonts of the machine, so that none is downloaded."""
    made = gr.themes.Default(
        primary_hue="blue", font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]
    )
    # Gradio's greys and its blue are too pale for some readers; these have a contrast of at least 4.5:1, the edges
    # of checkboxes of at least 3:1.
    return made.set(
        checkbox_border_color="*neutral_500",
        checkbox_border_color_dark="*neutral_400",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_300",
        block_info_text_color="*neutral_600",
        block_info_text_color_dark="*neutral_300",
        block_label_text_color="*neutral_700",
        block_label_text_color_dark="*neutral_200",
        block_title_text_color="*neutral_800",
        block_title_text_color_dark="*neutral_100",
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="*neutral_400",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_dark="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_hover_dark="*primary_700",
    )
