"""How a file without a profile says what light its samples stand for: PNG's chunks, and nclx in AVIF and HEIC.

PNG, third edition: cICP comes before an ICC profile, that before sRGB, that before gAMA and cHRM. Code points of
primaries and transfer: ITU-T H.273.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

PQ, HLG, LINEAR = 16, 18, 8
GAMMAS = {4: 2.2, 5: 2.8}

Chromaticities = tuple[tuple[float, float], ...]

# Chromaticities (x, y) of red, green, blue and white. BT.601 is treated as BT.709, as usual.
D65 = (0.3127, 0.3290)
PRIMARIES: dict[int, Chromaticities] = {
    1: ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060), D65),
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), D65),
    11: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.314, 0.351)),
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), D65),
}
SRGB: Chromaticities = PRIMARIES[1]

PEAK = 1000.0  # candela per square metre; the mastering peak of PQ and HLG pictures that do not name one
SRGB_GAMMA = 1 / 2.2
MOST_CHUNKS = 200


@dataclass(frozen=True)
class Coding:
    """transfer: PQ, HLG, a gamma that the samples are raised to, or None for sRGB's own; and the primaries."""

    transfer: int | float | None
    primaries: Chromaticities = SRGB
    peak: float = PEAK

    def name(self) -> str:
        """Return the name for messages."""
        if self.transfer is None:
            return "sRGB with other primaries"
        named = {float(PQ): "PQ (HDR)", float(HLG): "HLG (HDR)", 1.0: "linear light"}
        return named.get(float(self.transfer), f"gamma {self.transfer:.2f}")


def png_chunks(data: Any) -> Iterator[tuple[bytes, bytes]]:
    """Yield (type, body) of the chunks before the pixels. Never raises."""
    at = 8
    for _ in range(MOST_CHUNKS):
        length, name = int.from_bytes(data[at : at + 4], "big"), bytes(data[at + 4 : at + 8])
        if name in (b"", b"IDAT"):
            return
        yield name, bytes(data[at + 8 : at + 8 + min(length, 4096)])
        at += 12 + length


def png_row(data: Any) -> int:
    """Return the bytes of a row of a PNG's samples before compression."""
    width, depth, colour = int.from_bytes(data[16:20], "big"), data[24], data[25]
    return -(-width * depth * {2: 3, 4: 2, 6: 4}.get(colour, 1) // 8)


def of_png(data: Any) -> tuple[Coding | None, bool]:
    """Return (the coding in a PNG's chunks, whether it takes precedence over its ICC profile); None for sRGB."""
    chunks: dict[bytes, bytes] = {}
    for name, body in png_chunks(data):
        chunks.setdefault(name, body)
    if len(chunks.get(b"cICP", b"")) >= 4:
        points = chunks[b"cICP"]
        return named(points[0], points[1], _png_peak(chunks)), True
    if b"sRGB" in chunks or len(chunks.get(b"gAMA", b"")) < 4:
        return None, False
    gamma = struct.unpack(">I", chunks[b"gAMA"][:4])[0] / 1e5
    if not 0.05 <= gamma <= 20:
        return None, False
    primaries = _chromaticities(chunks.get(b"cHRM", b""))
    is_usual = abs(gamma - SRGB_GAMMA) < 0.01
    near = all(abs(a - b) < 0.005 for one, other in zip(primaries, SRGB) for a, b in zip(one, other))
    if is_usual and near:
        return None, False
    return Coding(None if is_usual else 1 / gamma, primaries if not near else SRGB), False


def of_heif(data: Any) -> Coding | None:
    """Return the coding in an AVIF's or HEIC's colour box; None for sRGB, or without one."""
    head = bytes(data[: 1 << 16])
    at = head.find(b"colrnclx")
    if at < 0 or len(head) < at + 12:
        return None
    primaries, transfer = struct.unpack(">HH", head[at + 8 : at + 12])
    level = head.find(b"clli")
    brightest = struct.unpack(">H", head[level + 4 : level + 6])[0] if 0 < level < len(head) - 6 else 0
    return named(primaries, transfer, float(brightest) or PEAK)


def named(primaries: int, transfer: int, peak: float = PEAK) -> Coding | None:
    """Return the coding of these code points; None for sRGB and unknown ones."""
    how = transfer if transfer in (PQ, HLG) else 1.0 if transfer == LINEAR else GAMMAS.get(transfer)
    known: Chromaticities = PRIMARIES.get(primaries, SRGB)
    if how is None and known == SRGB:
        return None
    return Coding(how, known, min(max(peak, 250.0), 10_000.0))


def _png_peak(chunks: dict[bytes, bytes]) -> float:
    """Return the brightest pixel or display that a PNG names, in candela per square metre."""
    for name, at in ((b"cLLI", 0), (b"cLLi", 0), (b"mDCV", 16), (b"mDCv", 16)):
        body = chunks.get(name, b"")
        if len(body) >= at + 4 and (result := struct.unpack(">I", body[at : at + 4])[0]):
            return result / 1e4
    return PEAK


def _chromaticities(body: bytes) -> Chromaticities:
    """Return the chromaticities in a cHRM chunk; sRGB's if it is missing or impossible."""
    if len(body) < 32:
        return SRGB
    numbers = [number / 1e5 for number in struct.unpack(">8I", body[:32])]
    white, red, green, blue = ((numbers[at], numbers[at + 1]) for at in range(0, 8, 2))
    area = abs((green[0] - red[0]) * (blue[1] - red[1]) - (blue[0] - red[0]) * (green[1] - red[1]))
    sane = area > 0.01 and all(0 <= x <= 1 and 0.01 <= y <= 1.1 for x, y in (white, red, green, blue))
    return (red, green, blue, white) if sane else SRGB
