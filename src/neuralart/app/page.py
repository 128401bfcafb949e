"""The page: its layout, and which handler belongs to which button."""

from __future__ import annotations

import json
import logging
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr
from anyio import CapacityLimiter

from neuralart.app import doors, fields, form, places, view
from neuralart.app.actions import Actions
from neuralart.app.desk import Desk
from neuralart.app.gate import one_line
from neuralart.app.parts import Parts
from neuralart.version import VERSION

log = logging.getLogger(__name__)

TITLE = "neuralart"
CSS = Path(__file__).with_name("page.css")
HEAD = '<meta name="description" content="Repaint a photograph in the style of a painting.">'
SCRIPTS = [Path(__file__).with_name(name) for name in ("page.js", "draw.js")]


class Page(gr.Blocks):
    """Gradio's Blocks, but unreadable input from a visitor is one line in the log instead of a traceback."""

    async def preprocess_data(self, block_fn: Any, *given: Any, **named: Any) -> Any:
        """Return the arguments of a handler from what was sent."""
        try:
            return await super().preprocess_data(block_fn, *given, **named)
        except gr.Error:
            raise
        except Exception as error:
            reason = one_line(error)
            log.warning("refused what was sent to %s: %s", block_fn.api_name, reason)
            raise gr.Error(f"this cannot be read ({reason})", print_exception=False) from None


def build(desk: Desk) -> gr.Blocks:
    """Return the whole page with its handlers and the HTTP API."""
    entries = form.entries(desk.fixed)
    with Page(title=TITLE, analytics_enabled=False, fill_width=True) as page:
        gr.Markdown("# neuralart\nRepaint a photograph, the content, in the style of a painting.")
        with gr.Row(elem_id="desk"):
            with gr.Column(elem_id="order", min_width=0):
                content, styles, weights = places.pictures(desk)
                presets, preset = places.presets(desk)
                common = fields.common(entries, desk.settings.max_size)
                masks = places.regions(desk)
                controls = buttons()
            with gr.Column(elem_id="seen", min_width=0):
                growing = painting()
            with gr.Column(elem_id="more", min_width=0):
                folded = fields.folded(entries)
        parts = Parts(
            content=content,
            styles=styles,
            weights=weights,
            masks=masks,
            presets=presets,
            preset=preset,
            fields={entry.name: (common | folded)[entry.name] for entry in entries},
            key=gr.BrowserState(None, storage_key="neuralart-painting"),
            **controls,
            **growing,
            **gallery(),
        )
        gr.Markdown(f"[HTTP API](gradio_api/openapi.json) for programs. neuralart {VERSION}.", elem_id="foot")
        # These come first, since Gradio renames a second handler of the same name in the API.
        doors.add(desk)
        wire(page, Actions(desk, parts, entries), parts)
    # Every visitor who waits or watches takes a thread; Gradio's default of 40 would leave none to handle Stop.
    page.max_threads = 100 + 2 * desk.settings.max_waiting
    page.limiter = CapacityLimiter(page.max_threads)
    page.queue(api_open=False, default_concurrency_limit=None)
    return page


def buttons() -> dict[str, Any]:
    """Make the buttons Paint, Stop and Go on, and the status below them."""
    with gr.Row(elem_id="actions"):
        made = {
            # Pressed by page.js, shortly after something has changed.
            "preview": gr.Button("Preview", elem_id="preview", elem_classes="unseen"),
            "paint": gr.Button("Paint", variant="primary", elem_id="paint", min_width=90),
            "stop": gr.Button("Stop", interactive=False, elem_id="stop", min_width=90),
            "go_on": gr.Button("Go on", interactive=False, elem_id="go-on", min_width=90),
        }
    return made | {"status": gr.HTML(view.READY, elem_id="status")}


def painting() -> dict[str, Any]:
    """Make the live picture, the comparison of before and after with the downloads, and the curve."""
    live = gr.HTML(view.EMPTY, elem_id="live")
    slider = gr.ImageSlider(
        label="Before and after",
        type="filepath",
        interactive=False,
        visible=False,
        max_height=720,
        buttons=["fullscreen"],
        elem_id="compare",
    )
    return {"live": live, "slider": slider, "files": downloads("result"), "curve": gr.HTML(elem_id="curve")}


def downloads(purpose: str) -> tuple[Any, Any, Any]:
    """Make the buttons for picture, animation and record; they appear when there is something to download."""
    with gr.Row(elem_id=f"{purpose}-files", elem_classes="files"):
        return (
            gr.DownloadButton("Download picture", visible=False, elem_id=f"{purpose}-picture", min_width=90),
            gr.DownloadButton("Download animation", visible=False, elem_id=f"{purpose}-animation", min_width=90),
            gr.DownloadButton("Download record", visible=False, elem_id=f"{purpose}-record", min_width=90),
        )


def gallery() -> dict[str, Any]:
    """Make the gallery, and the place where it shows one picture larger."""
    gr.Markdown("## Gallery\nPictures painted here. Choose one to see it larger.")
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
        reuse = gr.Button("Use these settings", elem_id="reuse")
    return {
        "thumbnails": thumbnails,
        "names": gr.State([]),
        "chosen": chosen,
        "large": large,
        "chosen_files": files,
        "chosen_name": gr.State(""),
        "reuse": reuse,
    }


def wire(page: gr.Blocks, actions: Actions, parts: Parts) -> None:
    """Connect the components to their handlers."""
    quietly: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "concurrency_limit": None}
    painted = parts.painted()
    form_fields = list(parts.fields.values())
    given = [parts.content, *parts.styles, *parts.weights, *(mask for _, mask in parts.masks), *form_fields]
    parts.paint.click(actions.paint, given, painted, **quietly)
    if not actions.desk.settings.no_preview:
        parts.preview.click(actions.preview, given, [parts.live, parts.slider], trigger_mode="multiple", **quietly)
        gr.on([part.change for part in given], None, None, None, js="() => previewSoon()", api_visibility="private")
    parts.go_on.click(actions.go_on, [parts.key], painted, **quietly)
    parts.stop.click(actions.stop, [parts.key], [parts.status, parts.stop], trigger_mode="multiple", **quietly)
    parts.thumbnails.select(actions.choose, [parts.names], parts.closer(), **quietly)
    parts.reuse.click(actions.reuse, [parts.chosen_name], [parts.status, *form_fields], **quietly)
    for name, button in parts.presets.items():
        button.click(partial(actions.fill, name), None, parts.filled(), queue=False, **quietly)
    page.load(actions.open, [parts.key], painted, **quietly)


def script() -> str:
    """Return the page's script, with the hints that appear over its buttons."""
    scripts = "".join(file.read_text(encoding="utf-8") for file in SCRIPTS)
    return f"() => {{\nconst hints = {json.dumps(places.hints())};\n{scripts}}}"


def theme() -> gr.themes.Base:
    """Return Gradio's theme with the fonts of the machine, so that none is downloaded."""
    made = gr.themes.Default(
        primary_hue="blue", font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]
    )
    # Gradio's greys and its blue are too pale for some readers; these have a contrast of at least 4.5:1.
    return made.set(
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
