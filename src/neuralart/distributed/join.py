"""How a process joins the others that torchrun started, and leaves them."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from types import FrameType

import torch
import torch.distributed as dist

from neuralart.distributed.group import ALONE, Group
from neuralart.errors import LostError, OptionError

# A process that dies is noticed at once because its connections close; this is for a process or connection that hangs.
PATIENCE = timedelta(minutes=5)
BESIDE = "NEURALART_BESIDE"  # how many processes of `neuralart batch` share the memory of this machine
NEEDED = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")


def number(environment: Mapping[str, str], name: str, usual: int) -> int:
    """Return a whole number from the environment. Raises OptionError."""
    text = environment.get(name, str(usual))
    if not text.isdigit():
        raise OptionError(f"{name} is '{text}' in the environment; start the processes with torchrun, which sets it")
    return int(text)


def local_rank() -> int:
    """The number of this process among those on this machine."""
    return number(os.environ, "LOCAL_RANK", 0)


def local_count() -> int:
    """Return the number of processes of this run, or of processes that paint other pictures, on this machine."""
    return max(1, number(os.environ, "LOCAL_WORLD_SIZE" if world() > 1 else BESIDE, 1))


def world() -> int:
    """The number of processes that paint together, from torchrun; 1 without it."""
    return max(1, number(os.environ, "WORLD_SIZE", 1))


@contextmanager
def joined(device: torch.device, patience: timedelta = PATIENCE) -> Iterator[Group]:
    """Join the processes that torchrun started; without torchrun, yield a group of one.

    While they are joined, Ctrl-C asks all of them to stop after the current step.

    Args:
        device: The device of this process; processes with one GPU each use NCCL, all others gloo.
        patience: How long to wait for the others.

    Yields:
        The group.

    Raises:
        OptionError: For an incomplete environment.
        LostError: If the others cannot be reached.
    """
    if world() == 1:
        yield ALONE
        return
    if missing := [name for name in NEEDED if not os.environ.get(name)]:
        raise OptionError(
            f"WORLD_SIZE is {world()} in the environment, but {', '.join(missing)} is not set; start all processes with"
            " torchrun, or unset WORLD_SIZE"
        )
    by_gpu = device.type == "cuda" and local_count() <= torch.cuda.device_count()
    if by_gpu:
        torch.cuda.set_device(device)
        # Otherwise a thread of the library notices a lost process and ends this one silently.
        os.environ.setdefault("TORCH_NCCL_BLOCKING_WAIT", "1")
    try:
        dist.init_process_group("nccl" if by_gpu else "gloo", timeout=patience)
    except (RuntimeError, ValueError) as error:
        raise LostError(f"the processes could not connect ({str(error).splitlines()[0]})") from None
    group = Group(dist.get_rank(), dist.get_world_size(), device if by_gpu else torch.device("cpu"))
    try:
        with _listening(group):
            yield group
    finally:
        dist.destroy_process_group()


@contextmanager
def _listening(group: Group) -> Iterator[None]:
    """Handle signals: Ctrl-C reaches the processes at different moments, so they agree between steps where to stop."""

    def stop(number: int, frame: FrameType | None) -> None:
        group.is_stopped = True

    def end(number: int, frame: FrameType | None) -> None:
        # The signal may come more than once, but one error is enough.
        signal.signal(number, signal.SIG_IGN)
        if group.is_lost:
            return  # this process has noticed by itself and is writing its picture
        raise LostError(
            f"process {group.rank} of {group.count} was told to end, as torchrun does with all when one of them died"
        )

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard = [(signal.SIGINT, stop), (signal.SIGTERM, end)]
    # Signals of closing terminals and batch queues; one that is ignored (nohup) stays ignored.
    others = [getattr(signal, name) for name in ("SIGHUP", "SIGUSR1", "SIGUSR2", "SIGXCPU") if hasattr(signal, name)]
    heard += [(number, stop) for number in others if signal.getsignal(number) is signal.SIG_DFL]
    before = [(number, signal.signal(number, how)) for number, how in heard]
    try:
        yield
    finally:
        for number, how in before:
            signal.signal(number, how)
