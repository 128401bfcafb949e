"""What the program answers before it paints: usage, help, version, and exit codes."""

from __future__ import annotations

import subprocess
import sys

import pytest

import neuralart.cli
from neuralart.cli import commands, main
from neuralart.cli.parser import build
from neuralart.errors import FetchError, OptionError, PaintError, PictureError, WeightsError
from neuralart.options import GROUPS, declared, flag

HEAVY = ("torch", "numpy", "rich", "pyvips", "safetensors", "h5py", "google.protobuf", "platformdirs", "filelock")


def loaded(code: str) -> list[str]:
    """The heavy modules that are in memory after the code has run, in a process of its own."""
    check = f"import sys\n{code}\nprint([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return eval(done.stderr)


@pytest.mark.parametrize(
    "code",
    [
        "import neuralart",
        "import neuralart.options",
        "from neuralart.cli.parser import build; build().format_help()",
        "from neuralart.cli import main; main(['--help'])",
        "from neuralart.cli import main; main(['--version'])",
        "from neuralart.cli import main; assert main([]) == 2",
        "from neuralart.cli import main; assert main(['--sise', '3']) == 2",
        "from neuralart.cli import main; main(['demo', '--help'])",
        "from neuralart.cli import main; main(['again', '--help'])",
        "from neuralart.cli import main; main(['estimate', '--help'])",
    ],
)
def test_what_needs_no_painting_waits_for_nothing(code):
    # This, and not a stopwatch, is what keeps `--help` under half a second.
    assert loaded(f"import io; sys.stderr = io.StringIO()\n{code}\nsys.stderr = sys.__stderr__") == []


def test_a_misspelt_style_waits_for_no_torch():
    code = "from neuralart.cli import main; assert main(['--content', 'none', '--style', 'wvae']) == 2"
    assert "torch" not in loaded(f"import io; sys.stderr = io.StringIO()\n{code}\nsys.stderr = sys.__stderr__")


def test_version(installed):
    assert installed("--version") == (0, f"neuralart {neuralart.__version__}\n", "")


def test_as_a_module(place):
    done = subprocess.run([sys.executable, "-m", "neuralart", "--version"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, f"neuralart {neuralart.__version__}\n")


def test_no_arguments(call):
    code, out, err = call()
    assert (code, out) == (2, "")
    assert err.startswith("usage: neuralart --content PHOTO --style PAINTING")
    assert "neuralart --help lists the options" in err


def test_help_groups_every_option(call):
    code, out, err = call("--help")
    assert (code, err) == (0, "")
    places = [out.index(f"{group}:") for group in GROUPS]
    assert places == sorted(places)
    for name in declared():
        # Python 3.13 writes "--colors, --colours X", and before "--colors X, --colours X".
        assert any(f"  {flag(name)}{mark}" in out for mark in (" ", ",", "\n"))
    assert max(map(len, out.splitlines())) <= 110


def test_help_says_help_and_default_of_every_option(call):
    # Lines are broken at spaces and hyphens.
    told = "".join(call("--help").out.split())
    for facts, default in declared().values():
        assert "".join(facts.help.split()) in told
        assert all(choice in told for choice in facts.choices or ())
        if default is None:
            assert not facts.unset or f"(default:{''.join(facts.unset.split())})" in told
        elif facts.kind is not bool:
            assert f"(default:{default:g})" in told if facts.kind is float else f"(default:{default})" in told


def test_help_stands_above_everything_else(call):
    assert call("--content", "nothing.png", "-h").code == 0


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("demo", "usage: neuralart demo"),
        ("again", "usage: neuralart again PICTURE"),
        ("record", "usage: neuralart record PICTURE"),
        ("models", "usage: neuralart models"),
    ],
)
def test_help_of_each_command(call, command, says):
    code, out, err = call(command, "--help")
    assert (code, err) == (0, "")
    assert out.startswith(says)


def test_every_command_is_introduced():
    assert all(f"neuralart {name}" in build().format_help() for name in commands.COMMANDS)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OptionError, 2),
        (PictureError, 2),
        (WeightsError, 2),
        (FetchError, 1),
        (PaintError, 1),
        (KeyboardInterrupt, 130),
    ],
)
def test_exit_codes(monkeypatch, capsys, error, code):
    def fail(words):
        raise error("so it is")

    monkeypatch.setattr(commands, "run", fail)
    assert main([]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err in ("neuralart: so it is\n", "neuralart: interrupted\n")


def test_a_defect_of_ours_is_not_hidden(monkeypatch):
    def fail(words):
        raise ZeroDivisionError

    monkeypatch.setattr(commands, "run", fail)
    with pytest.raises(ZeroDivisionError):
        main([])


def test_nobody_reads_the_output(place):
    # `neuralart --help | true`: no traceback, no complaint.
    code = "from neuralart.cli import main; import sys; sys.exit(main(['--help']))"
    done = subprocess.run(
        ["bash", "-c", '"$0" -c "$1" | true; exit "${PIPESTATUS[0]}"', sys.executable, code],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode in (0, 120)
    assert "Traceback" not in done.stderr
