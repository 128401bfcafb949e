"""The terms of a run as curves."""

from __future__ import annotations

import json
import logging
from xml.etree import ElementTree

import pytest
import torch

from neuralart import read
from neuralart.errors import OptionError, PictureError
from neuralart.figures import plot as plotting
from neuralart.figures.curves import curves
from neuralart.figures.plot import MOST, LossPlot, Point, check, draw, read_log
from neuralart.run.step import Step
from neuralart.watch.log import line

TERMS = {"content map3_3": 5.0, "style map1_1": 2.0, "style map2_1": 0.5}


def step(iteration, iterations=40, scale=1, **facts):
    values = {name: value / (iteration + 1) for name, value in TERMS.items()}
    size = (6, 8) if scale == 1 else (12, 16)
    return Step(
        iteration,
        iterations,
        scale,
        2,
        torch.zeros(1, 3, *size),
        **{"total": sum(values.values()), "terms": values, **facts},
    )


def run(count=40):
    return [
        Step(0, count, 1, 2, torch.zeros(1, 3, 6, 8)),
        *(step(n, count, 1 + (n > count // 2)) for n in range(1, count + 1)),
    ]


@pytest.mark.parametrize("suffix", [".svg", ".png", ".pdf"])
def test_every_format(tmp_path, suffix):
    with LossPlot(tmp_path / f"losses{suffix}", "photo.jpg in the style of style.jpg") as plot:
        for one in run():
            plot(one)
    data = (tmp_path / f"losses{suffix}").read_bytes()
    assert data.startswith({".svg": b"<?xml", ".png": b"\x89PNG", ".pdf": b"%PDF"}[suffix])
    if suffix == ".png":
        assert min(read(tmp_path / "losses.png").size) > 500


def test_an_svg_tells_all_in_words(tmp_path):
    draw(points(), tmp_path / "losses.svg", "a & <b> in the style of $x_1$")
    words = {
        "".join(one.itertext()).strip()
        for one in ElementTree.parse(tmp_path / "losses.svg").iter()
        if one.tag.endswith("}text")
    }
    assert {"total", *TERMS, "iteration", "a & <b> in the style of $x_1$", "8 × 6", "16 × 12"} <= words


def points(count=40):
    return [Point(s.iteration, s.scale, s.size, s.total, s.terms) for s in run(count)[1:]]


def test_curves_hold_the_values():
    axes = curves(points()).axes[0]
    lines = {one.get_label(): one for one in axes.lines if not one.get_label().startswith("_")}
    assert set(lines) == {"total", *TERMS}
    assert axes.get_yscale() == "log"
    drawn = [(x, y) for x, y in zip(*lines["style map1_1"].get_data()) if x == x]
    assert drawn == [(n, pytest.approx(2 / (n + 1))) for n in range(1, 41)]
    # The curve is interrupted where the scale changes, and the place is marked.
    assert sum(x != x for x in lines["total"].get_xdata()) == 1
    assert [text.get_text() for text in axes.texts] == ["8 × 6", "16 × 12"]
    # Names stand in the order in which the curves end.
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["total", *TERMS]


def test_every_curve_looks_different():
    many = [Point(n, 1, (8, 8), 1.0, {f"style {k}": 1.0 / n for k in range(14)}) for n in (1, 2, 3)]
    looks = [(one.get_color(), repr(one._unscaled_dash_pattern)) for one in curves(many).axes[0].lines]
    assert len(set(looks)) == len(looks) == 15


def test_zeros_and_single_points_draw_without_a_warning():
    for values in ([0.0], [3.0], [0.0, 0.0, 1.0]):
        curves(
            [Point(n, 1, (8, 8), value, {"smoothness": 0.0}) for n, value in enumerate(values, 1)]
        ).draw_without_rendering()


def test_a_long_run_is_thinned(tmp_path):
    plot = LossPlot(tmp_path / "losses.svg")
    for n in range(1, 3 * MOST + 8):
        plot(step(n, 3 * MOST + 7))
    assert MOST / 4 < len(plot.points) <= MOST + 1
    assert plot.points[-1].iteration == 3 * MOST + 7
    gaps = {b.iteration - a.iteration for a, b in zip(plot.points, plot.points[1:-1])}
    assert len(gaps) == 1


def test_what_was_seen_is_drawn_when_the_run_is_stopped(tmp_path):
    with pytest.raises(KeyboardInterrupt), LossPlot(tmp_path / "losses.svg") as plot:
        for one in run():
            plot(one)
            if one.iteration == 5:
                raise KeyboardInterrupt
    assert (tmp_path / "losses.svg").exists()
    with pytest.raises(PictureError, match="no iteration has finished, so there is nothing to draw"):
        LossPlot(tmp_path / "empty.svg").write()


def test_an_error_is_not_hidden_by_a_plot(tmp_path, caplog):
    (tmp_path / "folder").mkdir()
    with (
        caplog.at_level(logging.WARNING),
        pytest.raises(ValueError, match="the run's"),
        LossPlot(tmp_path / "folder" / "x.svg") as plot,
    ):
        plot(step(1))
        (tmp_path / "folder").rmdir()
        raise ValueError("the run's")
    assert "there is no folder" in caplog.text


def test_a_log_is_the_same_plot(tmp_path):
    with (tmp_path / "run.jsonl").open("w") as file:
        for one in run()[1:]:
            print(json.dumps(line(one)), file=file)
        print(json.dumps(line(step(41, total=None, terms={}))), file=file)
        file.write('{"iteration": 42, "tot')  # the run was ended in the middle of a line
    assert read_log(tmp_path / "run.jsonl") == points()
    draw(points(), tmp_path / "one.svg")
    draw(read_log(tmp_path / "run.jsonl"), tmp_path / "other.svg")
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "other.svg").read_bytes()


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("hello\nworld\n", r"line 1 of '.*' is not what --log writes"),
        ('{"iteration": 1}\n{"iteration": 2}\n', "line 1 of"),
        ("[1, 2]\n", "line 1 of"),
        ("", "has no finished iteration"),
        ("\n\n", "has no finished iteration"),
    ],
)
def test_what_is_no_log(tmp_path, text, part):
    (tmp_path / "x").write_text(text)
    with pytest.raises(OptionError, match=part):
        read_log(tmp_path / "x")


def test_what_cannot_be_read(tmp_path):
    (tmp_path / "picture").write_bytes(b"\xff\xd8\xff\xe0")
    hint = "; name a file that --log wrote"
    for name, part in (
        ("nothing", "there is no such file; check the path"),
        ("", f"it is a folder{hint}"),
        ("picture", f"it is not text{hint}"),
    ):
        with pytest.raises(OptionError, match=rf"^cannot read '.*': {part}$"):
            read_log(tmp_path / name)


def test_refused_before_anything_is_painted(tmp_path, monkeypatch):
    with pytest.raises(PictureError, match=r"use one of \.svg, \.png, \.pdf"):
        LossPlot(tmp_path / "losses.jpg")
    monkeypatch.setattr(plotting, "find_spec", lambda name: None)
    with pytest.raises(OptionError, match=r'Matplotlib, which is not installed: pip install "neuralart\[plot\]"$'):
        check(tmp_path / "losses.svg")
