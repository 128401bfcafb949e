"""Decides which pages may use our servers: checks Host against the server's names, and Origin against Host.

Even if a server only listens to this machine, every page open in a browser here can reach it. A page of another site
may point its own name at 127.0.0.1 (DNS rebinding), which Host reveals, or send a form or an upload straight to us,
which Origin reveals. A browser lets no page forge either header.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

LOOPBACK = ("127.0.0.1", "localhost", "::1")

HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(:(?P<port>[0-9]{1,5}))?", re.ASCII)
ORIGIN = re.compile(r"https?://(?P<host>[^/?#@]+)", re.ASCII)
DEFAULT_PORT = re.compile(r":(80|443)$")


def refusal(method: str, headers: Iterable[tuple[str, str]], is_ours: Callable[[str], bool]) -> str | None:
    """Return why a request must be refused, or None if it may be answered.

    Args:
        method: The request's method, in capitals.
        headers: Names and values as sent; a header may occur twice.
        is_ours: Returns whether the server answers to a name, in lower case, without port and brackets.
    """
    sent: dict[str, list[str]] = {}
    for name, value in headers:
        sent.setdefault(name.lower(), []).append(value.strip().lower())
    if len(sent.get("host", [])) != 1:
        return "a request must name one host"
    # A proxy that puts its own address into Host keeps the browser's host here.
    forwarded = [name.strip() for value in sent.get("x-forwarded-host", []) for name in value.split(",")]
    hosts = [*sent["host"], *forwarded]
    for host in hosts:
        asked = name_of(host)
        if asked is None or not is_ours(asked):
            return f"this server does not answer to the name {host[:100]!a}"
    known = {DEFAULT_PORT.sub("", host) for host in hosts}
    for origin in sent.get("origin", []):
        match = ORIGIN.fullmatch(origin)
        if match is None or DEFAULT_PORT.sub("", match["host"]) not in known:
            return f"pages of {origin[:100]!a} may not use this server"
    follows_a_link = sent.get("sec-fetch-mode") == ["navigate"] and method in ("GET", "HEAD")
    if not follows_a_link and {"cross-site", "same-site"} & set(sent.get("sec-fetch-site", [])):
        return "pages of another address may not use this server"
    return None


def name_of(host: str) -> str | None:
    """Return the name in a Host header, without port and brackets; None for an invalid host.

    >>> name_of("localhost:7860"), name_of("[::1]:80"), name_of("a@b")
    ('localhost', '::1', None)
    """
    result = HOST.fullmatch(host.lower())
    return result["name"].strip("[]") if result else None
