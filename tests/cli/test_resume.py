"""neuralart resume: a painting that was ended early goes on from its checkpoint."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest
from safetensors.torch import save_file

from neuralart.cli import commands, main, painting
from neuralart.image.read import read
from neuralart.run.reached import Reached
from neuralart.watch import checkpoint
from neuralart.watch.progress import PlainLines

from .made import COMMAND, picture, quiet_environment

WORDS = ("--content", "photo.png", "--style", "style.png", "--model", "compact", "--display", "off", "--size", "48")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    quiet_environment(monkeypatch, tmp_path / "cache")
    monkeypatch.chdir(tmp_path)
    picture(50, 40, 1).save("photo.png")
    picture(40, 44, 2).save("style.png")
    return tmp_path


@pytest.fixture
def interrupted(folder, monkeypatch, capsys):
    """Stopped by Ctrl-C after iteration 6 of 8, in the second of two scales."""
    usual = PlainLines.__call__

    def stop(self, step):
        usual(self, step)
        if step.iteration == 6:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(PlainLines, "__call__", stop)
        words = [*WORDS, "--num-iters", "8", "--scales", "2", "--output", "out.png", "--checkpoint", "run.ckpt"]
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


def test_ctrl_c_says_how_to_go_on(interrupted, capsys):
    out = capsys.readouterr().out
    assert "out.png: 48 x 38 pixels" in out
    assert out.endswith("run.ckpt: go on from here with neuralart resume run.ckpt\n")


def test_one_process_that_is_killed_loses_little(folder):
    words = [str(COMMAND), *WORDS, "--num-iters", "100000", "--checkpoint", "run.ckpt", "--checkpoint-interval", "1"]
    run = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while not Path("run.ckpt").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
    finally:
        run.send_signal(signal.SIGKILL)
        run.wait()
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

    save_file({"image": reached.image}, "run.ckpt", {"format": checkpoint.KIND, "about": json.dumps(facts)})


def said(capsys, *words: str) -> str:
    assert main(list(words)) == 2
    return capsys.readouterr().err


def test_what_is_painted_cannot_change(interrupted, capsys):
    assert "--size cannot change in the middle of a painting" in said(capsys, "resume", "run.ckpt", "--size", "64")
    assert Path("run.ckpt").exists()


def test_another_number_of_styles_is_refused(interrupted, capsys):
    text = said(capsys, "resume", "run.ckpt", "--style", "style.png", "photo.png")
    assert "run.ckpt was painted in 1 style, and --style names 2; give the same" in text


def test_other_inputs_are_refused(interrupted, capsys):
    text = said(capsys, "resume", "run.ckpt", "--content", "style.png")
    assert "style.png is not the content that run.ckpt was painted from; give that with --content" in text
    picture(50, 40, 3).save("photo.png")
    assert "photo.png is not the content" in said(capsys, "resume", "run.ckpt")
    Path("photo.png").unlink()
    assert "the content photo.png is not where it was, nor beside run.ckpt" in said(capsys, "resume", "run.ckpt")


def test_files_that_are_no_checkpoints(folder, capsys):
    assert "there is no checkpoint" in said(capsys, "resume", "nowhere.ckpt")
    assert "is not a checkpoint of neuralart" in said(capsys, "resume", "photo.png")
    save_file({"image": picture(8, 8).pixels}, "other.safetensors")
    assert "is not a checkpoint of neuralart" in said(capsys, "resume", "other.safetensors")
    save_file({"image": picture(8, 8).pixels}, "bad.ckpt", {"format": checkpoint.KIND, "about": "{}"})
    assert "is damaged" in said(capsys, "resume", "bad.ckpt")
    assert "neuralart resume FILE" in said(capsys, "resume")


def test_nothing_is_overwritten(interrupted, capsys):
    new = [*WORDS, "--num-iters", "2", "--output", "new.png", "--checkpoint"]
    assert "go on from it with neuralart resume run.ckpt" in said(capsys, *new, "run.ckpt")
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
    assert f"run.ckpt names {victims['a.png']} for --output, which is outside of its folder; " in told
    assert Path(victims["a.png"].name).exists()


def test_files_inside_are_not_replaced_unless_asked(interrupted, capsys):
    Path("notes.png").write_bytes(b"precious")
    changed(output="notes.png")
    told = said(capsys, "resume", "run.ckpt")
    assert "'notes.png', where run.ckpt says to write, is there already; add --overwrite, or give --output" in told
    told = said(capsys, "resume", "run.ckpt", "--output", "photo.png")
    assert "--output 'photo.png' is there already; add --overwrite" in told
    assert main(["resume", "run.ckpt", "--overwrite"]) == 0
    assert read("notes.png").record["result"]["iterations"] == 8


def test_frames_are_not_replaced_unless_asked(interrupted, capsys):
    Path("there").mkdir()
    Path("there/0007.jpg").write_bytes(b"precious")
    changed(output_dir="there", output="new.png")
    assert "there is a frame '0007.jpg' in 'there' already; add --overwrite" in said(capsys, "resume", "run.ckpt")
    Path("there/0007.jpg").rename("there/0005.jpg")
    assert main(["resume", "run.ckpt"]) == 0
    assert Path("there/0005.jpg").read_bytes() == b"precious"
    assert Path("there/0008.jpg").exists()


def test_weights_that_a_checkpoint_names(interrupted, capsys):
    for name in ("/etc/passwd", "gone.th", "photo.png"):
        changed(weights=name)
        told = said(capsys, "resume", "run.ckpt")
        assert f"the weights {name} are not there, or not those that run.ckpt was painted with" in told
        assert "root" not in told


def test_inputs_are_shown(interrupted, capsys):
    capsys.readouterr()
    assert main(["resume", "run.ckpt"]) == 0
    told = capsys.readouterr().err
    assert "content: photo.png, as run.ckpt names it\n" in told
    assert "style: style.png, as run.ckpt names it\n" in told


def test_a_size_that_is_not_the_images(interrupted, capsys):
    changed(size=0, output="new.png")
    assert "its image is none of this painting's scales" in said(capsys, "resume", "run.ckpt")
