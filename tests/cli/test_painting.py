"""The main command: what it writes, says and keeps."""

from __future__ import annotations

import json
import re
import subprocess

import pytest
import torch

from neuralart import read
from neuralart.cli.painting import free_name, same_file
from neuralart.image.record import read_record

from .. import warm
from ..patience import next_line
from ..warm import COMMAND
from .made import SMALL, break_down, contents, ended_by_ctrl_c, merged, picture

GOOD = ("--content", "photo.png", "--style", "style.png", *SMALL)


def test_the_installed_command_paints(installed, place):
    code, out, err = installed(*GOOD)
    assert (code, err) == (0, "")
    assert re.search(r"photo-style\.png: 32 x 24 pixels, \d+\.\d seconds\n$", out)
    assert read("photo-style.png").size == (32, 24)
    assert sorted(contents(place)) == ["photo-style.png", "photo.png", "style.png"]


def test_a_texture(call, place):
    code, out, _ = call("--content", "none", "--style", "style.png", *SMALL, "--size", "40x24", "--sheet", "sheet.png")
    assert code == 0
    assert "style-texture.png: 40 x 24 pixels" in out
    assert re.search(r"sheet\.png: style and result, \d+ x \d+ pixels", out)
    # A file of that name is still at hand.
    picture(30, 40, seed=5).save("none.png")
    (place / "none.png").rename(place / "none")
    assert call("--content", "./none", "--style", "style.png", *SMALL).code == 0


def test_two_styles_are_named_and_shown(call, place):
    words = ["--style", "style.png", "photo.png", "--style-weights", "3,1", "--sheet", "sheet.png"]
    assert call(*GOOD, *words).code == 0
    assert read_record("photo-style-photo.png")["description"] == "photo.png in the style of style.png and photo.png"
    two = read("sheet.png").width
    # Scales of one style are one picture.
    assert call(*GOOD, "--style-scale", "0.9,0.7", "--sheet", "scales.png").code == 0
    assert read("scales.png").width < two
    assert read_record("photo-style.png")["description"] == "photo.png in the style of style.png"


def test_the_choice_of_auto_is_said_in_one_line(call):
    words = ("--content", "photo.png", "--style", "style.png", "--size", 32, "--num-iters", 1, "--display", "off")
    code, _, err = call(*words)
    assert code == 0
    assert err.startswith("network: compact, because ")
    assert err.count("\n") == 1


def test_lines_every_ten_iterations(call):
    out = call(*GOOD, "--num-iters", 25).out
    assert re.findall(r"^iteration (\d+)/25 ", out, re.MULTILINE) == ["10", "20", "25"]
    number = r"\d[\d.e+-]*"
    line = rf"iteration 10/25 40%  scale 1/1 32x24  total {number}  content {number}  style {number}  .*\d:\d\d left"
    assert re.fullmatch(line, out.splitlines()[0])


def test_quiet_says_nothing(call, place):
    words = ["--content", "photo.png", "--style", "style.png", "--size", 32, "--num-iters", 12, "--backend", "cudnn"]
    assert call(*words, "--quiet") == (0, "", "")
    assert (place / "photo-style.png").exists()


def test_quiet_does_not_hide_mistakes(mistake):
    mistake([*GOOD, "--quiet", "--content", "nothing.png"], "nothing.png")


def test_backend_is_accepted_and_said_to_have_no_effect(call):
    code, _, err = call(*GOOD, "--backend", "cunn")
    assert (code, err) == (0, "--backend cunn has no effect on cpu\n")


def test_the_default_name_is_never_that_of_an_existing_file(call, place):
    for expected in ("photo-style.png", "photo-style-2.png", "photo-style-3.png"):
        before = contents(place)
        assert call(*GOOD, "--num-iters", 1).code == 0
        after = contents(place)
        assert after.keys() - before.keys() == {expected}
        assert before.items() <= after.items()


def test_a_dangling_link_is_a_name_that_is_taken(place):
    (place / "x.png").symlink_to("nothing.png")
    assert free_name(place / "x.png") == place / "x-2.png"


def test_an_output_asked_for_takes_the_place_of_an_older_one(call, place):
    (place / "out.png").write_bytes(b"older")
    assert call(*GOOD, "--output", "out.png").code == 0
    assert read("out.png").size == (32, 24)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp", ".avif"])
def test_every_format_keeps_the_record(call, suffix):
    assert call(*GOOD, "--output", f"out{suffix}").code == 0
    assert read_record(f"out{suffix}")["options"]["output"] == f"out{suffix}"


def test_bits_and_quality(call, place):
    assert call(*GOOD, "--output", "deep.png", "--bits", 16).code == 0
    assert read("deep.png").bits == 16
    for quality in (20, 95):
        assert call(*GOOD, "--output", f"{quality}.jpg", "--quality", quality).code == 0
    assert (place / "20.jpg").stat().st_size < (place / "95.jpg").stat().st_size


def test_alpha_is_kept(call, place):
    picture(60, 45, alpha=True).save(place / "clear.png")
    assert call(*GOOD, "--content", "clear.png", "--output", "out.png").code == 0
    alpha = read("out.png").alpha
    assert alpha.shape == (1, 1, 24, 32)
    assert alpha[..., 0].max() < 10
    assert alpha[..., -1].min() > 245


