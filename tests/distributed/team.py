"""Real processes that are joined as torchrun would join them."""

from __future__ import annotations

import os
import pickle
import socket
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import torch

from neuralart.distributed.group import Group
from neuralart.distributed.join import joined

from .. import warm

CPU = torch.device("cpu")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(rank: int, count: int, port: int) -> dict[str, str]:
    """What torchrun sets."""
    ranks = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": count, "LOCAL_WORLD_SIZE": count, "MASTER_PORT": port}
    return {name: str(value) for name, value in ranks.items()} | {"MASTER_ADDR": "127.0.0.1"}


def together(count: int, work: Callable[..., Any], *given: Any, patience: float = 90) -> list[Any]:
    """What `work(group, *given)` returns in each of `count` processes; "died" where one ended without an answer."""
    # A server that has loaded the libraries once forks as many processes as are asked for.
    context, port = warm.context(), free_port()
    pipes = [context.Pipe(duplex=False) for _ in range(count)]
    crew = [
        context.Process(target=_member, args=(environment(rank, count, port), pipes[rank][1], work, given), daemon=True)
        for rank in range(count)
    ]
    for member in crew:
        member.start()
    for _, end in pipes:
        end.close()
    try:
        return [_answer(ear, patience) for ear, _ in pipes]
    finally:
        for member in crew:
            member.kill()
            member.join(patience)


def _answer(ear: Any, patience: float) -> Any:
    assert ear.poll(patience), "a process did not answer"
    try:
        return ear.recv()
    except EOFError:
        return "died"


def _member(variables: dict[str, str], end: Any, work: Callable[..., Any], given: tuple[Any, ...]) -> None:
    os.environ.update(variables)
    torch.set_num_threads(1)
    sys.stderr = open(os.devnull, "w")  # noqa: SIM115, PTH123  (until the process ends)
    with joined(CPU, timedelta(seconds=30)) as group:
        found = work(group, *given)
        # Pickled here, in full: `send` would leave tensors in shared memory that dies with the process.
        end.send_bytes(pickle.dumps(found.numpy() if isinstance(found, torch.Tensor) else found))


def alone() -> Group:
    return Group()
