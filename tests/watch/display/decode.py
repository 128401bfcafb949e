"""Readers of what is sent to terminals: bytes -> pixels, written from the protocols' descriptions."""

from __future__ import annotations

import base64
import re

import numpy as np
import pyvips

TRUE = re.compile(r"\x1b\[38;2;(\d+);(\d+);(\d+);48;2;(\d+);(\d+);(\d+)m")


def sixel_pixels(text: str) -> np.ndarray:
    """The first sixel picture in the text: uint8 [H, W, 3]. Fails on anything that a strict terminal would refuse."""
    body = re.search(r'\x1bP[\d;]*q"1;1;(\d+);(\d+)([^\x1b]*)\x1b\\', text)
    width, height = int(body[1]), int(body[2])
    pixels = np.full((height, width, 3), -1, int)
    palette: dict[int, list[int]] = {}
    x = y = colour = 0
    for token in re.findall(r"#\d+(?:;2;\d+;\d+;\d+)?|!\d+[?-~]|[?-~]|\$|-|.", body[3], re.DOTALL):
        if token[0] == "#":
            number, *shade = [int(part) for part in token[1:].split(";")]
            if shade:
                palette[number] = [round(value * 255 / 100) for value in shade[1:]]
            colour = number
        elif token == "$":
            x = 0
        elif token == "-":
            x, y = 0, y + 6
        else:
            count = int(token[1:-1]) if token[0] == "!" else 1
            bits = ord(token[-1]) - 63
            assert 0 <= bits < 64, token
            for row in range(6):
                if bits >> row & 1:
                    assert y + row < height and x + count <= width, "drawn outside of the raster"
                    pixels[y + row, x : x + count] = palette[colour]
            x += count
    assert len(palette) <= 256
    assert pixels.min() >= 0, "a pixel was never drawn"
    return pixels.astype(np.uint8)


def kitty_pictures(text: str) -> list[tuple[dict[str, str], np.ndarray]]:
    """Every picture sent by kitty's protocol, with the keys of its first piece."""
    found, keys, data = [], {}, ""
    for head, piece in re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", text):
        assert len(piece) <= 4096
        given = dict(pair.split("=") for pair in head.split(","))
        more = given.pop("m")
        if given:
            assert not data, "a picture began within another"
            keys = given
        data += piece
        if more == "0":
            found.append((keys, picture_pixels(base64.b64decode(data, validate=True))))
            data = ""
    assert not data, "the last picture never ended"
    return found


def iterm2_pictures(text: str) -> list[tuple[dict[str, str], np.ndarray]]:
    """Every inline image, with its arguments."""
    found = []
    for head, data in re.findall(r"\x1b\]1337;File=([^:]*):([^\x07]*)\x07", text):
        keys = dict(pair.split("=") for pair in head.split(";"))
        file = base64.b64decode(data, validate=True)
        assert int(keys["size"]) == len(file)
        found.append((keys, picture_pixels(file)))
    return found


def picture_pixels(file: bytes) -> np.ndarray:
    return pyvips.Image.new_from_buffer(file, "").numpy()


def half_block_pixels(text: str) -> np.ndarray:
    """Rows of half blocks in 24-bit colours: uint8 [2 * rows, columns, 3]."""
    rows = []
    for line in re.split("\r+\n", text):
        above, below, colours = [], [], None
        for found in re.finditer(r"(\x1b\[[\d;]*m)|(\N{UPPER HALF BLOCK})|(.)", line):
            assert not found[3], f"{found[3]!r} does not belong here"
            if found[1]:
                match = TRUE.fullmatch(found[1])
                colours = [int(value) for value in match.groups()] if match else None
            else:
                above.append(colours[:3])
                below.append(colours[3:])
        rows += [above, below]
    return np.array(rows, np.uint8)
