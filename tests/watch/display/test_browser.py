"""The local page: over HTTP, and as a person sees it in a browser."""

from __future__ import annotations

import base64
import http.client
import json
import re
import shutil
import socket
import time

import numpy as np
import pytest
import pyvips

from neuralart.errors import OptionError
from neuralart.watch.display import browser
from neuralart.watch.display.browser import Browser, Feed
from neuralart.watch.display.viewer import Display

from .make import frame, quarters, step


@pytest.fixture(autouse=True)
def no_desktop(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def page(capsys):
    """A page that is being served, closed at the end."""
    served = Browser()
    yield served
    served.close(finished=False)


def get(page, path="/", method="GET", **headers):
    """(status, headers, body) of one request."""
    connection = http.client.HTTPConnection("127.0.0.1", page.server.server_port, timeout=10)
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


class Listener:
    """One who reads /events."""

    def __init__(self, page):
        self.connection = http.client.HTTPConnection("127.0.0.1", page.server.server_port, timeout=10)
        self.connection.request("GET", "/events")
        self.answer = self.connection.getresponse()
        assert self.answer.getheader("Content-Type") == "text/event-stream"

    def next(self):
        """The next event's state; None at the end of the stream."""
        data = []
        while line := self.answer.readline().decode():
            if line.startswith("data: "):
                data.append(line[6:])
            elif line == "\n" and data:
                return json.loads("".join(data))
        return None

    def close(self):
        self.answer.close()
        self.connection.close()


def pixels_of(state):
    head, _, data = state["picture"].partition(",")
    assert head == "data:image/jpeg;base64"
    return pyvips.Image.new_from_buffer(base64.b64decode(data), "").numpy()


def test_the_address(capsys):
    served = Browser()
    try:
        assert served.address == f"http://127.0.0.1:{served.server.server_port}/"
        assert capsys.readouterr() == ("", f"watch the painting at {served.address}\n")
        assert served.server.server_address[0] == "127.0.0.1"
    finally:
        served.close(finished=True)


def test_quiet(capsys):
    Browser(quiet=True).close(finished=True)
    assert capsys.readouterr() == ("", "")


def test_a_port_of_ones_choice(page):
    taken = page.server.server_port
    with pytest.raises(OptionError, match=rf"^--display-port {taken} cannot be used \(Address already in use\); give"):
        Browser(taken)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    served = Browser(port)
    assert served.server.server_port == port
    served.close(finished=True)


@pytest.mark.parametrize(
    ("path", "kind"), [("/", "text/html"), ("/page.css", "text/css"), ("/page.js", "text/javascript")]
)
def test_what_is_served(page, path, kind):
    status, headers, body = get(page, path)
    assert status == 200
    assert headers["Content-Type"] == f"{kind}; charset=utf-8"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert body
    # Nothing comes from elsewhere.
    assert b"//" not in body.replace(b"http://www.w3.org/2000/svg", b"").replace(b"// A live", b"")


@pytest.mark.parametrize(
    "path",
    ["/page", "/../page.html", "/page.html", "//etc/passwd", "/%2e%2e/frame.py", "/events/", "/browser.py", "/?a"],
)
def test_nothing_else_is_served(page, path):
    assert get(page, path)[0] == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_it_is_for_looking_only(page, method):
    assert get(page, method=method)[0] == 501


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://127.0.0.1:{port}"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),  # a page on another port of this machine
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 200),  # a link
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403),  # an <img>, a <script>
        ({"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"}, 403),
    ],
)
@pytest.mark.parametrize("path", ["/", "/events"])
def test_only_its_own_page_is_answered(page, path, headers, status):
    page.feed.end("finished")
    sent = {name: value.format(port=page.server.server_port) for name, value in headers.items()}
    assert get(page, path, **sent)[0] == status


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:{port}", 200),
        ("localhost:{port}", 200),
        ("LocalHost:8000", 200),  # through a tunnel
        ("localhost", 200),
        ("[::1]:8000", 200),
        ("evil.example:{port}", 403),
        ("127.0.0.1.evil.example", 403),
        ("localhost.evil.example:{port}", 403),
        ("127.0.0.1:80@evil.example", 403),
        ("", 403),
    ],
)
@pytest.mark.parametrize("path", ["/", "/events"])
def test_only_local_names_are_answered(page, path, host, status):
    page.feed.end("finished")  # so that /events, too, is a short answer
    assert get(page, path, Host=host.format(port=page.server.server_port))[0] == status


