"""The door: a password where one is set, nothing fetched for visitors, and no painting for a page that is gone."""

from __future__ import annotations

import http.client
import logging
import signal
import time
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar

import pytest

from neuralart.app import server
from neuralart.errors import OptionError
from neuralart.image.record import read_record

from ..patience import SECONDS, deadline
from .conftest import PHOTO, own_folders, serve
from .test_browser import fill, until

SECRET = "open sesame"
ROUTES = (
    *("/", "/config", "/theme.css", "/static/img/logo.svg", "/assets/index.js", "/svelte/svelte/index.js", "/login"),
    *("/gradio_api/info", "/gradio_api/openapi.json", "/gradio_api/app_id", "/gradio_api/startup-events"),
    *("/gradio_api/queue/status", "/gradio_api/queue/data?session_hash=x", "/gradio_api/call/paint/x"),
    *("/gradio_api/heartbeat/x", "/gradio_api/upload_progress?upload_id=x", "/manifest.json"),
)
POSTED = tuple(f"/gradio_api/{call}" for call in ("queue/join", "upload", "call/gallery", "cancel", "reset", "run/x"))


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """The app behind a password, with paintings that go on for a second after their page was closed."""
    folder = tmp_path_factory.mktemp("guarded")
    yield from serve(folder, ["--max-unwatched", "1"], {"NEURALART_PASSWORD": SECRET})


class Caller:
    """Somebody with a cookie jar and no browser."""

    def __init__(self, address):
        self.address = address
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def __call__(self, path, form=None, headers=None):
        data = None if form is None else urllib.parse.urlencode(form).encode()
        request = urllib.request.Request(self.address + path, data, headers or {})
        try:
            with self.opener.open(request, timeout=20) as answer:
                return answer.status, answer.read().decode("utf-8", "replace"), dict(answer.headers)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode("utf-8", "replace"), dict(error.headers)


def test_without_the_password_nothing_is_answered(guarded):
    stranger = Caller(guarded.address)
    (own,) = own_folders(guarded)
    own = own / "upload.txt"
    own.write_text("a visitor's picture")
    for path in (*ROUTES, f"/gradio_api/file={own}"):
        status, text, _ = stranger(path)
        assert status == 401, (path, status, text)
        assert text == '{"detail":"log in first: POST the password to /login"}'
    for path in POSTED:
        assert stranger(path, {"data": "[]"})[0] == 401, path
    for wrong in ("OPEN SESAME", SECRET + " "):  # few, or those who come next would have to wait
        assert stranger("/login", {"username": "me", "password": wrong})[0] == 401
    assert stranger("/config")[0] == 401
    foreign = {"Origin": "http://evil.example"}
    assert stranger("/login", {"password": SECRET}, foreign)[0] == 403
    assert stranger("/config")[0] == 401
    status, _, headers = stranger("/login", {"username": "me", "password": SECRET})
    assert status == 200
    cookie = headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie
    assert stranger("/config")[0] == 200
    assert stranger(f"/gradio_api/file={own}")[1] == "a visitor's picture"
    assert stranger(f"/gradio_api/file={own}", None, foreign)[0] == 403
    assert stranger("/logout")[0] == 401  # led to the page, which asks again
    assert stranger("/config")[0] == 401


def test_guesses_are_slow(guarded):
    # Another address of this machine, so that nobody else waits.
    answers = []
    for guess in (*("guess" * n for n in range(20)), SECRET):
        connection = http.client.HTTPConnection(*guarded.address[7:].split(":"), 20, source_address=("127.0.0.9", 0))
        body = urllib.parse.urlencode({"password": guess})
        connection.request("POST", "/login", body, {"content-type": "application/x-www-form-urlencoded"})
        answers.append(connection.getresponse().status)
        connection.close()
    assert answers == [401] * 5 + [429] * 16


