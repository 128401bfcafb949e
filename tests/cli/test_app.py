"""neuralart app: its words. That it serves is tested in tests/app."""

from __future__ import annotations

import importlib.util
import socket

import pytest

from neuralart.app.settings import Settings
from neuralart.cli.app import parse
from neuralart.errors import OptionError
from neuralart.options import declared, flag


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["--pasword", "x"], ["the app has no setting '--pasword'; did you mean '--password'?"]),
        (["--sise", 3], ["did you mean '--size'?"]),
        (["--xyzzy"], ["the app has no setting '--xyzzy'; see neuralart app --help"]),
        (["photo.jpg"], ["'photo.jpg' does not belong to an option; see neuralart app --help"]),
        (["--host"], ["--host needs a value"]),
        (["--host", "0.0.0.0"], ["--host 0.0.0.0 can be reached from other machines", "--no-password"]),
        (["--host", "999.1.1.1", "--no-password"], ["--host '999.1.1.1' is not an address of this machine"]),
        (["--port", "http"], ["--port is 'http'; it must be a whole number"]),
        (["--password", "abc"], ["--password has 3 characters; a password needs at least 8"]),
        (["--password-file", "none.txt"], ["--password-file 'none.txt' cannot be read (No such file"]),
        (["--password", "long enough", "--no-password"], ["contradict"]),
        (["--output", "x.png"], ["--output has no effect in the app: pictures go to the gallery; see --gallery"]),
        (["--style-factor", -1], ["--style-factor is -1.0; it must be at least 0"]),
        (["--size", 4000], ["--size 4000 is more than --max-size 2048"]),
        (["--gallery", "photo.png/gallery"], ["cannot create the gallery 'photo.png/gallery'", "another --gallery"]),
    ],
)
def test_mistakes(mistake, words, parts):
    mistake(["app", *words], *parts)


def test_a_port_that_is_taken(mistake):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        mistake(["app", "--port", port], f"cannot listen on port {port} of '127.0.0.1'", "give another --port, or 0")


def test_help(call):
    code, out, err = call("app", "--help")
    assert (code, err) == (0, "")
    for name in declared(Settings):
        assert flag(name) in out
    assert "--device" in out


def test_without_gradio(mistake, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    mistake(["app"], 'the web app needs Gradio; install it with: pip install "neuralart[app]"')


def test_what_is_parsed():
    settings, fixed = parse(["--port=0", "--max_size", "700", "--device", "cpu", "--style_factor=1e9"])
    assert (settings.port, settings.max_size) == (0, 700)
    assert fixed == {"device": "cpu", "style_factor": 1e9}
    assert parse(["--max-size", "300"])[1] == {"size": 300}  # the form's first value must be one that is allowed
    with pytest.raises(OptionError, match="more than --max-size"):
        parse(["--max-size", "300", "--size", "301"])
