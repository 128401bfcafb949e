"""Which page may speak to a server of ours: Host is checked against the server's names, Origin against Host.

A server that listens to this machine only can still be reached by every page that is open in a browser here. A page of
another site may point a name of its own at 127.0.0.1 (DNS rebinding), and then Host gives it away; or it may send a
form or an upload straight to us, and then Origin does. A browser lets no page forge either of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

LOOPBACK = ("127.0.0.1", "localhost", "::1")

HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(:(?P<port>[0-9]{1,5}))?", re.ASCII)
ORIGIN = re.compile(r"https?://(?P<host>[^/?#@]+)", re.ASCII)
DEFAULT_PORT = re.compile(r":(80|443)$")


def refusal(method: str, headers: Iterable[tuple[str, str]], is_ours: Callable[[str], bool]) -> str | None:
    """Why a request must not be answered, or None where it may be.

    Args:
        method: The request's method, in capitals.
        headers: Names and values as they were sent; a header may be there twice.
        is_ours: Whether the server answers to a name, given in lower case, without port and brackets.
    """
    sent: dict[str, list[str]] = {}
    for name, value in headers:
        sent.setdefault(name.lower(), []).append(value.strip().lower())
    if len(sent.get("host", [])) != 1:
        return "a request names one host"
    # A proxy that puts its own address into Host keeps there what the browser asked for.
    forwarded = [name.strip() for value in sent.get("x-forwarded-host", []) for name in value.split(",")]
    hosts = [*sent["host"], *forwarded]
    for host in hosts:
        asked = name_of(host)
        if asked is None or not is_ours(asked):
            return f"this server does not answer to the name {host[:100]!a}"
    known = {DEFAULT_PORT.sub("", host) for host in hosts}
    for origin in sent.get("origin", []):
        found = ORIGIN.fullmatch(origin)
        if found is None or DEFAULT_PORT.sub("", found["host"]) not in known:
            return f"pages of {origin[:100]!a} may not use this server"
    follows_a_link = sent.get("sec-fetch-mode") == ["navigate"] and method in ("GET", "HEAD")
    if not follows_a_link and {"cross-site", "same-site"} & set(sent.get("sec-fetch-site", [])):
        return "pages of another address may not use this server"
    return None


def name_of(host: str) -> str | None:
    """The name in a Host header, without port and brackets; None for what is no host.

    >>> name_of("localhost:7860"), name_of("[::1]:80"), name_of("a@b")
    ('localhost', '::1', None)
    """
    result = HOST.fullmatch(host.lower())
    return result["name"].strip("[]") if result else None
