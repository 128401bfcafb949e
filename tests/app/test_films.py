"""Films are known by their first bytes; what is too long or no film is refused in one sentence."""

from __future__ import annotations

import pytest

from neuralart.app import films
from neuralart.app.upload import Upload
from neuralart.errors import OptionError, PictureError
from neuralart.video.choices import FilmOptions

from ..cli.made import picture
from ..video.movies import movie, scene


@pytest.fixture
def film(tmp_path):
    """A film of half a second."""
    pytest.importorskip("av", reason='PyAV is not installed: pip install "neuralart[video]"')
    pytest.importorskip("cv2", reason='OpenCV is not installed: pip install "neuralart[video]"')
    movie(tmp_path / "kept.mp4", scene(3), times=[0, 200, 460])
    return Upload(tmp_path / "kept.mp4", "mine.mp4")


@pytest.mark.parametrize(
    ("head", "suffix"),
    [
        (b"\0\0\0\x1cftypisom", ".mp4"),
        (b"\0\0\0\x14ftypqt  ", ".mov"),
        (b"\0\0\x0f\x0fmoovabcd", ".mov"),
        (b"\x1aE\xdf\xa3\x01\0\0\0\0\0\0\0", ".webm"),
        (b"GIF89a123456", ".gif"),
        (b"\0\0\0\x1cftypheic", None),
        (b"\0\0\0\x1cftypavif", None),
        (b"\x89PNG\r\n\x1a\n\0\0\0\0", None),
        (b"#EXTM3U\nhttp", None),
        (b"ffconcat ver", None),
        (b"", None),
    ],
)
def test_kinds(head, suffix):
    assert films.suffix_of(head) == suffix


def test_sizes(film):
    source = films.open_film(film)
    assert films.size_of(film, source, 1) == (48, 36)
    with pytest.raises(PictureError, match=r"'mine.mp4' has 48 x 36 pixels, but this app accepts at most 0.001 mill"):
        films.size_of(film, source, 0.001)


def test_lengths(film):
    source = films.open_film(film)
    films.check_length(film, source, FilmOptions(), 0.5)
    films.check_length(film, source, FilmOptions(begin=0.3), 0.2)
    films.check_length(film, source, FilmOptions(end=0.2), 0.2)
    with pytest.raises(OptionError) as caught:
        films.check_length(film, source, FilmOptions(end=9), 0.2)
    assert str(caught.value) == (
        "'mine.mp4' is 0.5 seconds long, and this app paints at most 0.2 seconds of a film; choose a part with --begin"
        " and --end"
    )


def test_what_is_no_film(tmp_path, monkeypatch):
    monkeypatch.setattr(films, "missing", lambda: None)
    picture(20, 20).save(tmp_path / "kept.png")
    playlist = tmp_path / "kept.mp4"
    playlist.write_text("#EXTM3U\n#EXTINF:1,\n/etc/hosts\n")
    for path in (tmp_path / "kept.png", playlist):
        with pytest.raises((PictureError, OptionError)) as caught:
            films.open_film(Upload(path, "mine.mp4"))
        assert str(caught.value) in (
            "cannot read 'mine.mp4': it is no film; give MP4, MOV, WebM or GIF",
            films.missing(),
        )


def test_a_film_that_ends_early(film):
    """The advice can be followed in the app, which takes no folder, and no number of an error is told."""
    film.path.write_bytes(film.path.read_bytes()[:400])
    with pytest.raises(PictureError) as caught:
        films.open_film(film)
    assert str(caught.value) == (
        "cannot read 'mine.mp4': it is no film, ends early or is damaged (Invalid data found when processing input);"
        " give MP4, MOV, WebM or GIF"
    )


def test_names_of_films():
    assert [films.is_named(Upload(None, name)) for name in ("a.MP4", "a.b.webm", "a.gif", "a.jpg", "mp4")] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_what_to_install(monkeypatch):
    monkeypatch.setattr(films, "find_spec", lambda name: None if name == "av" else name)
    assert films.missing() == (
        'films need PyAV, which this app lacks; its owner installs: pip install "neuralart[video]"'
    )
    monkeypatch.setattr(films, "find_spec", lambda name: name)
    assert films.missing() is None
