"""neuralart resume: a painting that was ended early goes on from its checkpoint."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

import neuralart
from neuralart.cli import commands, main, painting
from neuralart.image.read import read
from neuralart.run.reached import Reached
from neuralart.watch import checkpoint
from neuralart.watch.progress import PlainLines

from .. import warm
from ..warm import COMMAND
from .made import ENDLESS, merged, picture, quiet_environment

WORDS = ("--content", "photo.png", "--style", "style.png", "--model", "compact", "--display", "off", "--size", "48")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    quiet_environment(monkeypatch, tmp_path / "cache")
    monkeypatch.chdir(tmp_path)
    picture(50, 40, 1).save("photo.png")
    picture(40, 44, 2).save("style.png")
    return tmp_path


@contextmanager
def ctrl_c_after(iteration):
    """Within, every painting is stopped by Ctrl-C after so many iterations."""
    usual = PlainLines.__call__

    def stop(self, step):
        usual(self, step)
        if step.iteration == iteration:
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PlainLines, "__call__", stop)
        yield


@pytest.fixture
def interrupted(folder, capsys):
    """Stopped by Ctrl-C after iteration 6 of 8, in the second of two scales."""
    words = [*WORDS, "--num-iters", "8", "--scales", "2", "--output", "out.png", "--checkpoint", "run.ckpt"]
    with ctrl_c_after(6):
        assert main([*words, "--log", "log.jsonl"]) == 130
    return folder


def test_it_goes_on_to_the_end(interrupted, capsys):
    assert read("out.png").record["result"]["iterations"] == 6
    reached, facts = checkpoint.read("run.ckpt")
    assert (reached.iteration, facts["iteration"]) == (6, 6)
    before = Path("log.jsonl").read_bytes()
    assert main(["resume", "run.ckpt"]) == 0
    result = read("out.png").record["result"]
    assert result["iterations"] == 8
    assert result["size"] == [48, 38]
    assert result["evaluations"] > reached.evaluations
    assert result["seconds"] >= reached.seconds
    assert not Path("run.ckpt").exists()
    # What the first part logged stays.
    assert Path("log.jsonl").read_bytes() == before
    assert len(Path("log-2.jsonl").read_text().splitlines()) == 3  # beginning with where it goes on from
    assert "8/8" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ["--style", "style.png", "photo.png", "--style-weights", "3,1"],
        ["--style-scale", "0.9,0.5", "--style-layers", "map1_1", "map3_1"],
        ["--content", "none", "--size", "48x32"],
    ],
)
def test_styles_and_textures(folder, capsys, words):
    with ctrl_c_after(3):
        given = merged([*WORDS, "--num-iters", "4", *words, "--output", "out.png", "--checkpoint", "run.ckpt"])
        assert main(given) == 130
    first = read("out.png").record
    assert main(["resume", "run.ckpt"]) == 0
    last = read("out.png").record
    assert (first["result"]["iterations"], last["result"]["iterations"]) == (3, 4)
    assert [one["weight"] for one in last["styles"]] == [one["weight"] for one in first["styles"]]


def test_ctrl_c_says_how_to_go_on(interrupted, capsys):
    out = capsys.readouterr().out
    assert "out.png: 48 x 38 pixels" in out
    assert out.endswith("run.ckpt: continue from here with neuralart resume run.ckpt\n")


@pytest.mark.parametrize(
    "words",
    [
        ("--optimizer", "lbfgs", "--scales", "2"),
        ("--optimizer", "adam", "--scales", "2"),
        ("--optimizer", "sgd", "--scales", "2"),
        ("--tile", "64", "--scales", "2", "--size", "100", "--init", "random"),
        ("--recipe", "original"),
    ],
    ids=lambda words: words[1],
)
def test_the_picture_is_that_of_an_uninterrupted_run(folder, capsys, words):
    words = [*(WORDS[:-2] if "--size" in words else WORDS), "--num-iters", "8", *words]
    assert main([*words, "--output", "whole.png"]) == 0
    whole = read("whole.png")
    for at in (3, 5):  # within a scale, and between two
        with ctrl_c_after(at):
            assert main([*words, "--output", "part.png", "--checkpoint", "run.ckpt", "--overwrite"]) == 130
        assert main(["resume", "run.ckpt", "--overwrite"]) == 0
        assert "will differ" not in capsys.readouterr().err
        part = read("part.png")
        assert torch.equal(whole.pixels, part.pixels)
        for name in set(whole.record["result"]) - {"seconds"}:
            assert part.record["result"][name] == whole.record["result"][name]


def test_what_makes_the_picture_differ_is_said(interrupted, capsys):
    assert main(["resume", "run.ckpt", "--tile", "64"]) == 0
    assert "run.ckpt was painted in other tiles: the picture will differ a little" in capsys.readouterr().err


def test_as_many_threads_as_before_continue_exactly(folder, capsys):
    words = [*WORDS, "--num-iters", "8", "--scales", "1", "--threads", "2"]
    assert main([*words, "--output", "whole.png"]) == 0
    with ctrl_c_after(4):
        assert main([*words, "--output", "part.png", "--checkpoint", "run.ckpt"]) == 130
    shutil.copy("run.ckpt", "same.ckpt")
    capsys.readouterr()
    assert main(["resume", "run.ckpt", "--threads", "2"]) == 0
    assert "will differ" not in capsys.readouterr().err
    assert torch.equal(read("whole.png").pixels, read("part.png").pixels)
    assert main(["resume", "same.ckpt", "--threads", "1", "--overwrite"]) == 0
    said = "was painted by 2 threads, but now there is 1: the picture will differ a little (--threads 2 continues it"
    assert said in capsys.readouterr().err


def test_fewer_pairs_are_a_smaller_file(folder, capsys):
    words = [*WORDS, "--num-iters", "12", "--scales", "1", "--checkpoint"]
    with ctrl_c_after(10):
        assert main([*words, "all.ckpt"]) == 130
        assert main([*words, "two.ckpt", "--checkpoint-history", "2"]) == 130
        assert main([*words, "none.ckpt", "--checkpoint-history", "0"]) == 130
    sizes = [Path(name).stat().st_size for name in ("all.ckpt", "two.ckpt", "none.ckpt")]
    assert sizes[0] > 2 * sizes[1] > 2 * sizes[2]
    capsys.readouterr()
    for name in ("two.ckpt", "none.ckpt"):
        assert main(["resume", name]) == 0
        assert f"{name} does not hold the optimiser's whole state" in capsys.readouterr().err


def test_long_runs_keep_what_is_reached_by_themselves(folder, monkeypatch, capsys):
    monkeypatch.setattr(painting, "LONG", 0.001)
    with ctrl_c_after(6):
        assert main([*WORDS, "--num-iters", "8", "--output", "out.png", "--checkpoint", "none"]) == 130
        assert not Path("out.checkpoint").exists()
        assert main([*WORDS, "--num-iters", "8", "--output", "out.png"]) == 130
    assert "continue from here with neuralart resume out.checkpoint" in capsys.readouterr().out
    assert main(["resume", "out.checkpoint"]) == 0
    assert not Path("out.checkpoint").exists()


def test_one_process_that_is_killed_loses_little(folder):
    words = [
        str(COMMAND),
        *WORDS,
        *ENDLESS,
        "--checkpoint",
        "run.ckpt",
        "--checkpoint-interval",
        "1",
    ]
    run = warm.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while not Path("run.ckpt").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
    finally:
        run.send_signal(signal.SIGKILL)
        run.wait(60)
    assert checkpoint.read("run.ckpt")[0].iteration >= 1


def test_a_run_that_ends_well_leaves_no_checkpoint(folder):
    assert main([*WORDS, "--num-iters", "2", "--output", "out.png", "--checkpoint", "run.ckpt"]) == 0
    assert not Path("run.ckpt").exists()


def test_a_checkpoint_of_the_last_iteration_only_needs_its_picture(interrupted, monkeypatch):
    reached, facts = checkpoint.read("run.ckpt")
    facts["iteration"] = 8
    checkpoint_of(reached, facts)
    assert main(["resume", "run.ckpt", "--output", "new.png"]) == 0
    assert read("new.png").record["result"]["iterations"] == 8


def checkpoint_of(reached: Reached, facts: dict) -> None:
    import json

    save_file(
        {"image": reached.image},
        "run.ckpt",
        {"format": checkpoint.EARLIER, "about": json.dumps(facts | {"state": None})},
    )


def said(capsys, *words: str) -> str:
    assert main(list(words)) == 2
    return capsys.readouterr().err


def test_what_is_painted_cannot_change(interrupted, capsys):
    assert "--size cannot change in the middle of a painting" in said(capsys, "resume", "run.ckpt", "--size", "64")
    assert Path("run.ckpt").exists()


def test_another_number_of_styles_is_refused(interrupted, capsys):
    text = said(capsys, "resume", "run.ckpt", "--style", "style.png", "photo.png")
    assert "run.ckpt was painted in 1 style, but --style names 2; give the same" in text


def test_other_inputs_are_refused(interrupted, capsys):
    text = said(capsys, "resume", "run.ckpt", "--content", "style.png")
    assert "style.png is not the content that run.ckpt was painted from; give that with --content" in text
    picture(50, 40, 3).save("photo.png")
    assert "photo.png is not the content" in said(capsys, "resume", "run.ckpt")
    Path("photo.png").unlink()
    assert "the content photo.png is neither where it was nor beside run.ckpt" in said(capsys, "resume", "run.ckpt")


def test_files_that_are_no_checkpoints(folder, capsys):
    assert "there is no checkpoint" in said(capsys, "resume", "nowhere.ckpt")
    assert "is not a checkpoint of neuralart" in said(capsys, "resume", "photo.png")
    save_file({"image": picture(8, 8).pixels}, "other.safetensors")
    assert "is not a checkpoint of neuralart" in said(capsys, "resume", "other.safetensors")
    save_file({"image": picture(8, 8).pixels}, "bad.ckpt", {"format": checkpoint.EARLIER, "about": "{}"})
    assert "is damaged" in said(capsys, "resume", "bad.ckpt")
    assert "neuralart resume FILE" in said(capsys, "resume")


def test_nothing_is_overwritten(interrupted, capsys):
    new = [*WORDS, "--num-iters", "2", "--output", "new.png", "--checkpoint"]
    assert "continue it with neuralart resume run.ckpt" in said(capsys, *new, "run.ckpt")
    assert "it is another file" in said(capsys, *new, "log.jsonl")
    assert "would overwrite an input" in said(capsys, *new, "photo.png")


def test_help(capsys):
    assert main(["resume", "--help"]) == 0
    assert capsys.readouterr().out.startswith("usage: neuralart resume CHECKPOINT [options]")
    assert commands.COMMANDS["resume"] is commands.resume
    assert painting.paint


# ----------------------------------------------------------------------------------------- somebody else's checkpoint


def changed(**changes):
    reached, facts = checkpoint.read("run.ckpt")
    facts["options"] |= changes
    checkpoint_of(reached, facts)


def test_files_outside_of_the_folder_are_not_written(interrupted, tmp_path, capsys, caplog):
    """A checkpoint may come from anywhere, and name any file that its reader can write."""
    victims = {name: tmp_path.parent / f"{tmp_path.name}-{name}" for name in ("a.png", "a.jsonl", "a.gif", "b.png")}
    for victim in victims.values():
        victim.write_bytes(b"precious")
    changed(output=str(victims["a.png"]), log=str(victims["a.jsonl"]), sheet=str(victims["b.png"]))
    assert main(["resume", "run.ckpt"]) == 0
    assert all(victim.read_bytes() == b"precious" for victim in victims.values())
    told = capsys.readouterr().err
    assert f"run.ckpt names {victims['a.png']} for --output, which is outside its folder; " in told
    assert Path(victims["a.png"].name).exists()


def test_files_inside_are_not_replaced_unless_asked(interrupted, capsys):
    Path("notes.png").write_bytes(b"precious")
    changed(output="notes.png")
    told = said(capsys, "resume", "run.ckpt")
    assert "'notes.png', which run.ckpt names as its output, already exists; add --overwrite, or give --output" in told
    told = said(capsys, "resume", "run.ckpt", "--output", "photo.png")
    assert "--output 'photo.png' already exists; add --overwrite" in told
    assert main(["resume", "run.ckpt", "--overwrite"]) == 0
    assert read("notes.png").record["result"]["iterations"] == 8


def test_what_records_the_course_is_never_replaced(folder, capsys):
    course = ("--log", "log.jsonl", "--plot", "plot.svg", "--animation", "film.gif")
    with ctrl_c_after(3):
        words = [*WORDS, "--num-iters", "4", "--output", "out.png", "--checkpoint", "run.ckpt"]
        assert main([*words, "--sheet", "sheet.png", *course]) == 130
    before = {name: Path(name).read_bytes() for name in course[1::2]}
    Path("sheet.png").write_bytes(b"of the first part")
    assert main(["resume", "run.ckpt", "--overwrite"]) == 0
    assert {name: Path(name).read_bytes() for name in course[1::2]} == before
    assert all(Path(name).exists() for name in ("log-2.jsonl", "plot-2.svg", "film-2.gif"))
    assert read("sheet.png").width > 48
    assert not Path("sheet-2.png").exists()


@pytest.mark.parametrize("where", ["", "kept"])
def test_files_are_written_where_they_were_from_any_folder(folder, monkeypatch, where):
    Path("kept").mkdir()
    words = [*WORDS, "--num-iters", "4", "--log", "kept/log.jsonl", "--output-dir", "frames"]
    with ctrl_c_after(3):
        assert main([*words, "--output", "out.png", "--checkpoint", str(Path(where, "run.ckpt"))]) == 130
    Path("frames/0003.jpg").unlink()  # would need --overwrite, since it is written again
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    words = ["--content", "../photo.png", "--style", "../style.png"]
    assert main(["resume", str(Path("..", where, "run.ckpt")), *words]) == 0
    assert list(elsewhere.iterdir()) == []
    assert read(folder / where / "out.png").record["result"]["iterations"] == 4
    assert (folder / where / "frames" / "0004.jpg").exists()
    assert (folder / "kept" / "log-2.jsonl").exists()


def test_frames_are_not_replaced_unless_asked(interrupted, capsys):
    Path("there").mkdir()
    Path("there/0007.jpg").write_bytes(b"precious")
    changed(output_dir="there", output="new.png")
    assert "the frame '0007.jpg' already exists in 'there'; add --overwrite" in said(capsys, "resume", "run.ckpt")
    Path("there/0007.jpg").rename("there/0005.jpg")
    assert main(["resume", "run.ckpt"]) == 0
    assert Path("there/0005.jpg").read_bytes() == b"precious"
    assert Path("there/0008.jpg").exists()


def test_weights_that_a_checkpoint_names(interrupted, capsys):
    for name in ("/etc/passwd", "gone.th", "photo.png"):
        changed(weights=name)
        told = said(capsys, "resume", "run.ckpt")
        assert f"the weights {name} are missing, or are not those that run.ckpt was painted with" in told
        assert "root" not in told


def test_inputs_are_shown(interrupted, capsys):
    capsys.readouterr()
    assert main(["resume", "run.ckpt"]) == 0
    told = capsys.readouterr().err
    assert "content: photo.png, from run.ckpt\n" in told
    assert "style: style.png, from run.ckpt\n" in told


def test_a_size_that_is_not_the_images(interrupted, capsys):
    changed(size=0, output="new.png")
    assert "its image fits none of this painting's scales" in said(capsys, "resume", "run.ckpt")


def test_a_network_given_in_python_is_in_no_checkpoint(folder, capsys):
    network = neuralart.Network.of(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()), ["1"])
    run = neuralart.prepare(
        "photo.png", "style.png", neuralart.Options(size=48, num_iters=2, cpu=True), network=network
    )
    keep = checkpoint.Checkpoint("run.ckpt", interval=1, facts=run.facts())
    keep(next(step for step in run.steps() if step.iteration == 1))
    assert main(["resume", "run.ckpt"]) == 2
    told = "run.ckpt was painted with a network passed in Python; only Python can continue it"
    assert told in capsys.readouterr().err


def test_a_checkpoint_from_python_is_continued_on_the_command_line(folder):
    keep = checkpoint.Checkpoint("run.ckpt", interval=3)
    options = {"size": 48, "num_iters": 5, "cpu": True, "model": "compact", "tolerance": 0.0}
    for step in neuralart.iterate("photo.png", "style.png", **options):
        keep(step)
        if step.iteration == 3:
            break
    assert main(["resume", "run.ckpt", "--output", "out.png"]) == 0
    whole = neuralart.stylize("photo.png", "style.png", **options)
    assert torch.equal(read("out.png").pixels, read_again(whole).pixels)


def read_again(made):
    made.save("whole.png")
    return read("whole.png")
