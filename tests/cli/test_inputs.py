"""What is not there is refused before anything heavy is imported; tests/cli/test_main.py shows that."""

from __future__ import annotations

import pytest

from neuralart.cli.inputs import refuse_missing
from neuralart.errors import PictureError
from neuralart.options import Options


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"content": "phto.png", "style": "wave"}, "cannot read 'phto.png': there is no such file; did you mean"),
        ({"content": "photo.png", "style": "wvae"}, "did you mean 'wave'?"),
        ({"content": "none", "style": ("wave", "x.png")}, "cannot read 'x.png'"),
        ({"style": "."}, "cannot read '.': it is a folder; name one picture in it"),
        ({"content": "wave", "style": "wave"}, "it is a bundled painting, which --style takes"),
    ],
)
def test_what_is_not_there(place, options, part):
    with pytest.raises(PictureError) as caught:
        refuse_missing(Options(**options))
    assert part in str(caught.value)


def test_what_is_there(place):
    for content in ("photo.png", "none", "-", None):
        refuse_missing(Options(content=content, style=("wave", "style.png")))
    refuse_missing(Options())


def test_one_of_several_processes_tells_the_others_before_it_leaves(place, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    refuse_missing(Options(content="nothing.png", style="wvae"))
