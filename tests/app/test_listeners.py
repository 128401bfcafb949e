"""Whoever reads reports is there, and nobody else."""

from __future__ import annotations

import pytest

pytest.importorskip("starlette", reason='the web app is not installed: pip install "neuralart[app]"')

from neuralart.app.listeners import Listeners, session_of

from .asgi import run, scope_of


@pytest.mark.parametrize(
    ("path", "session"),
    [
        ("/gradio_api/queue/data?session_hash=abc", "abc"),
        ("/gradio_api/queue/data", None),
        ("/gradio_api/call/paint/0123", "0123"),
        ("/gradio_api/call/v2/paint/0123/", "0123"),
        ("/gradio_api/heartbeat/abc", None),
        ("/config", None),
    ],
)
def test_sessions(path, session):
    assert session_of(scope_of(path)) == session


def test_a_stream_is_heard_while_it_is_open():
    listeners, heard = Listeners(), []

    async def stream(scope, receive, send):
        heard.append(listeners.hears("abc"))
        if len(heard) < 2:  # the same session once more, at the same time
            await app(scope, receive, send)
        heard.append(listeners.hears("abc"))
        raise ConnectionResetError

    app = listeners.around(stream)
    with pytest.raises(ConnectionResetError):
        run(app(scope_of("/gradio_api/queue/data?session_hash=abc"), None, None))
    assert heard == [True, True, True]
    assert not listeners.hears("abc")
    assert listeners.hears(None)  # a caller within this process
    assert not listeners.open
