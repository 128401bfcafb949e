"""The page: what stands where, and which handler answers which button."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr
from anyio import CapacityLimiter

from neuralart.app import doors, fields, form, view
from neuralart.app.actions import Actions
from neuralart.app.desk import Desk
from neuralart.app.gallery import handed_out, shown
from neuralart.app.gate import one_line
from neuralart.app.parts import Parts
from neuralart.areas import NAMES as MASKS
from neuralart.image.paintings import PAINTINGS, file_of
from neuralart.networks.provide import ASSETS
from neuralart.options import GROUPS, declared
from neuralart.version import VERSION

log = logging.getLogger(__name__)

TITLE = "neuralart"
CSS = Path(__file__).with_name("page.css")
ICON = 96  # pixels: long edge of an example's picture on its button
HEAD = '<meta name="description" content="Repaint a photograph in the style of a painting.">'
# Gradio calls the buttons of every picture alike; who listens should hear which picture they belong to.
SCRIPT = """() => {
  const names = {content: "Content", style: "Style", second: "Second style", compare: "Before and after"};
  for (const mask of document.querySelectorAll("[id^=mask-]")) names[mask.id] = mask.querySelector("label")?.innerText;
  for (const [id, name] of Object.entries(names)) {
    document.getElementById(id)?.setAttribute("role", "group");
    document.getElementById(id)?.setAttribute("aria-label", name);
  }
}"""
NAMES = {"photo": "castle", "style": "night sky"}  # of examples whose files are called after their part


class Page(gr.Blocks):
    """Gradio's, but that what a visitor sends and cannot be read is one line in the log, and no traceback."""

    async def preprocess_data(self, block_fn: Any, *given: Any, **named: Any) -> Any:
        """What a handler is called with, from what was sent."""
        try:
            return await super().preprocess_data(block_fn, *given, **named)
        except gr.Error:
            raise
        except Exception as error:
            told = one_line(error)
            log.warning("refused what was sent to %s: %s", block_fn.api_name, told)
            raise gr.Error(f"this cannot be read ({told})", print_exception=False) from None


def build(desk: Desk) -> gr.Blocks:
    """The whole page, wired; also the HTTP API."""
    entries = form.entries(desk.fixed)
    with Page(title=TITLE, analytics_enabled=False, fill_width=True) as page:
        gr.Markdown("# neuralart\nRepaint a photograph, the content, in the style of a painting.")
        with gr.Row(elem_id="desk"):
            with gr.Column(elem_id="order", min_width=0):
                content, style, second = pictures(desk)
                masks = regions(desk)
                common = fields.common(entries, desk.settings.max_size)
                told = buttons()
            with gr.Column(elem_id="seen", min_width=0):
                growing = painting()
            with gr.Column(elem_id="more", min_width=0):
                folded = fields.folded(entries)
        parts = Parts(
            content=content,
            style=style,
            second=second,
            masks=masks,
            fields={entry.name: (common | folded)[entry.name] for entry in entries},
            key=gr.BrowserState(None, storage_key="neuralart-painting"),
            **told,
            **growing,
            **gallery(),
        )
        gr.Markdown(f"[HTTP API](gradio_api/openapi.json) for programs. neuralart {VERSION}.", elem_id="foot")
        # First, since Gradio gives a second handler of the same name another in the API.
        doors.add(desk)
        wire(page, Actions(desk, parts, entries), parts)
    # Every visitor who waits or watches takes a thread; Gradio's usual 40 would leave none for those who press Stop.
    page.max_threads = 100 + 2 * desk.settings.max_waiting
    page.limiter = CapacityLimiter(page.max_threads)
    page.queue(api_open=False, default_concurrency_limit=None)
    return page


def buttons() -> dict[str, Any]:
    """Paint, Stop and Go on, and below them how it goes."""
    with gr.Row(elem_id="actions"):
        made = {
            "paint": gr.Button("Paint", variant="primary", elem_id="paint", min_width=90),
            "stop": gr.Button("Stop", interactive=False, elem_id="stop", min_width=90),
            "go_on": gr.Button("Go on", interactive=False, elem_id="go-on", min_width=90),
        }
    return made | {"status": gr.HTML(view.READY, elem_id="status")}


