"""neuralart estimate, and --memory, --tile and --pyramid from the command line."""

from __future__ import annotations

import json
import sys

import pytest
import pyvips
import torch

from neuralart import forecast
from neuralart.cli import main
from neuralart.image.read import read
from neuralart.values import spoken

from .. import warm
from ..video.movies import movie, scene
from .made import SMALL, merged, picture, quiet_environment

SINGLE = ("--precision", "float32")


@pytest.fixture
def here(tmp_path, monkeypatch):
    quiet_environment(monkeypatch, tmp_path / "cache")
    monkeypatch.setattr(forecast, "ENOUGH", 0.0)  # two evaluations are timed; how exactly is not what these are about
    monkeypatch.chdir(tmp_path)
    picture(640, 480).save("photo.png")
    picture(300, 300, seed=1).save("style.png")
    return tmp_path


def test_it_tells_what_a_painting_needs(here, capsys):
    assert (
        main(
            [
                *("estimate", "--content", "photo.png", "--model", "compact", "--scales", "1", *SINGLE),
                *("--size", "2000", "--memory", "2GB"),
            ]
        )
        == 0
    )
    text = capsys.readouterr().out
    assert "network   compact (compact.safetensors), float32 on cpu" in text
    assert "2000 x 1500, 3 megapixels" in text and "--memory: 2 GB" in text
    assert "none given; assumed to be as large as the content" in text
    assert "2000 x 1500 in tiles of" in text and "an estimate" in text
    assert {path.name for path in here.iterdir()} <= {"photo.png", "style.png", "cache"}


def test_styles_and_textures(here, capsys, monkeypatch):
    monkeypatch.setattr(forecast, "rate", lambda *run: 1e-9)  # it is not about the time, which would be measured

    def peak(*words):
        assert main(["estimate", *merged(["--style", "style.png", *SMALL, "--json", *words])]) == 0
        return json.loads(capsys.readouterr().out)

    photo = ("--content", "photo.png", "--size", 1024)
    usual, large = peak(*photo), peak(*photo, "--style-scale", 2)
    assert large["memory"]["peak"] > usual["memory"]["peak"]
    # The largest of several counts, and only if it is looked at.
    both = ["--style", "style.png", "style.png", "--style-size", "200,2048"]
    assert peak(*photo, *both)["memory"]["peak"] == pytest.approx(large["memory"]["peak"], rel=0.1)
    assert peak(*photo, *both, "--style-weights", "1,0")["memory"]["peak"] == pytest.approx(
        usual["memory"]["peak"], rel=0.1
    )
    texture = peak("--content", "none", "--size", "1024x256")
    assert texture["size"] == [1024, 256]
    assert main(["estimate", "--content", "none"]) == 2
    assert "--style PAINTING is missing; --content none needs it" in capsys.readouterr().err


