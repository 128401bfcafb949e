"""What an XMP packet is made of: XML with namespaces, as in the XMP Specification, Part 1 (ISO 16684-1)."""

from __future__ import annotations

from xml.etree import ElementTree

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
DC = "http://purl.org/dc/elements/1.1/"

LONGEST = 2 * 2**20  # bytes of a packet; only a decompression bomb is longer


def parsed(packet: bytes) -> ElementTree.Element | None:
    """Parse an XMP packet; None if it is invalid or too long. Never raises."""
    # A document type can make XML expand or fetch things; no XMP packet needs one.
    if len(packet) > LONGEST or b"<!DOCTYPE" in packet:
        return None
    try:
        return ElementTree.fromstring(packet.decode("utf-8").rstrip("\0").lstrip("\ufeff"))
    except (ValueError, ElementTree.ParseError, RecursionError):
        return None


def printable(value: object) -> str:
    """Return text with spaces for characters that XML forbids, and others that cannot be seen."""
    return "".join(c if c.isprintable() else " " for c in str(value))
