"""A network's name -> the network with its weights: what is preferred, what is normalised, and what is kept."""

from __future__ import annotations

import hashlib
import logging

import pytest
import torch
from safetensors.torch import save_file

from neuralart.errors import FetchError, WeightsError
from neuralart.networks import NETWORKS, provide
from neuralart.networks.graph_network import GraphNetwork
from neuralart.networks.normalise import is_normalised
from neuralart.networks.provide import COMPACT_FILE, at_hand, kept_file
from neuralart.weights.digest import sha256
from neuralart.weights.read import read
from neuralart.weights.registry import SOURCES, Source

from .tiny import image

SOME = ("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1")


@pytest.fixture(autouse=True)
def surroundings(monkeypatch, tmp_path):
    """An empty cache, no web, and two small photographs to normalise over."""
    monkeypatch.delenv("NEURALART_MIRROR", raising=False)
    monkeypatch.setenv("NEURALART_OFFLINE", "1")
    monkeypatch.setenv("NEURALART_CACHE", str(tmp_path / "cache"))
    pictures = tuple(image(24, 32, seed, torch.float32) for seed in range(2))
    monkeypatch.setattr(provide, "photographs", lambda: pictures)


def vgg_weights(loudness: float = 20.0) -> dict[str, torch.Tensor]:
    """Random weights of VGG-19 up to conv3_1, which answer too loudly to be called normalised."""
    generator, made = torch.Generator().manual_seed(0), {}
    for name in SOME:
        out, into, *kernel = NETWORKS["vgg"].kernels()[name]
        made[f"{name}.weight"] = torch.randn(out, into, *kernel, generator=generator) * loudness / (9 * into) ** 0.5
        made[f"{name}.bias"] = torch.randn(out, generator=generator)
    return made


@pytest.fixture
def published(tmp_path, monkeypatch):
    """publish(weights, normalised) makes a file the only source of vgg, and returns it."""

    def publish(weights=None, normalised=False) -> Source:
        file = tmp_path / "published" / "vgg19.safetensors"
        file.parent.mkdir(exist_ok=True)
        save_file(weights or vgg_weights(), file)
        source = Source(
            name=file.name,
            urls=(file.as_uri(),),
            size=file.stat().st_size,
            algorithm="sha256",
            digest=hashlib.sha256(file.read_bytes()).hexdigest(),
            format="safetensors",
            licence="",
            origin="",
            normalised=normalised,
        )
        monkeypatch.setitem(SOURCES, "vgg", (source,))
        return source

    return publish


@pytest.fixture
def told(caplog):
    caplog.set_level(logging.INFO, "neuralart")
    return caplog


def test_compact_comes_with_the_package():
    found = provide.provide("compact")
    assert found.network.architecture is NETWORKS["compact"]
    assert found.record() == {
        "name": "compact",
        "file": "compact.safetensors",
        "sha256": hashlib.sha256(COMPACT_FILE.read_bytes()).hexdigest(),
        "normalised_here": False,
        "precision": "float32",
    }
    assert found.network.dtype == torch.float32
    assert all(layer in found.network.features(image(32, 32), [layer]) for layer in NETWORKS["compact"].layers)


def test_compact_proves_itself(monkeypatch, tmp_path):
    other = tmp_path / "compact.safetensors"
    monkeypatch.setattr(provide, "COMPACT_FILE", other)
    with pytest.raises(WeightsError, match=r"cannot be read .No such file or directory.; install neuralart again"):
        provide.provide("compact")
    other.write_bytes(COMPACT_FILE.read_bytes()[:-2] + b"!!")  # a weight that is another, though finite
    with pytest.raises(
        WeightsError, match=r"is not the file that belongs to this version of neuralart: its SHA-256 is [0-9a-f]{64}"
    ):
        provide.provide("compact")


