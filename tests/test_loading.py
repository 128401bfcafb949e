"""The shortened imports, in processes of their own."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys

import pytest
import torch

from neuralart import loading

# Each needs what is put off, and brings it by itself.
NEEDS = {
    "the compiler": "torch.compile(torch.nn.Conv2d(3, 4, 3), backend='eager')(torch.rand(1, 3, 8, 8))",
    "export": "torch.export.export",
    "a part of export": "import torch.export.unflatten",
    "no numbers": (
        "from torch._subclasses.fake_tensor import FakeTensorMode\n"
        "with FakeTensorMode(): torch.nn.functional.conv2d(torch.empty(1, 3, 8, 8), torch.empty(4, 3, 3, 3))"
    ),
    "a ledger": (
        "from neuralart.objective import shapes\n"
        "shapes.rule(torch.ops.aten.tril_indices.default)(8, 8, device='meta')\n"
        "shapes.rule(torch.ops.aten._cdist_forward.default)(a := torch.empty(4, 3, device='meta'), a, 2.0, None)"
    ),
}


# Runs each line's code in a process forked from one that has shortened the import; answers with exit code and output.
FORKED = """
import json, os, sys, traceback
from neuralart import loading
loading.shorten()
import torch
for line in sys.stdin:
    read, write = os.pipe()
    if not (child := os.fork()):
        os.dup2(write, 1)
        try:
            exec(json.loads(line), {"__name__": "__main__", "sys": sys, "loading": loading, "torch": torch})
            sys.stdout.flush()
            os._exit(0)
        except BaseException:
            print(traceback.format_exc(), flush=True)
            os._exit(1)
    os.close(write)
    with os.fdopen(read) as out:
        printed = out.read()
    print(json.dumps([os.waitpid(child, 0)[1], printed]), flush=True)
"""


@pytest.fixture(scope="module")
def alone():
    """alone(code): what a process prints that shortens the import."""
    words = [sys.executable, "-c", FORKED]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:

        def ask(code):
            running.stdin.write(json.dumps(code) + "\n")
            running.stdin.flush()
            status, printed = json.loads(running.stdout.readline())
            assert status == 0, printed
            return printed

        yield ask
        running.stdin.close()


def test_these_modules_wait(alone):
    code = f"print([type(sys.modules[name]).__name__ for name in {loading.LATER!r}], 'torch._decomp' in sys.modules)"
    assert alone(code) == "['_StandIn', '_StandIn'] False\n"


@pytest.mark.parametrize("code", NEEDS.values(), ids=NEEDS)
def test_whoever_needs_them_gets_them(alone, code):
    check = (
        f"print(*[type(sys.modules[name]).__name__ for name in {loading.LATER!r}])\n"
        "print([type(one).__name__ for one in sys.meta_path].count('_Finder'))\n"
        "import inspect; print(inspect.getsourcefile(sys.modules['torch.export']) == torch.export.__file__)\n"
        "print(torch.nn.functional.conv2d(*(torch.empty(1, 1, 3, 3, device='meta') for _ in 'ab')).shape)"
    )
    assert alone(f"{code}\n{check}").splitlines() == ["module module", "0", "True", "torch.Size([1, 1, 1, 1])"]


def test_threads_wait_for_the_one_that_loads(alone):
    code = (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(4) as pool: made = list(pool.map(lambda one: torch.export.Dim, range(4)))\n"
        "print(len(set(made)), type(torch.export).__name__, hasattr(torch.export, 'waits'))"
    )
    assert alone(code) == "1 module False\n"


def test_a_frame_belongs_where_inspect_says(alone):
    code = (
        "import inspect, calendar\n"
        "nowhere = eval('sys._getframe()', {'sys': sys})\n"
        "things = [calendar.Calendar().iterweekdays().gi_frame, nowhere, calendar.Calendar, torch.Tensor, torch, 3]\n"
        "print([getattr(inspect.getmodule(one), '__name__', None) for one in things])\n"
        "print([inspect.getmodule(one) is loading._getmodule(one) for one in things], loading._getmodule.__module__)"
    )
    names = ["calendar", None, "calendar", "torch", "torch", None]
    assert alone(code).splitlines() == [str(names), f"{[True] * len(names)} inspect"]


def test_gradio_writes_nothing(alone):
    pytest.importorskip("gradio", reason='Gradio is not installed: pip install "neuralart[app]"')
    code = (
        "import pathlib\n"
        "read, seen = pathlib.Path.read_text, []\n"
        "pathlib.Path.read_text = lambda self, *rest, **more: seen.append(self) or read(self, *rest, **more)\n"
        "import gradio\n"
        "print([path.name for path in seen if path.suffix == '.pyi'], callable(gradio.Button('a').click))"
    )
    assert alone(f"loading.complete()\n{code}") == "[] True\n"
    assert alone(code.replace("import gradio", "sys.meta_path.pop(1)\nimport gradio")).startswith("['")


def test_what_a_module_lacks_is_said_as_usual(alone):
    code = "try: torch.export.nothing_of_this_name\nexcept AttributeError as error: print(error)\n"
    code += "print(loading.complete())"
    assert alone(code) == "module 'torch.export' has no attribute 'nothing_of_this_name'\nFalse\n"


def test_once_torch_is_there_nothing_changes():
    before, getmodule = list(sys.meta_path), inspect.getmodule
    loading.shorten()
    assert sys.meta_path == before and inspect.getmodule is getmodule
    assert not loading.complete()


def test_random_numbers_are_those_of_a_new_generator(alone):
    code = "from neuralart.seeds import seeded\n"
    code += "print(torch.randn(5, generator=seeded(7)).tolist(), torch.randn(5).tolist())"
    usual = torch.randn(5, generator=torch.Generator().manual_seed(7)).tolist()
    assert alone(f"torch.manual_seed(3)\n{code}") == f"{usual} {torch.manual_seed(3) and torch.randn(5).tolist()}\n"


def test_a_painting_needs_neither(alone, tmp_path):
    out = tmp_path / "out.png"
    code = f"""
from importlib.resources import files
from neuralart.cli import main
assets = files("neuralart") / "assets"
pictures = ["--content", str(assets / "photo.jpg"), "--style", str(assets / "style.jpg")]
words = [*pictures, "--model", "compact", "--size", "96", "--num-iters", "2", "--quiet", "--overwrite"]
for more in ([], *(["--memory", "2GB", "--style-loss", loss] for loss in ("neighbours", "sliced", "gaussian", "gram"))):
    assert main([*words, *more, "--output", {str(out)!r}]) == 0
absent = ("torch._decomp", "torch._dynamo", "sympy", "tkinter", "matplotlib")
print([name for name in absent if name in sys.modules], type(sys.modules["torch.export"]).__name__)
"""
    assert alone(code) == "[] _StandIn\n"
    assert out.stat().st_size > 1000
