"""Films written: every frame at its time, the sound as it was, in every format; and what cannot be written."""

from __future__ import annotations

import logging
from fractions import Fraction

import pytest

from neuralart import read
from neuralart.errors import OptionError, PictureError
from neuralart.video import save
from neuralart.video.film import opened
from neuralart.video.moments import Moment
from neuralart.video.target import Target, codec_of

from ..cli.made import picture
from .movies import movie, read_back, scene

MILLI = Fraction(1, 1000)
UNEVEN = [
    Moment(k, begin, MILLI, length) for k, (begin, length) in enumerate([(0, 30), (30, 90), (120, 20), (140, 60)])
]
PICTURES = [picture(48, 36, seed) for seed in range(4)]


def saved(path, pictures=PICTURES, codec=None, **facts):
    target = Target(path, codec_of(path, codec), **facts)
    save.check(target)
    assert save.save(target, iter(zip(UNEVEN, pictures))) == len(pictures)
    return path


@pytest.mark.parametrize(
    ("name", "codec", "encoder", "near"),
    [
        ("a.mp4", None, "h264", 8),
        ("a.mp4", "av1", "libdav1d", 8),
        ("a.webm", None, "libdav1d", 8),
        ("a.mov", None, "prores", 4),
        ("a.mkv", None, "ffv1", 0.26),
        ("a.mkv", "h264", "h264", 8),
    ],
)
def test_every_codec(tmp_path, name, codec, encoder, near):
    import av

    path = saved(tmp_path / name, codec=codec)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == encoder
        if encoder != "ffv1":
            coder = stream.codec_context
            assert (coder.colorspace, coder.color_primaries, coder.color_trc) == (1, 1, 1)
        assert float(container.duration / 1e6) == pytest.approx(0.2, abs=0.021)
    times, _, _ = read_back(path)
    assert times == [one.begin for one in UNEVEN]
    shots = [shot.picture() for shot in opened(path).shots()]
    # Two or four pixels share a colour, and these have a colour of their own each.
    for found, wanted in zip(shots, PICTURES):
        assert float((found.pixels - wanted.pixels).abs().mean()) < near
        assert (found.pixels - wanted.pixels).mean((2, 3)).abs().max() < 2  # no tint


@pytest.mark.parametrize("name", ["out.mp4", "out.mov", "out.mkv"])
def test_sound_is_copied(tmp_path, name):
    movie(tmp_path / "in.mp4", scene(6), sound="aac")
    saved(tmp_path / name, sound=tmp_path / "in.mp4")
    before, after = (read_back(path)[2] for path in (tmp_path / "in.mp4", tmp_path / name))
    assert len(before) > 2
    assert before[0].begin < 0
    assert before == after
    assert read_back(tmp_path / name)[0][0] == 0


def test_sound_of_a_part(tmp_path):
    movie(tmp_path / "in.mp4", scene(30), sound="aac")
    saved(tmp_path / "out.mp4", sound=tmp_path / "in.mp4", begin=0.4, end=0.9)
    before, after = (read_back(tmp_path / name)[2] for name in ("in.mp4", "out.mp4"))
    wanted = [one for one in before if Fraction(4, 10) <= one.begin < Fraction(9, 10)]
    assert [one.data for one in after] == [one.data for one in wanted]
    for one, other in zip(after, wanted):
        assert float(other.begin - one.begin) == pytest.approx(0.4, abs=1e-3)


def test_sound_that_the_format_does_not_hold(tmp_path):
    movie(tmp_path / "in.mp4", scene(3), sound="aac")
    target = Target(tmp_path / "out.webm", "av1", tmp_path / "in.mp4")
    with pytest.raises(OptionError, match=r"is aac, which \.webm does not hold; give --output out\.mkv"):
        save.check(target)


def test_odd_sizes(tmp_path, caplog):
    caplog.set_level(logging.INFO, "neuralart")
    odd = [picture(49, 37, seed) for seed in range(4)]
    assert read_back(saved(tmp_path / "a.mp4", odd))[1][0].shape == (36, 48, 3)
    assert "48 x 36 pixels, since colours are shared by two; of 49 x 37" in caplog.text
    assert read_back(saved(tmp_path / "a.mkv", odd))[1][0].shape == (37, 49, 3)


@pytest.mark.parametrize("name", ["a.gif", "a.webp"])
def test_pages(tmp_path, name):
    shots = list(opened(saved(tmp_path / name)).shots())
    assert [shot.length for shot in shots] == [30, 90, 20, 60]


def test_a_folder(tmp_path):
    path = saved(tmp_path / "frames")
    assert sorted(file.name for file in path.iterdir()) == [f"{k:06}.png" for k in range(1, 5)]
    assert (read(path / "000002.png").pixels - PICTURES[1].pixels).abs().max() <= 0.5
    with pytest.raises(PictureError, match="the folder is not empty"):
        saved(path)
    assert not list(tmp_path.glob("*.part"))


def test_a_folder_that_is_there_and_empty(tmp_path):
    (tmp_path / "frames").mkdir()
    assert len(list(saved(tmp_path / "frames").iterdir())) == 4


@pytest.mark.parametrize("name", ["a.mp4", "a.gif", "frames"])
def test_what_fails_on_the_way_leaves_nothing(tmp_path, name):
    def frames():
        yield UNEVEN[0], PICTURES[0]
        raise PictureError("the frame is damaged")

    with pytest.raises(PictureError, match="the frame is damaged"):
        save.save(Target(tmp_path / name, codec_of(tmp_path / name, None)), frames())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "codec", "kind", "part"),
    [
        ("a.avi", None, PictureError, r"the suffix '\.avi' is not known; use one of \.mp4, "),
        (
            "a.mp4",
            "prores",
            OptionError,
            r"--codec prores does not go into \.mp4; give --output NAME\.mov or NAME\.mkv",
        ),
        ("a.gif", "h264", OptionError, r"--codec h264 does not go into \.gif"),
        ("frames", "h264", OptionError, r"--codec h264 is for a film, and --output '.*frames' is a folder"),
        ("nowhere/a.mp4", None, PictureError, "there is no folder"),
    ],
)
def test_names_that_will_not_do(tmp_path, name, codec, kind, part):
    with pytest.raises(kind, match=part):
        saved(tmp_path / name, codec=codec)


@pytest.mark.parametrize(("size", "expected"), [((48, 36), b"mbtree=0"), ((320, 240), b"mbtree=1")])
def test_only_tiny_films_go_without_what_codes_them_differently_now_and_then(tmp_path, size, expected):
    assert expected in saved(tmp_path / "a.mp4", [picture(*size, seed) for seed in range(4)]).read_bytes()
