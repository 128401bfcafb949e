"""neuralart sweep: every combination painted once, and shown on a sheet."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from neuralart import read
from neuralart.image.record import read_record

from .. import warm
from ..patience import next_line
from .made import SMALL, contents, merged, picture

GOOD = ("sweep", "--content", "photo.png", "--style", "style.png", *SMALL)


def painted(folder="sweep"):
    """File name -> record's options, of all pictures but the sheet."""
    return {
        path.name: read_record(path)["options"] for path in sorted(Path(folder).iterdir()) if path.name != "sheet.png"
    }


def test_with_the_installed_command(installed, call, place):
    words = [*GOOD, "--size", 64, "--style-factor", "1e8,1e10", "--init", "image,random"]
    code, out, err = installed(*words)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        "1/4 style-factor 1e8, init image",
        "2/4 style-factor 1e10, init image",
        "3/4 style-factor 1e8, init random",
        "4/4 style-factor 1e10, init random",
        "sweep/sheet.png",
    ]
    assert lines[-1] == "sweep/sheet.png: 4 painted"
    options = painted()
    assert len(options) == 4
    assert {(one["style_factor"], one["init"]) for one in options.values()} == {
        (factor, init) for factor in (1e8, 1e10) for init in ("image", "random")
    }
    assert all(name.startswith("photo-style-style-factor-1e") and name.endswith(".png") for name in options)
    sheet = read("sweep/sheet.png")
    assert sheet.width > 2 * 400 and sheet.height > 2 * 300
    # Once more, nothing is painted, and the sheet is the same.
    before = contents(place)
    assert call(*words) == (0, "sweep/sheet.png: 0 painted, 4 already there\n", "")
    assert contents(place) == before


def test_styles_and_textures_are_swept(call, place):
    picture(50, 40, seed=7).save("other.png")
    words = ["--style", "style.png", "other.png", "--style-weights", "1,0;1,1;0,1"]
    assert call(*GOOD, *words, "--output", "sheet.png").code == 0
    assert {tuple(options["style_weights"]) for options in painted().values()} == {(1, 0), (1, 1), (0, 1)}
    assert call(*GOOD, "--content", "none", "--size", "40x24,24x40", "--folder", "textures").code == 0
    assert {options["size"] for options in painted("textures").values()} == {"40x24", "24x40"}
    assert {name.partition("-size")[0] for name in painted("textures")} == {"style"}
    assert (
        "4 already there" not in call(*GOOD, "--content", "none", "--size", "40x24,24x40", "--folder", "textures").out
    )


def test_a_picture_is_what_the_main_command_paints(call, place):
    assert call(*GOOD, "--seed", "1,2", "--init", "random").code == 0
    assert call(*GOOD[1:], "--seed", 2, "--init", "random", "--output", "alone.png").code == 0
    (name,) = [name for name, options in painted().items() if options["seed"] == 2]
    assert torch.equal(read(f"sweep/{name}").pixels, read("alone.png").pixels)


def test_what_is_there_is_not_painted_again_whatever_else_is_swept(call, place):
    assert call(*GOOD, "--seed", "1,2").code == 0
    assert call(*GOOD, "--seed", "2,3", "--style-factor", "2e9,1e8").out.endswith(": 3 painted, 1 already there\n")
    # Another input under the same name is another painting, and takes no other's place.
    before = painted()
    picture(60, 45, seed=9).save("photo.png")
    assert call(*GOOD, "--seed", "1,2").out.endswith(": 2 painted\n")
    assert before.items() <= painted().items()


def test_the_next_sheet_replaces_the_last_but_no_other_file(call, place):
    assert call(*GOOD, "--seed", "1,2").code == 0
    assert read_record("sweep/sheet.png")["sheet"] == ["seed 1", "seed 2"]
    assert call(*GOOD, "--seed", "1,2,3").code == 0
    assert read_record("sweep/sheet.png")["sheet"] == ["seed 1", "seed 2", "seed 3"]
    (place / "sweep" / "sheet.png").write_bytes(b"somebody's")
    assert "sweep/sheet-2.png: 0 painted" in call(*GOOD, "--seed", "1,2").out
    assert (place / "sweep" / "sheet.png").read_bytes() == b"somebody's"


def test_damaged_pictures_are_painted_again_and_not_written_over(call, place):
    assert call(*GOOD, "--seed", "1,2").code == 0
    first, second = sorted(path for path in (place / "sweep").iterdir() if path.name != "sheet.png")
    first.write_bytes(first.read_bytes()[:100])
    second.write_bytes(b"a letter")
    assert call(*GOOD, "--seed", "1,2").out.endswith(": 2 painted\n")
    assert second.read_bytes() == b"a letter"
    assert second.with_stem(second.stem + "-2").exists()
    assert call(*GOOD, "--seed", "1,2").out.endswith(": 0 painted, 2 already there\n")


def test_networks_and_inputs_are_read_once(call, monkeypatch):
    from neuralart import build

    calls = []
    provide = build.provide
    monkeypatch.setattr(build, "provide", lambda *words, **more: calls.append(words) or provide(*words, **more))
    assert call(*GOOD, "--seed", "1,2", "--pooling", "average,max").code == 0
    assert len(calls) == 2