def test_auto_is_compact_where_there_is_nothing_else(told):
    found = provide.provide("auto", download=True)
    assert found.network.architecture.name == "compact"
    assert len(told.messages) == 1
    assert told.messages[0].startswith("network: compact, because the weights of vgg are not here and no")


def test_auto_is_vgg_where_it_can_be_had(told, published):
    published()
    found = provide.provide("auto", download=True)
    assert found.network.architecture.name == "vgg"
    assert told.messages[0] == "network: vgg, whose weights are here (vgg19.safetensors)"


def test_auto_does_not_download_by_itself(told, published):
    published()
    provide._report_compact.cache_clear()
    # Said once, however many pictures are painted.
    assert [provide.provide("auto").network.architecture.name for _ in range(2)] == ["compact"] * 2
    assert told.messages == [
        "network: compact, because the weights of vgg are not here; download them with download=True, or with"
        " neuralart models fetch vgg"
    ]
    # A network that is named is fetched; from then on auto finds its weights here.
    assert provide.provide("vgg").network.architecture.name == "vgg"
    assert provide.provide("auto").network.architecture.name == "vgg"


def test_auto_with_a_file_is_vgg(tmp_path):
    save_file(vgg_weights(), tmp_path / "mine.safetensors")
    found = provide.provide("auto", tmp_path / "mine.safetensors")
    assert (found.network.architecture.name, found.file) == ("vgg", "mine.safetensors")


def test_vgg_that_cannot_be_had():
    with pytest.raises(FetchError, match="NEURALART_OFFLINE forbids"):
        provide.provide("vgg")


def test_a_source_that_is_not_normalised_is_so_once(told, published, tmp_path, monkeypatch):
    source = published()
    first = provide.provide("vgg")
    fetched = tmp_path / "cache" / source.name
    kept = kept_file(fetched, "average")
    assert kept.is_file()
    assert (first.file, first.digest, first.normalised_here) == (kept.name, sha256(kept), True)
    assert is_normalised(first.network, provide.photographs())
    assert told.messages == ["weights: normalising vgg19.safetensors over 2 photographs, once"]
    # The function is the published one's, up to each filter's scale.
    raw = GraphNetwork(NETWORKS["vgg"], read(fetched, NETWORKS["vgg"].kernels()))
    seen = image(16, 16, 5, torch.float32)
    ours, theirs = (network.features(seen, ["conv3_1"])["conv3_1"] for network in (first.network, raw))
    scale = (theirs * ours).sum((2, 3), keepdim=True) / (ours * ours).sum((2, 3), keepdim=True).clamp_min(1e-30)
    torch.testing.assert_close(ours * scale, theirs, rtol=1e-3, atol=1e-3 * float(theirs.abs().max()))

    told.clear()
    monkeypatch.setattr(provide, "normalise", None)
    second = provide.provide("vgg")
    assert told.messages == []
    assert second.record() == first.record()
    assert all(torch.equal(value, second.network.weights[key]) for key, value in first.network.weights.items())
    assert not list((tmp_path / "cache").glob("*.part"))


def test_what_is_kept_depends_on_the_pooling(told, published):
    published()
    provide.provide("vgg", pooling="average")
    provide.provide("vgg", pooling="max")
    assert len(told.messages) == 2


@pytest.mark.parametrize("spoil", [lambda data: b"", lambda data: data[:-100], lambda data: b"x" * len(data)])
def test_what_is_kept_is_made_anew_if_it_was_damaged(told, published, tmp_path, spoil):
    source = published()
    first = provide.provide("vgg")
    kept = kept_file(tmp_path / "cache" / source.name, "average")
    kept.write_bytes(spoil(kept.read_bytes()))
    told.clear()
    assert provide.provide("vgg").digest == first.digest
    assert told.messages == ["weights: normalising vgg19.safetensors over 2 photographs, once"]


