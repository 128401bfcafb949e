"""What the tab of many pictures tells and shows, where it takes no page to see it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

pytest.importorskip("gradio", reason='Gradio is not installed: pip install "neuralart[app]"')

from gradio.data_classes import FileData, ListFiles

from neuralart.app import places
from neuralart.app.batch_actions import BatchActions
from neuralart.app.batching import Batching, Forecast
from neuralart.app.upload import Upload
from neuralart.options import Options

from ..cli.made import picture


@pytest.fixture
def actions(tmp_path):
    own = {name: name for name in ("forecast", "there", "take")}
    parts = SimpleNamespace(own=own, live="live", fields={"size": None, "seed": None})
    studio = SimpleNamespace(is_busy=False)
    return BatchActions(SimpleNamespace(studio=studio, own=tmp_path / "own"), parts, [])


@pytest.fixture
def batch(tmp_path):
    """Three pictures: one is painted, one failed, one is to come."""
    upload = lambda name: Upload(tmp_path / name, name)
    contents = [(upload(f"<{name}>.jpg"), (60, 45)) for name in "abc"]
    made = Batching(contents, [upload("wave.jpg")], Options(), None)
    picture(60, 45).save(tmp_path / "a-wave.png")
    made.pieces[0].saved, made.pieces[1].error = tmp_path / "a-wave.png", "it is <damaged>"
    return made


def test_how_many_there_will_be_and_how_long_they_take(actions):
    told = lambda *known: actions.previewed(SimpleNamespace(step=Forecast(*known)))["forecast"]
    assert "6 pictures: 3 photographs in 2 styles: estimating how long it will take..." in told(3, 2, None)
    assert "3 pictures: about 12 minutes on this machine" in told(3, 1, 720)
    assert "Estimating how long" in actions.awaited(SimpleNamespace())["forecast"]


def test_what_the_page_sends_is_an_order_of_every_photograph_in_every_style(actions):
    files = lambda *names: ListFiles(root=[FileData(path=f"/x/{name}", orig_name=f"my {name}") for name in names])
    order = actions.ordered(files("a.jpg", "b.jpg"), [files("wave.jpg"), "64", 1])
    assert [one.name for one in order.contents] == ["my a.jpg", "my b.jpg"]
    assert [one.name for one in order.given] == ["my wave.jpg"]
    assert (order.kind, order.values) == ("batch", {"size": "64", "seed": 1})
    empty = actions.ordered(None, [None, "", 1])
    assert (list(empty.contents), empty.given) == ([], [])


def test_what_is_painted_is_shown_and_what_failed_is_named(actions, batch):
    shown = actions.result(batch)
    assert shown["there"].count("<img") == shown["live"]["value"].count("<img") == 1
    assert "Latest: &lt;a&gt;.jpg in the style of wave.jpg" in shown["live"]["value"]
    assert "&#x27;&lt;b&gt;.jpg&#x27; in the style of &#x27;wave.jpg&#x27;: it is &lt;damaged&gt;." in shown["there"]
    assert f'href="take/{batch.key}.zip"' in shown["take"] and "Download 1 picture as one ZIP" in shown["take"]
    assert not any("<a>" in str(value) or "<damaged>" in str(value) for value in shown.values())
    batch.pieces[0].saved.unlink()  # somebody deleted it from the gallery
    assert "<img" not in str(actions.result(batch))


def test_before_anything_is_painted_nothing_is_offered(actions, batch):
    batch.pieces[0].saved, batch.pieces[1].error = None, ""
    assert actions.result(batch) == {}
    assert actions.cleared() == {"there": "", "take": ""}


def test_a_bundled_picture_is_added_once_beside_what_is_there(tmp_path):
    file = FileData(path="/x/picture.jpeg", orig_name="mine.jpg")
    one = places.added(places.STYLES[1], tmp_path, ListFiles(root=[file]))
    assert [each.orig_name for each in one.root] == ["mine.jpg", "wave.jpg"]
    assert places.added(places.STYLES[1], tmp_path, one) == one
    assert len(places.added(places.STYLES[2], tmp_path, one).root) == 3
    assert len(places.added(places.STYLES[2], tmp_path, None).root) == 1
