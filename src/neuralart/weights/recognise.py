"""Recognises the kind of a file by its content, never by its name."""

from __future__ import annotations

import re
from pathlib import Path

from neuralart.errors import WeightsError, suggest

HEAD = 1024

_PICTURES = (
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"GIF8", "a GIF picture"),
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"BM", "a BMP picture"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"8BPS", "a Photoshop picture"),
)
_PACKED = (
    (b"\x1f\x8b", "compressed by gzip"),
    (b"BZh", "compressed by bzip2"),
    (b"\xfd7zXZ", "compressed by xz"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
)
_LFS = b"version https://git-lfs.github.com/spec/"
_HTML = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|\?xml)", re.IGNORECASE | re.DOTALL)
# safetensors accepts 100 MB, but a network only needs a few thousand bytes; parsing them all would take gigabytes.
_LONGEST_HEADER = 4_000_000
_LARGEST = 3 * 2**30  # bytes: five times the largest file of VGG-19


def stand_in(head: bytes) -> str | None:
    """Return what a server or a checkout left instead of a file, by its first bytes; None if they are no such thing.

    >>> stand_in(b"<!DOCTYPE html><html>")
    'an HTML page'
    """
    head = head.removeprefix(b"\xef\xbb\xbf")
    if head.startswith(_LFS):
        size = re.search(rb"\nsize (\d{1,18})", head)
        digest = re.search(rb"\noid sha256:([0-9a-f]{64})", head)
        stands_for = f"{size[1].decode()} bytes" if size else "a file"
        return f"a Git LFS pointer (it stands for {stands_for}" + (
            f" with sha256 {digest[1].decode()})" if digest else ")"
        )
    return "an HTML page" if _HTML.match(head) else None


def recognise(path: Path) -> str:
    """Return the format of a file: safetensors, pytorch, hdf5, onnx, caffe or torch7.

    The format is a well-founded guess; its reader still checks everything.

    Raises:
        WeightsError: The file is missing or certainly has no weights. The message does not name the file.
    """
    size = _size(path)
    with path.open("rb") as file:
        head = file.read(HEAD)
    _refuse_foreign(head)
    kind = _binary_kind(head, size)
    if kind is None:
        raise WeightsError("has an unknown format; known are safetensors, PyTorch, HDF5, ONNX, Caffe and Torch7")
    return kind


def _size(path: Path) -> int:
    if path.is_dir():
        raise WeightsError("is a folder; name the file of weights in it")
    if not path.exists():
        folder = path.parent
        names = [p.name for p in folder.iterdir()] if folder.is_dir() else []
        raise WeightsError(
            "does not exist" + (suggest(path.name, names) if folder.is_dir() else ", nor does its folder")
        )
    if not path.is_file():
        raise WeightsError("is not a regular file")
    size = path.stat().st_size
    if size == 0:
        raise WeightsError("is empty (0 bytes); fetch it again")
    if size > _LARGEST:
        raise WeightsError(f"has {size:,} bytes, more than the weights of any network here; name another file")
    return size


def _refuse_foreign(head: bytes) -> None:
    if substitute := stand_in(head):
        cure = (
            "fetch the real file with 'git lfs pull'"
            if head.startswith(_LFS)
            else "a download saved a server's page instead; fetch it again"
        )
        raise WeightsError(f"is {substitute}, not weights; {cure}")
    for magic, what in _PICTURES:
        if head.startswith(magic):
            raise WeightsError(f"is {what}, not weights")
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        raise WeightsError("is a WebP picture, not weights")
    if head[4:8] == b"ftyp":
        raise WeightsError("is an AVIF, HEIC or video file, not weights")
    for magic, what in _PACKED:
        if head.startswith(magic):
            raise WeightsError(f"is {what}; unpack it first")
    if head.startswith(b"MATLAB"):
        raise WeightsError("is a MATLAB file, which cannot be read here; use the same weights in another format")


def _binary_kind(head: bytes, size: int) -> str | None:
    if head.startswith(b"PK\x03\x04"):
        return "pytorch"
    if head.startswith(b"\x89HDF\r\n\x1a\n"):
        return "hdf5"
    if head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return "pytorch"
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") <= _LONGEST_HEADER:
        return "safetensors"
    if int.from_bytes(head[:4], "little") <= 8 and size >= 4:
        return "torch7"
    if re.match(rb"[0-8]\r?\n", head):
        return "torch7"
    if all(byte in b"\t\n\r\f" or 32 <= byte < 127 for byte in head):
        raise WeightsError("is a text file, not weights")
    # Protocol buffers have no magic number, but writers sort the fields: ONNX starts with ir_version (field 1, a
    # number), Caffe with its name (field 1, a string) or directly with layers.
    if head[:1] in (b"\x08", b"\x3a"):
        return "onnx"
    if head[:1] in (b"\x0a", b"\x12", b"\x1a", b"\x22", b"\x28", b"\x42") or head[:2] == b"\xa2\x06":
        return "caffe"
    return None
