"""Makes the HTML that shows a painting. Every text from a visitor is escaped."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path
from urllib.parse import quote

from neuralart.app.form import in_words
from neuralart.app.gallery import PLAYED
from neuralart.app.job import Forecast, Job
from neuralart.image.write import encode
from neuralart.presets import PRESETS
from neuralart.run.step import Step
from neuralart.threads import single_threaded
from neuralart.values import spoken

LIVE = 720  # pixels: the long edge of the live picture

EMPTY = '<div class="live empty"><p>The painting will appear here.</p></div>'
NO_FILM = '<div class="live empty"><p>The film will appear here, frame by frame.</p></div>'
NO_BATCH = '<div class="live empty"><p>The pictures will appear here, one after another.</p></div>'
READY = '<div class="status"><p role="status">Ready.</p></div>'


def live(job: Job, step: Step) -> str:
    """Return the picture so far, embedded in the page, without a file."""
    text = f"{job.seen} after iteration {step.iteration} of {step.iterations}"
    return f'<div class="live">{_picture(step, text)}</div>'


def preview(step: Step) -> str:
    """Return a preview like the picture so far, and say that it is one."""
    about = "<figcaption>A small preview: Paint makes the whole picture.</figcaption>"
    return f'<figure class="live preview">{_picture(step, "A preview of the painting")}{about}</figure>'


def _picture(step: Step, text: str) -> str:
    with single_threaded():
        data = base64.b64encode(encode(step.picture(LIVE), ".jpg", quality=85, record={})).decode("ascii")
    width, height = step.size
    return f'<img src="data:image/jpeg;base64,{data}" alt="{text}" width="{width}" height="{height}">'


def figure(shown: str, caption: str) -> str:
    """Return what is shown with a caption below."""
    return f'<figure class="captioned">{shown}<figcaption>{escape(caption)}</figcaption></figure>'


def there(painted: Sequence[tuple[str, str, str]], failed: Sequence[str]) -> str:
    """Return the pictures of a batch. painted: (address, small picture, name) of each. failed: What failed, and why."""
    link = lambda address, name: f'<a href="{address}" target="_blank" aria-label="Open {name}">'
    items = "".join(
        f"<li>{link(address, escape(name))}{picture}</a><span>{escape(name)}</span></li>"
        for address, picture, name in painted
    )
    wrong = "".join(f'<p class="wrong">{escape(_sentence(text))}</p>' for text in failed)
    listed = f'<ul class="there" aria-label="Finished pictures">{items}</ul>' if items else ""
    return listed + (f'<div class="status">{wrong}</div>' if wrong else "")


def taking(address: str, text: str) -> str:
    """Return the link to a file that is taken home."""
    return f'<a class="taking" href="{address}" download>{escape(text)}</a>'


def served(file: Path) -> str:
    """Return the address of a file in the app's own folder."""
    return f"gradio_api/file={quote(str(file))}"


def estimating(*, is_busy: bool) -> str:
    """Return what stands there until it is known how long a film or a batch would take."""
    later = "How long it will take is estimated once nothing else is being painted."
    return f'<p class="forecast">{later if is_busy else "Estimating how long it will take..."}</p>'


def refused(why: str) -> str:
    """Return what stands there if it cannot be painted; nothing if that is not known yet."""
    return f'<p class="forecast" role="status">{escape(_sentence(in_words(why)))}</p>' if why else ""


def forecast(known: Forecast) -> str:
    """Return what would be painted, and how long that would take."""
    time = "estimating how long it will take..."
    if known.seconds is not None:
        time = f"about {spoken(known.seconds)} on this machine"
    return f'<p class="forecast" role="status">{escape(known.what)}: {time}</p>'


def film(address: str, poster: str, caption: str) -> str:
    """Return a player for a film; browsers play only some formats, of the others it is a picture."""
    text = escape(caption)
    if Path(address).suffix.lower() not in PLAYED:
        return f'<div class="live"><img src="{poster}" alt="A frame of {text}"></div>'
    return (
        f'<div class="live"><video src="{address}" poster="{poster}" controls loop aria-label="{text}"></video></div>'
    )


def status(painting: Job, ahead: int) -> str:
    """Return the progress, with a bar, and messages for the visitor."""
    state, colon, rest = painting.progress(ahead).partition(": ")
    bar, far = "", painting.bar
    if painting.state == "painting" and far is not None:
        bar = f'<progress max="{far.most}" value="{far.value}" aria-label="{far.label}"></progress>'
    # Only the first word is announced by screen readers, or they would read out every iteration.
    line = f'<p><strong role="status">{escape(state)}</strong>{escape(colon + rest)}</p>'
    notes = "".join(f"<p>{escape(note)}</p>" for note in painting.notes[-3:])
    if painting.message:
        role = 'class="wrong" role="alert"' if painting.state == "failed" else 'class="note"'
        notes += f"<p {role}>{escape(_sentence(painting.message))}</p>"
    return f'<div class="status">{line}{bar}{notes}</div>'


def mistake(message: str) -> str:
    """Return what was wrong with an order, and what to do, with the labels of fields instead of flags."""
    return f'<div class="status"><p class="wrong" role="alert">{escape(_sentence(in_words(message)))}</p></div>'


def told(text: str) -> str:
    """Return a sentence that screen readers announce."""
    return f'<p class="told" role="status">{escape(text)}</p>'


def differences(first: str, second: str, rows: list[tuple[str, str, str]]) -> str:
    """Return a table of the options whose values differ between two pictures."""
    if not rows:
        return told("Both have the same settings.")
    heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in ("option", first, second))
    lines = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(one)}</td><td>{escape(other)}</td></tr>'
        for name, one, other in rows
    )
    return f'<table class="differences"><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>'


def preset(name: str) -> str:
    """Return what the chosen preset is good for."""
    return f'<p class="preset" role="status"><strong>{name.capitalize()}</strong>: {escape(PRESETS[name].about)}.</p>'


def _sentence(message: str) -> str:
    text = message[:1].upper() + message[1:]
    return text if text.endswith((".", "?")) else text + "."
