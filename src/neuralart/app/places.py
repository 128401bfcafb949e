"""Makes the places for pictures and masks, and the buttons with pictures: examples and presets."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any, Literal

import gradio as gr
from gradio.data_classes import FileData, ListFiles

from neuralart.app import fields, films, form
from neuralart.app.access import film_megabytes
from neuralart.app.desk import Desk
from neuralart.app.gallery import handed_out, shown
from neuralart.areas import DRAWN
from neuralart.areas import NAMES as MASKS
from neuralart.image.paintings import ASSETS, PAINTINGS, file_of
from neuralart.jobs.products import PICTURES
from neuralart.options import GROUPS, declared
from neuralart.presets import PRESETS

TABS = ("", "film-", "batch-")  # what the ids of a tab's components begin with
MORE = ("second", "third")  # styles besides the first
DRAW = Path(__file__).with_name("draw.html")
ICON = 192  # pixels: long edge of a picture on a button
PHOTOGRAPHS = [ASSETS / "photo.jpg", *sorted((ASSETS / "photographs").glob("*.jpg"))]
STYLES = [ASSETS / "style.jpg", *map(file_of, PAINTINGS)]
NAMES = {"photo": "castle", "style": "night sky"}  # of examples whose files are named after their role


def photograph(desk: Desk) -> Any:
    """Make the place for the content."""
    return picture(desk, "content", "Content", PHOTOGRAPHS)


def film(desk: Desk) -> Any:
    """Make the place for a film, and say what fits into it."""
    most = desk.settings
    with gr.Column(min_width=0):
        place = file("Film", list(films.SUFFIXES), "single", "film-content")
        gr.Markdown(
            f"{films.KINDS}, at most {film_megabytes(most)} megabytes. At most {most.max_film_seconds:g} seconds are"
            " painted; of a longer film, choose a part with 'Begin' and 'End'."
        )
    return place


def photographs(desk: Desk) -> Any:
    """Make the place for the photographs of a batch."""
    return several(desk, "batch-content", "Photographs", PHOTOGRAPHS)


def styles_of_batch(desk: Desk) -> Any:
    """Make the place for the styles of a batch."""
    return several(desk, "batch-style", "Styles", STYLES)


def several(desk: Desk, role: str, label: str, examples: list[Path]) -> Any:
    """Make a place for several pictures, and a button for every example, which adds it."""
    with gr.Column(min_width=0):
        place = file(label, ["image", *PICTURES], "multiple", role)
        place.postprocess = fields.as_it_is
        offer(desk, role, examples, place, added, place)
    return place


def file(label: str, kinds: list[str], count: Literal["single", "multiple"], id: str) -> Any:
    """Make a place for files, which are listed by their names."""
    place = gr.File(label=label, file_types=kinds, file_count=count, height=240, elem_id=id)
    place.preprocess = fields.as_it_is
    return place


def added(picture: Path, folder: Path, there: ListFiles | None) -> ListFiles:
    """Return the files of a place, and a bundled picture among them."""
    files, copy = list(there.root) if there else [], example(picture, folder)
    if all(one.path != copy for one in files):
        files.append(FileData(path=copy, orig_name=picture.name, size=picture.stat().st_size))
    return ListFiles(root=files)


def first_style(desk: Desk, of: str) -> Any:
    """Make the place for the first style. of: What the ids begin with."""
    return picture(desk, f"{of}style", "Style", STYLES)


def more_styles(desk: Desk, of: str) -> tuple[list[Any], list[Any]]:
    """Make the places for the other styles, and a slider for the weight of every style. of: What the ids begin with."""
    with gr.Accordion("More styles: blended with the first", open=False, elem_id=f"{of}styles"):
        with gr.Row():
            styles = [picture(desk, of + ordinal, f"{ordinal.capitalize()} style", [], height=160) for ordinal in MORE]
        gr.Markdown("How much each style counts beside the others; a style with weight 0 is left out.")
        with gr.Row():
            weights = [weight(ordinal, of) for ordinal in ("first", *MORE)]
    return styles, weights


def weight(ordinal: str, of: str) -> Any:
    """Make the slider for a style's weight."""
    made = gr.Slider(
        0,
        form.HEAVIEST,
        1,
        step=0.1,
        label=f"Weight of the {ordinal} style",
        min_width=160,
        elem_id=f"{of}weight-{ordinal}",
    )
    made.preprocess = fields.as_it_is
    return made


