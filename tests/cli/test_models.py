"""neuralart models: what there is, and whether it is here. The web is never asked; sources are small files on disk."""

from __future__ import annotations

import hashlib

import pytest

from neuralart.networks import NETWORKS
from neuralart.networks.provide import COMPACT_FILE
from neuralart.weights.registry import SOURCES, Source


@pytest.fixture
def source(tmp_path, monkeypatch) -> Source:
    """The only source of vgg: a file of a few bytes in a mirror."""
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "vgg.th").write_bytes(b"few numbers")
    made = Source(
        name="vgg.th",
        urls=(),
        size=11,
        algorithm="sha256",
        digest=hashlib.sha256(b"few numbers").hexdigest(),
        format="torch7",
        licence="a licence",
        origin="an origin",
        normalised=True,
    )
    monkeypatch.setitem(SOURCES, "vgg", (made,))
    monkeypatch.setenv("NEURALART_MIRROR", str(tmp_path / "mirror"))
    return made


def test_list(call):
    code, out, err = call("models")
    assert (code, err) == (0, "")
    assert call("models", "list").out == out
    for name, architecture in NETWORKS.items():
        assert f"{name}: {architecture.summary}" in out
    for sources in SOURCES.values():
        for source in sources:
            line = next(line for line in out.splitlines() if f" {source.name}, " in line)
            assert source.licence in line
            assert " MB" in line
            assert "here" not in line
            assert source.origin in out
    assert "here   compact.safetensors, " in out


def test_fetch_list_path_verify(call, source, tmp_path):
    kept = tmp_path / "cache" / "vgg.th"
    assert call("models", "path", "vgg") == (2, "", "the weights of vgg are not here; neuralart models fetch vgg\n")
    assert call("models", "verify", "vgg") == (2, "", "no weights of vgg are here; neuralart models fetch vgg\n")
    assert call("models", "fetch", "vgg") == (0, f"{kept} (a licence; an origin)\n", "")
    assert kept.read_bytes() == b"few numbers"
    assert call("models", "fetch", "vgg").code == 0
    assert "here   vgg.th, 0.0 MB, a licence" in call("models").out
    assert call("models", "path", "vgg") == (0, f"{kept}\n", "")
    assert call("models", "verify", "vgg") == (0, f"{kept}: sha256 as published\n", "")
    assert f"{kept}: sha256 as published\n" in call("models", "verify").out
    kept.write_bytes(b"bad numbers")
    code, _, err = call("models", "verify", "vgg")
    assert code == 2
    assert f"{kept}: has sha256" in err
    assert "delete it and fetch it again" in err


def test_fetch_in_quotes_of_another_shell(installed, tmp_path, monkeypatch):
    # The installed command, against a mirror that serves something else.
    (tmp_path / "mirror").mkdir()
    for name in ("vgg_normalized.th", "vgg19-d01eb7cb.pth"):
        (tmp_path / "mirror" / name).write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    monkeypatch.setenv("NEURALART_MIRROR", (tmp_path / "mirror").as_uri())
    code, out, err = installed("models", "fetch", "vgg")
    assert (code, out) == (1, "")
    assert "serves another file" in err
    assert "NEURALART_OFFLINE forbids downloads" in err
    assert "Traceback" not in err
    cache = tmp_path / "cache"
    assert not [path for path in cache.iterdir() if path.suffix != ".lock"]


@pytest.mark.parametrize("name", ["vgg", "inception"])
def test_painting_with_what_cannot_be_fetched(call, name):
    code, _, err = call("--content", "photo.png", "--style", "style.png", "--model", name)
    assert code == 1
    assert "NEURALART_OFFLINE" in err
    assert "--weights FILE" in err


def test_a_network_without_a_source(call):
    assert "vgg16: " in call("models").out and "vgg19: VGG-19" in call("models").out
    for words in (["path", "vgg16"], ["verify", "vgg16"]):
        code, out, err = call("models", *words)
        assert (code, out) == (2, "")
        assert "give your own file with --weights FILE" in err
    code, out, err = call("models", "fetch", "vgg16")
    assert (code, out) == (2, "")
    assert "no source of weights is known for network 'vgg16'; give your own file with --weights FILE" in err
    code, _, err = call("--content", "photo.png", "--style", "style.png", "--model", "vgg16")
    assert code == 2
    assert "--weights FILE" in err


def test_the_network_that_finds_motion(call, tmp_path):
    assert "raft: finds the motion in a film, for neuralart video --flow raft\n" in call("models").out
    code, out, err = call("models", "fetch", "raft")
    assert (code, out) == (1, "")
    assert "unset NEURALART_OFFLINE, say --flow dis, or put the file into that folder, from https://download" in err
    assert call("models", "path", "raft") == (2, "", "the weights of raft are not here; neuralart models fetch raft\n")
    wrong = tmp_path / "cache" / SOURCES["raft"][0].name
    wrong.parent.mkdir(exist_ok=True)
    wrong.write_bytes(b"something else")
    assert call("models", "path", "raft").out == f"{wrong}\n"
    code, _, err = call("models", "verify", "raft")
    assert code == 2
    assert "instead of ff5fadd5 at its beginning; delete it and fetch it again" in err


def test_two_names_of_one_network(call, source, tmp_path):
    assert call("models", "fetch", "vgg19").code == 0
    assert call("models", "path", "vgg19") == (0, f"{tmp_path / 'cache' / 'vgg.th'}\n", "")


def test_compact(call):
    assert call("models", "path", "compact") == (0, f"{COMPACT_FILE}\n", "")
    assert call("models", "fetch", "compact") == (0, f"compact is inside the package: {COMPACT_FILE}\n", "")
    assert call("models", "verify", "compact") == (0, f"{COMPACT_FILE}: sha256 as published\n", "")


def test_compact_damaged(call, monkeypatch, tmp_path):
    other = tmp_path / "compact.safetensors"
    other.write_bytes(COMPACT_FILE.read_bytes()[:-1] + b"!")
    monkeypatch.setattr("neuralart.networks.provide.COMPACT_FILE", other)
    code, out, err = call("models", "verify", "compact")
    assert (code, out) == (2, "")
    assert err.startswith(
        f"neuralart: {other} is not the file that belongs to this version of neuralart: its SHA-256 is "
    )
    code, _, err = call("--content", "photo.png", "--style", "style.png", "--model", "compact")
    assert code == 2
    assert "install neuralart again" in err


def test_the_cache_folder(call, tmp_path):
    assert call("models", "path") == (0, f"{tmp_path / 'cache'}\n", "")
    assert f"The cache is {tmp_path / 'cache'}" in call("models", "--help").out


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["fech"], "there is no 'models fech' (there are fetch, verify, path); did you mean 'fetch'?"),
        (["fetch"], "name the network to fetch: vgg or inception or raft"),
        (
            ["fetch", "vg"],
            "(there are vgg, vgg19, vgg16, vgg13, vgg11, inception, compact, raft); did you mean 'vgg'?",
        ),
        (["fetch", "vgg", "inception"], "takes one network, but 'inception' follows it"),
        (["--quiet"], "there is no 'models --quiet'"),
    ],
)
def test_mistakes(mistake, words, part):
    mistake(["models", *words], part)
