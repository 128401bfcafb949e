"""The manifest: lines are only added, torn ones are passed over, and a disk that is full costs no picture."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from neuralart.errors import JobsError
from neuralart.jobs.job import DONE, FAILED
from neuralart.jobs.manifest import Entry, Input, Manifest

GOOD = Entry(DONE, "key", "digest", (Input("content", "a.png", "d", 3, 4),), 1.5)
BAD = Entry(FAILED, "key", None, (), 0.5)


def written(path="m.jsonl"):
    manifest = Manifest(Path(path))
    manifest.refresh()
    return manifest.entries


def test_the_last_line_about_an_output_counts(place):
    manifest = Manifest(Path("m.jsonl"))
    manifest.add("a.png", BAD, error="why", line=7)
    manifest.add("b.png", GOOD)
    manifest.add("a.png", GOOD)
    assert written() == manifest.entries == {"a.png": GOOD, "b.png": GOOD}
    first, *_ = map(json.loads, Path("m.jsonl").read_text().splitlines())
    assert first["error"] == "why" and first["line"] == 7 and first["state"] == FAILED


def test_a_torn_line_is_passed_over_and_the_next_begins_anew(place):
    manifest = Manifest(Path("m.jsonl"))
    manifest.add("a.png", GOOD)
    whole = Path("m.jsonl").read_bytes()
    for cut in range(1, len(whole)):
        Path("m.jsonl").write_bytes(whole + whole[:cut])
        Manifest(Path("m.jsonl")).add("b.png", GOOD)
        assert written() == {"a.png": GOOD, "b.png": GOOD}


def test_what_another_process_adds_is_read(place):
    manifest = Manifest(Path("m.jsonl"))
    manifest.refresh()
    Manifest(Path("m.jsonl")).add("a.png", GOOD)
    manifest.refresh()
    assert manifest.entries == {"a.png": GOOD}


@pytest.mark.parametrize("line", ["[]", "3", "{", '{"output": 3}', "[" * 9999, '{"a": 1e999}', "\\x00"])
def test_lines_of_anybody(place, line):
    Path("m.jsonl").write_text(line + "\n")
    assert written() == {}


def test_one_process_works_on_it_at_a_time(place):
    refused = pytest.raises(JobsError, match=r"another process works on 'm\.jsonl'")
    with Manifest(Path("m.jsonl")).held(alone=True), refused:
        Manifest(Path("m.jsonl")).held(alone=True).__enter__()
    with Manifest(Path("m.jsonl")).held(alone=True):
        pass
    with Manifest(Path("m.jsonl")).held(alone=False), Manifest(Path("m.jsonl")).held(alone=False):
        pass


def test_a_place_that_cannot_be_written(place):
    Path("file").touch()
    with pytest.raises(JobsError, match=r"cannot write 'file/m\.jsonl'.*give another --manifest"):
        Manifest(Path("file/m.jsonl")).held(alone=True).__enter__()
    Path("m.jsonl").symlink_to("/dev/full")
    manifest = Manifest(Path("m.jsonl"))
    manifest.add("a.png", GOOD)
    assert manifest.failure == "No space left on device"
    assert manifest.entries == {"a.png": GOOD}


@pytest.mark.parametrize(
    "held",
    [
        b"content,style\na.jpg,wave\n",
        b"\xff\xd8\xff\xe0\0\x10JFIF\n\0\1",
        b'{"output": "a.png", "content": "a.jpg"}\n',
        b"[]",
    ],
)
def test_what_is_no_manifest_is_left_alone(place, held):
    Path("list.csv").write_bytes(held)
    with pytest.raises(JobsError, match=r"'list\.csv' exists and is no manifest, so it stays as it is; give another"):
        Manifest(Path("list.csv")).held(alone=True).__enter__()
    assert Path("list.csv").read_bytes() == held
    assert not Path("list.csv.lock").exists()


def test_a_manifest_whose_only_line_is_cut_off_is_one(place):
    Manifest(Path("m.jsonl")).add("a.png", GOOD)
    whole = Path("m.jsonl").read_bytes()
    for cut in range(len(whole) + 1):
        Path("m.jsonl").write_bytes(whole[:cut] + b"\n" * (cut % 3))
        with Manifest(Path("m.jsonl")).held(alone=True):
            pass
