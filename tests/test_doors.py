"""Every option through every door: none of them treats it otherwise than its declaration says.

What an option bears on is declared once, in `neuralart.facts`. Here it is proved by painting that the declaration is
true, and by going through the doors that each of them acts on it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from importlib import import_module
from pathlib import Path

import pytest
import torch

import neuralart
from neuralart import api, build
from neuralart.app import form
from neuralart.areas import NAMES
from neuralart.cli import app as app_command
from neuralart.cli import estimate, parser
from neuralart.cli import resume as resume_command
from neuralart.cli.alternatives import plan
from neuralart.cli.recall import recalled
from neuralart.errors import OptionError
from neuralart.facts import Bears, Text
from neuralart.figures.labels import labels
from neuralart.image.write import write
from neuralart.options import Options, declared, files, flag, from_mapping
from neuralart.run.reached import Reached
from neuralart.weights.digest import sha256

from .cli.made import picture, quiet_environment
from .test_api import EFFECTS
from .test_options import EXCLUSIVE, SAMPLES

SMALL = {"size": 32, "num_iters": 2, "model": "compact", "precision": "float32", "display": "off"}
OPTIONS = {name: facts for name, (facts, _) in declared().items()}
INPUTS = ("content", "style")
IMPORT = r"from ([\w.]+) import (\w+)"
# Whatever the declaration says, these are what the words mean.
MACHINE_AND_MOMENT = {
    *("device", "cpu", "backend", "memory", "tile", "threads"),
    *("display", "display_interval", "display_port", "quiet"),
    *("max_megapixels", "overwrite"),
}


@pytest.fixture(autouse=True)
def place(monkeypatch, tmp_path):
    quiet_environment(monkeypatch, tmp_path / "cache")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def words(name: str) -> list[str]:
    text = SAMPLES[name][0]
    return [flag(name)] if text is None else [flag(name), text]


WEIGHTS = hashlib.sha256(b"").hexdigest()  # of an empty file


def origin(role: str) -> dict[str, str]:
    """What a record says of an input."""
    return {"path": f"{role}.png", "sha256": sha256(Path(f"{role}.png"))}


def masks(options: Options) -> dict[str, list[dict[str, str]]]:
    """What a record says of the masks that the options name, which are there."""
    found = {}
    for name in NAMES:
        if value := getattr(options, name):
            (file,) = value if OPTIONS[name].many else (value,)
            picture(8, 8).save(file)
            found[name] = [origin(Path(file).stem)]
    return found


def those(**wanted: bool) -> set[str]:
    """The options of which these facts hold."""
    return {name for name, facts in OPTIONS.items() if all(getattr(facts, k) is v for k, v in wanted.items())}


def test_what_belongs_to_the_machine_and_the_moment_is_never_replayed():
    found = {name for name, facts in OPTIONS.items() if facts.bears in (Bears.NUMBERS, Bears.ROOM, Bears.MOMENT)}
    assert found == MACHINE_AND_MOMENT
    assert not found & (those(is_replayed=True) | those(is_carried=True))


def test_what_names_a_file_says_so():
    for name, facts in OPTIONS.items():
        assert (facts.shown in ("FILE", "FOLDER", "PHOTO", "PAINTING")) == (
            facts.is_written or facts.text is Text.INPUT
        ), name
        assert not facts.is_written or facts.bears is Bears.FILE
        assert not facts.course or facts.is_written


@pytest.fixture(scope="module")
def usual():
    return painted({})


def painted(changes: dict) -> torch.Tensor:
    options = Options(**(SMALL | changes))
    run = api.prepare(picture(60, 45), picture(40, 50, seed=1), options)
    return list(run.steps())[-1].image


@pytest.mark.parametrize("name", [name for name, facts in OPTIONS.items() if facts.bears is not Bears.PICTURE])
def test_what_does_not_bear_on_the_picture_does_not_change_it(name, usual):
    found = painted({"display": "auto", name: SAMPLES[name][1]})
    assert (found - usual).abs().max() <= (0.01 if OPTIONS[name].bears in (Bears.NUMBERS, Bears.ROOM) else 0)


def test_what_bears_on_the_picture_changes_it():
    # Each of EFFECTS is painted in tests/test_api.py. The inputs and the network are other pictures and other numbers.
    proved = {case.partition("'")[0].partition(" ")[0] for case in EFFECTS}
    assert {name for name, facts in OPTIONS.items() if facts.bears is Bears.PICTURE} == proved | {
        *("content", "style", "model", "weights", "accept_damaged", "weights_convention"),
        *NAMES,  # the masks: in tests/recipes/test_regions.py
    }


def test_what_the_network_depends_on():
    seen: set[str] = set()

    class Watched(Options):
        def __getattribute__(self, name):
            if name in OPTIONS:
                seen.add(name)
            return super().__getattribute__(name)

    for given in ({}, {"precision": "auto"}, {"precision": "auto", "recipe": "original"}):
        wanted = Watched(**(SMALL | given))
        seen.clear()
        build.provision(wanted)
        assert seen - those(network=True) == set()
    assert "recipe" in those(network=True)


@pytest.mark.parametrize("name", OPTIONS)
def test_python(name):
    facts, value = OPTIONS[name], SAMPLES[name][1]
    if facts.is_keyword:
        assert getattr(api.chosen({name: value}), name) == value
        assert getattr(api.chosen({}, Options(**{name: value})), name) == value
        return
    with pytest.raises(OptionError) as caught:
        api.chosen({name: value})
    wanted = f"belongs to the command line; in Python, {facts.python}" if facts.python else "is a separate argument"
    assert wanted in str(caught.value)
    # What it tells to import is there, and only public names need no import.
    for source, what in re.findall(IMPORT, facts.python):
        assert hasattr(import_module(source), what)
    assert set(re.findall(r"\bneuralart\.(\w+)", re.sub(IMPORT, "", facts.python))) <= set(neuralart.__all__)
    if facts.argument:
        # The arguments themselves take the place of what an Options object names.
        assert api.chosen({}, Options(**{name: value})) == Options()
    else:
        with pytest.raises(OptionError, match=f"^'{name}' belongs to the command line"):
            api.chosen({}, Options(**{name: value}))


def test_what_writes_is_no_keyword():
    # What is kept of the photograph's notes is decided when it is read.
    assert {name for name, facts in OPTIONS.items() if facts.bears in (Bears.FILE, Bears.FINISH)} - {"keep_gps"} <= (
        those(is_keyword=False)
    )


@pytest.mark.parametrize("name", OPTIONS)
def test_record_and_again(name, place):
    facts, value = OPTIONS[name], SAMPLES[name][1]
    options = Options(**{"content": "photo.png", "style": "style.png", name: value}).record()
    assert from_mapping(json.loads(json.dumps(options))).record() == options
    for role in INPUTS:
        picture(8, 8).save(f"{role}.png")
    Path("vgg.th").write_bytes(b"")
    record = {"options": options, "network": {"sha256": WEIGHTS}} | {role: origin(role) for role in INPUTS}
    record["masks"] = masks(from_mapping(options))
    write(picture(8, 8), "made.png", record=record)
    found = recalled(place / "made.png", set())
    assert (name in found) == facts.is_replayed
    if facts.is_replayed and name not in INPUTS:
        assert getattr(from_mapping(found), name) == value


@pytest.fixture
def resumed(place, monkeypatch):
    """resumed(options, words) -> the options with which a run goes on, from a checkpoint of these options."""
    for role in INPUTS:
        picture(8, 8).save(f"{role}.png")
    (place / "log.jsonl").touch()
    (place / "vgg.th").touch()
    kept: list[Options] = []
    monkeypatch.setattr(resume_command, "paint", lambda options, resumed: kept.append(options) or 0)

    def resume(options: Options, given: list[str]) -> Options:
        facts = {
            "options": options.record(),
            "network": {"name": options.model, "precision": options.precision, "sha256": WEIGHTS},
            "masks": masks(options),
        } | {role: origin(role) for role in INPUTS}
        image = torch.zeros(1, 3, 8, 8)
        monkeypatch.setattr(resume_command, "read", lambda path: (Reached(image, 1, 1, 1.0, 1.0, {}), facts))
        assert resume_command.run(["run.ckpt", *given]) == 0
        return kept[-1]

    return resume


@pytest.mark.parametrize("name", OPTIONS)
def test_resume(name, resumed):
    facts, (_, value) = OPTIONS[name], SAMPLES[name]
    then = Options(**{name: value})
    if name not in (*INPUTS, "checkpoint"):
        now = getattr(resumed(then, []), name)
        if facts.course:
            # What the first part of the run wrote stays.
            assert now == ("log-2.jsonl" if name == "log" else value)
        else:
            assert now == (value if facts.is_carried else declared()[name][1])
    if facts.is_fixed:
        with pytest.raises(OptionError, match=f"^{flag(name)} cannot change in the middle of a painting"):
            resumed(Options(), words(name))
    else:
        given = [*words(name), "--overwrite"] if name == "log" else words(name)  # the log is there
        assert getattr(resumed(Options(), given), name) == value


@pytest.mark.parametrize("name", OPTIONS)
def test_sweep(name):
    given = [f"{flag(name)}=yes"] if OPTIONS[name].kind is bool else words(name)
    # Anything that is swept beside it.
    given += ["--history", "1,2"] if name != "history" else ["--seed", "1,2"]
    if OPTIONS[name].is_swept:
        assert {getattr(one.options, name) for one in plan(given)[1]} == {SAMPLES[name][1]}
    else:
        with pytest.raises(OptionError, match=f"^{flag(name)} is for a single picture"):
            plan(given)


def test_a_sweep_tells_apart_whatever_changes_the_picture():
    assert {name for name, facts in OPTIONS.items() if facts.bears is Bears.PICTURE} <= those(is_labelled=True)


@pytest.mark.parametrize("name", OPTIONS)
def test_labels(name):
    records = [{"options": Options().record()}, {"options": Options(**{name: SAMPLES[name][1]}).record()}]
    titles = [title for title, _ in labels(records, ["a", "b"])]
    assert titles[1].startswith(f"{name.replace('_', '-')} ") == OPTIONS[name].is_labelled
    assert (titles == ["a", "b"]) != OPTIONS[name].is_labelled


@pytest.mark.parametrize("name", OPTIONS)
def test_the_web_app(name):
    facts, value = OPTIONS[name], SAMPLES[name][1]
    assert sum((facts.is_in_form, facts.is_owners, bool(facts.app))) == 1
    if facts.is_in_form:
        assert getattr(form.chosen({name: value}), name) == value
        assert name in {entry.name for entry in form.entries()}
    else:
        reason = f"has no effect in the app: {facts.app}" if facts.app else "is chosen by the app's owner"
        with pytest.raises(OptionError, match=f"^'{name}' {reason}"):
            form.chosen({name: value})
    if name == "max_megapixels":
        assert app_command.parse(words(name))[1] == {}  # the app has a limit of its own by that name
    elif facts.app:
        with pytest.raises(OptionError) as caught:
            app_command.parse(words(name))
        assert str(caught.value) == f"{flag(name)} has no effect in the app: {facts.app}"
    else:
        assert app_command.parse(words(name))[1] == {name: value}


@pytest.mark.parametrize("name", OPTIONS)
def test_estimate(name, monkeypatch, capsys):
    kept: list[Options] = []
    monkeypatch.setattr(estimate, "estimate", lambda options: kept.append(options) or ({}, None))
    given = words(name) if name == "content" else ["--content", "photo.png", *words(name)]
    assert estimate.run([*given, "--json"]) == 0
    assert getattr(kept[0], name) == SAMPLES[name][1]


@pytest.mark.parametrize("name", OPTIONS)
def test_mistakes_are_told_in_the_doors_own_words(name):
    from neuralart.cli import main
    from neuralart.errors import keywords, speaking

    facts = OPTIONS[name]
    if facts.kind is bool:
        return
    with pytest.raises(OptionError) as caught:
        Options(**{name: ""})
    assert caught.value.options == (name,)
    assert str(caught.value).startswith(f"{flag(name)} is ")
    with speaking(keywords):
        assert str(caught.value).startswith(f"{name} is ")
        assert main([flag(name), ""]) == 2
        assert str(caught.value).startswith(f"{name} is ")


def test_the_command_line_speaks_of_flags(capsys):
    from neuralart.cli import main
    from neuralart.errors import keywords, speaking

    with speaking(keywords):
        assert main(["--style-factor", "x"]) == 2
    assert capsys.readouterr().err == "neuralart: --style-factor is 'x'; it must be a number\n"


def test_files():
    options = Options(content="a.jpg", style=("b.jpg", "c.jpg"), output="d.png", weights="e.th", output_dir="f")
    assert files(options, Text.INPUT) == [
        *(("content", "a.jpg"), ("style", "b.jpg"), ("style", "c.jpg"), ("weights", "e.th"))
    ]
    assert files(options, Text.OUTPUT, Text.FOLDER) == [("output", "d.png"), ("output_dir", "f")]


def test_the_options_of_a_process_that_nobody_watches():
    from neuralart.cli.together import silenced

    class Second:
        is_first = False

    kept = silenced(Options(**{name: value for name, (_, value) in SAMPLES.items() if name not in EXCLUSIVE}), Second())
    # The picture is named by all, though the first process alone writes it.
    assert [name for name, _ in files(kept, Text.OUTPUT, Text.FOLDER)] == ["output"]
    assert (kept.quiet, kept.display) == (True, "off")
    changed = {one.name for one in dataclasses.fields(Options) if getattr(kept, one.name) != SAMPLES[one.name][1]}
    assert all(OPTIONS[name].bears in (Bears.FILE, Bears.MOMENT) for name in changed - set(EXCLUSIVE))


def test_the_parser_takes_all_of_them():
    assert {action.dest for action in parser.build()._actions} - {"help", "version"} == set(OPTIONS)
