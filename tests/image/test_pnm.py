"""PPM and PGM."""

from __future__ import annotations

import pytest

from neuralart.errors import PictureError
from neuralart.image.read import read_bytes


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"P6\n2 1\n255\n\x01\x02\x03\x04\x05\x06", [[1, 4], [2, 5], [3, 6]]),
        (b"P6 2 1 255\n#\x02\x03\x04\x05\x06", [[35, 4], [2, 5], [3, 6]]),
        (b"P3\n# made by hand\n2 1 # size\n255\n1 2 3\n4 5 6\n", [[1, 4], [2, 5], [3, 6]]),
        (b"P5\n2 1\n255\n\x07\x08", [[7, 8]] * 3),
        (b"P2 2 1 15 0 15", [[0, 255]] * 3),
        (b"P5 2 1 65535\n\x01\x01\xff\xff", [[1, 255]] * 3),
        (b"P2 2 1 1023 0 1023", [[0, 255]] * 3),
    ],
)
def test_samples(data, expected):
    picture = read_bytes(data)
    assert picture.pixels[0, :, 0].tolist() == expected
    assert picture.grey == (data[:2] in (b"P2", b"P5"))


def test_depth():
    assert read_bytes(b"P5 1 1 65535\n\0\1").bits == 16
    assert read_bytes(b"P5 1 1 255\n\1").bits == 8


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"P6\n2 2\n255\n\x01\x02\x03", "3 samples of 12"),
        (b"P3\n1 1\n255\n1 two 3", "something other than numbers"),
        (b"P6\nno header", "no header"),
        (b"P5 1 0 255 x", "1 x 0 pixels of up to 255"),
        (b"P5 1 1 99999 x", "1 x 1 pixels of up to 99999"),
    ],
)
def test_damage(data, why):
    with pytest.raises(PictureError) as caught:
        read_bytes(data, "'x'")
    assert str(caught.value) == f"cannot read 'x': the PPM data are damaged ({why}); save it again"
