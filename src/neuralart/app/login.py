"""The password: one page of ours that asks for it, a cookie, and nothing else without that cookie.

A visitor's cookie is sent by the visitor's own pages only (SameSite=Strict) and read by no script (HttpOnly). Wrong
passwords are slowed down, for every address and for all together: that holds back those who guess, never those who are
in.
"""

from __future__ import annotations

import hmac
import ipaddress
import math
import secrets
import time
from collections.abc import Callable
from html import escape
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from neuralart.app.gate import answer, whole

PAGE = Path(__file__).with_name("login.html")
POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
MAX_BODY = 4096  # bytes of a login
LASTS = 24 * 3600.0  # seconds without a request after which the password is asked for again
MOST = 10_000  # visitors who are in at the same time, and addresses whose attempts are counted


class Attempts:
    """How many wrong passwords may still be tried: so many at once, then one in so many seconds."""

    def __init__(self, at_once: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.at_once, self.seconds, self.clock = at_once, seconds, clock
        self.empty_until: dict[str, float] = {}  # when all attempts of an address will be forgotten

    def wait(self, address: str) -> float:
        """Seconds until this address may try again."""
        ahead = self.empty_until.get(address, 0.0) - self.clock()
        return max(0.0, ahead - (self.at_once - 1) * self.seconds)

    def count(self, address: str) -> None:
        """One attempt more."""
        now = self.clock()
        if len(self.empty_until) >= MOST:
            self.empty_until = {one: until for one, until in self.empty_until.items() if until > now}
        self.empty_until[address] = max(now, self.empty_until.get(address, 0.0)) + self.seconds

    def forgive(self, address: str) -> None:
        """The last attempt was right, and counts for nothing."""
        self.empty_until[address] -= self.seconds


class Login:
    """ASGI middleware: behind it are only those who know the password."""

    def __init__(self, app: ASGIApp, required: str) -> None:
        self.app, self.required = app, required
        self.cookie = f"neuralart-{secrets.token_hex(4)}"  # servers on other ports of a host share its cookies
        self.seen: dict[str, float] = {}  # token -> when its visitor was last heard of
        self.of_one, self.of_all = Attempts(5, 10.0), Attempts(30, 2.0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on who is in; ask all others for the password."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        token, path = self._token(request), scope["path"].rstrip("/")
        if path == "/login" and request.method == "POST":
            await (await self._enter(request, receive))(scope, receive, send)
        elif path == "/logout":
            self.seen.pop(token or "", None)
            gone = RedirectResponse("/", 303)
            gone.delete_cookie(self.cookie, httponly=True, samesite="strict")
            await gone(scope, receive, send)
        elif token is None:
            await self._asked(request, "", 401)(scope, receive, send)
        else:
            await self.app({**scope, "neuralart.visitor": token}, receive, send)

    def _token(self, request: Request) -> str | None:
        """What the visitor was given at the door, if it still holds."""
        try:
            sent = SimpleCookie(request.headers.get("cookie", "")).get(self.cookie)
        except CookieError:
            return None
        now = time.monotonic()
        if sent is None or now - self.seen.get(sent.value, -LASTS) >= LASTS:
            return None
        self.seen[sent.value] = now
        return sent.value

    async def _enter(self, request: Request, receive: Receive) -> Response:
        """Somebody gives a password."""
        address = address_of(request.scope)
        body = await whole(receive, MAX_BODY)
        if body is None:
            return answer(f"a login has at most {MAX_BODY} bytes", 413)
        wait = max(self.of_one.wait(address), self.of_all.wait(""))
        if wait > 0:
            seconds = math.ceil(wait)
            told = f"There were too many wrong passwords; wait for {seconds} s, then try again."
            return self._asked(request, told, 429, {"retry-after": str(seconds)})
        self.of_one.count(address)
        self.of_all.count("")
        given = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True).get("password", [""])
        if len(given) != 1 or not is_same(given[0], self.required):
            return self._asked(request, "This is not the password.", 401)
        self.of_one.forgive(address)
        self.of_all.forgive("")
        return self._welcome(request)

    def _welcome(self, request: Request) -> Response:
        token = secrets.token_urlsafe(32)
        if len(self.seen) >= MOST:
            del self.seen[min(self.seen, key=self.seen.__getitem__)]
        self.seen[token] = time.monotonic()
        made: Response = RedirectResponse("/", 303) if wants_page(request) else JSONResponse({"success": True})
        # Over TLS, which a proxy has to tell us of, the cookie never travels without it.
        is_secure = request.url.scheme == "https"
        made.set_cookie(self.cookie, token, httponly=True, samesite="strict", secure=is_secure)
        return made

    @staticmethod
    def _asked(request: Request, message: str, status: int, headers: dict[str, str] | None = None) -> Response:
        """The page that asks for the password, for browsers; one sentence for programs."""
        told = {"cache-control": "no-store"} | (headers or {})
        if not wants_page(request):
            return JSONResponse({"detail": message or "log in first: POST the password to /login"}, status, told)
        spoken = f'<p role="alert">{escape(message)}</p>' if message else ""
        page = PAGE.read_text(encoding="utf-8").replace("<!-- message -->", spoken)
        # Without a referrer of our own, browsers would send a form with the Origin "null".
        policies = {"content-security-policy": POLICY, "referrer-policy": "same-origin"}
        return HTMLResponse(page, status, told | policies)


def wants_page(request: Request) -> bool:
    """Whether somebody is looking, rather than a program."""
    return "text/html" in request.headers.get("accept", "")


def address_of(scope: Scope) -> str:
    """From where a request comes. Of IPv6 the network: whoever has one address there has 2^64."""
    host = (scope.get("client") or ("",))[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)


def is_same(given: str, required: str) -> bool:
    """Whether a password is right, in a time that does not tell how nearly."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), required.encode("utf-8", "replace"))
