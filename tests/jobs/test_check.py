"""Rows -> jobs: whatever is wrong is found beforehand, in one line each."""

from __future__ import annotations

from pathlib import Path

import pytest

from neuralart.errors import JobsError, OptionError
from neuralart.jobs.check import Checker, taken
from neuralart.jobs.table import Row
from neuralart.options import declared, flag

from ..test_options import SAMPLES
from .made import inputs, jobs

GOOD = {"content": "photo.png", "style": "style.png", "output": "out.png"}


@pytest.fixture(autouse=True)
def here(place):
    inputs()


def refused(*rows, **common):
    with pytest.raises(JobsError) as caught:
        Checker(common, "jobs.csv").checked(Row(k, row) for k, row in enumerate(rows, 2))
    head, *lines = str(caught.value).splitlines()
    assert head == f"jobs.csv: {len(lines)} of {len(rows)} jobs cannot be painted, so nothing is painted:"
    return lines


@pytest.mark.parametrize("name", SAMPLES)
def test_every_option_is_taken_or_refused_as_declared(name):
    facts, value = declared()[name][0], SAMPLES[name][1]
    if facts.is_batched:
        assert taken({flag(name)[2:]: value}) == {name: value}
        text = SAMPLES[name][0]
        if name not in ("content", "style", "output") and text and facts.text.name not in ("INPUT", "FIRST"):
            assert getattr(jobs([GOOD | {"output": "out.tif", name: text}])[0].options, name) == value
    else:
        with pytest.raises(OptionError, match=f"^{flag(name)} belongs to a single picture"):
            taken({name: value})


def test_a_jobs_own_options_go_first():
    one, other = jobs([GOOD, GOOD | {"output": "b.png", "size": "64", "priority": "2"}], size=32, seed=5)
    assert (one.options.size, one.options.seed, one.priority) == (32, 5, 0)
    assert (other.options.size, other.options.seed, other.priority) == (64, 5, 2)
    # A preset of its own goes before what holds for all.
    assert jobs([GOOD | {"preset": "bold"}], strength=0.1)[0].options.strength == 0.65


def test_all_bad_rows_are_told_by_line():
    assert refused(
        GOOD,
        GOOD | {"sise": 3},
        GOOD | {"size": "x", "output": "b.png"},
        GOOD | {"content": "foto.png", "output": "c.png"},
        GOOD | {"output": "./out.png"},
        {"style": "style.png", "output": "d.png"},
        {"content": "photo.png", "style": "style.png"},
        GOOD | {"output": "e.pnk"},
        GOOD | {"content": "-", "output": "f.png"},
        GOOD | {"priority": "high", "output": "g.png"},
        GOOD | {"output": "{contnet}.png"},
        GOOD | {"style": ["style.png", 3], "output": "h.png"},
        GOOD | {"size": 64, "--size": 32, "output": "i.png"},
        GOOD | {"content": "a\0b", "output": "j.png"},
    ) == [
        "  line 3: there is no option 'sise'; did you mean 'size'?",
        "  line 4: --size is 'x'; it must be a whole number",
        "  line 5: cannot read 'foto.png': there is no such file; did you mean 'photo.png'?",
        "  line 6: --output is 'out.png', and so is that of line 2; give two names",
        "  line 7: --content is missing",
        "  line 8: --output is missing; give every job one, or all of them --output '{content}-{style}.png'",
        "  line 9: cannot write 'e.pnk': the suffix '.pnk' is not known; did you mean '.png'? use one of .jpg, .jpeg,"
        " .png, .tif, .tiff, .webp, .avif",
        "  line 10: '-' is one stream, and a list has many pictures; give the names of files",
        "  line 11: 'priority' is 'high'; it must be a number, and the highest is painted first",
        "  line 12: --output is '{contnet}.png', and there is no field 'contnet'; did you mean 'content'?",
        "  line 13: --style is 3; it must be a path",
        "  line 14: there is no option '--size'; did you mean 'size'?",
        "  line 15: 'a?b' holds a null character, which no file's name can; give another name",
    ]


def test_rows_that_are_alike_are_each_checked_for_their_files():
    lines = refused(GOOD, *(GOOD | {"content": f"no{k}.png", "output": f"{k}.png"} for k in range(3)))
    assert [line.partition(": there")[0] for line in lines] == [
        f"  line {k + 3}: cannot read 'no{k}.png'" for k in range(3)
    ]
    assert refused(GOOD, GOOD | {"style": "", "output": "b.png"}) == [
        "  line 3: --style is empty; leave it out or give a value"
    ]


def test_no_output_is_an_input():
    Path("link.png").symlink_to("photo.png")
    for name in ("photo.png", "./style.png", "link.png"):
        (line,) = refused(GOOD | {"output": name})
        assert "would overwrite an input" in line
    # An input of another job counts, too, and whatever else is read.
    Path("out.png").touch()
    (line,) = refused(GOOD, GOOD | {"output": "b.png", "init": "out.png"})
    assert line == "  line 2: --output 'out.png' would overwrite an input; give another name"


def test_a_mistake_in_the_options_of_all_is_told_once():
    with pytest.raises(OptionError, match=r"^--size is 'x'"):
        Checker({"size": "x"}, "jobs.csv")


def test_of_many_mistakes_a_hundred_are_told():
    with pytest.raises(JobsError) as caught:
        jobs([GOOD | {"size": "x"}] * 250)
    assert str(caught.value).splitlines()[-1] == "  and 150 more"


def test_no_jobs():
    with pytest.raises(JobsError, match=r"^the list has no jobs$"):
        jobs([])
