"""What can be chosen of a film."""

from __future__ import annotations

import pytest

from neuralart.errors import OptionError
from neuralart.video.choices import TEMPORAL, FilmOptions


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ({"begin": 3, "end": 2}, "--end is 2, and --begin is 3; it has to come later"),
        ({"flow": "none", "temporal": 2}, "--temporal has no effect with --flow none"),
        ({"flow": "none", "frame_iters": 2}, "--frame-iters has no effect with --flow none"),
        ({"flow": "none", "passes": 2}, "--passes look at neighbours, and --flow is none"),
        ({"codec": "h265"}, "--codec is 'h265'"),
        ({"every": 0}, "--every is 0"),
        ({"fps": 0}, "--fps is 0"),
    ],
)
def test_what_makes_no_sense(given, part):
    with pytest.raises(OptionError) as caught:
        FilmOptions(**given)
    assert part in str(caught.value)


def test_the_weight_against_flicker():
    assert FilmOptions().hold == TEMPORAL
    assert FilmOptions(temporal=0).hold == 0
