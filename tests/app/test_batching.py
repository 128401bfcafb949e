"""Many pictures: as `neuralart batch` paints them, stopped and continued, none twice, one that fails passed over."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("starlette", reason='the web app is not installed: pip install "neuralart[app]"')

from neuralart.app import archive, batch_form
from neuralart.app.batching import Batching, Forecast, pieces
from neuralart.app.gallery import Gallery
from neuralart.app.upload import Upload
from neuralart.errors import FetchError, OptionError, PaintError
from neuralart.image.read import read
from neuralart.jobs.painter import Painter
from neuralart.jobs.run import batch

from ..cli.made import picture, quiet_environment

QUICK = {"size": 32, "model": "compact", "num_iters": 5, "scales": 1, "tolerance": 0}
PHOTOGRAPHS, STYLES = ["castle", "moose"], ["wave", "scream"]


@pytest.fixture
def batching(tmp_path, monkeypatch):
    """Two photographs in two styles: batching(photographs=[...], num_iters=9) -> Batching."""
    quiet_environment(monkeypatch, tmp_path / "cache")
    for seed, name in enumerate([*PHOTOGRAPHS, *STYLES]):
        picture(60, 45, seed=seed).save(tmp_path / f"{name}.png")
    whole = (tmp_path / "castle.png").read_bytes()
    (tmp_path / "broken.png").write_bytes(whole[: len(whole) // 2])

    def make(photographs=PHOTOGRAPHS, styles=STYLES, **values):
        named = lambda names: [Upload(tmp_path / f"{name}.png", f"my {name}.png") for name in names]
        contents = [(one, one.size(1)) for one in named(photographs)]
        gallery = Gallery(tmp_path / "gallery")
        return Batching(contents, named(styles), batch_form.chosen(QUICK | values), gallery)

    return make


def painted(made, check=lambda: None):
    made.prepare(lambda job: None)
    return made.paint(check)


def names(made):
    return [path.name for _, path in made.painted]


def test_they_are_the_pictures_that_the_program_makes(batching, tmp_path):
    made, told = batching(), []

    def look():
        told.append(made.told(made.step))

    assert painted(made, look) is None
    assert told[0] == "Painting: picture 1 of 4, iteration 0 of 5, 32 × 24 pixels"
    assert told[-1].startswith("Painting: picture 4 of 4, iteration 5 of 5, 32 × 24 pixels, 0:0")
    assert made.bar == (400, 400, "Pictures")
    every = [f"my-{content}-my-{style}.png" for style in STYLES for content in PHOTOGRAPHS]
    assert names(made) == every
    assert sorted(path.name for path in (tmp_path / "gallery").glob("*.png")) == sorted(every)
    given = [str(tmp_path / f"{name}.png") for name in (*PHOTOGRAPHS, *STYLES)]
    jobs = [
        {
            "content": content,
            "style": style,
            "output": str(tmp_path / "out" / f"my-{Path(content).stem}-my-{Path(style).stem}.png"),
        }
        for style in given[2:]
        for content in given[:2]
    ]
    assert [result.state for result in batch(jobs, workers=1, **QUICK)] == ["done"] * 4
    for _, path in made.painted:
        ours, theirs = read(path), read(tmp_path / "out" / path.name)
        assert (ours.pixels - theirs.pixels).abs().max() <= 1  # another process, another number of threads
        known = ("schema", "network", "objective", "given", "versions")
        assert {name: ours.record[name] for name in known} == {name: theirs.record[name] for name in known}
        assert ours.record.keys() == theirs.record.keys()
        assert str(tmp_path) not in str(ours.record)
        assert (
            ours.record["description"]
            == path.stem.replace("my-", "my ").replace("-my", ".png in the style of my") + ".png"
        )
    made.enter("finished")
    made.release()
    assert made.progress(0).startswith("Finished: 4 of 4 pictures, 0:0")


def test_pictures_share_the_network_and_the_targets_of_a_style(batching, monkeypatch):
    loaded = []
    network = Painter.network
    monkeypatch.setattr(
        Painter, "network", lambda self, *one, **more: loaded.append(self) or network(self, *one, **more)
    )
    made = batching()
    painted(made)
    assert len(set(loaded)) == 1
    assert loaded[0].counts == {"networks": 1, "styles": 0, "runs": 2}


def test_what_was_stopped_goes_on_where_it_was_and_paints_nothing_twice(batching, tmp_path):
    made, seen = batching(), []

    def enough():
        seen.append((made.piece.name, made.step.iteration))
        return "Enough." if seen[-1] == ("my-moose-my-wave", 2) else None

    assert painted(made, enough) == "Enough."
    made.enter("stopped", "Enough.")
    assert made.can_go_on
    assert made.told(made.step).startswith("Stopped: 1 of 4 pictures")
    (first,) = (path for _, path in made.painted)
    before = first.stat().st_mtime_ns, first.read_bytes()
    assert painted(made, enough) is None
    assert len(seen) == len(set(seen)) == 4 * 6  # the first image and five iterations of each
    assert (first.stat().st_mtime_ns, first.read_bytes()) == before
    assert len(names(made)) == len(list((tmp_path / "gallery").glob("*.png"))) == 4


def test_a_stop_at_the_end_of_a_picture_begins_no_other(batching):
    made = batching()
    assert painted(made, lambda: "Enough." if made.step.is_last else None) == "Enough."
    assert names(made) == ["my-castle-my-wave.png"] and made.run is None
    assert painted(batching(["castle"], ["wave"]), lambda: "Too late.") == "Too late."


def test_a_stop_after_the_last_picture_is_too_late(batching):
    made = batching(["castle"], ["wave"])
    assert painted(made, lambda: "Enough." if made.step.is_last else None) is None
    assert names(made) == ["my-castle-my-wave.png"]


def test_one_that_fails_is_named_and_passed_over(batching):
    made = batching(["castle", "broken", "moose"], ["wave"])
    assert painted(made) is None
    assert names(made) == ["my-castle-my-wave.png", "my-moose-my-wave.png"]
    (failed,) = made.failed
    assert failed.failure.startswith("'my broken.png' in the style of 'my wave.png': cannot read 'my broken.png': ")
    made.enter("finished")
    assert made.told(made.step).startswith("Finished: 2 of 3 pictures, 1 failed, ")
    assert made.bar == (300, 300, "Pictures")
    text = zipfile.ZipFile(io.BytesIO(zip_of(made))).read("failed.txt").decode()
    assert text == f"{failed.failure}\n"


def test_if_all_fail_the_batch_does(batching, monkeypatch):
    with pytest.raises(PaintError, match=r"would be 8 x 6 pixels, but network 'compact' needs 16 on each side"):
        painted(batching(size=8))
    with pytest.raises(PaintError, match=r"none of the pictures could be painted"):
        made = batching(["castle", "broken"], ["wave"])
        made.pieces[0].error = "there is not enough memory"
        painted(made)
    with pytest.raises(FetchError):
        painted(batching(model="vgg"))


def test_too_little_memory_for_one(batching, monkeypatch):
    made, fitted = batching(["castle", "moose"], ["wave"]), Painter.fitted

    def full(self, content, *others, **more):
        if content.source.name == "my castle.png":
            raise MemoryError
        return fitted(self, content, *others, **more)

    monkeypatch.setattr(Painter, "fitted", full)
    assert painted(made) is None
    assert made.failed[0].error == "there is not enough memory for a picture of this size; choose a smaller 'Size'"
    assert names(made) == ["my-moose-my-wave.png"]


def test_how_long_they_take_is_told_before(batching, tmp_path, monkeypatch):
    monkeypatch.setattr("neuralart.forecast.rate", lambda *run: 1e-9)
    first, second = batching().rehearse()
    assert first == Forecast(2, 2, None) and first.what == "4 pictures: 2 photographs in 2 styles"
    assert second[:2] == first[:2]
    (_, one) = batching(["castle"], ["wave"]).rehearse()
    assert one.what == "1 picture"
    assert second.seconds == pytest.approx(4 * one.seconds)  # all of one shape
    picture(45, 60, seed=9).save(tmp_path / "moose.png")
    *_, other = batching().rehearse()
    assert other.seconds == pytest.approx(second.seconds, rel=0.2)
    picture(400, 20, seed=9).save(tmp_path / "moose.png")  # at this size too low for the network
    *_, rest = batching().rehearse()
    assert rest.seconds == pytest.approx(second.seconds)


def test_the_time_that_is_left(batching):
    made, left = batching(), []
    painted(made, lambda: left.append(made._left(made.step)) if made.step.iteration == 3 else None)
    assert left[0] > left[-1] > 0
    assert left[0] > 3 * made.speed.left(made.step)


def test_no_two_have_the_same_name(tmp_path):
    contents = [
        (Upload(tmp_path / str(k), name), (60, 45))
        for k, name in enumerate(["a.jpg", "a.png", "A.jpg", "é (1).jpg", "../x.jpg"])
    ]
    styles = [Upload(tmp_path / "s", "wave.jpg")]
    assert [piece.name for piece in pieces(contents, styles, 30)] == [
        "a-wave",
        "a-wave-2",
        "A-wave-3",
        "é-1-wave",
        "x-wave",
    ]
    assert {piece.pixels for piece in pieces(contents, styles, 30)} == {30 * 22}


def test_options_of_one_picture_are_refused():
    with pytest.raises(
        OptionError, match=r"^'animation_size' belongs to a single picture, and has no effect on a batch; leave it out$"
    ):
        batch_form.chosen({"animation_size": 100})
    shown = [entry.name for entry in batch_form.entries()]
    assert "size" in shown and not {"animation_size", "animation_seconds", "style_weights"} & {*shown}


def zip_of(made):
    return b"".join(archive.zipped(archive.contents(made), archive.told(made)))


def test_all_of_them_in_one_zip_under_their_own_names(batching):
    earlier, made = batching(["castle"], ["wave"]), batching(["castle", "moose"], ["wave"])
    painted(earlier)
    painted(made)
    assert names(made)[0] == "my-castle-my-wave-2.png"  # in the gallery
    with zipfile.ZipFile(io.BytesIO(zip_of(made))) as there:
        assert there.testzip() is None
        assert there.namelist() == ["my-castle-my-wave.png", "my-moose-my-wave.png"]
        for name, (_, path) in zip(there.namelist(), made.painted):
            assert there.read(name) == path.read_bytes()
    made.painted[0][1].unlink()  # somebody deleted it
    with zipfile.ZipFile(io.BytesIO(zip_of(made))) as there:
        assert there.namelist() == ["my-moose-my-wave.png"]
