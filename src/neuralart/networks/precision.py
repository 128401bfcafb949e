"""Whether a device multiplies in bfloat16 by itself, and so about twice as fast as in float32 or faster."""

from __future__ import annotations

import platform

import torch


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
