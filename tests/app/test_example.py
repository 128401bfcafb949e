"""The HTTP API, by the example that documents it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

import neuralart
from neuralart.app.desk import Desk
from neuralart.app.settings import Settings
from neuralart.errors import OptionError
from neuralart.image import source

from .conftest import PHOTO, STYLE

READABLE = f"give a {source.READABLE} file\n"
EXAMPLE = Path(__file__).parents[2] / "examples" / "api_client.py"


@pytest.fixture
def example(served, tmp_path):
    """Runs the example: example(photo, "size=64") -> CompletedProcess."""

    def run(photo, *options):
        words = [sys.executable, EXAMPLE, served.address, photo, STYLE, tmp_path / "out.png", *options]
        environment = {name: value for name, value in os.environ.items() if name != "NEURALART_PASSWORD"}
        return subprocess.run(
            [str(word) for word in words], capture_output=True, text=True, timeout=100, env=environment
        )

    return run


def test_it_paints(example, tmp_path):
    done = example(PHOTO, "size=96", "num_iters=30")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert any(line.startswith("Painting: iteration") for line in lines)
    assert lines[-2].startswith("Finished: iteration 30 of 30, 96 × 72 pixels")
    assert lines[-1] == f"{tmp_path / 'out.png'}: 96 x 72 pixels after 30 iterations"
    picture = neuralart.read(tmp_path / "out.png")
    assert picture.size == (96, 72)
    assert picture.record["options"]["num_iters"] == 30


def test_mistakes_in_our_own_words(example, tmp_path):
    text = tmp_path / "photo.jpg"
    text.write_text("hello, this is no picture\n")
    assert example(text).stderr == "Cannot read 'photo.jpg': it is not a picture but looks like text; " + READABLE
    done = example(PHOTO, "siz=64")
    assert done.returncode != 0
    assert "there is no option 'siz'; did you mean 'size'?" in done.stderr


def call(address, endpoint, *arguments):
    """A call as it goes over the wire, without a client that would upload what it is given."""
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(
        f"{address}/gradio_api/call/{endpoint}", json.dumps({"data": arguments}).encode(), headers
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        number = json.load(answer)["event_id"]
    with urllib.request.urlopen(f"{address}/gradio_api/call/{endpoint}/{number}", timeout=20) as answer:
        return "".join(answer.readline().decode() for _ in range(2))


def test_only_what_was_uploaded_is_painted(served):
    inside = {"path": str(PHOTO), "meta": {"_type": "gradio.FileData"}}  # a file of the server's
    for given, message in [
        (inside, "was not uploaded by a user"),
        ({"path": str(PHOTO)}, "only uploaded pictures can be painted"),
        ({"path": 3}, "a picture must be sent as a file"),
        ({}, "the content is missing"),
    ]:
        told = call(served.address, "paint", given, {}, {})
        assert "event: error" in told
        assert message in told
    for endpoint in ("stop", "go_on"):
        assert "there is no such painting" in call(served.address, endpoint, "guess")


def test_we_check_that_ourselves(tmp_path):
    uploaded = pytest.importorskip("neuralart.app.doors").uploaded
    desk = Desk(Settings(), None, None, tmp_path / "own")
    for path in (PHOTO, tmp_path / "own" / ".." / "x.png", tmp_path / "own.png"):
        with pytest.raises(OptionError, match="only uploaded pictures can be painted"):
            uploaded({"path": str(path)}, desk)
    sent = {"path": str(tmp_path / "own" / "x.png"), "orig_name": "../my photo.png"}
    assert uploaded(sent, desk).name == "my photo.png"
    assert uploaded(None, desk) is None


def test_the_gallery_and_the_list_of_endpoints(served):
    caller = pytest.importorskip("gradio_client").Client(served.address, verbose=False)
    assert all(Path(item["picture"]).is_file() for item in caller.predict(api_name="/gallery"))
    endpoints = caller.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(endpoints) == {"/paint", "/stop", "/go_on", "/gallery"}
    # What the foot of the page links to.
    with urllib.request.urlopen(f"{served.address}/gradio_api/openapi.json", timeout=20) as answer:
        described = json.load(answer)["paths"]
    assert all(any(path.endswith(endpoint) for path in described) for endpoint in endpoints)
    text = EXAMPLE.read_text(encoding="utf-8")
    assert all(endpoint in text for endpoint in endpoints)
