"""docs/mistakes.md: every mistake on it is made, and the program answers as the page says."""

from __future__ import annotations

import errno
import re
import shlex
import socket
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
import torch

from neuralart.cli import commands
from neuralart.image.picture import Picture

from ..conftest import REPOSITORY
from ..image.test_decoders import dng
from .made import SMALL, contents, picture
from .mistakes import Mistake, mistakes, page

MISTAKES = mistakes()
FILES = {
    "painting.jpg": lambda file: picture(40, 50, seed=1).save(file),
    "square.png": lambda file: picture(30, 30).save(file),
    "black.png": lambda file: Picture(torch.zeros(1, 3, 45, 60)).save(file),
    "film.mp4": b"\0\0\0\x20ftypisom\0\0\0\0" + bytes(99),
    "photo.dng": dng(),
    "scan.jpg": b"%PDF-1.4\n",
    "page.jpg": b"<!DOCTYPE html><html>",
    "logo.png": b"<svg xmlns='http://www.w3.org/2000/svg'>",
    "empty.jpg": b"",
    "log.jsonl": b"{}\n",
    "jobs.csv": b"content,style,output\nphoto.jpg,wave,a.png\n",
    "semicolons.csv": b"content;style;output\nphoto.jpg;wave;a.png\n",
    "columns.csv": b"content,style,outptu\nphoto.jpg,wave,a.png\n",
    "jobs.toml": b"[[jobs]]\ncontent = photo.jpg\n",
    "in/x": b"",
    "folder/x": b"",
}


def test_the_page_is_up_to_date():
    assert (REPOSITORY / "docs" / "mistakes.md").read_text(encoding="utf-8") == page(), "run `make docs`"


def test_there_are_as_many_as_promised():
    assert len(MISTAKES) >= 40
    assert len({one.title for one in MISTAKES}) == len({(one.command, one.where) for one in MISTAKES}) == len(MISTAKES)


def without(*names):
    """Libraries that are not installed."""
    return lambda monkeypatch, place: [monkeypatch.setitem(sys.modules, name, None) for name in names]


def raising(error):
    """A function that raises this error, whatever it is given."""

    def fail(*given, **named):
        raise error

    return fail


def installed(version, error):
    """PyTorch in this version, or None for no PyTorch, where the program then fails with this error."""

    def change(monkeypatch, place):
        known = metadata.version
        gone = raising(metadata.PackageNotFoundError("torch"))
        monkeypatch.setattr(metadata, "version", lambda name: known(name) if name != "torch" else version or gone())
        monkeypatch.setitem(commands.COMMANDS, "demo", raising(error))

    return change


def broken_numpy(monkeypatch, place):
    monkeypatch.setitem(
        commands.COMMANDS, "demo", raising(ImportError("Error importing numpy: its C-extensions failed", name="numpy"))
    )


def taken_port(monkeypatch, place):
    from neuralart.watch.display import browser

    monkeypatch.setattr(browser, "_Server", raising(OSError(errno.EADDRINUSE, "Address already in use")))


def proxy(monkeypatch, place):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    monkeypatch.delenv("NEURALART_OFFLINE")
    monkeypatch.setenv("https_proxy", address)
    monkeypatch.setenv("http_proxy", address)


def damaged_weights(monkeypatch, place):
    cache = place.parent / "cache"
    cache.mkdir(exist_ok=True)
    (cache / "vgg19-d01eb7cb.pth").write_bytes(bytes(99))


def unreadable(monkeypatch, place):
    opened = Path.open
    refused = raising(PermissionError(errno.EACCES, "Permission denied"))
    monkeypatch.setattr(
        Path, "open", lambda self, *a, **k: (refused if self.name == "photo.jpg" else opened)(self, *a, **k)
    )


def unwritable(number):
    """No folder can be made, for this reason."""
    kind = PermissionError if number == errno.EACCES else OSError
    return lambda monkeypatch, place: monkeypatch.setattr(Path, "mkdir", raising(kind(number, "no")))


