"""What the package, the container file and the workflows say about one another."""

from __future__ import annotations

import re
from fnmatch import fnmatch

from .conftest import DOCS, DOCS_PAGES, REPOSITORY

PROJECT = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
MAKEFILE = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
CONTAINER = (REPOSITORY / "containers" / "Dockerfile").read_text(encoding="utf-8")
WORKFLOWS = {file.stem: file.read_text(encoding="utf-8") for file in (REPOSITORY / ".github/workflows").glob("*.yml")}
PYTHONS = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', PROJECT)


def test_the_workflow_tries_every_python_that_the_package_names():
    assert re.findall(r'"(3\.\d+)"', re.search(r"python: \[(.*)\]", WORKFLOWS["tests"])[1]) == PYTHONS
    assert f'requires-python = ">={PYTHONS[0]}"' in PROJECT


def test_workflows_call_targets_of_the_makefile():
    called = {target for text in WORKFLOWS.values() for target in re.findall(r"run: make (\w+)", text)}
    assert called == {"check", "test", "docs", "package"}
    assert called <= set(re.findall(r"^(\w+):", MAKEFILE, re.MULTILINE))


def test_a_release_is_tested_and_keeps_no_secret():
    assert "uses: ./.github/workflows/tests.yml" in WORKFLOWS["release"]
    assert "needs: tests" in WORKFLOWS["release"]
    assert "id-token: write" in WORKFLOWS["release"]
    assert not any("secrets." in text for text in WORKFLOWS.values())


def test_the_container_gets_what_the_wheel_is_built_from():
    lines = (REPOSITORY / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = [line.removeprefix("!") for line in lines if line.startswith("!")]
    manifest = (REPOSITORY / "MANIFEST.in").read_text(encoding="utf-8")
    needed = {"pyproject.toml", "src", "LICENSE", "README.md", "MANIFEST.in"}
    needed |= set(re.search("^include (.*)", manifest, re.MULTILINE)[1].split())
    needed |= set(re.findall(r'^"share/.*?" = \["(.*?)"\]', PROJECT, re.MULTILINE))
    assert needed == set(let_in)
    assert all((REPOSITORY / name).exists() for name in needed)
    assert "*" in lines
    assert any(fnmatch("src/neuralart.egg-info", line) for line in lines if line != "*")


def test_the_container_is_nobodys_root_and_takes_a_tested_python():
    stages = re.split("^FROM ", CONTAINER, flags=re.MULTILINE)[1:]
    assert "USER 1000:1000" in stages[1]
    assert stages[2].startswith("program AS app")
    assert "USER" not in stages[2]
    assert set(re.findall(r"python:(\d\.\d+)-", CONTAINER)) <= set(PYTHONS)


def test_the_containers_health_is_asked_where_its_app_listens():
    asked = re.search(r"HTTPConnection\('127.0.0.1', (\d+)", CONTAINER)[1]
    assert f'"--port", "{asked}"' in CONTAINER
    assert f"EXPOSE {asked}" in CONTAINER


def test_the_container_asks_for_extras_that_there_are():
    extras = re.search(r"'\.\[(.*)\]'", CONTAINER)[1].split(",")
    assert all(re.search(rf"^{extra} = \[", PROJECT, re.MULTILINE) for extra in extras)


def test_nothing_installs_another_program_of_this_name_from_the_index():
    pages = [REPOSITORY / "README.md", *DOCS_PAGES.values(), *REPOSITORY.glob("examples/**/*.*")]
    pages.remove(DOCS / "mistakes.md")  # it quotes the program, which is then installed
    said = {page: page.read_text(encoding="utf-8") for page in pages if page.suffix in (".md", ".py", ".ipynb")}
    index = re.compile(r"pip install (?!--no-index)[^\n`]*\bneuralart\b(?![./-])")
    assert [name for name, text in said.items() if index.search(text)] == []
