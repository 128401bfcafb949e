"""A film is painted like a picture: told frame by frame, stopped and continued, kept with its sound, never twice."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

pytest.importorskip("av", reason='PyAV is not installed: pip install "neuralart[video]"')
pytest.importorskip("cv2", reason='OpenCV is not installed: pip install "neuralart[video]"')

from neuralart.app import film_form
from neuralart.app.filming import Filming, Forecast
from neuralart.app.gallery import Gallery
from neuralart.app.upload import Upload
from neuralart.errors import OptionError, PictureError
from neuralart.image.read import read
from neuralart.video import stylize

from ..cli.made import picture, quiet_environment
from ..video.movies import movie, read_back, scene

QUICK = {"size": 48, "model": "compact", "num_iters": 5, "scales": 1, "tolerance": 0}
FRAMES = 3


@pytest.fixture
def filming(tmp_path, monkeypatch):
    """A film of three frames with sound, to be painted: filming(passes=2) -> Filming."""
    quiet_environment(monkeypatch, tmp_path / "cache")
    movie(tmp_path / "film.mp4", scene(FRAMES), sound="aac")
    picture(40, 50, seed=1).save(tmp_path / "style.png")

    def make(longest=60, **values):
        choices, options = film_form.chosen(QUICK | values)
        film, style = Upload(tmp_path / "film.mp4", "my film.mp4"), Upload(tmp_path / "style.png", "my style.png")
        return Filming(film, [style], choices, options, tmp_path, longest)

    return make


@pytest.fixture
def gallery(tmp_path):
    return Gallery(tmp_path / "gallery")


def painted(filming, check=lambda: None):
    filming.prepare(lambda job: None)
    return filming.paint(check)


def test_it_is_the_film_that_the_program_makes(filming, gallery, tmp_path):
    made, told = filming(), []

    def look():
        if not told or told[-1] != made.told(made.step):
            told.append(made.told(made.step))

    assert painted(made, look) is None
    assert told[0] == "Painting: frame 1 of 3, iteration 0 of 5, 48 × 36 pixels"
    assert told[-1].startswith("Painting: frame 3 of 3, iteration 5 of 5, 48 × 36 pixels, 0:0")
    assert told[-1].endswith(" left")
    assert made.bar == (3, 3, "Frames")
    made.enter("finished")
    assert made.told(made.step).startswith("Finished: 3 of 3 frames, 48 × 36 pixels, 0:0")
    made.keep(gallery)
    item = gallery.find("my-film-my-style.png")
    assert item.is_film and item.animation.name == "my-film-my-style.mp4"
    assert item.caption == "my film.mp4 in the style of my style.png"
    assert item.record["film"]["frames"] == FRAMES
    assert str(tmp_path) not in str(item.record)
    before, after = read_back(tmp_path / "film.mp4"), read_back(item.animation)
    assert after[0] == before[0]  # times
    assert after[2] == before[2] != []  # sound
    names = [str(tmp_path / name) for name in ("film.mp4", "style.png")]
    (poster,) = [one for one in stylize(names[0], names[1], options=made.options) if one.number == FRAMES // 2]
    assert (read(item.path).pixels - poster.picture.pixels).abs().max() <= 0.5
    made.release()
    assert not made.kept.folder.exists()
    assert made.progress(0).startswith("Finished: 3 of 3 frames")


@pytest.mark.parametrize("passes", [1, 2])
def test_what_was_stopped_goes_on_to_the_same_film(filming, gallery, passes):
    whole, made = filming(passes=passes), filming(passes=passes)
    painted(whole)
    whole.keep(gallery)
    enough = lambda: "Enough." if (made.turn, made.frame) == (passes - 1, 2) else None
    assert painted(made, enough) == "Enough."
    made.enter("stopped", "Enough.")
    assert made.can_go_on
    assert made.told(made.step).startswith("Stopped: 1 of 3 frames")
    made.keep(gallery)
    there = gallery.find(made.saved.name)
    assert len(read_back(there.animation)[0]) == there.record["film"]["frames"] == 1
    new = []
    assert painted(made, lambda: new.append((made.turn, made.frame))) is None
    assert set(new) == {(passes - 1, 2), (passes - 1, 3)}  # nothing is painted twice
    made.keep(gallery)
    assert made.saved == there.path
    assert there.animation.read_bytes() == gallery.find(whole.saved.name).animation.read_bytes()


def test_a_film_of_which_no_frame_is_painted_is_not_kept(filming, gallery):
    made = filming()
    assert painted(made, lambda: "Enough.") == "Enough."
    made.keep(gallery)
    assert (made.saved, gallery.items(9)) == (None, [])


def test_one_frame_is_no_frames(filming):
    made = filming()
    made.state, made.course = "stopped", SimpleNamespace(frames=1, turns=1, there=[[]])
    assert made.told(SimpleNamespace(size=(48, 36))).startswith("Stopped: 0 of 1 frame, 48 × 36 pixels")


def test_how_long_it_takes_is_told_before(filming, monkeypatch):
    monkeypatch.setattr("neuralart.forecast.rate", lambda *run: 1e-9)
    first, second = filming(begin="0.04").rehearse()
    assert first == Forecast(FRAMES - 1, (48, 36), None)
    assert second[:2] == first[:2] and second.seconds > 0


def test_a_film_that_lasts_longer_than_it_says(filming):
    """Whatever the header says: no more than this app accepts is decoded, and it is refused under its own name."""
    with pytest.raises(OptionError, match=r"'my film.mp4' is 0.12 seconds long, and this app paints at most 0.01"):
        filming(longest=0.01).prepare(lambda job: None)


def test_a_film_that_vanished(filming):
    made = filming()
    made.film.path.unlink()
    with pytest.raises(PictureError, match=r"^cannot read 'my film.mp4'"):
        made.prepare(lambda job: None)


@pytest.mark.parametrize(("codec", "suffix"), [(None, ".mp4"), ("prores", ".mov"), ("ffv1", ".mkv")])
def test_the_format_is_the_first_that_holds_the_codec(filming, codec, suffix):
    made = filming(codec=codec)
    made.prepare(lambda job: None)
    assert made.target.path.suffix == suffix
