"""Wrong words, wrong files, wrong places: one line, exit code 2, no traceback, nothing made and nothing overwritten."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from neuralart.image.read import read
from neuralart.options import declared, flag

from .made import SMALL, picture

GOOD = ("--content", "photo.png", "--style", "style.png", *SMALL)


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["--content", "photo.png"], ["--style PAINTING is missing"]),
        (["--style", "style.png"], ["--content PHOTO is missing"]),
        (["--size", 32], ["--content PHOTO is missing"]),
        (["--content"], ["--content needs a value"]),
        (["--quiet=3"], ["--quiet takes no value"]),
        (["photo.png", "style.png"], ["no command 'photo.png'", "--content PHOTO --style PAINTING"]),
        (["demmo"], ["no command 'demmo'", "did you mean 'demo'?"]),
        (["stylise"], ["no command 'stylise'", "demo, models, presets, styles, again, resume, record"]),
        ([*GOOD, "--sise", 3], ["no option '--sise'; did you mean '--size'?"]),
        ([*GOOD, "--style_facter", 3], ["no option '--style-facter'; did you mean '--style-factor'?"]),
        ([*GOOD, "--num-iter", 3], ["did you mean '--num-iters'?"]),
        ([*GOOD, "--xyzzy"], ["no option '--xyzzy'; see neuralart --help"]),
        ([*GOOD, "-q"], ["no option '-q'; see neuralart --help"]),
        ([*GOOD, "-seed", 3], ["no option '-seed'; did you mean '--seed'?"]),
        ([*GOOD, "--gpu", 0], ["no option '--gpu'; neural-style's -gpu is --device here; see neuralart translate"]),
        ([*GOOD, "--print-iter", 5], ["; neural-style has it, and this program does not: a bar shows the progress"]),
        ([*GOOD, "-s", 5], ["no option '-s'; see neuralart --help"]),  # it means two things in two programs
        ([*GOOD, "--verison"], ["did you mean '--version'?"]),
        (["version"], ["no command 'version'; did you mean 'neuralart --version'?"]),
        ([*GOOD, "\u2212\u2212size", 64], ["begins with a dash instead of two hyphens; type --size"]),
        ([*GOOD, "more.png"], ["'more.png' does not belong to an option"]),
        ([*GOOD, "--model", "vg"], ["--model is 'vg'", "auto, vgg, vgg19, vgg16", "did you mean 'vgg'?"]),
        ([*GOOD, "--optimizer", "LBFGS"], ["--optimizer is 'LBFGS'", "did you mean 'lbfgs'?"]),
        ([*GOOD, "--style-layers", "map3_2"], ["no layer 'map3_2'", "did you mean 'map3_", "map1_1"]),
        ([*GOOD, "--content-layers", "relu9_2"], ["network 'compact' has no layer 'relu9_2'"]),
        ([*GOOD, "--content-layers", "map3_3:0"], ["'map3_3:0'", "a weight above 0"]),
        ([*GOOD, "--content-layers", ","], ["--content-layers names no layer"]),
        ([*GOOD, "--num-iters", 0], ["--num-iters is 0; it must be at least 1"]),
        ([*GOOD, "--style-factor", "nan"], ["--style-factor is 'nan'; it must be a number"]),
        ([*GOOD, "--style-factor", -1], ["at least 0"]),
        ([*GOOD, "--output", ""], ["--output is empty"]),
        ([*GOOD, "--output", "."], ["cannot write '.': it is a folder; name a file in it"]),
        ([*GOOD, "--output", "/", "--overwrite"], ["cannot write '/': it is a folder; name a file in it"]),
        (["demo", "--output", "./"], ["cannot write './': it is a folder; name a file in it"]),
        ([*GOOD, "--log", "-"], ["--log is '-', and only the picture goes to standard output; give a file"]),
        (
            [*GOOD, "--output-dir", "new", "--log", "new/0002.jpg"],
            ["--log 'new/0002.jpg' has the name of a frame in --output-dir; give another name"],
        ),
        ([*GOOD, "--quality", 50], ["--quality has no effect on PNG and TIFF", "give --output NAME.jpg"]),
        ([*GOOD, "--quality", 50, "--output", "out.tif"], ["--quality has no effect on PNG and TIFF"]),
        ([*GOOD, "--colour-strength", 0.5], ["--color-strength has no effect without --colors content or match"]),
        ([*GOOD, "--history", 5, "--optimizer", "adam"], ["--history has no effect on another --optimizer than lbfgs"]),
        ([*GOOD, "--animation-size", 64], ["--animation-size has no effect without --animation FILE"]),
        ([*GOOD, "--animation-seconds", 3], ["--animation-seconds has no effect without --animation FILE"]),
        ([*GOOD, "--smoothness-power", 1], ["--smoothness-power has no effect without --smoothness X"]),
        ([*GOOD, "--checkpoint", "none", "--checkpoint-interval", 5], ["--checkpoint-interval has no effect with"]),
        ([*GOOD, "--content", "none", "--init", "image"], ["--init has no effect if it names the photograph, with"]),
        (["demo", "--history", 5, "--optimizer", "sgd"], ["--history has no effect"]),
        ([*GOOD, "--style-weights", "1,2"], ["--style-weights has 2 values, but there is 1 style; give one weight"]),
        ([*GOOD, "--style", "style.png", "photo.png", "--style-weights", "0,0"], ["no weight above 0"]),
        (
            [*GOOD, "--style", "style.png", "photo.png", "--style-weights=-1,2"],
            ["--style-weights is -1.0; it must be at"],
        ),
        ([*GOOD, "--style", "style.png", "photo.png", "--style-layers", "map1_1", "map3_2"], ["did you mean 'map3_"]),
        ([*GOOD, "--style-scale", 1, "--style-size", 30], ["--style-scale and --style-size contradict each other"]),
        ([*GOOD, "--style-wieghts", 3], ["no option '--style-wieghts'; did you mean '--style-weights'?"]),
        ([*GOOD, "--style-scale", 0.1], ["the style (40 x 50) would be 2 x 3 pixels", "a larger --style-scale"]),
        ([*GOOD, "--size", "64x32"], ["--size 64x32 is for --content none", "--size 64"]),
        ([*GOOD, "--size", "64x"], ["--size is '64x'; it must be a whole number"]),
        ([*GOOD, "--content", "none", "--size", "64x8"], ["the texture (64 x 8) would be 64 x 8 pixels", "--size"]),
        ([*GOOD, "--recipe", "original", "--scales", 2], ["one scale"]),
        ([*GOOD, "--cpu", "--device", "cuda"], ["contradict"]),
        ([*GOOD, "--device", "banana"], ["--device is 'banana'", "cpu, cuda, mps"]),
        ([*GOOD, "--device", "meta"], ["--device is 'meta'"]),
        ([*GOOD, "--device", "cuda:x"], ["--device is 'cuda:x'", "--device cpu"]),
        ([*GOOD, "--weights", "none.th"], ["none.th: does not exist"]),
        ([*GOOD, "--weights", "style.png"], ["style.png: is a PNG picture, not weights"]),
    ],
)
def test_words(mistake, words, parts):
    mistake(words, *parts)


@pytest.mark.parametrize("role", ["--content", "--style"])
@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("phto.png", "did you mean 'photo.png'?"),
        ("nowhere/x.png", "there is no folder 'nowhere'"),
        ("folder", "it is a folder"),
        ("empty.jpg", "the file is empty"),
        ("half.png", "the PNG data end early or are damaged"),
        ("text.jpg", "it is not a picture but looks like text"),
        ("https://example.org/x.jpg", "it is an address"),
    ],
)
def test_inputs(mistake, place, role, name, part):
    (place / "folder").mkdir()
    (place / "empty.jpg").touch()
    (place / "half.png").write_bytes((place / "photo.png").read_bytes()[:400])
    (place / "text.jpg").write_text("hello, this is no picture\n")
    words = ["--recipe", "original", "--log", "log.jsonl", "--output", "out.png"]
    mistake([*GOOD, role, name, *words], f"cannot read '{name}'", part)


@pytest.mark.parametrize(
    ("output", "part"),
    [
        ("nowhere/out.png", "there is no folder"),
        ("folder.png", "it is a folder"),
        ("out.bmp", "the suffix '.bmp' is not known"),
        ("out.pgn", "did you mean '.png'?"),
        ("out", "the name has no suffix"),
        ("photo.png", "would overwrite an input"),
        ("style.png", "would overwrite an input"),
        ("link.png", "would overwrite an input"),
        ("./folder.png/../photo.png", "would overwrite an input"),
        ("x" * 300 + ".png", "too long"),
    ],
)
def test_outputs(mistake, place, output, part):
    (place / "folder.png").mkdir()
    (place / "link.png").symlink_to("photo.png")
    mistake([*GOOD, "--output", output, "--recipe", "original"], output[:30], part)


def test_an_output_too_large_for_its_format(mistake):
    words = [*GOOD, "--size", 70_000, "--output"]
    mistake([*words, "out.jpg"], "70000 x 52500 pixels are more than the 65500 that JPEG can hold")
    mistake([*words, "out.webp"], "WebP")


def test_names_too_long_together(mistake, place):
    for role, seed in (("a", 0), ("b", 1)):
        picture(40, 40, seed).save(place / f"{role * 140}.png")
    mistake([*GOOD, "--content", "a" * 140 + ".png", "--style", "b" * 140 + ".png"], "the name is too long")


@pytest.mark.parametrize("folder", ["photo.png", "photo.png/deeper", "dangling"])
def test_frames_where_a_file_is(mistake, place, folder):
    (place / "dangling").symlink_to("nothing")
    mistake([*GOOD, "--output-dir", folder], f"cannot make the folder '{folder}' for frames", "give another")


def test_frames_over_an_input(mistake, place):
    (place / "frames").mkdir()
    picture(60, 45).save(place / "frames" / "0003.jpg")
    mistake([*GOOD, "--content", "frames/0003.jpg", "--recipe", "original"], "could overwrite 'frames/0003.jpg'")


def test_frames_beside_an_input(call, place):
    assert call(*GOOD, "--output-dir", ".", "--num-iters", 1).code == 0
    assert (place / "0001.jpg").exists()


@pytest.mark.parametrize(
    ("log", "part"),
    [
        ("nowhere/log.jsonl", "No such file"),
        (".", "Is a directory"),
        ("photo.png", "--log 'photo.png' would overwrite an input"),
        ("./style.png", "would overwrite an input"),
        ("weights.st", "would overwrite an input"),
        ("out.png", "--log and --output are both 'out.png'"),
    ],
)
def test_logs(mistake, place, log, part):
    (place / "weights.st").write_bytes(b"precious")
    mistake([*GOOD, "--log", log, "--output", "out.png", "--weights", "weights.st"], part)


def test_a_log_of_earlier_days_outlives_a_mistake(mistake, place):
    (place / "log.jsonl").write_text("kept\n")
    mistake([*GOOD, "--log", "log.jsonl", "--device", "banana"], "banana")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")  # noqa: PTH110
def test_a_log_that_fills_its_disk_costs_no_picture(call, place):
    code, _, err = call(*GOOD, "--log", "/dev/full", "--output", "out.png")
    assert code == 1
    assert err == (
        "--log '/dev/full' cannot be written (No space left on device); give another file;"
        " the painting goes on without it\n"
    )
    assert read("out.png").record["result"]["iterations"] == 2


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["--size", 8], ["the content (60 x 45) would be 8 x 6 pixels", "needs 16", "give a larger --size"]),
        (["--size", 1], ["would be 1 x 1 pixels"]),
        (["--content", "line.png"], ["the content (1 x 200) would be 1 x 32 pixels", "or a less narrow picture"]),
        (["--style", "line.png"], ["the style (1 x 200) would be 1 x 32 pixels"]),
        (["--size", -3], ["--size is -3; it must be at least 0"]),
        (["--size", 10**9], ["--size is 1000000000; it must be at most 200000"]),
        (["--scales", 8, "--num-iters", 40], ["the smallest of 8 scales", "give fewer --scales"]),
    ],
)
def test_sizes(mistake, place, words, parts):
    picture(1, 200).save(place / "line.png")
    mistake([*GOOD, *words], *parts)


@pytest.mark.parametrize("role", ["--content", "--style"])
def test_a_panorama_paints(call, place, role):
    # High enough at its final size, not at the scale with which others begin.
    picture(260, 20).save(place / "narrow.png")
    code, out, err = call(*GOOD, role, "narrow.png", "--size", 256, "--num-iters", 3)
    assert code == 0
    assert err == "" or "far fewer than the picture" in err  # the style is small beside it
    assert ": 256 x " in out


@pytest.mark.parametrize("recipe", ["balanced", "original"])
def test_numbers_beyond_all_bounds_make_no_black_picture(call, place, recipe):
    code, _, err = call(*GOOD, "--style-factor", 1e300, "--recipe", recipe, "--output", "out.png")
    assert code == 1
    assert "not a finite number" in err
    assert "lower --style-factor" in err
    assert not (place / "out.png").exists()


def test_too_little_memory(monkeypatch, call, place):
    from neuralart import api

    def full(run, *given):
        raise RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory: you tried")

    monkeypatch.setattr(api.PreparedRun, "steps", full)
    code, _, err = call(*GOOD)
    assert code == 1
    assert err == "neuralart: there is not enough memory for a picture of this size; give a smaller --size\n"


def test_a_runtime_error_of_another_kind_is_not_hidden(monkeypatch, call):
    from neuralart import api

    def fail(run, *given):
        raise RuntimeError("a defect")

    monkeypatch.setattr(api.PreparedRun, "steps", fail)
    with pytest.raises(RuntimeError, match="a defect"):
        call(*GOOD)


@pytest.mark.parametrize("name", [name for name, (facts, _) in declared().items() if facts.kind in (int, float)])
def test_every_number_refuses_words(mistake, name):
    mistake([*GOOD, flag(name), "many"], f"{flag(name)} is 'many'")


def test_an_output_that_becomes_unwritable_is_saved_elsewhere(monkeypatch, call, place, tmp_path):
    import shutil

    from neuralart.cli import ending, painting

    (place / "out").mkdir()
    follow = painting.follow

    def meanwhile(*arguments):
        reached = follow(*arguments)
        shutil.rmtree(place / "out")
        return reached

    monkeypatch.setattr(painting, "follow", meanwhile)
    monkeypatch.setattr(ending.tempfile, "tempdir", str(tmp_path))
    code, _, err = call(*GOOD, "--output", "out/x.png")
    assert code == 2
    assert "the picture was saved as " in err
    assert Path(err.strip().rpartition(" ")[2]).is_file()
