"""The notebook of examples/, executed as it stands but smaller."""

from __future__ import annotations

import base64
import sys
import warnings
from types import ModuleType, SimpleNamespace

import pytest
import pyvips

from ..conftest import REPOSITORY

nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed")
nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")
pytest.importorskip("ipykernel", reason="ipykernel is not installed")

FILE = REPOSITORY / "examples" / "first_steps.ipynb"
SETTINGS = '{"size": 256, "num_iters": 100, "model": "compact"}'
SMALLER = '{"size": 48, "num_iters": 75, "scales": 2, "model": "compact"}'


@pytest.fixture
def notebook():
    return nbformat.read(FILE, as_version=4)


def test_it_is_committed_without_outputs(notebook):
    nbformat.validate(notebook)
    assert FILE.stat().st_size < 200_000
    assert all(not cell.outputs and cell.execution_count is None for cell in notebook.cells if cell.cell_type == "code")


def test_every_cell_works(notebook, tmp_path, monkeypatch):
    monkeypatch.setenv("NEURALART_OFFLINE", "1")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    changed = [cell for cell in notebook.cells if SETTINGS in cell.source]
    assert len(changed) == 1
    changed[0].source = changed[0].source.replace(SETTINGS, SMALLER)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Jupyter's own
        nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute(cwd=str(tmp_path))
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    pictures = [size for cell in cells for size in sizes(cell.outputs)]
    # Photograph, painting; painted, a step, a row of three and one from random pixels.
    assert pictures[2:] == [(48, 36), (48, 36), (3 * 48, 36), (48, 36)]
    told = "".join(output.text for cell in cells for output in cell.outputs if output.output_type == "stream")
    assert told.count("content") == 7
    assert not [output for cell in cells for output in cell.outputs if output.get("name") == "stderr"]
    assert (tmp_path / "painted.png").exists()


def test_in_colab_it_asks_for_pictures_and_gives_the_result(notebook, monkeypatch):
    uploads, calls = iter(["photo.jpg", "painting.jpg"]), []
    colab = ModuleType("google.colab")
    colab.files = SimpleNamespace(upload=lambda: {next(uploads): b""}, download=calls.append)
    monkeypatch.setitem(sys.modules, "google.colab", colab)
    painted = SimpleNamespace(save=calls.append)
    program = SimpleNamespace(read=str.upper, stylize=lambda *pictures, **options: calls.append(pictures) or painted)
    exec(notebook.cells[-1].source, {"neuralart": program})
    assert calls == [("PHOTO.JPG", "PAINTING.JPG"), "own.png", "own.png"]


def sizes(outputs):
    """Of every picture below a cell."""
    found = []
    for output in outputs:
        data = output.get("data", {})
        for kind in ("image/png", "image/jpeg"):
            if kind in data:
                image = pyvips.Image.new_from_buffer(base64.b64decode(data[kind]), "")
                found.append((image.width, image.height))
    return found
