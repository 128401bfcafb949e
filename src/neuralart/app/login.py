"""The password: a page that asks for it and a cookie, without which nothing else is served.

Only the visitor's own pages send the cookie (SameSite=Strict), and no script can read it (HttpOnly). Wrong passwords
are limited per address and in total, which slows down those who guess, never those who are logged in.
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
LASTS = 24 * 3600.0  # seconds without a request after which the password is needed again
MOST = 10_000  # visitors who are logged in at the same time, and addresses whose attempts are counted


class Attempts:
    """Limits wrong passwords: so many at once, then one every so many seconds."""

    def __init__(self, at_once: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.at_once, self.seconds, self.clock = at_once, seconds, clock
        self.empty_until: dict[str, float] = {}  # when all attempts of an address will be forgotten

    def wait(self, address: str) -> float:
        """Return the seconds until this address may try again."""
        ahead = self.empty_until.get(address, 0.0) - self.clock()
        return max(0.0, ahead - (self.at_once - 1) * self.seconds)

    def count(self, address: str) -> None:
        """Count one more attempt."""
        now = self.clock()
        if len(self.empty_until) >= MOST:
            self.empty_until = {one: until for one, until in self.empty_until.items() if until > now}
        self.empty_until[address] = max(now, self.empty_until.get(address, 0.0)) + self.seconds

    def forgive(self, address: str) -> None:
        """Remove the last attempt, which was right."""
        self.empty_until[address] -= self.seconds


class Login:
    """ASGI middleware that lets only those through who know the password."""

    def __init__(self, app: ASGIApp, required: str) -> None:
        self.app, self.required = app, required
        self.cookie = f"neuralart-{secrets.token_hex(4)}"  # servers on other ports of a host share its cookies
        self.last_request: dict[str, float] = {}  # token -> time of its visitor's last request
        self.of_one, self.of_all = Attempts(5, 10.0), Attempts(30, 2.0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on requests of those who are logged in; ask all others for the password."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        token, path = self._token(request), scope["path"].rstrip("/")
        if path == "/login" and request.method == "POST":
            await (await self._enter(request, receive))(scope, receive, send)
        elif path == "/logout":
            self.last_request.pop(token or "", None)
            gone = RedirectResponse("/", 303)
            gone.delete_cookie(self.cookie, httponly=True, samesite="strict")
            await gone(scope, receive, send)
        elif token is None:
            await self._asked(request, "", 401)(scope, receive, send)
        else:
            await self.app({**scope, "neuralart.visitor": token}, receive, send)

    def _token(self, request: Request) -> str | None:
        """Return the visitor's token if it is still valid."""
        try:
            sent = SimpleCookie(request.headers.get("cookie", "")).get(self.cookie)
        except CookieError:
            return None
        now = time.monotonic()
        if sent is None or now - self.last_request.get(sent.value, -LASTS) >= LASTS:
            return None
        self.last_request[sent.value] = now
        return sent.value

    async def _enter(self, request: Request, receive: Receive) -> Response:
        """Check the password that somebody sends."""
        address = address_of(request.scope)
        body = await whole(receive, MAX_BODY)
        if body is None:
            return answer(f"a login has at most {MAX_BODY} bytes", 413)
        wait = max(self.of_one.wait(address), self.of_all.wait(""))
        if wait > 0:
            seconds = math.ceil(wait)
            message = f"There were too many wrong passwords; wait for {seconds} s, then try again."
            return self._asked(request, message, 429, {"retry-after": str(seconds)})
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
        if len(self.last_request) >= MOST:
            del self.last_request[min(self.last_request, key=self.last_request.__getitem__)]
        self.last_request[token] = time.monotonic()
        made: Response = RedirectResponse("/", 303) if wants_page(request) else JSONResponse({"success": True})
        # Over TLS, which a proxy has to report, the cookie is never sent without it.
        is_secure = request.url.scheme == "https"
        made.set_cookie(self.cookie, token, httponly=True, samesite="strict", secure=is_secure)
        return made

    @staticmethod
    def _asked(request: Request, message: str, status: int, headers: dict[str, str] | None = None) -> Response:
        """Return the page that asks for the password to browsers, and one sentence to programs."""
        common = {"cache-control": "no-store"} | (headers or {})
        if not wants_page(request):
            return JSONResponse({"detail": message or "log in first: POST the password to /login"}, status, common)
        spoken = f'<p role="alert">{escape(message)}</p>' if message else ""
        page = PAGE.read_text(encoding="utf-8").replace("<!-- message -->", spoken)
        # Without a referrer, browsers would send a form with the Origin "null".
        policies = {"content-security-policy": POLICY, "referrer-policy": "same-origin"}
        return HTMLResponse(page, status, common | policies)


def wants_page(request: Request) -> bool:
    """Return whether a browser sends the request, not a program."""
    return "text/html" in request.headers.get("accept", "")


def address_of(scope: Scope) -> str:
    """Return the address of a request's sender; for IPv6 its network, since every user has 2^64 addresses."""
    host = (scope.get("client") or ("",))[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)


def is_same(given: str, required: str) -> bool:
    """Return whether a password is right, in a time that does not show how close it is."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), required.encode("utf-8", "replace"))