def painting() -> dict[str, Any]:
    """The picture that grows, then before and after with what can be taken home, and the curve."""
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


def pictures(desk: Desk) -> tuple[Any, Any, Any]:
    """Content and style, with the bundled examples under each, and folded away a second style."""
    photographs = [ASSETS / "photo.jpg", *sorted((ASSETS / "photographs").glob("*.jpg"))]
    with gr.Row(elem_id="pictures"):
        content = picture(desk, "content", "Content", photographs)
        style = picture(desk, "style", "Style", [ASSETS / "style.jpg", *map(file_of, PAINTINGS)])
    with gr.Accordion("Second style: blended with the first, by the weights under Look", open=False):
        second = picture(desk, "second", "Second style", [])
    return content, style, second


def regions(desk: Desk) -> list[tuple[str, Any]]:
    """The masks, folded away, each with its option's name."""
    made = []
    with gr.Accordion(f"Regions: {GROUPS['Regions']}", open=False):
        told = [f"- **{form.label(name)}**: {form.in_words(declared()[name][0].help)}" for name in MASKS]
        gr.Markdown("\n".join(told))
        for name in MASKS:
            each = ["", " of the second style"] if declared()[name][0].many else [""]
            with gr.Row():
                for k, whose in enumerate(each):
                    made.append((name, picture(desk, f"mask-{name}-{k}", form.label(name) + whose, [], height=140)))
    return made


def picture(desk: Desk, role: str, label: str, examples: list[Path], height: int = 240) -> Any:
    """A place for a picture, and a button for every example."""
    with gr.Column(min_width=0):
        place = gr.Image(
            label=label,
            type="filepath",
            sources=["upload", "clipboard"],
            image_mode=None,
            height=height,
            elem_id=role,
            buttons=[],
        )
        place.preprocess = fields.as_it_is
        with gr.Row(elem_classes="examples"):
            for file in examples:
                name = NAMES.get(file.stem, file.stem.replace("-", " "))
                icon = shown(file, ICON, desk.own)
                button = gr.Button(name.capitalize(), icon=icon, size="sm", min_width=0, scale=0)
                take = partial(example, file, desk.own)
                button.click(take, None, place, queue=False, show_progress="hidden", api_visibility="private")
    return place


def example(file: Path, folder: Path) -> str:
    """A bundled picture, where Gradio may serve it."""
    return str(handed_out(file, folder))


def downloads(purpose: str) -> tuple[Any, Any, Any]:
    """Buttons for picture, animation and record; they appear when there is something behind them."""
    with gr.Row(elem_id=f"{purpose}-files", elem_classes="files"):
        return (
            gr.DownloadButton("Download picture", visible=False, elem_id=f"{purpose}-picture", min_width=90),
            gr.DownloadButton("Download animation", visible=False, elem_id=f"{purpose}-animation", min_width=90),
            gr.DownloadButton("Download record", visible=False, elem_id=f"{purpose}-record", min_width=90),
        )


def gallery() -> dict[str, Any]:
    """What was made, and one picture of it at a closer look."""
    gr.Markdown("## Gallery\nWhat was painted here. Choose a picture to see it larger.")
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
    """Which handler answers what."""
    quietly: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "concurrency_limit": None}
    painted = parts.painted()
    form_fields = list(parts.fields.values())
    given = [parts.content, parts.style, parts.second, *(mask for _, mask in parts.masks), *form_fields]
    parts.paint.click(actions.paint, given, painted, **quietly)
    parts.go_on.click(actions.go_on, [parts.key], painted, **quietly)
    parts.stop.click(actions.stop, [parts.key], [parts.status, parts.stop], trigger_mode="multiple", **quietly)
    parts.thumbnails.select(actions.choose, [parts.names], parts.closer(), **quietly)
    parts.reuse.click(actions.reuse, [parts.chosen_name], [parts.status, *form_fields], **quietly)
    page.load(actions.open, [parts.key], painted, **quietly)


def theme() -> gr.themes.Base:
    """Gradio's own, in the fonts that a machine has: none is fetched."""
    made = gr.themes.Default(
        primary_hue="blue", font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]
    )
    # Gradio's greys and its blue are too pale to be read by everybody: these are at least 4.5:1.
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
