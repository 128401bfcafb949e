"""What Gradio never sees."""

from __future__ import annotations

import pytest

pytest.importorskip("starlette", reason='the web app is not installed: pip install "neuralart[app]"')

from starlette.responses import PlainTextResponse

from neuralart.app.gate import MAX_BODY, Gate, is_served, one_line

from .asgi import ask, run, scope_of


class Inner:
    """An application that tells what it was asked for, and answers as Gradio does to pages of elsewhere."""

    def __init__(self, error=None, headers=None):
        self.bodies, self.error, self.headers = [], error, headers or {}

    async def __call__(self, scope, receive, send):
        message = await receive()
        self.bodies.append(message.get("body"))
        if self.error:
            raise self.error
        await PlainTextResponse("inside", headers=self.headers)(scope, receive, send)


@pytest.fixture
def inner():
    return Inner()


def gate(inner):
    return Gate(inner, {"localhost"}.__contains__)


def test_who_is_let_in(inner):
    assert ask(gate(inner), "/config").body == b"inside"
    for headers in ({"host": "evil.example"}, {"origin": "http://evil.example"}, {"sec_fetch_site": "cross-site"}):
        answer = ask(gate(inner), "/config", **headers)
        assert answer.status == 403
        assert b"--allow-host" in answer.body
        assert answer.header("x-content-type-options") == ["nosniff"]
    assert len(inner.bodies) == 1


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/config",
        "/config/",
        "/assets/index-1.js",
        "/svelte/svelte/x.js",
        "/theme.css",
        "/gradio_api/upload",
        "/gradio_api/queue/join",
        "/gradio_api/call/paint/1",
        "/gradio_api/file=/tmp/x.png",
        "/gradio_api/heartbeat/x",
        "/gradio_api/openapi.json",
    ],
)
def test_routes(path):
    assert is_served(path)


@pytest.mark.parametrize(
    "path",
    [
        "/docs",
        "/openapi.json",
        "/monitoring",
        "/monitoring/summary",
        "/pwa_icon",
        "/gradio_api",
        "/gradio_api/",
        "/gradio_api/proxy=http://x",
        "/gradio_api/file=https://x/y.png",
        "/gradio_api/file=http:/x",
        "/gradio_api/file=HTTPS://x",
        "/gradio_api/vibe-edit",
        "/gradio_api/process_recording",
        "/gradio_api/dev/reload",
        "/gradio_api/deep_link",
        "/gradio_api/runs",
        "/gradio_api/custom_component/x",
        "/gradio_api/token",
        "/gradio_api/stream/x",
        "/gradio_api/component_server",
        "/assets/\0",
        "/theme.css\n",
        "//config",
    ],
)
def test_routes_of_which_there_is_no_need(path, inner):
    assert not is_served(path)
    assert ask(gate(inner), path).status == 404
    assert inner.bodies == []


def test_pages_of_elsewhere_get_no_leave_to_read(inner):
    inner.headers = {"Access-Control-Allow-Origin": "http://localhost:1", "Access-Control-Allow-Credentials": "true"}
    answer = ask(gate(inner), "/config", origin="http://localhost")
    assert answer.status == 200
    assert [name for name, _ in answer.headers if name.startswith("access-control")] == []
    assert answer.header("cross-origin-resource-policy") == ["same-origin"]
    assert len(answer.header("content-security-policy")) == 1


def test_bodies_are_bounded(inner):
    half = bytes(MAX_BODY // 2)
    assert ask(gate(inner), "/gradio_api/queue/join", "POST", [half, half]).status == 200
    assert inner.bodies == [bytes(MAX_BODY)]
    for body in (bytes(MAX_BODY + 1), [half, half, b"x"]):
        assert ask(gate(inner), "/gradio_api/queue/join", "POST", body).status == 413
    assert len(inner.bodies) == 1
    # An upload is bounded where it is taken.
    ask(gate(inner), "/gradio_api/upload", "POST", [half, half, b"x"])
    assert inner.bodies[1:] == [half]


def test_what_goes_wrong_is_one_line(inner, caplog):
    inner.error = KeyError("\x1b[2J999\nTraceback")
    answer = ask(gate(inner), "/gradio_api/queue/join", "POST", b"{}")
    assert (answer.status, answer.body) == (400, b"this request cannot be answered\n")
    (record,) = caplog.records
    assert record.getMessage().startswith("refused POST '/gradio_api/queue/join': KeyError: ")
    assert record.getMessage().isprintable() and record.exc_info is None


@pytest.mark.parametrize("error", [ConnectionResetError("gone"), RuntimeError("nobody is there")])
def test_whoever_is_gone_is_no_matter(caplog, error):
    async def streaming(scope, receive, send):
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        assert (await receive())["type"] == "http.disconnect"
        raise error

    assert ask(gate(streaming), "/gradio_api/queue/data").status == 200
    assert caplog.records == []


def test_no_websocket_is_accepted(inner):
    for headers in ({}, {"origin": "http://evil.example"}):
        sent = []

        async def receive():
            return {"type": "websocket.connect"}

        async def send(message, sent=sent):
            sent.append(message)

        run(gate(inner)(scope_of("/config", **headers) | {"type": "websocket"}, receive, send))
        assert sent == [{"type": "websocket.close", "code": 1008}]
    assert inner.bodies == []


def test_lines():
    assert one_line(ValueError("a\nb")) == "ValueError: a"
    assert one_line(ValueError()) == "ValueError"
    assert one_line(ValueError("ü" * 500)).isascii()
