"""Films of every format, read back frame by frame."""

from __future__ import annotations

import numpy as np
import pytest

from neuralart import read
from neuralart.errors import OptionError, PictureError
from neuralart.video import encode as encoding
from neuralart.video import flipbook
from neuralart.video.encode import check, encode
from neuralart.video.reel import Reel, megabytes

from .films import changes, frames, pages, steps

FORMATS = [".gif", ".webp", ".mp4", ".webm"]


def reel(count=30, sizes=((48, 36), (96, 72))):
    made = Reel()
    for step in steps(count, sizes):
        made.add(step.picture().numpy())
    return made


@pytest.fixture(scope="module")
def filmed():
    return reel()


def noise(size, count=6):
    """What compresses worst."""
    made = Reel()
    generator = np.random.default_rng(0)
    for _ in range(count):
        made.add(generator.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8))
    return made


@pytest.mark.parametrize("suffix", FORMATS)
def test_read_back(tmp_path, filmed, suffix):
    path = tmp_path / f"film{suffix}"
    told = encode(filmed, path, None, 480, 2.0)
    if suffix in (".gif", ".webp"):
        images, delays = pages(path)
        time = {".gif": 80, ".webp": 50}[suffix]
        assert delays == [time] * (len(images) - 1) + [time + 2000]
        assert len(images) == 2000 // time
    else:
        images, times = frames(path)
        assert len(images) == (2 + 2) * 25
        assert times == pytest.approx([k / 25 for k in range(100)], abs=2e-3)
        assert changes(images)[-48:].max() < 1.0  # the pause
        images = images[:50]
    assert images.shape[1:] == (72, 96, 3)
    assert (
        f"{path}: {50 + 50 if suffix in ('.mp4', '.webm') else len(images)} frames, 96 x 72 pixels, 2 + 2 seconds"
        in told
    )
    assert megabytes(path) in told
    # The first frame is the first still, enlarged; the last is the picture.
    first, last = filmed.stills[0].image((96, 72)).numpy(), filmed.newest
    near = 10 if suffix == ".gif" else 6  # 256 colours, dithered
    assert np.abs(images[0] - first).mean() < near
    assert np.abs(images[-1] - last).mean() < near
    assert np.abs(images[-1].mean((0, 1)) - last.mean((0, 1))).max() < 2  # no tint
    # As much changes late as early, though of the stills the first differ fifty times as much as the last.
    thirds = [part.mean() for part in np.array_split(changes(images), 3)]
    assert max(thirds) < 1.6 * min(thirds)
    assert filmed.stills[1].change > 20 * filmed.stills[-1].change


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_size_that_is_asked_for(tmp_path, filmed, suffix):
    path = tmp_path / f"film{suffix}"
    encode(filmed, path, 131, 480, 0.5)
    images = (pages if suffix in (".gif", ".webp") else frames)(path)[0]
    # 131 x 98; half the colours' pixels need even edges.
    assert images.shape[1:3] == ((98, 131) if suffix in (".gif", ".webp") else (98, 130))


def test_mp4_plays_everywhere(tmp_path, filmed):
    import av

    encode(filmed, tmp_path / "film.mp4", None, 480, 0.5)
    data = (tmp_path / "film.mp4").read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")  # begins before it is loaded
    with av.open(str(tmp_path / "film.mp4")) as film:
        stream = film.streams.video[0]
        coder = stream.codec_context
        assert (coder.name, coder.profile, coder.pix_fmt) == ("h264", "Main", "yuv420p")
        assert (coder.colorspace, coder.color_primaries, coder.color_trc) == (1, 1, 1)
        assert stream.average_rate == 25


def test_webm_is_vp9(tmp_path, filmed):
    import av

    encode(filmed, tmp_path / "film.webm", None, 480, 0.5)
    with av.open(str(tmp_path / "film.webm")) as film:
        assert film.streams.video[0].codec_context.name == "vp9"


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_colours_are_those_of_the_picture(tmp_path, suffix):
    made = Reel()
    for colour in ((255, 0, 0), (20, 160, 230)):
        made.add(np.full((48, 64, 3), colour, np.uint8))
    encode(made, tmp_path / f"film{suffix}", None, 480, 0.5)
    images, _ = frames(tmp_path / f"film{suffix}")
    assert images[0].mean((0, 1)) == pytest.approx((255, 0, 0), abs=4)
    assert images[-1].mean((0, 1)) == pytest.approx((20, 160, 230), abs=4)


