"""What can go wrong, as a tree, and how a full memory is told from a defect."""

from __future__ import annotations

import pickle
import subprocess
import sys

import pytest
import torch

from neuralart import errors
from neuralart.errors import NeuralartError, PictureError, kind_of, kinds, out_of_memory

CPU = "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: "


def test_every_class_is_known_by_its_name():
    written = {name for name, one in vars(errors).items() if isinstance(one, type) and issubclass(one, NeuralartError)}
    assert set(kinds()) == written
    assert {"UserError", "PictureError", "LostError"} < written


@pytest.mark.parametrize("name", kinds())
def test_every_error_can_be_sent_to_another_process(name):
    kind = kinds()[name]
    sent = pickle.loads(pickle.dumps(kind("what, and what to do")))
    assert (type(sent), str(sent)) == (kind, "what, and what to do")
    assert kind_of(sent) == name


def test_a_foreign_class_is_called_after_the_nearest_of_ours():
    class OwnError(PictureError):
        pass

    assert kind_of(OwnError()) == "PictureError"
    assert "OwnError" not in kinds()


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB."),
        RuntimeError(CPU + "can't allocate memory: you tried to allocate 1152921504606846976 bytes."),
        RuntimeError(CPU + "not enough memory: you tried to allocate 64 bytes."),
        RuntimeError("could not create a primitive"),
        RuntimeError("could not create a memory object"),
        RuntimeError("std::bad_alloc"),
        RuntimeError("CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported"),
        RuntimeError("MPS backend out of memory (MPS allocated: 1.00 GB)"),
    ],
)
def test_a_full_memory(error):
    assert out_of_memory(error)


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("CUDA error: an illegal memory access was encountered"),
        RuntimeError("Expected tensor to have a channels_last memory format"),
        RuntimeError("more than one element of the written-to tensor refers to a single memory location"),
        RuntimeError("could not create a primitive descriptor for the convolution forward propagation primitive"),
        RuntimeError("could not create a memory descriptor from blob"),
        RuntimeError("CUDA error: misaligned address; memory is corrupted"),
        ValueError(CPU + "can't allocate memory"),
        OSError("cannot map memory"),
        PictureError("the memory card is full"),
    ],
)
def test_what_is_a_defect(error):
    assert not out_of_memory(error)


def test_it_imports_no_torch():
    code = (
        "import sys; from neuralart.errors import out_of_memory as o; print(o(MemoryError()), 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "True False\n"
