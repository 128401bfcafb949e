"""A working directory for lists and their pictures."""

from __future__ import annotations

import pytest

from ..cli.made import quiet_environment


@pytest.fixture
def place(tmp_path, monkeypatch):
    quiet_environment(monkeypatch, tmp_path / "cache")
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder
