"""Makes Gradio's components for the entries of the form."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr

from neuralart.app.film_form import GROUP
from neuralart.app.form import Entry
from neuralart.options import GROUPS

NONE = ""  # the value of a choice that is left to the program


def common(entries: list[Entry], shown: Sequence[str], notes: Mapping[str, str], most: int, of: str) -> dict[str, Any]:
    """Make the fields that are always visible: name -> component.

    Args:
        entries: The whole form.
        shown: The names of these fields.
        notes: What is added to the help of some of them.
        most: The longest edge of a painting, in pixels.
        of: What the ids of the form's components begin with.
    """
    made = {}
    with gr.Row(elem_classes="fields"):
        for entry in entries:
            if entry.name not in shown:
                continue
            with gr.Column(min_width=220):
                made[entry.name] = field(entry, of, notes.get(entry.name, ""))
                names(entry, made[entry.name], most if entry.name == "size" else None)
    return made


def names(entry: Entry, place: Any, most: int | None) -> None:
    """Make a button for every value that has a name, up to `most`; it writes the value into the entry's field."""
    offered = [(name, value) for name, value in entry.named if most is None or value <= most]
    if not offered:
        return
    with gr.Row(elem_classes="names"):
        for name, value in offered:
            text = f"{value:g}"
            button = gr.Button(f"{name.capitalize()} {text}", size="sm", min_width=0, scale=0)
            button.click(None, None, place, js=f"() => {json.dumps(text)}", api_visibility="private")


def folded(entries: list[Entry], shown: Sequence[str], of: str) -> dict[str, Any]:
    """Make the other fields in one accordion, by group: name -> component. shown, of: As for `common`."""
    made: dict[str, Any] = {}
    with gr.Accordion("All options", open=False, elem_id=f"{of}all-options"):
        for group, text in (GROUP | GROUPS).items():
            members = [entry for entry in entries if entry.group == group and entry.name not in shown]
            if members:
                gr.Markdown(f"### {group}: {text}")
                with gr.Row(elem_classes="fields"):
                    made |= {entry.name: field(entry, of) for entry in members}
    return made


def field(entry: Entry, of: str, note: str = "") -> Any:
    """Make one component. It passes typed text on unchanged, since our own messages say what is wrong with it."""
    about: dict[str, Any] = {
        "label": entry.label,
        "info": entry.info + note,
        "value": shown(entry, entry.default),
        "min_width": 220,
        "elem_id": f"{of}option-{entry.name}",
    }
    if entry.kind == "choice":
        choices = [(entry.unset, NONE)] if entry.default is None else []
        typed = {"filterable": entry.is_open, "allow_custom_value": entry.is_open}
        made = gr.Dropdown([*choices, *((choice, choice) for choice in entry.choices)], **typed, **about)
    elif entry.kind == "switch":
        made = gr.Checkbox(**about)
    elif entry.kind == "share":
        made = gr.Slider(entry.least, entry.most, step=0.01, **about)
    elif entry.kind == "whole" and entry.default is not None:
        made = gr.Number(precision=0, minimum=entry.least, maximum=entry.most, **about)
    else:
        # Also for whole numbers that may stay empty: an empty number field becomes 0 when its accordion is opened.
        made = gr.Textbox(placeholder=entry.unset or None, max_lines=1, **about)
    made.preprocess = as_it_is
    return made


def shown(entry: Entry, value: Any) -> Any:
    """Return a value as its component shows it: 2e9 as 2e+09, so that nobody has to count zeros."""
    if entry.kind == "choice":
        return NONE if value is None else str(value)
    if entry.kind == "share":
        return value
    if entry.kind == "number":
        return "" if value is None else f"{value:g}"
    if entry.kind == "text":
        return "" if value is None else str(value)
    return "" if value is None else value


def as_it_is(value: Any) -> Any:
    """Return what the browser sent."""
    return value
