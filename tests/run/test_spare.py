"""How much memory there is to be had."""

from __future__ import annotations

import sys

import psutil
import pytest
import torch

from neuralart.run import spare

linux = pytest.mark.skipif(sys.platform != "linux", reason="control groups are Linux's")


def write(folder, **files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(f"{text}\n")


def test_it_is_less_than_the_machine_has():
    found = spare.spare(torch.device("cpu"))
    assert 0 < found < psutil.virtual_memory().total


def test_a_container_counts(monkeypatch):
    monkeypatch.setattr(spare, "contained", lambda: 10**8)
    own = psutil.Process().memory_info().rss
    assert abs(spare.spare(torch.device("cpu")) - own - 0.9e8) < 5e7


@linux
def test_version_two(tmp_path):
    (tmp_path / "own").write_text("0::/a/b\n")
    root = tmp_path / "groups"
    write(root / "a", memory__max=5000, memory__current=1000, memory__stat="anon 1\ninactive_file 300")
    write(root / "a" / "b", memory__max="max", memory__current=900)
    assert spare.contained(root, tmp_path / "own") == 4300
    write(root / "a" / "b", memory__max=1000)
    assert spare.contained(root, tmp_path / "own") == 100


@linux
def test_version_one(tmp_path):
    (tmp_path / "own").write_text("5:cpu,memory:/x\n3:devices:/y\n")
    root = tmp_path / "groups"
    write(root / "memory", memory__limit_in_bytes=2**63 - 4096, memory__usage_in_bytes=5)
    assert spare.contained(root, tmp_path / "own") is None
    write(root / "memory" / "x", memory__limit_in_bytes=700, memory__usage_in_bytes=200)
    assert spare.contained(root, tmp_path / "own") == 500


def test_without_groups(tmp_path):
    assert spare.contained(tmp_path, tmp_path / "none") is None
