"""Files -> damaged and hostile ones: by bytes, by lengths and by pieces, and within JSON by what it says."""

from __future__ import annotations

import copy
import json
import random
import re
import struct
import zlib
from collections.abc import Sequence
from typing import Any

EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
STRANGE: tuple[Any, ...] = (
    *(None, True, -1, 0, 2**31, 10**30, 1e308, float("inf"), float("nan"), "", "a" * 5000, "\0", "\ud800"),
    *("\x1b[31m", "\x9b31m", "\u202e", "/etc/passwd", "/dev/zero", "../../x", "-", [], {}, [[[]]], {"a": {"b": []}}),
)
OBJECT = re.compile(rb"\{\".*\}", re.DOTALL)
ENTRIES = {b"&lt;": b"<", b"&gt;": b">", b"&amp;": b"&"}


def mutated(chance: random.Random, seeds: Sequence[bytes]) -> bytes:
    """One of the seeds, changed in one to eight ways."""
    data = bytearray(chance.choice(seeds))
    if chance.random() < 0.5 and (changed := _in_json(chance, bytes(data))) is not None:
        return changed
    for _ in range(chance.choice((1, 1, 1, 2, 4, 8))):
        chance.choice((_byte, _byte, _bit, _length, _length, _cut, _drop, _repeat, _splice))(chance, data, seeds)
        if not data:
            break
    if data[:8] == b"\x89PNG\r\n\x1a\n" and chance.random() < 0.7:
        return _with_checksums(bytes(data))
    return bytes(data)


def _byte(chance: random.Random, data: bytearray, seeds: Sequence[bytes]) -> None:
    data[_place(chance, data)] = chance.randrange(256)


def _bit(chance: random.Random, data: bytearray, seeds: Sequence[bytes]) -> None:
    data[_place(chance, data)] ^= 1 << chance.randrange(8)


def _length(chance: random.Random, data: bytearray, seeds: Sequence[bytes]) -> None:
    """An extreme number where a length may be."""
    at = _place(chance, data)
    packed = struct.pack(chance.choice("<>") + chance.choice("HIQ"), chance.choice(EXTREMES) & 0xFFFF)
    if chance.random() < 0.7:
        packed = struct.pack(chance.choice("<>") + "I", chance.choice(EXTREMES))
    data[at : at + len(packed)] = packed


def _cut(chance: random.Random, data: bytearray, seeds: Sequence[bytes]) -> None:
    del data[_place(chance, data) :]


def _drop(chance: random.Random, data: bytearray, seeds: Sequence[bytes]) -> None:
    at = _place(chance, data)
    del data[at : at + chance.randrange(1, 64)]


def _repeat(chance: random.Random, data: bytearray, seeds: Sequence[bytes]) -> None:
    at = _place(chance, data)
    piece = data[at : at + chance.randrange(1, 200)]
    data[at:at] = piece * chance.choice((1, 2, 50))


def _splice(chance: random.Random, data: bytearray, seeds: Sequence[bytes]) -> None:
    other = chance.choice(seeds)
    start = chance.randrange(len(other))
    at = _place(chance, data)
    data[at : at + 64] = other[start : start + chance.randrange(1, 200)]


def _place(chance: random.Random, data: bytearray) -> int:
    """Anywhere, but mostly where headers are."""
    return chance.randrange(min(len(data), 200) if chance.random() < 0.6 else len(data)) if data else 0


def _with_checksums(data: bytes) -> bytes:
    """A PNG whose chunks have the right checksums, so that what is in them is read."""
    out, at = bytearray(data[:8]), 8
    while at + 8 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        body = data[at + 4 : at + 8 + length]
        out += data[at : at + 4] + body + struct.pack(">I", zlib.crc32(body))
        at += 12 + length
    return bytes(out)


def _in_json(chance: random.Random, data: bytes) -> bytes | None:
    """A file that holds a JSON object, with another in its place; None for one that holds none."""
    found = OBJECT.search(data)
    text = found[0] if found else b""
    try:
        value = json.loads(text)
    except ValueError:
        return None
    if not found:
        return None
    for _ in range(chance.choice((1, 1, 2, 5))):
        _change(chance, value)
    try:
        new = json.dumps(value).encode("ascii")
    except (ValueError, RecursionError):
        return None
    if data[8:9] == b"{":  # safetensors: the header's length comes first
        return len(new).to_bytes(8, "little") + new + data[found.end() :]
    return data[: found.start()] + new + data[found.end() :]


def _change(chance: random.Random, value: Any) -> None:
    """One value somewhere within."""
    while isinstance(value, dict | list) and value:
        key = chance.choice(list(value)) if isinstance(value, dict) else chance.randrange(len(value))
        inner = value[key]
        if isinstance(inner, str) and inner.startswith("{"):  # JSON within JSON, as in a checkpoint
            try:
                nested = json.loads(inner)
            except ValueError:
                nested = None
            if nested and chance.random() < 0.95:
                _change(chance, nested)
                value[key] = json.dumps(nested)
                return
        if isinstance(inner, dict | list) and inner and chance.random() < 0.8:
            value = inner
            continue
        if chance.random() < 0.15:
            del value[key]
        else:
            value[key] = copy.deepcopy(chance.choice(STRANGE))  # which may be changed in its turn
        return
