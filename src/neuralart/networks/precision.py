"""In which precision a network computes: where bfloat16 pays, and what is computed in no less than float32."""

from __future__ import annotations

import platform

import torch

NO_FLOAT64 = ("mps",)  # kinds of device


def at_least_float32(dtype: torch.dtype) -> torch.dtype:
    """float32 in place of what has less."""
    return dtype if dtype.itemsize >= 4 else torch.float32


def float64_home(device: torch.device) -> torch.device:
    """Where numbers of this device are added up in float64: there, or on the CPU where the device has no float64."""
    return torch.device("cpu") if device.type in NO_FLOAT64 else device


def has_bfloat16(device: torch.device) -> bool:
    """Whether the device has instructions for bfloat16; emulating it would be slower than float32, and no better."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type != "cpu":
        return False
    if platform.machine().lower() in ("x86_64", "amd64"):
        # Without an underscore there is no such question in the versions of PyTorch that we support.
        tests = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
        return any(test() for name in tests if (test := getattr(torch.cpu, name, None)))
    return False
