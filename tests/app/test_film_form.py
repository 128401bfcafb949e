"""The form of a film is the declarations of a painting and of a film, but for what belongs to a single picture."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from neuralart.app import film_form, form
from neuralart.errors import OptionError
from neuralart.options import declared
from neuralart.video.choices import FilmOptions


def test_it_has_every_option_that_applies():
    names = [entry.name for entry in film_form.entries()]
    assert tuple(names[: len(film_form.COMMON)]) == film_form.COMMON
    absent = {entry.name for entry in form.entries()} - set(names)
    assert absent == {"bits", "animation_size", "animation_seconds"}
    assert set(declared(FilmOptions)) <= set(names)
    assert len(set(names)) == len(names)


def test_its_help_is_of_films_and_of_the_page():
    about = {entry.name: entry.info for entry in film_form.entries()}
    assert about["size"] == "long edge of the picture in pixels; 0: as large as the content"
    assert "file" not in about["init"] and "a mixture: image:0.3" in about["init"]


def test_what_is_chosen():
    choices, options = film_form.chosen({"begin": "1.5", "end": "", "flow": "none", "size": "96"}, {"model": "compact"})
    assert choices == FilmOptions(begin=1.5, flow="none")
    assert (options.size, options.model) == (96, "compact")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"begin": "3", "end": "2"}, "'End' is 2, and 'Begin' is 3; it has to come later"),
        ({"begin": ""}, "'Begin' is empty; the usual value is 0.0"),
        ({"passes": "2", "flow": "none"}, "'Passes' look at neighbours, and 'Flow' is none; leave one of them out"),
        ({"fps": "many"}, "'Frames per second' is 'many'; it must be a number"),
        ({"every": "2", "tile": "64"}, "'tile' is chosen by the app's owner, not by its visitors"),
    ],
)
def test_what_is_refused(values, message):
    with pytest.raises(OptionError) as caught:
        film_form.chosen(values)
    assert form.in_words(str(caught.value)) == message


def test_a_record_fills_it_in_again():
    choices, options = film_form.chosen({"end": "4", "passes": "2", "strength": 0.3})
    record = {"options": options.record(), "film": {"options": asdict(choices)}}
    filled = film_form.values(record)
    assert set(filled) == {entry.name for entry in film_form.entries()}
    assert film_form.chosen(filled) == (choices, options)
    assert film_form.values({"film": {}})["passes"] == 1