def test_what_is_kept_is_made_anew_if_it_came_from_elsewhere(published, tmp_path):
    source = published()
    kept = kept_file(tmp_path / "cache" / source.name, "average")
    kept.parent.mkdir()
    save_file(vgg_weights(3.0), kept, metadata={"source": "another"})
    found = provide.provide("vgg")
    assert is_normalised(found.network, provide.photographs())


def test_a_cache_that_cannot_be_written_costs_only_time(told, published, tmp_path, monkeypatch):
    published()

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(provide, "_keep", refuse)
    found = provide.provide("vgg")
    assert is_normalised(found.network, provide.photographs())
    assert (found.file, found.normalised_here) == ("vgg19.safetensors", True)
    assert told.messages[-1] == (
        f"weights: cannot keep the normalised form in {tmp_path / 'cache'} (Permission denied)"
    )


def test_a_source_that_is_normalised_is_taken_as_it_is(told, published):
    published(normalised=True)
    found = provide.provide("vgg")
    assert (found.file, found.normalised_here, told.messages) == ("vgg19.safetensors", False, [])


@pytest.mark.parametrize(("rescale", "normalised"), [("auto", True), ("yes", True), ("no", False)])
def test_rescaling_is_the_users_choice(published, tmp_path, rescale, normalised):
    published()
    assert provide.provide("vgg", rescale=rescale).normalised_here is normalised
    save_file(vgg_weights(), tmp_path / "mine.safetensors")
    found = provide.provide("vgg", tmp_path / "mine.safetensors", rescale=rescale)
    assert found.normalised_here is normalised
    assert is_normalised(found.network, provide.photographs()) is normalised
    assert found.digest == sha256(tmp_path / "mine.safetensors")


def test_a_file_that_is_normalised_is_taken_as_it_is(told, published, tmp_path):
    published()
    save_file(
        {k: v.contiguous() for k, v in provide.provide("vgg").network.weights.items()}, tmp_path / "n.safetensors"
    )
    told.clear()
    assert provide.provide("vgg", tmp_path / "n.safetensors").normalised_here is False
    assert told.messages == []


def test_files_that_will_not_do(tmp_path):
    with pytest.raises(WeightsError, match=r"none\.th: does not exist"):
        provide.provide("vgg", tmp_path / "none.th")
    with pytest.raises(WeightsError, match="safetensors: "):
        provide.provide("inception", COMPACT_FILE)


@pytest.mark.parametrize("name", ["vgg11", "vgg13", "vgg16"])
def test_a_network_without_a_source_asks_for_a_file(name, tmp_path):
    with pytest.raises(WeightsError, match=f"no source of weights is known for network '{name}'; .* --weights FILE"):
        provide.provide(name)
    assert at_hand(name) is None
    made = {}
    for layer, (out, into, *kernel) in list(NETWORKS[name].kernels().items())[:2]:
        made |= {f"{layer}.weight": torch.rand(out, into, *kernel), f"{layer}.bias": torch.zeros(out)}
    save_file(made, tmp_path / "mine.safetensors")
    found = provide.provide(name, tmp_path / "mine.safetensors", rescale="no")
    assert found.record()["name"] == name
    found.network.check(["relu1_1"])


def test_vgg19_is_vgg(published):
    published()
    assert provide.provide("vgg19").network.architecture is NETWORKS["vgg"]


def test_pooling():
    assert provide.provide("compact", pooling="max").network.pooling == "max"


def test_at_hand(published, tmp_path):
    assert at_hand("compact") == COMPACT_FILE
    assert at_hand("inception") is None
    source = published()
    assert at_hand("vgg") is None
    provide.provide("vgg")
    assert at_hand("vgg") == tmp_path / "cache" / source.name


def test_the_photographs_that_ship(monkeypatch):
    monkeypatch.undo()
    found = provide.photographs()
    assert len(found) >= 4
    assert all(one.shape[:2] == (1, 3) and max(one.shape[2:]) <= 512 for one in found)
    assert provide.photographs() is found
