"""Distributes the parts of an image over several devices of one machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

from neuralart.networks.network import Network

Result = TypeVar("Result")


def deal(networks: Sequence[Network], parts: int, work: Callable[[Network, int], Result]) -> Iterator[Result]:
    """Yield `work(network, part)` for every part, in order; part k goes to network k modulo their number.

    It works on as many parts at a time as there are networks, each in its own thread. Results do not pile up, and
    adding them in this order gives the same sum in every run.
    """
    if len(networks) == 1:
        yield from (work(networks[0], part) for part in range(parts))
        return

    def apart(part: int) -> Result:
        # Recording of gradients is a setting of each thread.
        with torch.no_grad():
            return work(networks[part % len(networks)], part)

    with ThreadPoolExecutor(len(networks), "device") as threads:
        for first in range(0, parts, len(networks)):
            yield from threads.map(apart, range(first, min(first + len(networks), parts)))
