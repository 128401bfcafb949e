"""A run's record, through XMP and back."""

from __future__ import annotations

import math
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralart.image import record

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), JSON, min_size=1, max_size=6))
def test_whatever_json_can_say_comes_back(value):
    assert record.extract(record.embed(value)) == value


def test_what_json_cannot_say_is_made_plain():
    value = {"loss": math.nan, "worst": math.inf, "size": (3, 4), "path": Path("a.jpg"), 5: "key"}
    expected = {"loss": None, "worst": None, "size": [3, 4], "path": "a.jpg", "5": "key"}
    assert record.extract(record.embed(value)) == expected


def test_the_packet_is_what_other_programs_read():
    packet = record.embed({"program": "neuralart 1.0.0", "description": 'a "quoted" <sky> & more'})
    root = ElementTree.fromstring(packet)
    about = root.find(f".//{{{record.RDF}}}Description")
    assert about.get("{http://ns.adobe.com/xap/1.0/}CreatorTool") == "neuralart 1.0.0"
    assert about.find(f".//{{{record.RDF}}}li").text == 'a "quoted" <sky> & more'
    assert b'{"program":"neuralart 1.0.0"' in packet  # readable in the file


def test_a_long_record_is_deflated():
    long = {"losses": [{"iteration": i, "total": 1 / (i + 1)} for i in range(3000)]}
    packet = record.embed(long)
    assert len(packet) < 60_000 < len(str(long))
    assert record.extract(packet) == long


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"\xff\xfe\x00",
        b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>",
        b"urn:neuralart:record:1 but no XML",
        b"<a xmlns:na='urn:neuralart:record:1'><na:record/></a>",
        b"<a xmlns:na='urn:neuralart:record:1'><na:record>[1]</na:record></a>",
        b"<a xmlns:na='urn:neuralart:record:1'><na:record>{not json</na:record></a>",
        b"<a xmlns:na='urn:neuralart:record:1'><na:record na:encoding='deflate'>AAAA</na:record></a>",
        b"<a xmlns:na='urn:neuralart:record:1'><na:record na:encoding='deflate'>A</na:record></a>",
        b"<a xmlns:na='urn:neuralart:record:1'><na:record>" + b"[" * 100_000 + b"</na:record></a>",
    ],
)
def test_what_holds_no_record_is_none(packet):
    assert record.extract(packet) is None


def test_a_document_type_is_refused():
    harmless = record.embed({"a": 1})
    assert record.extract(harmless) == {"a": 1}
    hostile = harmless.replace(b"<x:xmpmeta", b'<!DOCTYPE x [<!ENTITY e "boom">]><x:xmpmeta', 1)
    assert record.extract(hostile) is None


def test_a_bomb_is_not_inflated(monkeypatch):
    monkeypatch.setattr(record, "LONGEST", 1000)
    assert record.extract(record.embed({"a": "b" * 100_000})) is None
