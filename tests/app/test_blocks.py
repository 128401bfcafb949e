"""What a page sends: the same as Gradio by itself, with less work."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

pytest.importorskip("gradio", reason='Gradio is not installed: pip install "neuralart[app]"')

import gradio as gr
from gradio.state_holder import SessionState

from neuralart.app.blocks import DOZE, Page


@pytest.fixture
def page(tmp_path, monkeypatch, loops):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    with Page(analytics_enabled=False) as made:
        parts = [gr.HTML("old"), gr.Button("Stop"), gr.State("old"), gr.Textbox("old")]
        gr.Button("Paint").click(lambda: None, None, parts)
        gr.Button("Go on").click(lambda: None, None, parts[:1])
    return made


def sent(of, page, predictions, name="lambda"):
    """What the page of this class sends for a handler's answer, and the state that it leaves."""
    (handler,) = [fn for fn in page.fns.values() if fn.api_name == name]
    state = SessionState(page)
    with ThreadPoolExecutor(1) as thread:  # this one may be running a browser's event loop
        answer = thread.submit(asyncio.run, of.postprocess_data(page, handler, predictions, state)).result()
    for one in answer:
        if isinstance(one, dict) and one.get("props") == gr.skip():  # nothing, for an HTML
            del one["props"]
    return answer, state


def compared(page, answer, name="lambda"):
    """What our page and Gradio's send, and the value of the state afterwards."""
    number = page.fns[0].outputs[2]._id
    return [(told, state[number]) for told, state in (sent(of, page, answer(), name) for of in (Page, gr.Blocks))]


ANSWERS = {
    "one": lambda p: {p[0]: "new"},
    "one that changes its properties": lambda p: {p[1]: gr.update(interactive=False)},
    "several": lambda p: {p[3]: "new", p[1]: gr.update(value="Halt", interactive=True), p[0]: "x"},
    "a state": lambda p: {p[2]: "new"},
    "a state and others": lambda p: {p[2]: "new", p[0]: "x"},
    "all": lambda p: dict.fromkeys(p, "new"),
    "a list": lambda p: ["a", gr.update(), "c", "d"],
    "nothing": lambda p: gr.skip(),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_a_page_sends_what_gradio_sends(page, answer):
    ours, gradios = compared(page, lambda: answer(page.fns[0].outputs))
    assert ours == gradios


@pytest.mark.parametrize("value", ["new", "{}"])
def test_a_handler_of_one_component_sends_it(page, value):
    part = page.fns[1].outputs[0]
    for answer in (value, {part: value}, {part: gr.update(visible=False)}):
        ours, gradios = compared(page, lambda answer=answer: answer, "lambda_1")
        assert ours == gradios


def test_what_does_not_change_is_not_made_anew(page):
    changed, other = page.fns[0].outputs[:2]
    _, state = sent(Page, page, {changed: "new"})
    assert state[other._id] is other
    _, state = sent(gr.Blocks, page, {changed: "new"})
    assert state[other._id] is not other, "Gradio no longer does that itself, so `postprocess_data` can go"


def test_a_page_looks_for_something_to_do_less_often_than_gradio(page):
    queue = page._queue
    assert 0 < queue.sleep_when_free < DOZE, "Gradio's own pause, by its present name"
    assert queue.progress_update_sleep_when_free > 0
    page.doze()
    assert queue.sleep_when_free == queue.progress_update_sleep_when_free == DOZE
