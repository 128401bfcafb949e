"""The shape of the package: imports run downwards only, files and functions are short, the core does not print."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "neuralart"

# From the top down; each may import only what stands in a row below its own.
ROWS = (
    ("__main__",),
    ("cli",),
    ("app",),
    ("video", "figures"),
    ("__init__",),
    ("jobs",),
    ("api",),
    ("watch",),
    ("build",),
    ("rehearsal", "forecast", "suitability"),
    ("budget", "prepared"),
    ("recipes",),
    ("run", "options", "keywords"),
    ("running", "looks", "hues", "areas", "nets"),
    ("objective", "optim"),
    ("losses", "networks"),
    ("declare", "together", "threads"),
    ("weights", "image", "distributed"),
    ("values",),
    ("errors", "version", "facts", "first", "presets", "reduce", "spinning", "collector", "loading", "seeds"),
    ("cores",),
    ("cgroups",),
)
ROW = {part: row for row, parts in enumerate(ROWS) for part in parts}
# These are tested on plain tensors, files and functions.
BARE = ("image", "weights", "losses", "optim")
# At the rim. Everything else is the core.
RIM = ("__main__", "cli", "watch", "__init__")
PROCESS = PACKAGE / "jobs" / "worker.py"  # a program of its own, though nobody types its name

FILES = sorted(PACKAGE.rglob("*.py"))
NAMES = [str(path.relative_to(PACKAGE)) for path in FILES]


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """(line, module) of everything of ours that a file imports, also within functions and for types alone."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            modules = [f"neuralart.{alias.name}" for alias in node.names] if node.module == "neuralart" else []
            modules += [node.module or ""]
        else:
            continue
        yield from ((node.lineno, module) for module in modules if module.startswith("neuralart."))


def test_the_table_names_every_part():
    assert set(ROW) == {part_of(path) for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_imports_run_downwards(path):
    own = part_of(path)
    for line, module in imports(path):
        other = module.split(".")[1]
        assert other == own or ROW[other] > ROW[own], f"{path}:{line}: {own} imports {other}"
        if own in BARE:
            assert other in (own, "errors", "reduce", "seeds"), f"{path}:{line}: {own} imports {other}"


def test_the_table_would_notice():
    seen = {(part_of(path), module.split(".")[1]) for path in FILES for _, module in imports(path)}
    assert {("cli", "api"), ("api", "build"), ("build", "options"), ("recipes", "losses")} <= seen


def test_the_table_is_that_of_the_guide():
    rows = ["    " + "  ".join(part for part in row if not part.startswith("__")) for row in ROWS]
    assert "\n".join(row for row in rows if row.strip()) in (PACKAGE.parents[1] / "CONTRIBUTING.md").read_text("utf-8")


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_files_and_functions_are_short(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 320
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            described = (ast.get_docstring(node, clean=False) or "").count("\n")
            assert node.end_lineno - node.lineno + 1 - described <= 48, f"{path}:{node.lineno}: {node.name}"


def test_every_file_says_what_it_is():
    assert [path for path in FILES if parsed(path).body and not ast.get_docstring(parsed(path))] == []


def test_the_core_neither_prints_nor_exits():
    for path in (path for path in FILES if part_of(path) not in RIM and path != PROCESS):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call):
                assert ast.unparse(node.func) not in ("print", "exit", "quit", "sys.exit", "os._exit", "input"), path
            if isinstance(node, ast.Raise) and node.exc is not None:
                assert "SystemExit" not in ast.unparse(node.exc), path


def test_nothing_unpickles():
    # Weight files are data: no reader may execute what it reads.
    for path in FILES:
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in ("eval", "exec", "pickle.load", "pickle.loads", "numpy.load", "np.load"), path
                if called == "torch.load":
                    assert "weights_only=True" in ast.unparse(node), path