def regions(desk: Desk) -> list[tuple[str, Any]]:
    """Make the places for the masks in an accordion, each with its option's name, and the button to draw them."""
    made = []
    with gr.Accordion(f"Regions: {GROUPS['Regions']}", open=False, elem_id="regions"):
        gr.HTML(drawing())
        help_texts = [f"- **{form.label(name)}**: {form.in_words(declared()[name][0].help)}" for name in MASKS]
        gr.Markdown("\n".join(help_texts))
        for name in MASKS:
            with gr.Row():
                for id, label in of_mask(name):
                    made.append((name, picture(desk, id, label, [], height=140, least=140)))
    return made


def of_mask(name: str) -> list[tuple[str, str]]:
    """Return (id, label) of the places for a mask; there is one per style for an option with a value for each."""
    count = 1 + len(MORE) if declared()[name][0].many else 1
    # Short, since the label of a place covers a part of it.
    return [(f"mask-{name}-{k}", f"{form.label(name)} {k + 1}" if k else form.label(name)) for k in range(count)]


def drawing() -> str:
    """Return the button and the dialog to draw masks; draw.js is what happens there."""
    options = "".join(
        f'<option value="{id}" data-hint="{hint}">{escape(label)}</option>'
        for name, hint in DRAWN.items()
        for id, label in of_mask(name)
    )
    return DRAW.read_text(encoding="utf-8").replace("LAYERS", options)


def picture(desk: Desk, role: str, label: str, examples: list[Path], height: int = 240, least: int = 0) -> Any:
    """Make a place for a picture, and a button for every example."""
    with gr.Column(min_width=least):
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
        offer(desk, role, examples, place, example, None)
    return place


def offer(desk: Desk, role: str, examples: list[Path], place: Any, take: Callable[..., Any], given: Any) -> None:
    """Make a button for every example of a place.

    Args:
        desk: Knows the folder for copies.
        role: What the place is for.
        examples: The pictures.
        place: The place.
        take: Returns what the place holds then, from the picture, the folder for copies and the value of `given`.
        given: What else it depends on; None for nothing.
    """
    files = {f"example-{role}-{path.stem}": path for path in examples}

    def put(event: gr.EventData, *there: Any) -> Any:
        return take(files[event.target.elem_id], desk.own, *there)

    with gr.Row(elem_classes="examples"):
        buttons = [
            pictured(desk, path, NAMES.get(path.stem, path.stem.replace("-", " ")), id) for id, path in files.items()
        ]
    if buttons:
        # One handler for all of them: what a page has to do before it is there grows with the number of handlers.
        clicks = [button.click for button in buttons]
        gr.on(clicks, put, given, place, queue=False, show_progress="hidden", api_visibility="private")


def example(file: Path, folder: Path) -> str:
    """Return the path of a bundled picture from which Gradio may serve it."""
    return str(handed_out(file, folder))


def presets(desk: Desk, of: str) -> tuple[dict[str, Any], Any]:
    """Make a button with a picture for every preset, and the line below that says what the chosen one is good for."""
    with gr.Row(elem_id=f"{of}presets", elem_classes=["examples", "presets"]):
        made = {
            name: pictured(desk, ASSETS / "presets" / f"{name}.jpg", name, f"{of}preset-{name}") for name in PRESETS
        }
    return made, gr.HTML(elem_id=f"{of}preset")


def pictured(desk: Desk, file: Path, name: str, id: str) -> Any:
    """Make a button with a small copy of a picture above its name."""
    return gr.Button(name.capitalize(), icon=shown(file, ICON, desk.own), size="sm", min_width=0, scale=0, elem_id=id)


def hints() -> dict[str, str]:
    """Return the texts that appear over buttons: what a painting is, what a preset is good for."""
    paintings = {f"example-{of}style-{name}": str(painting) for name, painting in PAINTINGS.items() for of in TABS}
    return paintings | {f"{of}preset-{name}": preset.about for name, preset in PRESETS.items() for of in TABS}
