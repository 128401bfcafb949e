"""How a process joins the others that torchrun started with it, and leaves them."""

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

# A process that dies is noticed at once, for its connections close; this is for one that hangs, or a cable.
PATIENCE = timedelta(minutes=5)
BESIDE = "NEURALART_BESIDE"  # how many processes of `neuralart batch` share the memory of this machine
NEEDED = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")


def number(environment: Mapping[str, str], name: str, usual: int) -> int:
    """A whole number from the environment. Raises OptionError."""
    text = environment.get(name, str(usual))
    if not text.isdigit():
        raise OptionError(f"{name} is '{text}' in the environment; start the processes with torchrun, which sets it")
    return int(text)


def local_rank() -> int:
    """The number of this process among those of this machine."""
    return number(os.environ, "LOCAL_RANK", 0)


def local_count() -> int:
    """How many processes of this run are on this machine; or those that paint pictures of their own beside this one."""
    return max(1, number(os.environ, "LOCAL_WORLD_SIZE" if world() > 1 else BESIDE, 1))


def world() -> int:
    """How many processes paint together, as torchrun says; 1 without it."""
    return max(1, number(os.environ, "WORLD_SIZE", 1))


@contextmanager
def joined(device: torch.device, patience: timedelta = PATIENCE) -> Iterator[Group]:
    """The group of this process; of itself alone where torchrun has not started it among others.

    device: where it computes; processes with a GPU each talk by NCCL, all others by gloo. While they are joined, Ctrl-C
    asks all of them to stop after the step they are in. Raises OptionError for an environment that is not complete,
    LostError where the others cannot be reached.
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
        # Else a lost process is found out by a thread that ends this one without a word.
        os.environ.setdefault("TORCH_NCCL_BLOCKING_WAIT", "1")
    try:
        dist.init_process_group("nccl" if by_gpu else "gloo", timeout=patience)
    except (RuntimeError, ValueError) as error:
        raise LostError(f"the processes did not come together ({str(error).splitlines()[0]})") from None
    group = Group(dist.get_rank(), dist.get_world_size(), device if by_gpu else torch.device("cpu"))
    try:
        with _listening(group):
            yield group
    finally:
        dist.destroy_process_group()


@contextmanager
def _listening(group: Group) -> Iterator[None]:
    """Ctrl-C reaches every process, at different moments; they agree between two steps upon where to stop."""

    def stop(number: int, frame: FrameType | None) -> None:
        group.is_stopped = True

    def end(number: int, frame: FrameType | None) -> None:
        # It may be told more than once, and has only now to say what happened.
        signal.signal(number, signal.SIG_IGN)
        if group.is_lost:
            return  # it has found out by itself, and what it has reached is being written
        raise LostError(
            f"process {group.rank} of {group.count} was told to end, as torchrun does with all when one of them died"
        )

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard = [(signal.SIGINT, stop), (signal.SIGTERM, end)]
    # What terminals that close and batch queues send; one that is ignored (nohup) stays so.
    others = [getattr(signal, name) for name in ("SIGHUP", "SIGUSR1", "SIGUSR2", "SIGXCPU") if hasattr(signal, name)]
    heard += [(number, stop) for number in others if signal.getsignal(number) is signal.SIG_DFL]
    before = [(number, signal.signal(number, how)) for number, how in heard]
    try:
        yield
    finally:
        for number, how in before:
            signal.signal(number, how)
