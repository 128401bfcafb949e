"""The password: who knows it comes in, who guesses waits, and the cookie serves the visitor's own pages only."""

from __future__ import annotations

import pytest

pytest.importorskip("starlette", reason='the web app is not installed: pip install "neuralart[app]"')

from starlette.responses import PlainTextResponse

from neuralart.app import login
from neuralart.app.login import Attempts, Login, address_of, is_same

from .asgi import ask

SECRET = "open sesame"


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(login.time, "monotonic", made)
    return made


@pytest.fixture
def door(clock):
    made = Login(PlainTextResponse("inside"), SECRET)
    made.of_one.clock = made.of_all.clock = clock
    return made


def give(door, password, client="10.0.0.1", **headers):
    return ask(door, "/login", "POST", f"username=me&password={password}".encode(), client=client, **headers)


def cookie_of(answer):
    (cookie,) = answer.header("set-cookie")
    return cookie


def inside(door, cookie, path="/config"):
    return ask(door, path, cookie=cookie.partition(";")[0]).body == b"inside"


def test_a_visitor(door, clock):
    assert ask(door, "/config").status == 401
    answer = give(door, "open+sesame")
    assert (answer.status, answer.body) == (200, b'{"success":true}')
    cookie = cookie_of(answer)
    words = cookie.lower().split("; ")
    assert "httponly" in words and "samesite=strict" in words and "secure" not in words
    assert inside(door, cookie)
    assert not inside(door, cookie[:-1].replace("=", "=x", 1))
    assert not inside(door, "")
    assert not inside(door, "a=\x01; =;;;")
    # As long as it is used.
    for _ in range(3):
        clock.now += login.LASTS - 1
        assert inside(door, cookie)
    clock.now += login.LASTS
    assert not inside(door, cookie)


def test_leaving(door):
    cookie = cookie_of(give(door, "open+sesame"))
    answer = ask(door, "/logout", cookie=cookie.partition(";")[0])
    assert answer.status == 303 and "max-age=0" in cookie_of(answer).lower()
    assert not inside(door, cookie)


def test_in_a_browser(door):
    page = ask(door, "/gradio_api/info", accept="text/html,*/*")
    assert page.status == 401 and b'type="password"' in page.body
    assert page.header("content-security-policy")[0].startswith("default-src 'none'")
    wrong = give(door, "guess", accept="text/html")
    assert wrong.status == 401 and b'<p role="alert">This is not the password.</p>' in wrong.body
    right = give(door, "open+sesame", accept="text/html")
    assert right.status == 303 and right.header("location") == ["/"]
    assert inside(door, cookie_of(right))


@pytest.mark.parametrize("body", [b"", b"password=", b"password=x&password=open+sesame", b"\xff", b'{"password":1}'])
def test_no_password(door, body):
    assert ask(door, "/login", "POST", body).status == 401
    assert door.last_request == {}


def test_a_login_is_short(door):
    assert give(door, "x" * login.MAX_BODY).status == 413


def test_who_guesses_waits(door, clock):
    assert [give(door, "guess").status for _ in range(7)] == [401] * 5 + [429] * 2
    answer = give(door, "open+sesame")  # not even the right one, or waiting would tell it apart
    assert (answer.status, answer.header("retry-after")) == (429, ["10"])
    assert b"wait for 10 s" in answer.body
    assert give(door, "open+sesame", client="10.0.0.2").status == 200  # others come in
    clock.now += 10
    assert [give(door, "guess").status for _ in range(2)] == [401, 429]
    clock.now += 10
    assert [give(door, "open+sesame").status for _ in range(9)] == [200] * 9  # who knows it never waits


def test_many_addresses_wait_together(door, clock):
    tried = [give(door, "guess", client=f"10.0.1.{n}").status for n in range(40)]
    assert tried == [401] * 30 + [429] * 10
    clock.now += 3600
    tried = [give(door, "guess", client=f"10.0.2.{n // 4}").status for n in range(200)]
    assert tried.count(401) == 30
    inside_still = cookie_of(give(Login(PlainTextResponse("inside"), SECRET), "open+sesame"))
    assert "neuralart-" in inside_still  # another app's door is not held up by this one's


def test_attempts_are_forgotten(clock, monkeypatch):
    monkeypatch.setattr(login, "MOST", 3)
    attempts = Attempts(2, 1.0, clock)
    for n in range(10):
        attempts.count(str(n))
        clock.now += 1
    assert len(attempts.empty_until) <= 3


def test_visitors_are_bounded(door, monkeypatch, clock):
    monkeypatch.setattr(login, "MOST", 3)
    cookies = []
    for _ in range(5):
        cookies.append(cookie_of(give(door, "open+sesame")))
        clock.now += 1
    assert [inside(door, cookie) for cookie in cookies] == [False, False, True, True, True]


@pytest.mark.parametrize(
    ("host", "address"),
    [("10.0.0.1", "10.0.0.1"), ("2001:db8::1", "2001:db8::/64"), ("2001:db8::2", "2001:db8::/64"), ("unix", "unix")],
)
def test_addresses(host, address):
    assert address_of({"client": (host, 1)}) == address
    assert address_of({"client": None}) == ""


@pytest.mark.parametrize(("given", "same"), [(SECRET, True), ("", False), ("größe\ud800", False)])
def test_passwords_are_compared(given, same):
    assert is_same(given, SECRET) is same
