"""Stores a run's record inside its picture, as an XMP packet, which every format that we write supports.

The record is JSON in one element of our own namespace, next to two elements that other programs show (the creating
program and a description). A long record is deflated, since JPEG only has room for 64 KB.
"""

from __future__ import annotations

import base64
import json
import math
import os
import zlib
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from neuralart.image.xmp import DC, LONGEST, RDF, parsed, printable

NAMESPACE = "urn:neuralart:record:1"

PLAIN_LIMIT = 32_000  # bytes of JSON that stay readable in the file; longer ones are deflated

PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{rdf}">
<rdf:Description rdf:about="" xmlns:dc="{dc}" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:na="{namespace}" xmp:CreatorTool={tool}>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{description}</rdf:li></rdf:Alt></dc:description>
{more}{record}
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


def embed(record: dict[str, Any], more: str = "") -> bytes:
    """Return the XMP packet (UTF-8) with `record`, from which `extract` returns an equal one.

    Values that JSON lacks are converted: numbers that are not finite become null, tuples lists, everything else its
    ``str``, so that a diverged loss never costs the picture. The keys ``program`` ("neuralart 1.0.0") and
    ``description`` are also stored where other programs look for them.

    Args:
        record: The record; an empty one is left out.
        more: Other XMP elements.
    """
    text = json.dumps(_plain(record), separators=(",", ":"))  # ASCII only: no character that XML forbids
    encoding, payload = "json", escape(text)
    if len(text) > PLAIN_LIMIT:
        encoding, payload = "deflate", base64.b64encode(zlib.compress(text.encode("ascii"), 9)).decode("ascii")
    return PACKET.format(
        rdf=RDF,
        dc=DC,
        more=more,
        namespace=NAMESPACE,
        tool=quoteattr(printable(record.get("program", "neuralart"))),
        description=escape(printable(record.get("description", ""))),
        record=f'<na:record na:encoding="{encoding}">{payload}</na:record>' if record else "",
    ).encode("utf-8")


def extract(packet: bytes) -> dict[str, Any] | None:
    """Return the record in an XMP packet, or None if there is no valid one. Never raises."""
    root = parsed(packet) if NAMESPACE.encode() in packet else None
    element = None if root is None else root.find(f".//{{{NAMESPACE}}}record")
    if element is None or not element.text:
        return None
    try:
        payload = element.text
        if element.get(f"{{{NAMESPACE}}}encoding") == "deflate":
            inflater = zlib.decompressobj()
            payload = inflater.decompress(base64.b64decode(payload), LONGEST).decode("ascii")
        record = json.loads(payload)
    except (ValueError, zlib.error, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def read_record(path: str | os.PathLike[str]) -> dict[str, Any] | None:
    """Return the record in the picture at `path`, or None, without decoding pixels. Raises PictureError."""
    from neuralart.image.source import open_file

    image = open_file(path).image
    return extract(image.get("xmp-data")) if image.get_typeof("xmp-data") else None


def styles_in(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a record's styles; before schema 2, there was only one. Raises KeyError."""
    return list(record["styles"]) if "styles" in record else [record["style"]]


def _plain(value: Any) -> Any:
    """Return `value` in the types of JSON."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, str | int) else str(value)
