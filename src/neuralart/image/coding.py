"""How a file says that its samples stand for light, where it is no profile: PNG's chunks, and nclx in AVIF and HEIC.

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

# Chromaticities (x, y) of red, green, blue and white. Those of BT.601 are taken for BT.709's, as everywhere.
D65 = (0.3127, 0.3290)
PRIMARIES = {
    1: ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060), D65),
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), D65),
    11: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.314, 0.351)),
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), D65),
}
SRGB = PRIMARIES[1]
Chromaticities = tuple[tuple[float, float], ...]

PEAK = 1000.0  # candela per square metre: what PQ and HLG pictures are mastered for, where they do not say
SRGB_GAMMA = 1 / 2.2
MOST_CHUNKS = 200


@dataclass(frozen=True)
class Coding:
    """transfer: PQ, HLG, a gamma that the samples are raised to, or None for sRGB's own; and the primaries."""

    transfer: int | float | None
    primaries: Chromaticities = SRGB
    peak: float = PEAK

    def name(self) -> str:
        """What messages call it."""
        named = {PQ: "PQ (HDR)", HLG: "HLG (HDR)", None: "sRGB"}
        return named.get(self.transfer, f"gamma {self.transfer:.2f}") if self.transfer != 1.0 else "linear light"


def png_chunks(data: Any) -> Iterator[tuple[bytes, bytes]]:
    """(type, body) of the chunks before the pixels. Never raises."""
    at = 8
    for _ in range(MOST_CHUNKS):
        length, name = int.from_bytes(data[at : at + 4], "big"), bytes(data[at + 4 : at + 8])
        if name in (b"", b"IDAT"):
            return
        yield name, bytes(data[at + 8 : at + 8 + min(length, 4096)])
        at += 12 + length


def png_row(data: Any) -> int:
    """Bytes of a row of a PNG's samples as they were before compression."""
    width, depth, colour = int.from_bytes(data[16:20], "big"), data[24], data[25]
    return -(-width * depth * {2: 3, 4: 2, 6: 4}.get(colour, 1) // 8)


def of_png(data: Any) -> tuple[Coding | None, bool]:
    """(what a PNG's chunks say, whether that comes before its ICC profile); None for sRGB."""
    chunks: dict[bytes, bytes] = {}
    for name, body in png_chunks(data):
        chunks.setdefault(name, body)
    if len(chunks.get(b"cICP", b"")) >= 4:
        primaries, transfer = chunks[b"cICP"][:2]
        return _named(primaries, transfer, _png_peak(chunks)), True
    if b"sRGB" in chunks or len(chunks.get(b"gAMA", b"")) < 4:
        return None, False
    gamma = struct.unpack(">I", chunks[b"gAMA"][:4])[0] / 1e5
    if not 0.05 <= gamma <= 20:
        return None, False
    numbers = struct.unpack(">8I", chunks[b"cHRM"][:32]) if len(chunks.get(b"cHRM", b"")) >= 32 else ()
    white, *rest = [(x / 1e5, y / 1e5) for x, y in zip(numbers[::2], numbers[1::2])] or [D65, *SRGB[:3]]
    primaries = (*rest, white) if _make_sense((*rest, white)) else SRGB
    is_usual = abs(gamma - SRGB_GAMMA) < 0.01
    near = all(abs(a - b) < 0.005 for one, other in zip(primaries, SRGB) for a, b in zip(one, other))
    if is_usual and near:
        return None, False
    return Coding(None if is_usual else 1 / gamma, SRGB if near else primaries), False


def of_heif(data: Any) -> Coding | None:
    """What an AVIF's or HEIC's box of colour says; None for sRGB, or where it says nothing."""
    head = bytes(data[: 1 << 16])
    at = head.find(b"colrnclx")
    if at < 0 or len(head) < at + 12:
        return None
    primaries, transfer = struct.unpack(">HH", head[at + 8 : at + 12])
    level = head.find(b"clli")
    brightest = struct.unpack(">H", head[level + 4 : level + 6])[0] if 0 < level < len(head) - 6 else 0
    return _named(primaries, transfer, float(brightest) or PEAK)


def _named(primaries: int, transfer: int, peak: float) -> Coding | None:
    """The coding of these code points; None for sRGB and for what is not known."""
    how = transfer if transfer in (PQ, HLG) else 1.0 if transfer == LINEAR else GAMMAS.get(transfer)
    known = PRIMARIES.get(primaries, SRGB)
    if how is None and known == SRGB:
        return None
    return Coding(how, known, min(max(peak, 250.0), 10_000.0))


def _png_peak(chunks: dict[bytes, bytes]) -> float:
    """The brightest pixel or display that a PNG names, in candela per square metre."""
    for name, at in ((b"cLLI", 0), (b"cLLi", 0), (b"mDCV", 16), (b"mDCv", 16)):
        body = chunks.get(name, b"")
        if len(body) >= at + 4 and (found := struct.unpack(">I", body[at : at + 4])[0]):
            return found / 1e4
    return PEAK


def _make_sense(primaries: Chromaticities) -> bool:
    (ax, ay), (bx, by), (cx, cy), _ = primaries
    area = abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay))
    return area > 0.01 and all(0 <= x <= 1 and 0.01 <= y <= 1.1 for x, y in primaries)
