"""What is made beside the picture: film, plot and sheet."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from neuralart import read
from neuralart.video import encode, flipbook

from ..video.films import frames, pages
from .made import SMALL, break_down, contents, ended_by_ctrl_c

GOOD = ("--content", "photo.png", "--style", "style.png", *SMALL)
ALL = ("--animation", "film.gif", "--animation-seconds", 1, "--plot", "losses.svg", "--sheet", "sheet.png")


def test_everything_with_the_installed_command(installed, place):
    code, out, err = installed(*GOOD, "--size", 64, "--num-iters", 8, "--scales", 2, "--output", "out.png", *ALL)
    assert (code, err) == (0, "")
    told = out.splitlines()[-4:]
    assert told[0].startswith("out.png: 64 x 48 pixels, ")
    assert told[1].startswith("film.gif: 12 frames, 64 x 48 pixels, 1 + 2 seconds, ")
    assert told[2] == "losses.svg: the terms of 8 iterations"
    assert told[3].startswith("sheet.png: content, style and result, ")
    assert contents(place).keys() == {"film.gif", "losses.svg", "out.png", "photo.png", "sheet.png", "style.png"}
    images, delays = pages("film.gif")
    assert sum(delays) == 12 * 80 + 2000
    assert np.abs(images[-1] - read("out.png").numpy()).mean() < 14  # 256 colours
    plot = (place / "losses.svg").read_text(encoding="utf-8")
    for word in ("photo.png in the style of style.png", "total", "content map3_3", "32 × 24", "64 × 48"):
        assert word in plot


@pytest.mark.parametrize("suffix", [".mp4", ".webm", ".webp"])
def test_other_films(call, place, suffix):
    words = ["--animation", f"film{suffix}", "--animation-size", 48, "--animation-seconds", 0.5, "--output", "out.png"]
    assert call(*GOOD, "--num-iters", 5, *words).code == 0
    images = (pages if suffix == ".webp" else frames)(f"film{suffix}")[0]
    assert images.shape[1:] == (36, 48, 3)
    assert np.abs(images[-1].mean((0, 1)) - read("out.png").numpy().mean((0, 1))).max() < 4


def test_quiet_says_nothing(call, place):
    assert call(*GOOD, "--quiet", *ALL) == (0, "", "")
    assert {"film.gif", "losses.svg", "sheet.png"} <= contents(place).keys()


def test_ctrl_c_keeps_film_plot_and_sheet(place):
    code, out, err = ended_by_ctrl_c(place, [*GOOD, *ALL], lines=12)
    assert (code, err) == (130, "")
    reached = read("out.png").record["result"]["iterations"]
    assert f"losses.svg: the terms of {reached} iterations" in out
    # The last frame is the picture that was reached, whatever the schedule.
    assert np.abs(pages("film.gif")[0][-1] - read("out.png").numpy()).mean() < 14
    assert read("sheet.png").width > 1000


def test_a_breakdown_keeps_them_too(monkeypatch, call, place):
    break_down(monkeypatch, after=3)
    code, _, err = call(*GOOD, "--num-iters", 5, "--output", "out.png", *ALL)
    assert code == 1
    assert err.endswith("neuralart: it broke; the picture reached after 3 of 5 iterations is out.png\n")
    assert {"film.gif", "losses.svg", "sheet.png"} <= contents(place).keys()


def test_a_film_that_cannot_be_written_costs_nothing_else(monkeypatch, call, place):
    def full(*_, **__):
        raise RuntimeError("the encoder gave up")

    monkeypatch.setattr(encode, "write_gif", full)
    code, out, err = call(*GOOD, "--output", "out.png", *ALL)
    assert code == 1
    assert "neuralart: cannot write 'film.gif': the GIF encoder failed (the encoder gave up)\n" in err
    assert contents(place).keys() == {"losses.svg", "out.png", "photo.png", "sheet.png", "style.png"}
    assert "sheet.png: content, style and result" in out


def test_a_gif_says_that_it_shrank(monkeypatch, call):
    monkeypatch.setattr(flipbook, "SMALL", 8_000)
    out = call(*GOOD, "--num-iters", 5, "--animation", "film.gif").out
    assert ": fewer or smaller frames, to stay below 0.008 MB" in out


def test_again_films_nothing_unless_asked(call, place):
    assert call(*GOOD, "--output", "out.png", *ALL).code == 0
    before = contents(place)
    assert call("again", "out.png", "--output", "again.png").code == 0
    after = contents(place)
    assert after.pop("again.png")
    assert after == before


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["--animation", "film.avi"], ["the suffix '.avi' is not known; use one of .gif, .webp, .mp4, .webm"]),
        (["--animation", "film.mp"], ["did you mean '.mp4'?"]),
        (["--animation", "nowhere/film.gif"], ["cannot write 'nowhere/film.gif'", "there is no folder"]),
        (["--animation", "photo.gif"], ["--animation 'photo.gif' would overwrite an input"]),
        (["--animation", "x.webp", "--output", "x.webp"], ["--animation and --output are both 'x.webp'"]),
        (["--animation-size", 8], ["--animation-size is 8; it must be at least 16"]),
        (["--animation-seconds", 0], ["--animation-seconds is 0.0; it must be at least 0.5"]),
        (["--plot", "losses.jpg"], ["the suffix '.jpg' is not known", "use one of .svg, .png, .pdf"]),
        (["--plot", "photo.png"], ["--plot 'photo.png' would overwrite an input"]),
        (["--plot", "x.png", "--sheet", "./x.png"], ["--sheet and --plot are both 'x.png'; give two names"]),
        (["--sheet", "sheet.gif"], ["the suffix '.gif' is not known"]),
        (["--sheet", "style.png"], ["--sheet 'style.png' would overwrite an input"]),
        (["--sheet", "folder"], ["the name has no suffix"]),
    ],
)
def test_refused_before_anything_is_painted(mistake, place, words, parts):
    (place / "photo.gif").symlink_to("photo.png")
    mistake([*GOOD, "--output", "out.png", *words], *parts)


@pytest.mark.parametrize(
    ("words", "lacking", "extra"),
    [(["--animation", "film.mp4"], "av", "video"), (["--plot", "losses.svg"], "matplotlib", "plot")],
)
def test_an_extra_that_is_missing(mistake, monkeypatch, words, lacking, extra):
    from neuralart.figures import plot

    def find(name):
        return None if name == lacking else importlib.util.find_spec(name)

    monkeypatch.setattr(encode, "find_spec", find)
    monkeypatch.setattr(plot, "find_spec", find)
    mistake([*GOOD, *words], f'pip install "neuralart[{extra}]"')
