"""Processes that need not wait for PyTorch: each is forked from one that has imported it, and has done nothing else."""

from __future__ import annotations

import atexit
import contextlib
import gc
import io
import os
import pickle
import random
import select
import selectors
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import types
from pathlib import Path
from typing import NamedTuple

COMMAND = Path(sys.executable).with_name("neuralart")
PRELOADED = ["neuralart.cli.painting", "tests.distributed.paintings"]
PIPE, DEVNULL, TimeoutExpired = subprocess.PIPE, subprocess.DEVNULL, subprocess.TimeoutExpired
SIGNALS = {signal.SIGINT, signal.SIGTERM}
FORKS = hasattr(os, "pidfd_open")  # Linux; elsewhere every process starts from nothing


class Popen(subprocess.Popen):
    """As subprocess.Popen, but `neuralart …` and `python -c …` begin with everything imported.

    So do the processes that it starts. It is not for tests of imports, of closed descriptors, or of who is whose child.
    """

    _line: socket.socket | None = None

    def _execute_child(self, args, executable, preexec_fn, close_fds, pass_fds, cwd, env, *rest):  # type: ignore[override]
        words = [os.fspath(word) for word in args] if not isinstance(args, str | bytes | os.PathLike) else [args]
        (read_in, write_in, read_out, write_out, read_errors, write_errors), more = rest[3:9], rest[9:]
        session = more[5]
        if not FORKS or preexec_fn or pass_fds or not (words[0] == str(COMMAND) or words[:2] == [sys.executable, "-c"]):
            super()._execute_child(args, executable, preexec_fn, close_fds, pass_fds, cwd, env, *rest)
            return
        environment = dict(os.environ if env is None else env)
        request = _Request(words, environment, os.path.abspath(cwd or "."), session)  # noqa: PTH100
        streams = [own if own != -1 else number for number, own in enumerate((read_in, write_out, write_errors))]
        try:
            self._line = _send(_address("app" in words[:2]), request, streams)
            (self.pid,) = struct.unpack("i", _exactly(self._line, 4))
            self._child_created = True
        finally:
            self._close_pipe_fds(read_in, write_in, read_out, write_out, read_errors, write_errors)

    def _internal_poll(self, *given, **named):
        if self._line is None:
            return super()._internal_poll(*given, **named)
        if self.returncode is None and select.select([self._line], [], [], 0)[0]:
            self._hear()
        return self.returncode

    def _wait(self, timeout):
        if self._line is None:
            return super()._wait(timeout)
        if self.returncode is None:
            if not select.select([self._line], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(self.args, timeout)
            self._hear()
        return self.returncode

    def _hear(self):
        (status,) = struct.unpack("i", _exactly(self._line, 4))
        self.returncode = os.waitstatus_to_exitcode(status)
        self._line.close()


def run(words, *, input=None, capture_output=False, timeout=None, check=False, **given):
    """As subprocess.run."""
    if capture_output:
        given |= {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    if input is not None:
        given["stdin"] = subprocess.PIPE
    with Popen(words, **given) as process:
        try:
            out, err = process.communicate(input, timeout)
        except BaseException:
            process.kill()
            raise
    if check and process.returncode:
        raise subprocess.CalledProcessError(process.returncode, words, out, err)
    return subprocess.CompletedProcess(words, process.returncode, out, err)


class _Request(NamedTuple):
    words: list[str]
    environment: dict[str, str]
    folder: str
    session: bool

    @property
    def serves(self) -> bool:
        """Whether it is a process like this one, which ends by itself, after those that it has forked."""
        return "warm.serve(" in "".join(self.words[2:3])


_addresses: dict[bool, str] = {}
_starting = threading.RLock()  # the one with the app is forked from the other


def _address(app: bool) -> str:
    """The socket of the process that is forked, started if there is none yet. It ends when this one does."""
    with _starting:
        if app not in _addresses:
            _addresses[app] = _start([*PRELOADED, "gradio", "neuralart.app.server"] if app else PRELOADED, app)
        return _addresses[app]


def _start(modules: list[str], app: bool) -> str:
    folder = tempfile.TemporaryDirectory()
    address = str(Path(folder.name) / "socket")
    code = (
        f"import sys; sys.path[:] = {sys.path!r}; from tests import warm; warm.serve({address!r}, {modules!r}, {app})"
    )
    server = (Popen if app else subprocess.Popen)(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        cwd="/",
        start_new_session=True,  # Ctrl-C is for the tests
    )
    assert server.stdout is not None
    assert server.stdout.readline() == b"ready\n"
    atexit.register(folder.cleanup)
    atexit.register(server.communicate)
    return address


def _send(address: str, request: _Request, streams: list[int]) -> socket.socket:
    line = socket.socket(socket.AF_UNIX)
    line.connect(address)
    data = pickle.dumps(request)
    socket.send_fds(line, [struct.pack("i", len(data))], streams)
    line.sendall(data)
    return line


def _exactly(line: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = line.recv(count - len(data))
        assert more, "the process that is forked is gone"
        data += more
    return data


def serve(address: str, modules: list[str], app: bool) -> None:
    """Fork whatever is asked for at this address, until standard input ends."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever the shell has told its children
    for module in modules:
        __import__(module)
    assert threading.active_count() == 1, threading.enumerate()
    gc.collect()
    gc.freeze()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    waiting, children = selectors.DefaultSelector(), {}
    waiting.register(0, selectors.EVENT_READ)
    waiting.register(listener, selectors.EVENT_READ)
    while True:
        for key, _ in waiting.select():
            if key.fileobj is listener:
                line, _ = listener.accept()
                head, streams, _, _ = socket.recv_fds(line, 4, 3)
                request = pickle.loads(_exactly(line, *struct.unpack("i", head)))
                # Python swallows a signal's exception where a fork has only just happened.
                signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
                child = os.fork()
                if child == 0:
                    waiting.close()
                    for one in (line, listener, *(other for _, other, _ in children.values())):
                        one.close()
                    _addresses[app] = address
                    _become(request, streams)
                signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
                for stream in streams:
                    os.close(stream)
                line.sendall(struct.pack("i", child))
                handle = os.pidfd_open(child)
                children[handle] = child, line, request.serves
                waiting.register(handle, selectors.EVENT_READ)
            elif key.fileobj == 0:
                for child, _, serves in children.values():
                    if not serves:
                        os.kill(child, signal.SIGKILL)
                return
            else:
                child, line, _ = children.pop(key.fileobj)
                waiting.unregister(key.fileobj)
                os.close(key.fileobj)
                _, status = os.waitpid(child, 0)
                with contextlib.suppress(OSError):  # whoever asked for it may be gone
                    line.sendall(struct.pack("i", status))
                line.close()


def _become(request: _Request, streams: list[int]) -> None:
    """Be the process that was asked for; does not return."""
    code = 70
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        if request.session:
            os.setsid()
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        os.chdir(request.folder)
        os.environ.clear()
        os.environ.update(request.environment)
        _open_streams()
        random.seed()
        tempfile.tempdir = None
        subprocess.Popen = Popen  # type: ignore[misc]
        code = _exit_code(request.words)
        threading._shutdown()
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    finally:
        os._exit(code)


def _open_streams() -> None:
    encoding, _, errors = os.environ.get("PYTHONIOENCODING", "utf-8").partition(":")
    buffering = 0 if os.environ.get("PYTHONUNBUFFERED") else -1
    raw = [os.fdopen(0, "rb", closefd=False), *(os.fdopen(k, "wb", buffering, closefd=False) for k in (1, 2))]
    sys.stdin = io.TextIOWrapper(raw[0], encoding, errors or "strict")
    sys.stdout = io.TextIOWrapper(
        *(raw[1], encoding, errors or "strict"),
        line_buffering=os.isatty(1),
        write_through=buffering == 0,
    )
    sys.stderr = io.TextIOWrapper(raw[2], encoding, "backslashreplace", line_buffering=True)


def _exit_code(words: list[str]) -> int:
    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    try:
        if words[0] == str(COMMAND):
            sys.argv = list(words)
            from neuralart.cli import main as command

            sys.exit(command())
        sys.argv = ["-c", *words[3:]]
        exec(compile(words[2], "<string>", "exec"), main.__dict__)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except Exception:
        sys.excepthook(*sys.exc_info())
        return 1
    except KeyboardInterrupt:
        sys.excepthook(*sys.exc_info())
        raise
    return 0
