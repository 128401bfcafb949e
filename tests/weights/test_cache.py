from pathlib import Path

import pytest

from neuralart.weights.cache import cache_folder, mirrors, offline


def test_the_folder_is_the_systems_unless_chosen(monkeypatch, tmp_path):
    monkeypatch.delenv("NEURALART_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder().name == "neuralart" or "neuralart" in cache_folder().parts
    assert not (tmp_path / "xdg").exists()
    monkeypatch.setenv("NEURALART_CACHE", str(tmp_path / "mine"))
    assert cache_folder() == tmp_path / "mine" and not cache_folder().exists()
    monkeypatch.setenv("NEURALART_CACHE", "~/weights")
    assert cache_folder() == Path.home() / "weights"
    monkeypatch.setenv("NEURALART_CACHE", "weights")
    assert cache_folder() == Path.cwd() / "weights"


@pytest.mark.parametrize(
    "value, meant", [("1", True), ("TRUE", True), ("yes", True), ("on", True), ("0", False), ("", False)]
)
def test_offline(value, meant, monkeypatch):
    monkeypatch.setenv("NEURALART_OFFLINE", value)
    assert offline() is meant
    monkeypatch.delenv("NEURALART_OFFLINE")
    assert offline() is False


def test_mirrors(monkeypatch):
    monkeypatch.delenv("NEURALART_MIRROR", raising=False)
    assert mirrors() == []
    monkeypatch.setenv("NEURALART_MIRROR", " https://a.example/w , /srv/w,,")
    assert mirrors() == ["https://a.example/w", "/srv/w"]
