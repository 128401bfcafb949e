"""The processes that paint one image together, and how they communicate (torch.distributed).

Each process owns one band of the image's rows. Everything that they must agree on is a sum over all of them, so they
all make the same decisions. Besides sums, only the rows that a neighbour needs are sent, and sometimes the whole image
to process 0.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, TypeVar

import torch
import torch.distributed as dist

from neuralart.distributed.rows import Span, borrowed, common
from neuralart.errors import LostError, NeuralartError, kind_of, kinds, out_of_memory

Function = TypeVar("Function", bound=Callable[..., Any])

ROOM = 2000  # bytes of an error message that is passed on
MEMORY = "MemoryError"


def _guarded(talk: Function) -> Function:
    """Turn any failure to communicate into a LostError: only the loss of a process matters."""

    @wraps(talk)
    def guarded(self: Group, *given: Any) -> Any:
        try:
            return talk(self, *given)
        except RuntimeError as error:
            self.is_lost = True
            raise LostError(
                f"process {self.rank} of {self.count} lost another process of this run, which died or can no longer"
                f" be reached ({_reason(error)})"
            ) from None

    return guarded  # type: ignore[return-value]


@dataclass(eq=False)
class Group:
    """The current process among those that share the image.

    Attributes:
        rank: The number of this process, from 0.
        count: The number of processes.
        device: The device from which tensors can be sent.
        is_stopped: Set from outside to end the run after this step.
        is_lost: Whether another process is gone.
    """

    rank: int = 0
    count: int = 1
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    is_stopped: bool = False
    is_lost: bool = False

    @property
    def is_first(self) -> bool:
        """Whether this is the process that shows, writes and reports."""
        return self.rank == 0

    @_guarded
    def all_reduce(self, here: torch.Tensor) -> torch.Tensor:
        """Return the sum over all processes, the same in every one; it may overwrite the given tensor."""
        if self.count == 1:
            return here
        there = here.to(self.device).contiguous()
        dist.all_reduce(there)
        return there.to(here.device)

    def any(self, *here: bool) -> list[bool]:
        """Return, for each flag, whether it is set in any process."""
        if self.count == 1:
            return list(here)
        return [bool(result) for result in self.all_reduce(torch.tensor([float(one) for one in here])) > 0]

    @_guarded
    def first(self, here: torch.Tensor) -> torch.Tensor:
        """Return process 0's values of a tensor that has the same shape everywhere."""
        if self.count == 1:
            return here
        there = here.to(self.device, copy=True).contiguous()
        dist.broadcast(there, 0)
        return there.to(here.device)

    @_guarded
    def everyone(self, here: torch.Tensor) -> list[torch.Tensor]:
        """Return every process's values of a tensor that has the same shape everywhere."""
        if self.count == 1:
            return [here]
        there = here.to(self.device).contiguous()
        result = [torch.empty_like(there) for _ in range(self.count)]
        dist.all_gather(result, there)
        return [one.to(here.device) for one in result]

    @contextmanager
    def together(self) -> Iterator[None]:
        """Make a block fail in all processes if it fails in one, with the message of the first that failed.

        This covers this package's own errors and a full memory; any other error ends the process.
        """
        failure: Exception | None = None
        try:
            yield
        except LostError:
            raise
        except (NeuralartError, MemoryError, RuntimeError) as error:
            if self.count == 1 or (not isinstance(error, NeuralartError) and not out_of_memory(error)):
                raise
            failure = error
        if self.count > 1 and self.any(failure is not None)[0]:
            raise self._agreed(failure) from failure

    def _agreed(self, failure: Exception | None) -> Exception:
        name = kind_of(failure) if isinstance(failure, NeuralartError) else MEMORY if failure else ""
        words = f"{name}\n{failure or ''}".encode()[:ROOM].ljust(ROOM, b"\0")
        messages = self.everyone(torch.tensor([failure is not None, *words], dtype=torch.uint8))
        rank, message = next((rank, one) for rank, one in enumerate(messages) if one[0])
        name, _, text = bytes(message[1:].tolist()).rstrip(b"\0").decode(errors="replace").partition("\n")
        if name == MEMORY:
            return MemoryError(f"the memory of process {rank} of {self.count} is full")
        return kinds()[name](text + (f" (process {rank} of {self.count})" if rank else ""))

    def as_one(
        self, work: Callable[..., torch.Tensor | None], bands: Sequence[torch.Tensor], back: bool
    ) -> torch.Tensor | None:
        """Run `work` on whole images in process 0.

        Args:
            work: Takes the whole images.
            bands: This process's bands of the images, [1, 3, h, W], of equal height.
            back: Whether the result is an image too, of which every process gets its band.
        """
        if self.count == 1:
            return work(*bands)
        wholes = [self.gather(band) for band in bands]
        result = None
        with self.together():
            if self.is_first:
                result = work(*wholes)
        del wholes
        return self.scatter(result, self._owned(bands[0]), bands[0], bands[0].shape[3]) if back else None

    @_guarded
    def gather(self, band: torch.Tensor) -> torch.Tensor | None:
        """Return the whole image [1, 3, H, W] of the bands [1, 3, h, W] in process 0, None in the others."""
        if self.count == 1:
            return band
        owned = self._owned(band)
        height = owned[-1][1]
        needed = [(0, height)] + [(end, end) for _, end in owned[1:]]
        whole = self.lend(band, owned, needed)
        return whole if self.is_first else None

    def _owned(self, band: torch.Tensor) -> list[Span]:
        """Return the rows of each process, from top to bottom."""
        heights = [int(one) for one in self.everyone(torch.tensor(band.shape[2]))]
        ends = [sum(heights[: rank + 1]) for rank in range(self.count)]
        return [(end - height, end) for end, height in zip(ends, heights)]

    @_guarded
    def scatter(
        self, whole: torch.Tensor | None, owned: Sequence[Span], like: torch.Tensor, width: int
    ) -> torch.Tensor:
        """Return this process's band of an image that process 0 has, in the precision and on the device of `like`."""
        height = owned[-1][1]
        source = like.new_empty(1, 3, 0, width) if whole is None else whole
        held = [(0, height)] + [(height, height)] * (self.count - 1)
        return self.lend(source, held, list(owned))

    @_guarded
    def lend(self, band: torch.Tensor, owned: Sequence[Span], needed: Sequence[Span], height: int = 0) -> torch.Tensor:
        """Exchange rows between processes.

        Args:
            band: The rows of the image that this process owns, [1, 3, h, W].
            owned: The rows that each process owns, by rank.
            needed: The rows that each process needs, by rank.
            height: See `borrowed`.

        Returns:
            The rows that this process needs, [1, 3, h, W].
        """
        begin, end = needed[self.rank]
        canvas = band.new_zeros(1, 3, end - begin, band.shape[3])
        own = common(needed[self.rank], owned[self.rank])
        if own[1] > own[0]:
            canvas[:, :, own[0] - begin : own[1] - begin] = _rows(band, own, owned[self.rank][0])
        there = [
            (owner, borrower, rows, (rows[0] + turn, rows[1] + turn))
            for owner, borrower, rows, turn in borrowed(owned, needed, height)
        ]
        for rows, part in self._travel(band, there, owned[self.rank][0]):
            canvas[:, :, rows[0] - begin : rows[1] - begin] = part
        return canvas

    @_guarded
    def give_back(
        self, canvas: torch.Tensor, owned: Sequence[Span], needed: Sequence[Span], height: int = 0
    ) -> torch.Tensor:
        """Send rows back to their owners, who add them to their own: the transpose of `lend`."""
        begin, end = owned[self.rank]
        band = canvas.new_zeros(1, 3, end - begin, canvas.shape[3])
        own = common(owned[self.rank], needed[self.rank])
        if own[1] > own[0]:
            band[:, :, own[0] - begin : own[1] - begin] = _rows(canvas, own, needed[self.rank][0])
        back = [
            (borrower, owner, (rows[0] + turn, rows[1] + turn), rows)
            for owner, borrower, rows, turn in borrowed(owned, needed, height)
        ]
        for rows, part in self._travel(canvas, back, needed[self.rank][0]):
            band[:, :, rows[0] - begin : rows[1] - begin] += part
        return band

    def _travel(
        self, mine: torch.Tensor, journeys: Sequence[tuple[int, int, Span, Span]], top: int
    ) -> list[tuple[Span, torch.Tensor]]:
        """Send rows from process to process.

        Args:
            mine: The rows of this process.
            journeys: (sender, receiver, rows, the same rows as the receiver counts them), the same in all processes.
            top: The first row of the image in `mine`.

        Returns:
            What arrives here, in the order of the journeys.
        """
        calls, arriving = [], []
        for sender, receiver, rows, there in journeys:
            if sender == receiver:
                if sender == self.rank:
                    arriving.append((there, _rows(mine, rows, top)))
            elif sender == self.rank:
                calls.append(dist.P2POp(dist.isend, _rows(mine, rows, top).to(self.device).contiguous(), receiver))
            elif receiver == self.rank:
                shape = (1, 3, rows[1] - rows[0], mine.shape[3])
                room = torch.empty(shape, dtype=mine.dtype, device=self.device)
                arriving.append((there, room))
                calls.append(dist.P2POp(dist.irecv, room, sender))
        for request in dist.batch_isend_irecv(calls) if calls else ():
            request.wait()
        return [(rows, room.to(mine.device)) for rows, room in arriving]


ALONE = Group()


def _reason(error: RuntimeError) -> str:
    """Return the library's message without its source lines and advice."""
    said = re.sub(r"^\[[^\]]*\.\w+:\d+\] ", "", str(error).splitlines()[0])
    return said.partition(". ")[0][:200]


def _rows(image: torch.Tensor, rows: Span, top: int) -> torch.Tensor:
    return image[:, :, rows[0] - top : rows[1] - top]
