"""Peak memory."""

from __future__ import annotations

import sys

import pytest
import torch

from neuralart.run.memory import peak_memory


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell")
def test_the_peak_is_that_of_a_process_with_torch_in_it_and_never_falls():
    before = peak_memory(torch.device("cpu"))
    assert 50e6 < before < 1e12
    held = torch.ones(30_000_000)
    after = peak_memory(torch.device("cpu"))
    del held
    assert after >= before
    assert peak_memory(torch.device("cpu")) >= after


def test_where_the_system_does_not_tell_it_is_zero(monkeypatch):
    monkeypatch.setitem(sys.modules, "resource", None)
    assert peak_memory(torch.device("cpu")) == 0
