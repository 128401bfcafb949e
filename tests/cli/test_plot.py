"""neuralart plot: a log's curves."""

from __future__ import annotations

import pytest

from .made import SMALL

GOOD = ("--content", "photo.png", "--style", "style.png", *SMALL)


def test_the_log_of_a_run(call, place):
    assert call(*GOOD, "--num-iters", 3, "--log", "run.jsonl").code == 0
    assert call("plot", "run.jsonl", "losses.svg") == (0, "losses.svg: the terms of 3 iterations\n", "")
    assert "run.jsonl" in (place / "losses.svg").read_text(encoding="utf-8")


def test_help(call):
    code, out, _ = call("plot", "--help")
    assert code == 0
    assert out.startswith("usage: neuralart plot LOG FILE")


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ([], ["name a log and the file to write: neuralart plot run.jsonl losses.svg"]),
        (["run.jsonl"], ["name a log and the file to write"]),
        (["run.jsonl", "a.svg", "b.svg"], ["name a log and the file to write"]),
        (["nothing.jsonl", "losses.svg"], ["cannot read 'nothing.jsonl': there is no such file"]),
        (["photo.png", "losses.svg"], ["cannot read 'photo.png': it is not text"]),
        (["run.jsonl", "run.jsonl"], ["would overwrite the log"]),
        (["run.jsonl", "losses.gif"], ["use one of .svg, .png, .pdf"]),
        (["run.jsonl", "nowhere/losses.svg"], ["there is no folder"]),
    ],
)
def test_mistakes(mistake, place, words, parts):
    line = '{"iteration": 1, "scale": 1, "size": [8, 8], "total": 2.0, "terms": {"content a": 2.0}}\n'
    (place / "run.jsonl").write_text(line)
    mistake(["plot", *words], *parts)
