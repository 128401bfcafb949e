"""docs/neuralart.1 is what the declaration says, and a man page without faults."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from neuralart.cli import commands
from neuralart.cli.manual import escaped, page
from neuralart.options import GROUPS, declared, flag

from ..conftest import REPOSITORY

FILE = REPOSITORY / "docs" / "neuralart.1"


def test_the_page_is_up_to_date():
    assert FILE.read_text(encoding="utf-8") == page(), "run `make docs`"


def test_the_page_has_everything():
    text = page()
    for name, (facts, _) in declared().items():
        assert f"\\fB{escaped(flag(name))}\\fR" in text
        assert escaped(facts.help) in text
    assert all(f".SS {group}: " in text for group in GROUPS)
    assert all(f"\\fBneuralart {name}\\fR" in text for name in commands.COMMANDS)


def test_nothing_looks_like_a_request():
    # A line of text that began with a full stop or an apostrophe would vanish.
    begun = {line.split()[0] for line in page().splitlines() if line.startswith((".", "'"))}
    assert begun <= {'.\\"', ".TH", ".SH", ".SS", ".TP", ".B", ".BI", ".BR", ".I", ".RI", ".br", ".nf", ".fi"}


@pytest.mark.parametrize(
    "command", [["groff", "-man", "-ww", "-z"], ["mandoc", "-T", "lint", "-W", "error"]], ids=["groff", "mandoc"]
)
def test_a_formatter_finds_no_fault(command):
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run([*command, FILE], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
