"""Films read: times, rotation, pixels that are not square, colours; and what cannot be read."""

from __future__ import annotations

import logging
from fractions import Fraction

import numpy as np
import pytest

from neuralart.errors import PictureError
from neuralart.video.film import opened

from .movies import movie, scene

PATCHES = np.zeros((64, 96, 3), np.uint8)
for k, colour in enumerate(
    ((220, 40, 40), (40, 200, 60), (50, 70, 230), (230, 220, 60), (20, 20, 20), (235, 235, 235))
):
    PATCHES[:, 16 * k : 16 * k + 16] = colour


def read(path):
    film = opened(path)
    return film, [(shot.ticks and float(shot.ticks * film.base), shot.picture()) for shot in film.shots()]


def centres(picture):
    """The colour in the middle of each patch."""
    return picture.pixels[0, :, 32, 8::16].T.numpy()


def test_uneven_times(tmp_path):
    movie(tmp_path / "a.mp4", scene(4), times=[0, 30, 100, 120])
    film, shots = read(tmp_path / "a.mp4")
    assert [time or 0.0 for time, _ in shots] == [0.0, 0.03, 0.1, 0.12]
    assert film.is_timed
    # It can be read as often as somebody asks.
    assert len(list(film.shots())) == 4


@pytest.mark.parametrize(("rotation", "turns"), [(90, 1), (180, 2), (-90, 3)])
def test_a_telephone_that_was_turned(tmp_path, rotation, turns):
    movie(tmp_path / "a.mp4", [PATCHES], rotation=rotation)
    movie(tmp_path / "b.mp4", [PATCHES])
    turned, upright = (read(tmp_path / name)[1][0][1] for name in ("a.mp4", "b.mp4"))
    assert (turned.pixels - upright.pixels.rot90(turns, (2, 3))).abs().max() == 0


@pytest.mark.parametrize(("aspect", "size"), [(Fraction(4, 3), (128, 64)), (Fraction(1, 2), (96, 128))])
def test_pixels_that_are_not_square(tmp_path, aspect, size):
    movie(tmp_path / "a.mp4", [PATCHES], aspect=aspect)
    assert read(tmp_path / "a.mp4")[1][0][1].size == size


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("matrix", [1, 5, 9])
def test_colours(tmp_path, matrix, full):
    movie(tmp_path / "a.mp4", [PATCHES], matrix=matrix, full=full, pixels="yuv444p")
    found = centres(read(tmp_path / "a.mp4")[1][0][1])
    assert np.abs(found - centres_of(PATCHES)).max() < 5


def test_a_file_that_does_not_name_its_matrix(tmp_path):
    # Small, so that players take it for BT.601.
    movie(tmp_path / "a.mp4", [PATCHES], matrix=5, pixels="yuv444p", tags={"colorspace": 2})
    assert np.abs(centres(read(tmp_path / "a.mp4")[1][0][1]) - centres_of(PATCHES)).max() < 5


def test_hdr_is_toned_down(tmp_path, caplog):
    caplog.set_level(logging.INFO, "neuralart")
    # PQ: 58 % of the signal is white paper, 100 % is ten thousand candela.
    grey = np.zeros((64, 96, 3), np.uint16)
    for k, share in enumerate((0.0, 0.3, 0.45, 0.58, 0.75, 1.0)):
        grey[:, 16 * k : 16 * k + 16] = round(share * 65535)
    tags = {"color_primaries": 9, "color_trc": 16}
    movie(tmp_path / "a.mp4", [grey], matrix=9, pixels="yuv420p10le", tags=tags)
    film, shots = read(tmp_path / "a.mp4")
    film.tell()
    assert "its colours are coded as PQ (HDR), and are toned down to BT.709" in caplog.text
    found = centres(shots[0][1])
    assert np.ptp(found, axis=1).max() < 4  # grey stays grey
    assert (np.diff(found.mean(1)) >= 0).all()
    assert 190 < found[3].mean() < 256
    assert found[0].mean() < 4
    assert found[-1].mean() > 250


def centres_of(image):
    return image[32, 8::16].astype(float)


def test_a_packet_that_is_damaged(tmp_path, caplog):
    import av

    path = tmp_path / "a.mkv"
    movie(path, scene(8), codec="mjpeg", pixels="yuvj420p", full=True)
    with av.open(str(path)) as container:
        places = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    data = bytearray(path.read_bytes())
    at = data.index(b"\xff\xd8", places[3][0])
    data[at : at + places[3][1] - 20] = bytes(places[3][1] - 20)
    path.write_bytes(data)
    film = opened(path)
    assert [shot.ticks for shot in film.shots()] == [0, 40, 80, 160, 200, 240, 280]
    assert "1 packet of it could not be decoded; the frames before stay longer" in caplog.text
    caplog.clear()
    assert len(list(film.shots())) == 7
    assert not caplog.text  # told once


def test_a_film_of_which_a_part_is_there(tmp_path, caplog):
    path = tmp_path / "a.mkv"
    movie(path, scene(8), codec="ffv1", pixels="bgr0")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    assert 3 <= len(list(opened(path).shots())) <= 6
    assert "seconds of it, and it says that it has" in caplog.text or "the film ends early" in caplog.text


def test_a_film_that_does_not_say_how_long_it_is(tmp_path, caplog):
    # Written to a pipe, as a live recording is: nothing can be filled in at the end.
    import av

    class Pipe:
        def __init__(self):
            self.data = b""

        def write(self, data):
            self.data += data
            return len(data)

    pipe = Pipe()
    with av.open(pipe, "w", format="matroska") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 48, 36, "bgr0"
        for image in scene(4):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())
    (tmp_path / "live.mkv").write_bytes(pipe.data)
    with av.open(str(tmp_path / "live.mkv")) as container:
        assert not container.duration
    shots = list(opened(tmp_path / "live.mkv").shots())
    assert [shot.ticks for shot in shots] == [0, 40, 80, 120]
    assert not caplog.text


def test_a_film_that_ends_early(tmp_path):
    movie(tmp_path / "a.mp4", scene(8))
    data = (tmp_path / "a.mp4").read_bytes()
    (tmp_path / "b.mp4").write_bytes(data[: len(data) // 2])
    with pytest.raises(PictureError, match="it is no film, ends early or is damaged"):
        opened(tmp_path / "b.mp4")


def test_sound_alone(tmp_path):
    import av

    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        track = container.add_stream("aac", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.int16), "s16", "mono")
        frame.sample_rate = 8000
        container.mux(track.encode(frame))
        container.mux(track.encode())
    with pytest.raises(PictureError, match="there is no video stream in it; give a film"):
        opened(tmp_path / "a.mp4")
