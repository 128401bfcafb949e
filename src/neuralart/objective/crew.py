"""Parts of an image dealt out to several devices of one machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

from neuralart.networks.network import Network

Found = TypeVar("Found")


def deal(networks: Sequence[Network], parts: int, work: Callable[[Network, int], Found]) -> Iterator[Found]:
    """What `work(network, part)` finds of every part, in their order; part k is seen by network k modulo their number.

    As many parts at a time as there are networks, each in a thread of its own: what is found does not pile up, and is
    added in the same order, thus to the same sum, in every run.
    """
    if len(networks) == 1:
        yield from (work(networks[0], part) for part in range(parts))
        return

    def apart(part: int) -> Found:
        # Whether gradients are recorded is a matter of each thread.
        with torch.no_grad():
            return work(networks[part % len(networks)], part)

    with ThreadPoolExecutor(len(networks), "device") as threads:
        for first in range(0, parts, len(networks)):
            yield from threads.map(apart, range(first, min(first + len(networks), parts)))
