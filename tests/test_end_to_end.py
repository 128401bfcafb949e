"""A wheel, built and installed alone, far from the clone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "-q")
OFFLINE = {"NEURALART_OFFLINE": "1", "OMP_NUM_THREADS": "1", "PIP_NO_INDEX": "1"}


def run(*words: object, **settings) -> str:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=300, **settings)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Built from a copy, so that nothing of the build stays in the clone."""
    copy, out = tmp_path_factory.mktemp("clone"), tmp_path_factory.mktemp("wheel")
    (copy / "docs").mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "docs/neuralart.1"):
        shutil.copy(REPOSITORY / name, copy / name)
    shutil.copytree(REPOSITORY / "src", copy / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    environment = os.environ | OFFLINE
    run(*PIP, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", out, copy, env=environment)
    return next(out.glob("neuralart-*.whl"))


@pytest.fixture(scope="module")
def elsewhere(wheel, tmp_path_factory):
    """Runs Python in an empty folder, with the wheel's package and none of the clone's."""
    target, folder = tmp_path_factory.mktemp("installed"), tmp_path_factory.mktemp("far away")
    run(*PIP, "install", "--no-deps", "--target", target, wheel, env=os.environ | OFFLINE)
    environment = os.environ | OFFLINE | {"PYTHONPATH": str(target), "NEURALART_CACHE": str(folder / "cache")}

    def python(*words: object) -> str:
        return run(sys.executable, *words, cwd=folder, env=environment)

    python.target, python.folder = target, folder
    return python


def test_the_wheel_holds_what_the_program_needs(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    assets = {name.removeprefix("neuralart/assets/") for name in names if name.startswith("neuralart/assets/")}
    assert {"compact.safetensors", "photo.jpg", "style.jpg", "SOURCES.md"} <= assets
    assert len([name for name in assets if name.startswith("photographs/") and name.endswith(".jpg")]) >= 4
    assert "neuralart/py.typed" in names
    sources = {str(path.relative_to(REPOSITORY / "src")) for path in (REPOSITORY / "src").rglob("*.py")}
    assert sources <= names
    assert any(name.endswith(".data/data/share/man/man1/neuralart.1") for name in names)
    assert not [name for name in names if name.startswith(("tests/", "training/"))]


def test_the_wheel_names_licence_command_and_dependencies(wheel):
    with zipfile.ZipFile(wheel) as archive:
        folder = next(name for name in archive.namelist() if name.endswith("/METADATA")).rpartition("/")[0]
        metadata = archive.read(f"{folder}/METADATA").decode()
        assert "neuralart = neuralart.cli:main" in archive.read(f"{folder}/entry_points.txt").decode()
        assert any(name.startswith(f"{folder}/") and name.endswith("LICENSE") for name in archive.namelist())
    assert "License-Expression: MIT" in metadata
    assert "Requires-Dist: torch>=2.4" in metadata


def test_it_is_the_installed_package_with_its_photographs(elsewhere):
    code = (
        "import neuralart, neuralart.api as api; from neuralart.networks.provide import photographs;"
        "print(neuralart.__file__, api.__file__, len(photographs()), sep='\\n')"
    )
    *files, count = elsewhere("-c", code).splitlines()
    assert len(files) == 2 and all(Path(file).is_relative_to(elsewhere.target) for file in files)
    assert int(count) >= 4  # by which networks are normalised


def test_version(elsewhere):
    assert elsewhere("-m", "neuralart", "--version").startswith("neuralart 1.")


def test_it_paints(elsewhere):
    out = elsewhere("-m", "neuralart", "demo", "--num-iters", 2, "--size", 64)
    assert "demo.png: 64 x " in out
    assert (elsewhere.folder / "demo.png").stat().st_size > 1000
