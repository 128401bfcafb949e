"""Whoever starts the app decides who comes in, and cannot open the door by oversight."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import neuralart.app
from neuralart.app.settings import GROUPS, Settings, is_local, password
from neuralart.errors import OptionError
from neuralart.options import declared


@pytest.mark.parametrize("name", declared(Settings))
def test_declarations_are_complete(name):
    facts, default = declared(Settings)[name]
    assert facts.group in GROUPS
    assert facts.help and facts.help[-1] not in ".;,"
    assert default is not None or facts.unset


def test_no_setting_is_dead():
    folder = Path(neuralart.app.__file__).parent
    files = [*folder.glob("*.py"), folder.parent / "cli" / "app.py"]
    used = {
        node.attr
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and re.search("settings|chosen", ast.unparse(node.value))
    }
    assert set(declared(Settings)) - used == set()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "::1", "localhost"])
def test_local_addresses_need_no_password(host):
    assert is_local(host)
    assert password(Settings(host=host), {}) is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "example.org"])
def test_others_do(host):
    with pytest.raises(OptionError, match=re.escape(f"--host {host} can be reached from other machines")):
        password(Settings(host=host), {})
    assert password(Settings(host=host, no_password=True), {}) is None
    assert password(Settings(host=host, password="long enough"), {}) == "long enough"
    assert password(Settings(host=host), {"NEURALART_PASSWORD": "long enough"}) == "long enough"


def test_a_password_from_a_file(tmp_path):
    file = tmp_path / "password"
    file.write_text("from a file\nand more\n")
    assert password(Settings(password_file=str(file)), {"NEURALART_PASSWORD": "not this one"}) == "from a file"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(OptionError, match="cannot be read"):
        password(Settings(password_file=str(file)), {})
    with pytest.raises(OptionError, match="No such file"):
        password(Settings(password_file=str(tmp_path / "none")), {})


@pytest.mark.parametrize("given", ["", "short"])
def test_short_passwords(tmp_path, given):
    file = tmp_path / "password"
    file.write_text(given)
    with pytest.raises(OptionError, match=f"has {len(given)} characters; a password needs at least 8"):
        password(Settings(password_file=str(file)), {})


def test_contradictions():
    with pytest.raises(OptionError, match="--password and --no-password contradict each other"):
        Settings(password="long enough", no_password=True)


@pytest.mark.parametrize(("name", "value"), [("port", 70000), ("max_size", 3), ("max_minutes", 0), ("max_waiting", -1)])
def test_bounds(name, value):
    with pytest.raises(OptionError, match=f"^--{name.replace('_', '-')} is {value}"):
        Settings(**{name: value})
