"""In a notebook: a real kernel, and what it puts below the cells."""

from __future__ import annotations

import base64
import subprocess
import sys
import warnings

import pytest
import pyvips

nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed")
nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")
pytest.importorskip("ipykernel", reason="ipykernel is not installed")

HEAD = """
import numpy as np
import neuralart
ramp = np.linspace(0, 255, 60 * 45 * 3).reshape(45, 60, 3)
small = {"size": 32, "num_iters": 12, "model": "compact"}
"""


@pytest.fixture
def executed(monkeypatch, tmp_path):
    """Runs cells in a new kernel: executed(sources) -> the outputs of each cell."""
    monkeypatch.setenv("NEURALART_OFFLINE", "1")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))

    def run(*sources):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Jupyter's own
            client = nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3")
            client.execute(cwd=str(tmp_path))
        return [cell.outputs for cell in notebook.cells]

    return run


def size_of(data):
    image = pyvips.Image.new_from_buffer(base64.b64decode(data), "")
    return image.width, image.height


def test_what_is_below_the_cells(executed):
    _, shown, off, asked, loop, step, window = executed(
        HEAD,
        "made = neuralart.stylize(ramp, ramp[::-1], **small)",
        "neuralart.stylize(ramp, ramp[::-1], display='off', **small)",
        "for step in neuralart.iterate(ramp, ramp[::-1], display='auto', display_interval=1, **small): pass",
        "for step in neuralart.iterate(ramp, ramp[::-1], **small): pass",
        "step",
        "try:\n neuralart.stylize(ramp, ramp, display='terminal', **small)\nexcept neuralart.NeuralartError as error:\n"
        " print(error)",
    )
    # A line and a picture, each in its place to the last: not one after the other.
    for outputs in (shown, asked):
        line, live = outputs
        assert line.data["text/plain"] == "iteration 12 of 12"
        assert live.data["text/plain"] == "the painting after iteration 12 of 12"
        assert size_of(live.data["image/jpeg"]) == (32, 24)
    (result,) = off
    assert result.output_type == "execute_result"
    assert size_of(result.data["image/png"]) == (32, 24)
    assert loop == []
    assert size_of(step[0].data["image/png"]) == (32, 24)
    assert window[0].text.startswith("display terminal shows pictures on standard error")


def test_ipython_in_a_terminal_is_no_notebook():
    pytest.importorskip("IPython")
    code = (
        "from neuralart.watch.display.notebook import in_notebook; from IPython.core.interactiveshell import"
        " InteractiveShell as Shell; before = in_notebook(); Shell.instance(); print(before, in_notebook())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["False", "False"]
