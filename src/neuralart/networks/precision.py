"""The precision of a network: where bfloat16 pays off, and what needs at least float32."""

from __future__ import annotations

import platform
from functools import cache

import torch

NO_FLOAT64 = ("mps",)  # kinds of device


def at_least_float32(dtype: torch.dtype) -> torch.dtype:
    """Return this precision, but at least float32."""
    return dtype if dtype.itemsize >= 4 else torch.float32


def float64_home(device: torch.device) -> torch.device:
    """Return the device on which to add up numbers in float64: the same, or the CPU if it has no float64."""
    return torch.device("cpu") if device.type in NO_FLOAT64 else device


def has_bfloat16(device: torch.device) -> bool:
    """Whether the device has instructions for bfloat16; emulating it would be slower than float32."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type != "cpu":
        return False
    if platform.machine().lower() in ("x86_64", "amd64"):
        # The versions of PyTorch that we support have no public function for this.
        tests = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
        return any(test() for name in tests if (test := getattr(torch.cpu, name, None)))
    return False


@cache
def by_onednn(dtype: torch.dtype) -> bool:
    """Whether oneDNN computes convolutions in this precision on this CPU."""
    narrow = {torch.bfloat16: "_is_mkldnn_bf16_supported", torch.float16: "_is_mkldnn_fp16_supported"}
    if not torch.backends.mkldnn.is_available() or dtype == torch.float64:
        return False
    return dtype not in narrow or bool(getattr(torch.ops.mkldnn, narrow[dtype])())


def saves_memory(dtype: torch.dtype, device: torch.device) -> bool:
    """Whether computing in this precision takes less memory on this device than float32.

    On CPUs without oneDNN's convolutions for it, the columns of a matrix product take more memory than is saved.
    """
    return dtype.itemsize < 4 and (device.type != "cpu" or by_onednn(dtype))