def test_underscores_and_equals_signs(call, place):
    assert call(*GOOD, "--num_iters=1", "--style_factor=1e9", "--output=out.png").code == 0
    options = read_record("out.png")["options"]
    assert (options["num_iters"], options["style_factor"]) == (1, 1e9)


def frames(folder):
    return sorted(path.name for path in folder.iterdir())


SCHEDULE = [f"{n:04d}.jpg" for n in [*range(21), 25, 30, 32]]


def test_frames_where_asked_for(call, place):
    assert call(*GOOD, "--num-iters", 32, "--output-dir", "some/where").code == 0
    assert frames(place / "some" / "where") == SCHEDULE


def test_original_always_keeps_frames(call, place):
    assert call(*GOOD, "--num-iters", 32, "--recipe", "original").code == 0
    assert frames(place / "frames") == SCHEDULE
    # The first frame is the photograph as it was read, the last is the picture.
    first, last = (read(place / "frames" / name).pixels for name in ("0000.jpg", "0032.jpg"))
    picture = read(place / "photo-style.png").pixels
    assert (last - picture).abs().mean() < (first - picture).abs().mean()


def test_balanced_keeps_none_unless_asked(call, place):
    assert call(*GOOD).code == 0
    assert not (place / "frames").exists()


@pytest.mark.parametrize("recipe", ["balanced", "original"])
def test_log(call, place, recipe):
    words = ["--recipe", recipe, "--num-iters", 6, "--log", "log.jsonl", "--smoothness", 1e-3]
    assert call(*GOOD, *words, "--size", 100, "--scales", *([1] if recipe == "original" else [2])).code == 0
    lines = [json.loads(line) for line in (place / "log.jsonl").read_text().splitlines()]
    keys = ["iteration", "evaluations", "scale", "size", "total", "terms", "seconds", "peak_memory"]
    assert all(list(line) == keys for line in lines)
    assert [line["iteration"] for line in lines] == [1, 2, 3, 4, 5, 6]
    assert [line["scale"] for line in lines] == [1, 1, 1, 1, *([1, 1] if recipe == "original" else [2, 2])]
    assert lines[-1]["size"] == [100, 75]
    evaluations, seconds = ([line[key] for line in lines] for key in ("evaluations", "seconds"))
    assert evaluations == sorted(evaluations)
    assert evaluations[-1] >= (18 if recipe == "original" else 6)
    assert seconds == sorted(seconds)
    assert lines[-1]["peak_memory"] > 1e6
    names = {name.split()[0] for name in lines[0]["terms"]}
    assert names == {"content", "style", "smoothness"}
    for line in lines:
        # What the original printed as its total leaves the smoothness out.
        counted = [v for n, v in line["terms"].items() if recipe == "balanced" or n != "smoothness"]
        assert line["total"] == pytest.approx(sum(counted), rel=1e-5)


def test_ctrl_c_writes_the_picture_reached(place):
    code, out, err = ended_by_ctrl_c(place, [*GOOD, "--checkpoint", "none"], lines=3)
    assert (code, err) == (130, "")
    reached = int(re.search(r"out\.png: 32 x 24 pixels, .* seconds after (\d+) of 100000 iterations\n$", out)[1])
    assert reached >= 3
    assert read("out.png").record["result"]["iterations"] == reached


def test_ctrl_c_before_anything_was_painted(monkeypatch, call, place):
    from neuralart import api

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    before = contents(place)
    monkeypatch.setattr(api, "prepare", interrupt)
    assert call(*GOOD) == (130, "", "neuralart: interrupted\n")
    assert contents(place) == before


def test_a_reader_of_the_output_that_goes_away_costs_no_picture(place):
    words = [COMMAND, *merged([*GOOD, "--num-iters", "30"])]
    with warm.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert next_line(running).startswith("iteration 10/30")
        running.stdout.close()
        assert running.stderr.read() == ""
    assert read("photo-style.png").record["result"]["iterations"] == 30


def test_a_breakdown_on_the_way_keeps_the_picture(monkeypatch, call, place):
    break_down(monkeypatch, after=2)
    code, _, err = call(*GOOD, "--num-iters", 5, "--output", "out.png")
    assert code == 1
    assert err == "neuralart: it broke; the picture reached after 2 of 5 iterations is out.png\n"
    assert read("out.png").record["result"]["iterations"] == 2


def test_same_file(place):
    (place / "link").symlink_to("photo.png")
    assert same_file("photo.png", "link")
    assert same_file("nothing.png", "../here/nothing.png")
    assert not same_file("photo.png", "style.png")
    assert not same_file("photo.png", "nothing.png")
    assert not same_file("x" * 400, "photo.png")


def test_pictures_are_painted_alike_from_python_and_the_command_line(call):
    import neuralart

    assert call(*GOOD, "--output", "out.png").code == 0
    small = {"size": 32, "num_iters": 2, "model": "compact", "style_loss": "gram", "precision": "float32"}
    made = neuralart.stylize("photo.png", "style.png", **small)
    assert torch.equal(read("out.png").pixels, made.pixels.round())
