"""neuralart video: a film in, a painted film out, whatever happens on the way."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import filelock
import pytest

from neuralart.cli import video
from neuralart.cli.frames import Told
from neuralart.facts import Bears
from neuralart.jobs.folder import GONE
from neuralart.options import declared, flag
from neuralart.video import raft
from neuralart.video.film import opened
from neuralart.video.kept import Kept

from ..test_options import SAMPLES
from ..video.flows import still, without_torchvision
from ..video.movies import movie, read_back, scene
from .made import SMALL, picture

FILM = ("video", "in.mp4", "--style", "style.png", *SMALL, "--workers", "1")
USUAL = (*FILM, "--output", "out.mp4")


@pytest.fixture(autouse=True)
def film(place):
    movie("in.mp4", [*scene(2), *scene(2, seed=7)], times=[0, 30, 90, 130], sound="aac")


def frames(path):
    return [shot.picture() for shot in opened(path).shots()]


def test_a_film_is_painted_with_its_sound(call):
    code, out, err = call(*USUAL)
    assert code == 0, err
    lines = out.splitlines()
    assert lines[0].startswith("frame 1/4  scene 1/2  total ")
    assert lines[3].startswith("frame 4/4  scene 2/2  total ")
    assert lines[3].endswith("0:00 left")
    assert "temporal " in lines[1]
    assert lines[4].startswith("out.mp4: 4 frames, 32 x 24 pixels, ")
    (before, _, heard), (after, images, copied) = read_back("in.mp4"), read_back("out.mp4")
    assert before == after
    assert heard == copied
    assert images[0].shape == (24, 32, 3)
    assert not Path("out.frames").exists()


def test_one_frame_and_an_odd_size_are_told_as_they_are(call):
    for name, size in (("out.mp4", "36 x 26"), ("out.mkv", "36 x 27")):
        out = call(*FILM, "--size", "36", "--to", "0.01", "--output", name).out
        assert out.splitlines()[-1].startswith(f"{name}: 1 frame, {size} pixels, ")
    assert read_back("out.mp4")[1][0].shape == (26, 36, 3)


def test_a_part(call):
    assert call(*USUAL, "--from", "0.03", "--to", "0.1", "--quiet").code == 0
    assert [float(time) for time in read_back("out.mp4")[0]] == pytest.approx([0, 0.06])


@pytest.mark.parametrize("error", GONE)
def test_another_process_that_has_just_written_the_film_is_no_obstacle(call, monkeypatch, error):
    def written(lock, *given, **named):
        """The other one writes the film and removes the frames while this one makes its lock."""
        if Path(lock.lock_file).name != "film.lock":
            return acquire(lock, *given, **named)
        shutil.rmtree("out.frames")
        raise error

    acquire = filelock.FileLock.acquire
    monkeypatch.setattr(filelock.FileLock, "acquire", written)
    code, out, err = call(*USUAL, "--to", "0.1")
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == "out.mp4: another process has written it"


@pytest.fixture
def stays(monkeypatch):
    """Painted frames are not removed in the end."""
    monkeypatch.setattr(Kept, "remove", lambda self: None)


def kept(folder):
    return {file.name: file.read_bytes() for file in Path(folder).glob("*.png")}


def test_two_processes_paint_the_same_film(call, stays):
    assert call(*FILM, "--output", "one.mp4", "--quiet").code == 0
    code, out, err = call(*FILM, "--output", "two.mp4", "--workers", "2")
    assert code == 0, err
    lines = out.splitlines()
    assert sorted(line.split()[1] for line in lines[:4]) == [f"{k}/4" for k in range(1, 5)]
    assert all("painted" in line for line in lines[:4])
    assert len(kept("one.frames")) == 4
    assert kept("two.frames") == kept("one.frames")
    assert Path("two.mp4").read_bytes() == Path("one.mp4").read_bytes()


@pytest.mark.parametrize("count", [1, 2])
def test_a_film_of_a_frame_or_two(call, count):
    movie("in.mp4", scene(count), times=[0, 70][:count])
    assert call(*USUAL, "--passes", "2", "--quiet").code == 0
    times, images, _ = read_back("out.mp4")
    assert [float(time) for time in times] == pytest.approx([0, 0.07][:count])
    assert len(images) == count


def test_without_an_output(call):
    assert call(*FILM, "--quiet", "--every", "4").code == 0
    assert call(*FILM, "--quiet", "--every", "4").code == 0
    assert Path("in-style.mp4").exists()
    assert Path("in-style-2.mp4").exists()


def test_a_format_without_sound(call):
    code, out, _ = call(*FILM, "--output", "out.gif")
    assert code == 0
    assert "out.gif: without the film's sound, which only a film's file holds" in out


def test_quiet_says_nothing(call):
    assert call(*USUAL, "--quiet")[:2] == (0, "")


def test_help(call):
    code, out, _ = call("video", "--help")
    assert code == 0
    for name in ("--begin", "--from", "--to", "--every", "--fps", "--codec", "--temporal", "--flow", "--passes"):
        assert name in out


@pytest.fixture
def ended(call, monkeypatch):
    """Ctrl-C after two of four frames."""
    usual = Told.done

    def stop(self, done):
        usual(self, done)
        if done.frame.index == 1:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Told, "done", stop)
        code, _, err = call(*USUAL)
    assert code == 130
    assert "interrupted: what is painted is kept in out.frames: go on with neuralart resume out.frames" in err
    assert sorted(file.name for file in Path("out.frames").glob("*.png")) == ["0-000000.png", "0-000001.png"]
    assert not Path("out.mp4").exists()


@pytest.mark.parametrize("way", ["resume", "again", "elsewhere"])
def test_what_was_ended_goes_on_to_the_same_film(call, ended, monkeypatch, way, tmp_path):
    remove, copies = Kept.remove, [Path("whole").absolute(), Path("resumed").absolute()]
    monkeypatch.setattr(Kept, "remove", lambda self: (shutil.copytree(self.folder, copies.pop()), remove(self)))
    words = USUAL if way == "again" else ("resume", "out.frames")
    if way == "elsewhere":
        here = Path.cwd()
        monkeypatch.chdir(tmp_path)
        words = ("resume", here / "out.frames")
    code, out, err = call(*words)
    assert code == 0, err
    assert [line.split()[1] for line in out.splitlines() if line.startswith("frame")] == ["3/4", "4/4"]
    if way == "elsewhere":
        monkeypatch.chdir(here)
    assert not Path("out.frames").exists()
    Path("out.mp4").rename("resumed.mp4")
    assert call(*USUAL, "--quiet").code == 0
    whole, resumed = kept("whole"), kept("resumed")
    assert [name for name in whole if whole[name] != resumed[name]] == []
    assert Path("resumed.mp4").read_bytes() == Path("out.mp4").read_bytes()


def test_what_is_painted_cannot_change(call, ended):
    code, _, err = call("resume", "out.frames", "--seed", "3")
    assert (code, err) == (2, "neuralart: --seed cannot change in the middle of a film; leave it out, or paint anew\n")
    code, _, err = call("resume", "out.frames", "--temporal", "3")
    assert (code, err.partition(";")[0]) == (2, "neuralart: --temporal cannot change in the middle of a film")
    code, _, err = call(*USUAL, "--seed", "3")
    assert code == 2
    assert "'out.frames' holds frames of another painting (not the same options); remove it" in err
    assert call("resume", "out.frames", "--output", "other.mkv", "--workers", "1", "--quiet").code == 0
    assert len(frames("other.mkv")) == 4


def test_a_film_that_is_there_is_not_overwritten_unless_asked(call, ended):
    Path("out.mp4").write_bytes(b"precious")
    before = kept("out.frames")
    code, _, err = call("resume", "out.frames")
    told = "neuralart: 'out.mp4' already exists; add --overwrite, or give another --output\n"
    assert (code, err) == (2, told)
    assert Path("out.mp4").read_bytes() == b"precious"
    assert kept("out.frames") == before
    assert call("resume", "out.frames", "--overwrite", "--workers", "1", "--quiet").code == 0
    assert len(frames("out.mp4")) == 4


def test_flow_by_a_network(call, monkeypatch, stays):
    """Its weights are part of what a film is painted from."""
    movie("in.mp4", scene(2))
    made = still()
    monkeypatch.setattr(raft, "load", lambda progress: made)
    words = (*FILM, "--output", "one.mp4", "--flow", "raft", "--quiet")
    assert call(*words).code == 0
    assert made.network.asked == 2  # from the second frame to the first, and back
    assert len(frames("one.mp4")) == 2
    same = json.loads(Path("one.frames/film.json").read_text())["same"]
    assert same["network for flow"] == {"name": "raft_small", "sha256": "a" * 64}
    Path("one.frames/0-000001.png").unlink()
    other = still("b" * 64)
    monkeypatch.setattr(raft, "load", lambda progress: other)
    for again in (words, ("resume", "one.frames", "--overwrite", "--quiet")):
        code, _, err = call(*again)
        assert code == 2
        assert "'one.frames' holds frames of another painting (not the same network for flow)" in err
    assert not other.network.asked
    monkeypatch.setattr(raft, "load", lambda progress: made)
    assert call("resume", "one.frames", "--overwrite", "--quiet").code == 0
    assert made.network.asked == 4
    assert call(*FILM, "--output", "two.mp4", "--quiet").code == 0
    assert "network for flow" not in json.loads(Path("two.frames/film.json").read_text())["same"]


def test_flow_by_a_network_without_torchvision(call, monkeypatch):
    without_torchvision(monkeypatch)
    assert call(*USUAL, "--flow", "raft") == (
        2,
        "",
        'neuralart: --flow raft needs torchvision, which is not installed: pip install "neuralart[raft]", or say'
        " --flow dis\n",
    )


def test_a_folder_that_is_none_of_ours(call, place):
    (place / "mine").mkdir()
    code, _, err = call("resume", "mine")
    assert code == 2
    assert "none in which painted frames of a film are kept; give the one that neuralart video named\n" in err


def test_frames_that_were_kept_in_python(call, ended):
    about = Path("out.frames/film.json")
    about.write_text(json.dumps(json.loads(about.read_text()) | {"given": {}}))
    code, _, err = call("resume", "out.frames")
    assert code == 2
    assert "was made in Python; go on from it there" in err


def test_an_error_on_the_way_says_what_is_kept(call, monkeypatch):
    from neuralart.errors import PictureError

    def full(self, number, *others):
        raise PictureError("cannot write 'it': the disk is full; make room or write elsewhere")

    monkeypatch.setattr(Kept, "keep", full)
    code, _, err = call(*USUAL)
    assert code == 2
    assert "the disk is full; make room or write elsewhere; what is painted is kept in out.frames: go on with" in err


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("video",), "there is no film; give it first"),
        (("video", "--style", "style.png"), "there is no film; give it first"),
        (("video", "in.mp4"), "--style PAINTING is missing"),
        (("video", "nowhere.mp4", *FILM[2:]), "there is no such file"),
        (("video", "style.png", *FILM[2:]), "it is a picture; neuralart --content style.png paints it"),
        (("video", "text.jpg", *FILM[2:]), "cannot read 'text.jpg': it is not a picture but looks like"),
        ((*FILM, "--output", "in.mp4"), "would overwrite the film"),
        ((*FILM, "--output", "."), "cannot write '.': it is a folder; name a file in it"),
        ((*FILM, "--output", "-"), "a film needs a file or a folder"),
        ((*FILM, "--output", "out.avi"), "the suffix '.avi' is not known"),
        ((*FILM, "--output", "out.webm"), "the sound of 'in.mp4' is aac, which .webm does not hold"),
        ((*USUAL, "--codec", "prores"), "--codec prores does not go into .mp4; give --output NAME.mov"),
        ((*USUAL, "--from", "5", "--to", "2"), "--end is 2, and --begin is 5"),
        ((*USUAL, "--from", "9"), "--begin is 9, and 'in.mp4' lasts"),
        ((*USUAL, "--from", "1", "--begin", "2"), "--begin is given twice"),
        ((*USUAL, "--content", "photo.png"), "--content is the film itself"),
        ((*USUAL, "--flow", "rft"), "--flow is 'rft'"),
        ((*USUAL, "--size", "4"), "needs"),
        ((*USUAL, "--preserve", "frames"), "--preserve 'frames' has 3 frames, and 'in.mp4' has 4; make one mask for"),
        (("video", "frames", *FILM[2:]), "cannot read 'frames/1.png': the PNG data end early"),
        (("video", "none.mp4", *FILM[2:]), "cannot read 'none.mp4': there is no video stream in it; give a film"),
        ((*USUAL, "--display", "browser", "--workers", "2"), "--display shows one painting, and --workers asks for"),
        ((*USUAL, "--ray-cores", "2"), "--ray-cores is for --engine ray"),
    ],
)
def test_mistakes(mistake, words, part, place):
    (place / "frames").mkdir()
    for number in range(3):
        picture(60, 45).save(f"frames/{number}.png")
    Path("frames/1.png").write_bytes(Path("frames/1.png").read_bytes()[:300])
    movie("none.mp4", scene(1), times=[])
    Path("text.jpg").write_text("no picture\n")
    mistake(words, part)


@pytest.mark.parametrize("name", declared())
def test_every_option_of_a_painting(name):
    facts = declared()[name][0]
    text = SAMPLES[name][0]
    words = [flag(name)] if text is None else [flag(name), text]
    if name == "content" or (facts.bears in (Bears.FILE, Bears.FINISH) and name not in video.TAKEN):
        with pytest.raises(video.OptionError):
            video.taken(words)
    else:
        assert name in video.taken(words)