def test_a_gif_shrinks_until_it_is_small(tmp_path, monkeypatch):
    assert flipbook.SMALL == 5_000_000
    monkeypatch.setattr(flipbook, "SMALL", 200_000)
    told = encode(noise((160, 120)), tmp_path / "film.gif", None, 480, 2.0)
    assert (tmp_path / "film.gif").stat().st_size < 200_000
    assert told.endswith(": fewer or smaller frames, to stay below 0.2 MB")
    images, delays = pages(tmp_path / "film.gif")
    assert images.shape[2] < 160
    assert sum(delays) == pytest.approx(4000, abs=250)  # it is not shorter


def test_a_gif_of_a_size_asked_for_keeps_it(tmp_path, monkeypatch):
    monkeypatch.setattr(flipbook, "SMALL", 100_000)
    told = encode(noise((160, 120)), tmp_path / "film.gif", 160, 480, 2.0)
    assert told.endswith("; a smaller --animation-size or fewer --animation-seconds make it less")
    images, delays = pages(tmp_path / "film.gif")
    assert images.shape[1:3] == (120, 160)
    assert delays[0] == 200


@pytest.mark.parametrize("suffix", FORMATS)
def test_an_encoder_that_fails_leaves_nothing(tmp_path, filmed, suffix, monkeypatch):
    def broken(self, count, size):
        yield from list(Reel.real_frames(self, 2, size))
        raise RuntimeError("the encoder's own words")

    monkeypatch.setattr(Reel, "real_frames", Reel.frames, raising=False)
    monkeypatch.setattr(Reel, "frames", broken)
    with pytest.raises(PictureError, match=r"film.*: the \w+ encoder failed \(the encoder's own words\)$"):
        encode(filmed, tmp_path / f"film{suffix}", None, 480, 1.0)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("size", [None, 40])
@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_a_long_film_has_slower_frames_and_not_more(tmp_path, filmed, monkeypatch, suffix, size):
    monkeypatch.setattr(flipbook, "MOST", 20)
    encode(filmed, tmp_path / f"film{suffix}", size, 480, 8.0)
    images, delays = pages(tmp_path / f"film{suffix}")
    assert 10 <= len(images) <= 20
    assert sum(delays) == pytest.approx(10_000, abs=500)


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_panorama(tmp_path, suffix):
    made = Reel()
    for value in (10, 200):
        made.add(np.full((1, 300, 3), value, np.uint8))
    encode(made, tmp_path / f"film{suffix}", None, 480, 0.5)
    images = (pages if suffix in (".gif", ".webp") else frames)(tmp_path / f"film{suffix}")[0]
    assert images.shape[1:3] == ((1, 300) if suffix in (".gif", ".webp") else (2, 300))


def test_one_still_is_a_film_too(tmp_path):
    made = Reel()
    made.add(np.full((20, 30, 3), 99, np.uint8))
    encode(made, tmp_path / "film.webp", None, 480, 1.0)
    # What does not change at all is kept once.
    assert read(tmp_path / "film.webp").pixels.mean() == pytest.approx(99, abs=1)


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("film.avi", r"the suffix '\.avi' is not known; use one of \.gif, \.webp, \.mp4, \.webm"),
        ("film", "the name has no suffix"),
        ("nowhere/film.gif", "there is no folder"),
        ("folder.gif", "it is a folder"),
    ],
)
def test_names_that_will_not_do(tmp_path, name, part):
    (tmp_path / "folder.gif").mkdir()
    with pytest.raises(PictureError, match=part):
        check(tmp_path / name)


def test_without_pyav(tmp_path, monkeypatch):
    monkeypatch.setattr(encoding, "find_spec", lambda name: None)
    check(tmp_path / "film.gif")
    for name in ("film.mp4", "film.webm"):
        with pytest.raises(OptionError, match=r'needs PyAV, which is not installed: pip install "neuralart\[video\]"'):
            check(tmp_path / name)
