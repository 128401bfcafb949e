"""A full memory: smaller tiles, and the caller does not notice."""

from __future__ import annotations

import logging
import threading

import pytest
import torch

from neuralart.objective.plan import WHOLE, Plan
from neuralart.objective.resilient import Resilient, out_of_memory

FULL = RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory: you tried to ...")


class Machine:
    """Makes objectives that fail with `error` unless their tiles are small enough."""

    def __init__(self, largest, error=FULL, at="evaluation"):
        self.largest, self.error, self.at, self.made = largest, error, at, []

    def make(self, plan):
        self.made.append(plan)
        fails = plan.tile is None or plan.tile > self.largest
        if fails and self.at == "making":
            raise self.error

        def objective(image):
            if fails:
                raise self.error
            return plan.tile

        return objective


@pytest.mark.parametrize("at", ["making", "evaluation"])
@pytest.mark.parametrize(
    "error",
    [FULL, MemoryError(), RuntimeError("could not create a primitive"), torch.OutOfMemoryError("CUDA out of memory.")],
)
def test_goes_on_in_smaller_tiles(at, error, caplog):
    machine = Machine(300, error, at)
    objective = Resilient(machine.make, WHOLE, (1000, 700))
    with caplog.at_level(logging.WARNING, "neuralart"):
        assert objective(None) == 250
        assert objective(None) == 250
    assert machine.made == [WHOLE, Plan(500), Plan(250)]
    if at == "evaluation":
        assert caplog.messages == [f"the memory is full; continuing in tiles of {n} pixels" for n in (500, 250)]


def test_where_content_lies_is_kept():
    machine = Machine(300)
    assert Resilient(machine.make, Plan(512, on_disk=True), (1000, 700))(None) == 256
    assert machine.made[-1] == Plan(256, on_disk=True)


def test_a_thread_in_which_onednn_failed_is_left():
    """As oneDNN does: what has failed in a thread once fails there for ever, even in the smallest tile."""
    failed, seen = threading.local(), []

    def make(plan):
        def objective(image):
            failed.ever = getattr(failed, "ever", False) or plan.tile is None or plan.tile > 300
            seen.append((threading.current_thread(), torch.is_grad_enabled()))
            if failed.ever:
                raise RuntimeError("could not create a primitive")
            return plan.tile

        return objective

    def paint():
        objective = Resilient(make, WHOLE, (1000, 700))
        with torch.no_grad():
            assert objective(None) == 250
        assert objective(None) == 250
        sound = Resilient(make, Plan(250), (1000, 700))  # of the next scale, from the thread that failed
        assert sound(None) == 250 and sound.plan == Plan(250)
        painted.append(True)

    painted = []
    # Any other test in this process would go on in another thread too.
    painter = threading.Thread(target=paint)
    painter.start()
    painter.join()
    assert painted
    threads, recording = zip(*seen, strict=True)
    assert threads[0] is painter and len(set(threads)) == 3 and threads[2] is threads[-1]
    assert recording == (False, False, False, True, True)


def test_gives_up_where_tiles_are_mostly_halo():
    with pytest.raises(RuntimeError, match="can't allocate"):
        Resilient(Machine(10).make, WHOLE, (1000, 700))(None)


@pytest.mark.parametrize("error", [RuntimeError("shapes do not match"), ValueError("memory")])
def test_other_errors_are_not_its_business(error):
    machine = Machine(300, error)
    with pytest.raises(type(error)):
        Resilient(machine.make, WHOLE, (1000, 700))(None)
    assert machine.made == [WHOLE]
    assert not out_of_memory(error)


def test_what_really_happens_when_memory_is_full():
    with pytest.raises((RuntimeError, MemoryError)) as caught:
        torch.empty(2**60, dtype=torch.uint8)
    assert out_of_memory(caught.value)


@pytest.mark.parametrize(
    "words",
    [
        "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.11 GiB",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
        "cuFFT error: CUFFT_ALLOC_FAILED",
        "GET was unable to find an engine to execute this computation",
    ],
)
def test_a_gpu_that_is_full_is_known_by_what_its_libraries_say(words):
    machine = Machine(300, RuntimeError(words))
    objective = Resilient(machine.make, WHOLE, (1000, 700))
    objective(None)
    assert objective.plan.tile == 250