def test_one_that_fails_does_not_lose_the_others(call, place):
    code, out, err = call(*GOOD, "--style-factor", "1e9,1e300,1e10")
    assert code == 1
    assert err.startswith("neuralart: style-factor 1e300: the objective is not a finite number")
    assert err.count("\n") == 1
    assert out.endswith("sheet.png: 2 painted, 1 failed\n")
    assert len(painted()) == 2
    # Its place on the sheet is grey.
    assert (read("sweep/sheet.png").pixels == 232).all(1).sum() > 50_000


def test_a_picture_that_vanishes_costs_only_its_place_on_the_sheet(call, place, monkeypatch):
    from neuralart.cli.series import Series

    paint = Series.paint

    def painting(self):
        stopped = paint(self)
        next(Path("sweep").glob("photo-*.png")).unlink()
        return stopped

    monkeypatch.setattr(Series, "paint", painting)
    code, out, err = call(*GOOD, "--style-factor", "1e9,1e10")
    assert code == 1
    assert "there is no such file" in err
    assert out.endswith("sheet.png: 1 painted, 1 failed\n")
    assert (place / "sweep" / "sheet.png").exists()


def test_a_network_that_cannot_be_fetched_costs_only_its_own(call, place):
    code, out, err = call(*GOOD, "--model", "compact,vgg")
    assert code == 1
    assert err.startswith("neuralart: model vgg: ")
    assert out.endswith("sheet.png: 1 painted, 1 failed\n")


def test_ctrl_c_and_going_on(place):
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "from neuralart.cli import main; sys.exit(main())"
    )
    words = merged([*GOOD, "--num-iters", "5,100000"])
    running = warm.Popen(
        [sys.executable, "-c", code, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert next_line(running).startswith("1/2 num-iters 5: ")
        time.sleep(0.3)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    finally:
        running.kill()
    assert (running.returncode, err) == (130, "")
    assert out == "sweep/sheet.png: 1 painted; 1 to go: the same command continues\n"
    assert len(painted()) == 1
    assert (place / "sweep" / "sheet.png").exists()


@pytest.mark.parametrize(
    ("words", "shape"),
    [
        (["--seed", "1,2,3,4"], (2, 2)),
        (["--seed", "1,2,3", "--init", "image,random"], None),
        (["--seed", "1,2", "--init", "image,random", "--scales", "1,default"], (4, 2)),
    ],
)
def test_sheets(call, place, words, shape):
    assert call(*GOOD, "--num-iters", 1, *words, "--folder", "some/where", "--output", "all.jpg").code == 0
    sheet = read("all.jpg")
    if shape:
        columns, rows = shape
        assert sheet.width == 2 * 24 + columns * 400 + (columns - 1) * 16
        assert rows * 300 < sheet.height < rows * 400 + 120
    else:
        assert sheet.width > 2 * 24 + 3 * 400 + 2 * 16 + 100  # headings stand beside the rows
    assert not (place / "some" / "where" / "sheet.png").exists()


def test_several_contents_and_styles(call, place):
    picture(50, 50, seed=5).save("other, too.png")
    assert call(*GOOD, "--content", "photo.png;other, too.png", "--style", "style.png;photo.png").code == 0
    assert {name.rpartition("-")[0] for name in painted()} == {
        "photo-style",
        "photo-photo",
        "other-too-style",
        "other-too-photo",
    }


def test_quiet(call, place):
    assert call(*GOOD, "--seed", "1,2", "--quiet") == (0, "", "")
    assert len(painted()) == 2


def test_help(call):
    code, out, err = call("sweep", "--help")
    assert (code, err) == (0, "")
    for word in ("--folder", "--output", "--limit", "1e8,1e9,1e10", "default", "semicolons", "--cpu=yes,no"):
        assert word in out


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["--seed", "3"], ["there is nothing to sweep", "--style-factor 1e8,1e9,1e10"]),
        (
            ["--seed", ",".join(map(str, range(13))), "--init", "image,random", "--scales", "1,2,3"],
            ["13 x 2 x 3 values make 78 combinations, more than --limit 64", "or give --limit 78"],
        ),
        (["--seed", "1,2", "--limit", 1], ["2 values make 2 combinations, more than --limit 1"]),
        (["--seed", "1,two"], ["--seed is 'two'; it must be a whole number"]),
        (["--style-layers", "map1_1;map9_9"], ["style-layers map9_9: ", "no layer 'map9_9'"]),
        (["--size", "32,8"], ["size 8: the content (60 x 45) would be 8 x 6 pixels"]),
        (["--content", "photo.png;phto.png"], ["cannot read 'phto.png'", "did you mean 'photo.png'"]),
        (["--seed", "1,2", "--animation", "film.gif"], ["--animation is for a single picture"]),
        (["--seed", "1,2", "--log", "log.jsonl"], ["--log is for a single picture"]),
        (["--seed", "1,2", "--output", "photo.png"], ["--output 'photo.png' would overwrite an input"]),
        (["--seed", "1,2", "--folder", "photo.png"], ["cannot make the folder 'photo.png'", "give another --folder"]),
        (["--seed", "1,2", "--folder"], ["--folder needs a value"]),
    ],
)
def test_refused_before_anything_is_painted(mistake, words, parts):
    mistake([*GOOD, *words], *parts)


@pytest.mark.parametrize("role", ["content", "style"])
def test_an_input_that_is_missing(mistake, role):
    words = [word for word in GOOD if word not in (f"--{role}", "photo.png" if role == "content" else "style.png")]
    mistake([*words, "--seed", "1,2"], f"--{role} ", " is missing")
