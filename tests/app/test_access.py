"""By which names the app is reached, and limits that fit together."""

from __future__ import annotations

import ast
import socket
from pathlib import Path

import pytest

import neuralart.app
from neuralart.app.access import Access, names
from neuralart.app.settings import GROUPS, Settings
from neuralart.errors import OptionError
from neuralart.options import declared


class Listening:
    def __init__(self, address):
        self.address = address

    def getsockname(self):
        return self.address, 7860


def answers(host, address=None, **settings):
    return names(Access(host=host, no_password=True, **settings), Listening(address or host))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_on_this_machine(host):
    is_ours = answers(host, "127.0.0.1")
    assert all(is_ours(name) for name in ("127.0.0.1", "localhost", "::1"))
    assert not any(is_ours(name) for name in ("evil.example", "192.168.1.7", "10.0.0.1", socket.gethostname()))


def test_at_one_address():
    is_ours = answers("paint.lan", "192.168.1.7")
    assert is_ours("paint.lan") and is_ours("192.168.1.7")
    assert not any(is_ours(name) for name in ("localhost", "192.168.1.8", "evil.example"))


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_everywhere(host):
    is_ours = answers(host)
    own = socket.gethostname().lower()
    # A number cannot be pointed elsewhere by whoever owns a name.
    assert all(is_ours(name) for name in ("localhost", "192.168.1.7", "fe80::1", own, f"{own}.local"))
    assert not any(is_ours(name) for name in ("evil.example", "1.2.3.4.evil.example", "0x7f.1"))


def test_names_that_are_allowed():
    is_ours = answers("127.0.0.1", allow_host="paint.example.org, Other.example,10.0.0.7")
    assert is_ours("paint.example.org") and is_ours("other.example") and is_ours("10.0.0.7")
    assert not is_ours("example.org")


@pytest.mark.parametrize(
    "name", ["http://paint.example.org", "paint.example.org:80", "*", "a b", "a,,b", ".a", "a/b", ","]
)
def test_what_is_no_name(name):
    with pytest.raises(OptionError, match=r"^--allow-host has '.*', which is not a host name; give names without"):
        Access(allow_host=name)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"max_megabytes": 600}, "--max-megabytes is 600, and a painting needs two uploads; --max-uploads-megabytes is"
         " 1000, make it at least 1200"),
        ({"max_uploads_megabytes": 5000}, "--max-uploads-megabytes is 5000; --max-all-uploads-megabytes is 4000, make"
         " it at least 5000"),
        ({"max_uploads": 2000}, "--max-uploads is 2000; --max-all-uploads is 1000, make it at least 2000"),
        ({"max_uploads": 1}, "--max-uploads is 1; it must be at least 2"),
    ],
)  # fmt: skip
def test_limits_that_do_not_fit(settings, message):
    with pytest.raises(OptionError) as caught:
        Access(**settings)
    assert str(caught.value) == message


@pytest.mark.parametrize("name", declared(Access))
def test_declarations_are_complete(name):
    facts, default = declared(Access)[name]
    assert facts.group in GROUPS
    assert facts.help and facts.help[-1] not in ".;,"
    assert default is not None or facts.unset


def test_no_setting_is_dead():
    folder = Path(neuralart.app.__file__).parent
    files = [path for path in folder.glob("*.py") if path.name != "settings.py"]
    used = {
        node.attr
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
    }
    assert set(declared(Access)) - set(declared(Settings)) - used == set()
