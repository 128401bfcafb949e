"""Why the program cannot start: libraries that are missing, too old or broken, and nothing else."""

from __future__ import annotations

import sys
from importlib import metadata

import pytest

from neuralart.cli import commands
from neuralart.cli.needs import lacking, needs


def test_what_is_needed():
    assert {"torch", "numpy", "pyvips"} <= set(needs())
    assert not {"gradio", "av", "pytest"} & set(needs())


def test_a_defect_of_ours_is_nobody_elses():
    assert lacking(AttributeError("'NoneType' object has no attribute 'x'")) is None
    assert lacking(OSError("the disk is gone")) is None
    assert lacking(ModuleNotFoundError("No module named 'neuralart.x'", name="neuralart.x")) is None


def test_a_tree_that_was_never_installed(monkeypatch):
    def unknown(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", unknown)
    assert lacking(ImportError("x", name="torch")) is None


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("2.3.1+cpu", "torch 2.3.1+cpu is installed, but 2.4 or newer is needed; pip install 'torch>=2.4'"),
        ("2.4.0", None),
        ("2.10.0", None),
    ],
)
def test_versions(monkeypatch, version, told):
    known = metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: version if name == "torch" else known(name))
    assert lacking(AttributeError("x")) == told


def test_a_library_whose_own_parts_are_missing(tmp_path, monkeypatch):
    (tmp_path / "h5py.py").write_text("raise OSError('libhdf5.so: cannot open shared object file')")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "h5py", raising=False)
    with pytest.raises(OSError) as caught:
        __import__("h5py")
    assert lacking(caught.value) == (
        "h5py cannot be imported (libhdf5.so: cannot open shared object file); install it again:"
        " pip install --force-reinstall h5py"
    )


def test_other_failures_keep_their_tracebacks(monkeypatch, call):
    def fail(words):
        raise AttributeError("a defect")

    monkeypatch.setitem(commands.COMMANDS, "styles", fail)
    with pytest.raises(AttributeError, match="a defect"):
        call("styles")