def test_a_run_is_pushed_and_ends(capsys):
    served = Browser()
    with Display(served, 1) as display:
        listener = Listener(served)
        assert listener.next()["status"] == "preparing"
        for n in range(11):
            display(step(n))
        states = []
        while (state := listener.next())["iteration"] < 10:
            states.append(state)
    assert [one["status"] for one in [*states, state]] == ["painting"] * (len(states) + 1)
    last = listener.next()
    assert last["status"] == "finished"
    assert listener.next() is None
    assert (last["iteration"], last["iterations"], last["width"], last["height"]) == (10, 10, 60, 40)
    assert last["kinds"] == {"content": 2.0, "style": 4.0}
    assert last["points"][-1] == [10, 1, {"total": 6.0, "content": 2.0, "style": 4.0}]
    assert [point[0] for point in last["points"]] == list(range(1, 11))
    assert np.abs(pixels_of(last).astype(int) - quarters(60, 40)).mean() < 4
    listener.close()
    with pytest.raises(OSError, match=r"refused|reset"):
        get(served)


def test_an_unfinished_run(capsys):
    served = Browser()
    listener = Listener(served)
    listener.next()
    with pytest.raises(KeyboardInterrupt), Display(served, 1) as display:
        display(step(0))
        raise KeyboardInterrupt
    states = [listener.next(), listener.next()]
    assert "stopped" in [state["status"] for state in states if state]


def test_late_and_slow_listeners_see_the_present(page):
    page.show(frame(iteration=0))
    listener = Listener(page)
    assert listener.next()["iteration"] == 0
    for n in range(1, 6):
        page.note(step(n))
        page.show(frame(iteration=n))
    late = Listener(page)
    assert late.next()["iteration"] == 5
    seen = [listener.next()["iteration"]]
    while seen[-1] < 5:
        seen.append(listener.next()["iteration"])
    assert seen == sorted(set(seen))


def test_a_connection_that_is_cut_mid_run(capsys):
    served = Browser()
    cut, stays = Listener(served), Listener(served)
    begun = time.monotonic()
    with Display(served, 1) as display:
        for n in range(11):
            display(step(n))
            if n == 3:
                cut.close()
            time.sleep(0.01)
    assert time.monotonic() - begun < 3
    assert served.feed.listeners == 0
    while (state := stays.next())["status"] != "finished":
        pass
    assert state["iteration"] == 10


def test_one_who_never_reads_does_not_hold_up_the_end(page, monkeypatch):
    monkeypatch.setattr(browser, "PATIENCE", 0.3)
    with socket.create_connection(("127.0.0.1", page.server.server_port)) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        noise = np.random.default_rng(0).integers(0, 256, (1000, 1000, 3)).astype(np.uint8)
        for n in range(8):
            page.show(frame(noise, iteration=n))
        begun = time.monotonic()
        page.close(finished=True)
        assert time.monotonic() - begun < 3


def test_only_so_many_pages(page, monkeypatch):
    monkeypatch.setattr(browser, "LISTENERS", 2)
    listeners = [Listener(page) for _ in range(2)]
    assert get(page, "/events")[0] == 503
    for listener in listeners:
        listener.close()


def test_the_chart_of_a_long_run_is_thinned():
    feed = Feed()
    for n in range(1, 5001):
        feed.add(step(n, iterations=5000))
    iterations = [point[0] for point in feed.points]
    assert len(iterations) <= browser.POINTS + 1
    assert (iterations[0], iterations[-1]) == (1, 5000)
    assert iterations == sorted(set(iterations))
    assert max(np.diff(iterations)) <= 32