def test_no_errands_and_no_files_of_the_server(guarded):
    friend = Caller(guarded.address)
    friend("/login", {"username": "me", "password": SECRET})
    assert friend("/gradio_api/file=http://example.org/x.png")[0] == 404
    assert friend("/gradio_api/file=https%3A//example.org/x.png")[0] == 404
    assert friend("/monitoring")[0] == 404
    for path in ("/etc/hosts", str(PHOTO), str(guarded.gallery)):
        assert friend(f"/gradio_api/file={path}")[0] in (403, 404)
    headers = {name.lower(): value for name, value in friend("/")[2].items()}
    assert "default-src 'self'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"


@pytest.fixture
def page(guarded, browser):
    """Somebody who knows the password, at the page."""
    context = browser.new_context()
    opened = context.new_page()
    opened.set_default_timeout(1000 * SECONDS)
    opened.goto(guarded.address)
    opened.get_by_label("Password").fill("wrong password")
    opened.get_by_role("button", name="Log in").click()
    opened.get_by_role("alert").filter(has_text="This is not the password.").wait_for()
    opened.get_by_label("Password").fill(SECRET)
    opened.get_by_role("button", name="Log in").click()
    opened.wait_for_selector("#paint")
    yield opened
    context.close()


def test_a_tab_that_is_closed_leaves_no_painting_running(guarded, page):
    fill(page, num_iters="1000000", tolerance="0", size="64")
    page.click("#paint")
    until(page, "^Painting: iteration")
    page.wait_for_timeout(1500)  # it is watched, and so goes on
    assert page.inner_text("#status").startswith("Painting")
    place = guarded.gallery / "photo-style.png"
    assert not place.exists()
    page.close()
    end = deadline()
    while not place.exists():
        assert time.monotonic() < end, "nobody watches, and it goes on"
        time.sleep(0.05)
    assert 0 < read_record(place)["result"]["iterations"] < 1_000_000


def test_ports(monkeypatch):
    with server.listen("127.0.0.1", 0) as one:
        port = one.getsockname()[1]
        assert server.address("127.0.0.1", one) == f"http://127.0.0.1:{port}"
        assert server.address("0.0.0.0", one) == f"http://127.0.0.1:{port}"
        assert server.address("::1", one) == f"http://[::1]:{port}"
        monkeypatch.setattr(server, "FIRST_PORT", port)
        monkeypatch.setattr(server, "PORTS", 1)
        with pytest.raises(
            OptionError, match=f"none of the ports {port} to {port} is free on 127.0.0.1; give --port 0"
        ):
            server.listen("127.0.0.1", None)
    with server.listen("127.0.0.1", None) as free:
        assert free.getsockname()[1] == port


def test_a_page_that_closes_at_ctrl_c_is_nothing_to_complain_of(monkeypatch):
    uvicorn = pytest.importorskip("uvicorn", reason='uvicorn is not installed: pip install "neuralart[app]"')
    told = []

    class Ear(logging.Handler):
        def emit(self, record):
            told.append((record.name, record.getMessage()))

    def serving(self, sockets):
        loggers, ear = [logging.getLogger(name) for name in ("uvicorn.error", "asyncio")], Ear()
        for logger in loggers:
            logger.addHandler(ear)
            logger.error("before")
        self.handle_exit(signal.SIGINT, None)
        for logger in loggers:
            logger.error("after")
            logger.removeHandler(ear)

    monkeypatch.setattr(uvicorn.Server, "run", serving)
    for _ in range(2):  # and the next server complains again
        told.clear()
        server.run(None, None)
        assert told == [("uvicorn.error", "before"), ("asyncio", "before")]


def test_a_terminal_that_closes_ends_the_app(monkeypatch):
    uvicorn = pytest.importorskip("uvicorn", reason='uvicorn is not installed: pip install "neuralart[app]"')
    before, ended = signal.signal(signal.SIGHUP, signal.SIG_DFL), []

    def serving(self, sockets):
        signal.raise_signal(signal.SIGHUP)
        ended.append(self.should_exit)

    monkeypatch.setattr(uvicorn.Server, "run", serving)
    try:
        server.run(None, None)
        assert ended == [True]
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGHUP, before)
