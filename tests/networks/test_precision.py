"""Whether bfloat16 is asked of processors that have it, and of no others."""

from __future__ import annotations

import platform

import pytest
import torch

from neuralart.networks.precision import has_bfloat16


@pytest.mark.parametrize(("avx512", "amx", "has"), [(True, False, True), (False, True, True), (False, False, False)])
def test_a_processor_that_says_so(monkeypatch, avx512, amx, has):
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: avx512, raising=False)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx, raising=False)
    assert has_bfloat16(torch.device("cpu")) is has


def test_a_version_of_torch_that_cannot_tell(monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        monkeypatch.delattr(torch.cpu, name, raising=False)
    assert not has_bfloat16(torch.device("cpu"))


def test_other_processors_are_not_trusted(monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    assert not has_bfloat16(torch.device("cpu"))
    assert not has_bfloat16(torch.device("mps"))


@pytest.mark.parametrize(("capability", "has"), [((7, 5), False), ((8, 0), True), ((9, 0), True)])
def test_gpus(monkeypatch, capability, has):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    assert has_bfloat16(torch.device("cuda")) is has
