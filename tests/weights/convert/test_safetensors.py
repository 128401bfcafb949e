import json

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from neuralart.errors import WeightsError
from neuralart.weights.convert.safetensors import read_metadata, read_safetensors


def test_numbers_names_and_metadata(tmp_path):
    path = tmp_path / "w.safetensors"
    tensors = {f"features.{i}.weight": torch.full((2, 2), float(i)) for i in (0, 2, 10)}
    save_file({**tensors, "half": torch.ones(3, dtype=torch.bfloat16)}, path, {"normalised": "yes"})
    entries = read_safetensors(path)
    assert [entry.name for entry in entries] == [*tensors, "half"]  # 10 after 2
    assert [float(entry.load().max()) for entry in entries] == [0, 2, 10, 1]
    assert entries[3].load().dtype == torch.float32
    assert read_metadata(path) == {"normalised": "yes"}


def test_bytes_written_by_hand(tmp_path):
    header = json.dumps({"a.bias": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()
    path = tmp_path / "w.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + np.float32([1.5, -2]).tobytes())
    assert read_safetensors(path)[0].load().tolist() == [1.5, -2]
    assert read_metadata(path) == {}


def test_whole_numbers_are_refused(tmp_path):
    save_file({"a": torch.ones(3, dtype=torch.int8)}, tmp_path / "w.safetensors")
    with pytest.raises(WeightsError, match=r"contains torch.int8 numbers instead of floating point"):
        read_safetensors(tmp_path / "w.safetensors")[0].load()