def test_as_json(here, capsys):
    words = merged(["--content", "photo.png", "--style", "style.png", *SMALL, "--size", "512", "--json"])
    assert main(["estimate", *words]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["size"] == [512, 384] and found["style"] == "style.png" and found["seconds"] > 0
    assert found["memory"]["peak"] == max(scale["chosen"] for scale in found["scales"])
    assert sum(scale["evaluations"] for scale in found["scales"]) == 2
    assert found["kept"] and all(scale["whole"] < scale["chosen"] < 2 * scale["whole"] for scale in found["scales"])
    assert main(["estimate", *words[:-1]]) == 0
    assert "there is room to keep freed memory" in capsys.readouterr().out
    # This process holds more by now than before the first of them.
    assert main(["estimate", *words]) == 0
    whole = max(scale["whole"] for scale in json.loads(capsys.readouterr().out)["scales"])
    assert main(["estimate", *words, "--memory", f"{whole / 1e6 + 30:.0f}MB"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["scales"][-1]["whole"] >= found["scales"][-1]["chosen"]


def test_what_does_not_fit(here, capsys, alone):
    words = ["--content", "photo.png", "--model", "compact", "--size", "3000", "--memory", "500MB", "--scales", "1"]
    assert main(["estimate", *words, *SINGLE]) == 2
    out, err = capsys.readouterr()
    assert "3000 x 2250" in out and "chosen " not in out.splitlines()[-1]
    assert err.startswith("neuralart: 3000 x 2250 pixels need about ") and "or --size " in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--size", "100"], "--content PHOTO is missing"),
        (["--memory", "4 gigs", "--content", "photo.png"], "whose unit is not one of B, KB, KiB"),
        (["--memory", "4", "--content", "photo.png"], "--memory is '4', which is 4 bytes; give a unit, such as 4GB"),
        (["--memory", "much", "--content", "photo.png"], "--memory is 'much'; write a number and a unit"),
        (["--tile", "63", "--content", "photo.png"], "--tile is 63; it must be at least 64"),
        (
            ["--pyramid", "--output", "a.png", "--content", "photo.png"],
            "--pyramid needs a TIFF, but --output is 'a.png'",
        ),
    ],
)
def test_mistakes(here, capsys, words, message):
    assert main(["estimate", *words]) == 2
    assert message in capsys.readouterr().err


def test_painting_refuses_before_it_begins(here, capsys, alone):
    large = ["--size", "3000", "--memory", "500MB", "--scales", "1"]
    assert main(merged(["--content", "photo.png", "--style", "style.png", *SMALL, *large])) == 2
    assert "but --memory is 500 MB; give more, or --size " in capsys.readouterr().err
    assert not (here / "photo-style.png").exists()


def test_a_pyramid_is_a_tiff_by_default(here):
    assert main(["--content", "photo.png", "--style", "style.png", *SMALL, "--pyramid", "--tile", "64"]) == 0
    assert (here / "photo-style.tif").read_bytes()[:3] in (b"II+", b"MM\0")
    assert pyvips.Image.new_from_file("photo-style.tif").get("tile-width") == 256
    assert read("photo-style.tif").record["options"]["tile"] == 64


def test_times_in_words():
    assert [spoken(x) for x in (42, 600, 5400, 200_000)] == ["42 seconds", "10 minutes", "1 h 30 min", "2 days 7 h"]


LIMITED = """
import logging, resource, sys
from neuralart.cli import main

class Lifted(logging.Filter):
    # How much room the libraries take beside the picture differs from machine to machine, so tiles get all there is.
    def filter(self, record):
        if "the memory is full" in record.getMessage():
            resource.setrlimit(resource.RLIMIT_AS, unlimited)
        return True

logging.getLogger("neuralart.objective.resilient").addFilter(Lifted())
unlimited = resource.getrlimit(resource.RLIMIT_AS)
words = sys.argv[1:]
assert main([*words, "--size", "32", "--output", "small.png"]) == 0
with open("/proc/self/statm") as statm:
    loaded = int(statm.read().split()[0]) * resource.getpagesize()
# Whole, the picture takes 540 MB more than the libraries.
resource.setrlimit(resource.RLIMIT_AS, (loaded + 200 * 2**20, unlimited[1]))
sys.exit(main([*words, "--size", "1024", "--output", "large.png"]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not limit a process's memory")
def test_a_full_memory_costs_no_painting(here):
    picture(1024, 768).save("photo.png")
    # What --memory says leaves room for the whole.
    asked = ("--num-iters", "1", "--scales", "1", "--cpu", "--optimizer", "sgd", "--memory", "2.5GB")
    words = merged(["--content", "photo.png", "--style", "style.png", *SMALL, *asked])
    size = words.index("--size")
    done = warm.run(
        [sys.executable, "-c", LIMITED, *words[:size], *words[size + 2 :]], capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr
    assert "the memory is full; continuing in tiles of 512 pixels" in done.stderr
    assert read("large.png").size == (1024, 768)
    assert (read("large.png").pixels - read("photo.png").pixels).abs().mean() > 0.1


def test_a_film(here, capsys):
    movie("in.mp4", [*scene(3, (64, 48)), *scene(3, (64, 48), seed=7)])
    words = ["estimate", "--content", "in.mp4", "--style", "style.png", *SMALL]
    assert main([*words, "--passes", "2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {name: found["film"][name] for name in ("frames", "scenes", "passes")} == {
        "frames": 6,
        "scenes": 2,
        "passes": 2,
    }
    assert found["seconds"] > found["film"]["frame"] > 0
    assert main([*words, "--every", "6"]) == 0
    assert "film      1 frame, 1 scene\n" in capsys.readouterr().out
    assert main(["estimate", "--content", "photo.png", "--passes", "2", *SMALL]) == 2
    assert "are for a film, and --content 'photo.png' is a picture" in capsys.readouterr().err


def test_a_films_time_is_that_of_its_workers(here, capsys, monkeypatch):
    """Two scenes of three frames; the first frame of each takes 40 iterations, the others take 8, and flow a second."""
    movie("in.mp4", [*scene(3, (64, 48)), *scene(3, (64, 48), seed=7)])
    words = ["estimate", "--content", "in.mp4", "--style", "style.png", *SMALL, "--num-iters", "40", "--scales", "1"]
    monkeypatch.setattr(torch, "get_num_threads", lambda: 4)
    threads = []
    monkeypatch.setattr(torch, "set_num_threads", threads.append)
    monkeypatch.setattr(forecast, "seconds", lambda run, wishes, choice: 50.0)
    monkeypatch.setattr("neuralart.video.forecast.flow_seconds", lambda made: 1.0)

    def spent(*more):
        assert main([*merged(words), *more, "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        return found["film"]["workers"], found["seconds"]

    one = 50 + 10 + 2 + 10 + 4  # the third frame looks at two others, there and back
    assert spent() == (2, one)
    assert threads[0] == 2
    assert spent("--workers", "1") == (1, 2 * one)
    assert spent("--workers", "9") == (9, one)
    assert spent("--flow", "none") == (2, 150)
    both = 6 * 10 + 2 * (2 + 4 + 2)  # in the second pass, a scene is one stretch
    assert spent("--passes", "2") == (2, one + both / 2)
    assert main([*merged(words)]) == 0
    assert "film      6 frames, 2 scenes; 2 workers\n" in capsys.readouterr().out
    assert main(["estimate", "--content", "photo.png", "--workers", "2", *SMALL]) == 2
    assert "are for a film, and --content 'photo.png' is a picture" in capsys.readouterr().err
