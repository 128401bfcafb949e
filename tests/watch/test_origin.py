"""A page that is not ours is told apart, however it asks."""

from __future__ import annotations

import pytest

from neuralart.watch.origin import name_of, refusal

OURS = {"127.0.0.1", "localhost", "paint.example.org"}


def refused(*headers, method="POST"):
    return refusal(method, headers, OURS.__contains__)


@pytest.mark.parametrize(
    "host", ["127.0.0.1:7860", "localhost", "LOCALHOST:1", "paint.example.org", "paint.example.org:443"]
)
def test_our_names(host):
    assert refused(("Host", host)) is None


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "evil.example#localhost", "", "localhost:",
     "127.0.0.1:port", "[127.0.0.1", "localhost, evil.example", "\x1b[2Jlocalhost"],
)  # fmt: skip
def test_other_names(host):
    reason = refused(("Host", host))
    assert reason.startswith("this server does not answer to the name '")
    assert reason.isprintable()


def test_one_host():
    assert refused() == refused(("Host", "localhost"), ("host", "evil.example")) == "a request must name one host"


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:7860", "http://localhost:7860"),
        ("localhost:80", "http://localhost"),
        ("paint.example.org", "https://paint.example.org"),
        ("paint.example.org:443", "https://paint.example.org"),
        ("Paint.Example.org", "HTTPS://paint.example.org"),
    ],
)
def test_our_own_pages(host, origin):
    assert refused(("Host", host), ("Origin", origin)) is None


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "http://localhost:8000", "http://127.0.0.1:7860", "null", "", "http://localhost:7860.evil",
     "http://localhost:7860@evil.example", "file://localhost:7860", "http://localhost:7860/x"],
)  # fmt: skip
def test_pages_of_others(origin):
    for method in ("GET", "POST", "OPTIONS"):
        assert "may not use this server" in refused(("Host", "localhost:7860"), ("Origin", origin), method=method)


def test_behind_a_proxy_that_names_itself():
    host, told = ("Host", "127.0.0.1:7860"), ("X-Forwarded-Host", "paint.example.org")
    assert refused(host, told, ("Origin", "https://paint.example.org")) is None
    assert refused(host, ("Origin", "https://paint.example.org")) is not None
    assert "does not answer to the name 'evil.example'" in refused(
        host, ("X-Forwarded-Host", "localhost, evil.example")
    )


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_a_browser_says_of_the_page_that_asks(site):
    host, said = ("Host", "localhost"), ("Sec-Fetch-Site", site)
    assert refused(host, said, ("Sec-Fetch-Mode", "navigate"), method="GET") is None  # somebody follows a link
    for method, mode in (("POST", "navigate"), ("GET", "no-cors"), ("GET", "cors"), ("GET", "websocket")):
        assert "may not use this server" in refused(host, said, ("Sec-Fetch-Mode", mode), method=method)
    for own in ("same-origin", "none"):
        assert refused(host, ("Sec-Fetch-Site", own), ("Sec-Fetch-Mode", "cors")) is None


def test_names():
    assert name_of("[FE80::1]:80") == "fe80::1"
    assert name_of("a b") is None