def test_the_desktops_browser_is_opened(tmp_path, monkeypatch, capsys):
    script, told = tmp_path / "look", tmp_path / "told"
    script.write_text(f'#!/bin/sh\nprintf %s "$1" > {told}\n')
    script.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(script))
    monkeypatch.setattr("webbrowser._tryorder", None)
    Browser().close(finished=True)
    time.sleep(0.2)
    assert not told.exists()
    monkeypatch.setenv("DISPLAY", ":1")
    served = Browser()
    for _ in range(100):
        if told.exists() and told.read_text():
            break
        time.sleep(0.05)
    served.close(finished=True)
    assert told.read_text() == served.address


@pytest.fixture(scope="module")
def chromium():
    """A headless Chromium."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium here; tests/install_debian.sh installs it")
    with sync_api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_as_a_person_sees_it(chromium, capsys, width, scheme):
    served = Browser()
    context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    try:
        seen = context.new_page()
        problems = []
        seen.on("pageerror", lambda error: problems.append(str(error)))
        seen.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        seen.on("request", lambda request: problems.append(request.url) if "127.0.0.1" not in request.url else None)
        seen.goto(served.address)
        seen.get_by_role("status").get_by_text("Preparing").wait_for()
        with Display(served, 1) as display:
            for n in range(6):
                display(step(n, total=10.0 / max(n, 1), scale=1 + n // 4))
            seen.get_by_role("img", name=re.compile("The painting after iteration [0-5] of 10")).wait_for()
            # In the middle of the run, whichever of them there was time for.
            seen.get_by_role("status").get_by_text("Painting").wait_for()
            display(step(10))
        seen.get_by_role("status").get_by_text("Finished").wait_for()
        picture = seen.get_by_role("img", name="The painting after iteration 10 of 10")
        assert picture.evaluate("e => [e.naturalWidth, e.naturalHeight]") == [60, 40]
        # What is seen has the colours of the picture, and the shape.
        shot = pyvips.Image.new_from_buffer(picture.screenshot(), "")
        corners = [shot(x * shot.width, y * shot.height)[:3] for x in (0.25, 0.75) for y in (0.25, 0.75)]
        wanted = [quarters(60, 40)[round(y * 40), round(x * 60)] for x in (0.25, 0.75) for y in (0.25, 0.75)]
        assert np.abs(np.array(corners) - np.array(wanted)).max() < 25
        assert seen.get_by_role("progressbar").evaluate("e => e.value / e.max") == 1
        assert "10 of 10" in seen.get_by_text("Iteration 10 of 10, scale").inner_text()
        assert seen.title() == "Finished · neuralart"
        assert "total 6" in seen.locator("#chart").get_attribute("aria-label")
        assert seen.locator("#chart polyline").count() == 3
        assert [row.split("\t")[0].strip() for row in seen.locator("tbody tr").all_inner_texts()] == [
            *("total", "content", "style"),
        ]
        # Nothing sticks out sideways, and the text can be read.
        assert seen.evaluate("document.documentElement.scrollWidth") <= width
        assert all(ratio >= 4.5 for ratio in seen.evaluate(CONTRASTS).values())
        assert problems == []
    finally:
        context.close()
        served.close(finished=False)


# Contrast of every text with the ground of the page, as WCAG 2 counts it.
CONTRASTS = """() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map((v) => v / 255)
      .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = light(getComputedStyle(document.body).backgroundColor), found = {};
  for (const element of document.querySelectorAll("h1, h2, p, span, th, td, figcaption, text")) {
    if (!element.textContent.trim()) continue;
    const style = getComputedStyle(element);
    const own = light(element.tagName === "text" ? style.fill : style.color);
    found[element.textContent] = (Math.max(own, ground) + 0.05) / (Math.min(own, ground) + 0.05);
  }
  return found;
}"""
