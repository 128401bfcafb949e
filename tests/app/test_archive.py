"""Who knows a batch's key gets its pictures as one ZIP; nobody else gets anything."""

from __future__ import annotations

import io
import zipfile
from types import SimpleNamespace

import pytest

pytest.importorskip("starlette", reason='the web app is not installed: pip install "neuralart[app]"')

from neuralart.app.archive import Archive, address
from neuralart.app.batching import Batching
from neuralart.app.gate import Gate, is_served
from neuralart.app.painting import Painting
from neuralart.app.upload import Upload
from neuralart.errors import OptionError
from neuralart.options import Options

from .asgi import ask


@pytest.fixture
def batch(tmp_path):
    """A batch of two pictures, one of which is painted."""
    upload = lambda name: Upload(tmp_path / name, name)
    made = Batching([(upload("a.jpg"), (60, 45)), (upload("b.jpg"), (60, 45))], [upload("wave.jpg")], Options(), None)
    (tmp_path / "a-wave.png").write_bytes(b"a picture")
    made.pieces[0].saved = tmp_path / "a-wave.png"
    return made


@pytest.fixture
def app(batch, tmp_path):
    painting = Painting(None, [Upload(tmp_path / "wave.jpg", "wave.jpg")], Options(), tmp_path)
    known = {job.key: job for job in (batch, painting)} | {"painting": painting}

    def find(key):
        if key not in known:
            raise OptionError("there is no such painting, or it ended long ago")
        return known[key]

    async def inner(scope, receive, send):
        await send({"type": "http.response.start", "status": 299, "headers": []})
        await send({"type": "http.response.body", "body": b"passed on"})

    return Gate(Archive(inner, SimpleNamespace(studio=SimpleNamespace(find=find))), lambda name: name == "localhost")


def test_a_batch_is_taken_home(app, batch):
    got = ask(app, f"/{address(batch.key)}", stays=True)
    assert (got.status, got.header("content-type")) == (200, ["application/zip"])
    assert got.header("content-disposition") == ['attachment; filename="neuralart-1-picture.zip"']
    with zipfile.ZipFile(io.BytesIO(got.body)) as there:
        assert there.namelist() == ["a-wave.png"] and there.read("a-wave.png") == b"a picture"


def test_nothing_else_is(app, batch):
    for key in ("somebody", "painting", "", "../x"):
        assert ask(app, f"/take/{key}.zip").status == 404
    assert ask(app, f"/take/{batch.key}.zip", "POST").status == 405
    batch.pieces[0].saved = None
    assert ask(app, f"/take/{batch.key}.zip").status == 404
    assert ask(app, "/").status == 299
    assert not is_served("/taken")
