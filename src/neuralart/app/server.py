"""Serves the page at an address, with a password, without sending anything to other servers."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Mapping
from typing import Any

from neuralart.app.access import Access, film_megabytes, names
from neuralart.app.folder import own_folder
from neuralart.app.settings import gallery_folder, password
from neuralart.errors import OptionError

# A closed terminal, Ctrl-\\ and batch queues end the app like Ctrl-C and SIGTERM, which the server handles itself.
ENDS = [getattr(signal, name) for name in ("SIGHUP", "SIGQUIT", "SIGXCPU") if hasattr(signal, name)]
BROKEN_OFF = "ASGI callable returned without completing response"  # uvicorn's words
FIRST_PORT, PORTS = 7860, 100


def serve(settings: Access, fixed: Mapping[str, Any], ready: Callable[[str], object]) -> None:
    """Serve until interrupted. At the end, the gallery keeps the painting in progress, and uploads are removed.

    Args:
        settings: The app's settings.
        fixed: Options given by the owner.
        ready: Receives the address once the server listens.

    Raises:
        OptionError: The address cannot be used, or needs a password.
        PictureError: The gallery's folder cannot be used.
    """
    required = password(settings)
    listening = listen(settings.host, settings.port)
    with own_folder() as folder, listening:
        # Gradio reads where to keep uploads when it is imported and when a component is made.
        os.environ["GRADIO_TEMP_DIR"] = str(folder)
        os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
        from neuralart.app.desk import Desk
        from neuralart.app.gallery import Gallery
        from neuralart.app.jobs import Studio

        gallery = Gallery(gallery_folder(settings))
        studio = Studio(gallery, settings.max_waiting, settings.max_minutes, settings.max_unwatched)
        try:
            desk = Desk(settings, studio, gallery, folder, fixed)
            desk.own.mkdir()
            served = application(desk, required, names(settings, listening))
            ready(address(settings.host, listening))
            run(served, listening)
        finally:
            studio.close()


def run(served: Any, listening: socket.socket) -> None:
    """Serve the application until interrupted."""
    import uvicorn

    config = uvicorn.Config(served, log_level="error", timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    loggers = [logging.getLogger(name) for name in ("uvicorn.error", "asyncio", "neuralart.app.gate")]

    def is_serving(record: logging.LogRecord) -> bool:
        # After Ctrl-C, pages are cut off or close by themselves, which is no error. The gate has already logged why an
        # answer broke off.
        return not server.should_exit and not record.getMessage().startswith(BROKEN_OFF)

    for logger in loggers:
        logger.addFilter(is_serving)
    is_main = threading.current_thread() is threading.main_thread()
    ends = [number for number in ENDS if is_main and signal.getsignal(number) is signal.SIG_DFL]  # not under nohup
    for number in ends:
        signal.signal(number, lambda *_: setattr(server, "should_exit", True))
    try:
        server.run(sockets=[listening])
    finally:
        for number in ends:
            signal.signal(number, signal.SIG_DFL)
        for logger in loggers:
            logger.removeFilter(is_serving)


def application(desk: Any, required: str | None, is_ours: Callable[[str], bool]) -> Any:
    """Return the page behind its checks as an ASGI application. `is_ours` says whether the server answers to a name."""
    import fastapi
    import gradio as gr

    from neuralart.app import page
    from neuralart.app.archive import Archive
    from neuralart.app.gate import Gate
    from neuralart.app.login import Login
    from neuralart.app.uploads import Uploads

    built = page.build(desk)
    # Gradio only checks that a path was uploaded, and is not another of the server's, if it believes it has launched.
    built.has_launched = True
    mounted = gr.mount_gradio_app(
        fastapi.FastAPI(openapi_url=None),
        built,
        path="/",
        max_file_size=f"{max(desk.settings.max_megabytes, film_megabytes(desk.settings))}mb",
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        show_error=True,
        theme=page.theme(),
        css=page.CSS.read_text(encoding="utf-8"),
        head=page.HEAD,
        js=page.script(),
    )
    inner = Uploads(Archive(desk.listeners.around(mounted), desk), desk, desk.settings)
    return Gate(inner if required is None else Login(inner, required), is_ours)


def listen(host: str, port: int | None) -> socket.socket:
    """Return a socket that listens. Raises OptionError for an address or port that is not available."""
    ports = range(FIRST_PORT, FIRST_PORT + PORTS) if port is None else [port]
    reason: OSError | None = None
    for one in ports:
        try:
            family, kind, protocol, _, where = socket.getaddrinfo(
                host, one, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            result = socket.socket(family, kind, protocol)
        except OSError as error:
            raise OptionError(
                f"--host '{host}' is not an address of this machine ({error.strerror or error})"
            ) from None
        try:
            if os.name == "posix":  # elsewhere it would let two servers listen at once
                result.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            result.bind(where)
            result.listen(64)
            return result
        except OSError as error:
            result.close()
            reason = error
    assert reason is not None
    if port is None:
        raise OptionError(
            f"none of the ports {FIRST_PORT} to {FIRST_PORT + PORTS - 1} is free on {host}; give --port 0"
        )
    raise OptionError(
        f"cannot listen on port {port} of '{host}' ({reason.strerror or reason}); give another --port, or 0 for any"
    )


def address(host: str, listening: socket.socket) -> str:
    """Return the address for a browser on this machine."""
    port = listening.getsockname()[1]
    if host in ("0.0.0.0", "::"):
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
