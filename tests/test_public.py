"""The public names: complete, importable, and free until used."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import neuralart

NAMES = [
    "Adam",
    "Content",
    "Gram",
    "LBFGS",
    "Loss",
    "Network",
    "NeuralartError",
    "Options",
    "Picture",
    "SGD",
    "Step",
    "Style",
    "Term",
    "Variation",
    "__version__",
    "batch",
    "iterate",
    "normalise",
    "paint",
    "prepare",
    "provide",
    "read",
    "stylize",
]


def test_the_list():
    assert neuralart.__all__ == sorted(NAMES) == dir(neuralart)


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_there_and_documented(name):
    found = getattr(neuralart, name)
    if name != "__version__":
        assert found.__name__ == name
        assert found.__doc__


def test_star():
    found: dict[str, object] = {}
    exec("from neuralart import *", found)
    assert set(NAMES) <= set(found)


def test_what_type_checkers_see_is_what_there_is():
    tree = ast.parse(Path(neuralart.__file__).read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    told = {alias.asname: node.module for node in block.body for alias in node.names}
    assert told == neuralart._HOMES
    assert all(alias.name == alias.asname for node in block.body for alias in node.names)


def test_unknown_names():
    with pytest.raises(AttributeError, match="module 'neuralart' has no attribute 'stylise'"):
        neuralart.stylise  # noqa: B018


def test_the_version_is_the_packages():
    assert neuralart.__version__ == version("neuralart")
    cited = Path(__file__).parents[1].joinpath("CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {neuralart.__version__}\n" in cited


def test_importing_imports_nothing():
    code = "import sys, neuralart; print(*sorted(n for n in sys.modules if n.startswith(('neuralart.', 'torch'))))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.stdout.strip(), done.stderr) == ("", "")


def test_it_is_typed():
    assert Path(neuralart.__file__).with_name("py.typed").exists()