def interrupted(monkeypatch, place):
    from neuralart import api

    steps = api.PreparedRun.steps

    def stopped(run, *given):
        for step in steps(run, *given):
            yield step
            if step.iteration == 1:
                raise KeyboardInterrupt

    monkeypatch.setattr(api.PreparedRun, "steps", stopped)


WHERE = {
    "": lambda monkeypatch, place: None,
    "on Linux": lambda monkeypatch, place: None,
    "without PyTorch": installed(None, ModuleNotFoundError("No module named 'torch'", name="torch")),
    "with PyTorch 2.1": installed("2.1.0", AttributeError("module 'torch' has no attribute 'xpu'")),
    "with a NumPy that cannot be imported": broken_numpy,
    "without Gradio": without("gradio"),
    "without PyAV": without("av"),
    "without Matplotlib": without("matplotlib"),
    "without watchfiles": without("watchfiles"),
    "without Ray": without("ray"),
    "without rawpy": without("rawpy"),
    "without CUDA": lambda monkeypatch, place: None,
    "on a server": lambda monkeypatch, place: None,
    "while another program has port 8080": taken_port,
    "with NEURALART_OFFLINE set": lambda monkeypatch, place: None,
    "behind a proxy that does not answer": proxy,
    "after a download that ended early": damaged_weights,
    "while photo.jpg belongs to somebody else": unreadable,
    "while the folder belongs to somebody else": unwritable(errno.EACCES),
    "on a full disk": unwritable(errno.ENOSPC),
    "and Ctrl-C after a while": interrupted,
}


def lay_out(one: Mistake, place: Path) -> None:
    """Make the files that the command names."""
    (place / "style.png").unlink()
    picture(60, 45).save("photo.jpg")
    for name, made in FILES.items():
        if name.partition("/")[0] in one.command.replace("'", " ").replace("/", " ").split():
            (place / name).parent.mkdir(exist_ok=True)
            made(place / name) if callable(made) else (place / name).write_bytes(made)
    if "half.jpg" in one.command:
        (place / "half.jpg").write_bytes((place / "photo.jpg").read_bytes()[:700])


def answers(said: str, one: Mistake) -> bool:
    """Whether this is what the page says; reports of the progress may come before it."""
    pattern = ".*".join(map(re.escape, one.says.split("…")))
    return re.search(rf"(^|\n|: ){pattern}$", said, re.DOTALL) is not None


@pytest.mark.parametrize("one", [one for one in MISTAKES if one.by == "neuralart"], ids=lambda one: one.title)
def test_the_program_says_so(one, call, place, monkeypatch):
    lay_out(one, place)
    monkeypatch.setattr("tests.cli.conftest.merged", lambda words: list(map(str, words)))  # as they are
    if one.where == "without CUDA" and torch.cuda.is_available():
        pytest.skip("there is a GPU")
    if one.where == "without Matplotlib":
        monkeypatch.setattr("neuralart.figures.plot.read_log", lambda path: [])
    paints, before = one.code in (0, 130), contents(place)
    with monkeypatch.context() as patch:
        WHERE[one.where](patch, place)
        code, out, err = call(*shlex.split(one.command)[1:], *(SMALL if paints else ()))
    assert answers((out if paints else err).strip(), one), out + err
    assert code == one.code
    assert paints or (out, contents(place)) == ("", before)


@pytest.mark.parametrize("one", [one for one in MISTAKES if one.by == "pip"], ids=lambda one: one.title)
def test_pip_says_so(one):
    wanted = re.search(r'^requires-python = "(.*)"$', (REPOSITORY / "pyproject.toml").read_text(), re.MULTILINE)
    assert wanted and f"requires a different Python: 3.9.… not in '{wanted[1]}'" in one.says


@pytest.mark.skipif(not Path("/bin/bash").exists(), reason="there is no bash")
@pytest.mark.parametrize("one", [one for one in MISTAKES if one.by == "shell"], ids=lambda one: one.title)
def test_the_shell_says_so(one):
    done = subprocess.run(["/bin/bash", "-c", one.command], env={"PATH": "/none"}, capture_output=True, text=True)
    assert done.returncode == one.code
    assert answers(done.stderr.strip(), one), done.stderr
