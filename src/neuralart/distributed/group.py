"""The processes that paint one image together, and what they say to each other (torch.distributed).

Each owns one band of the image's rows. Everything they have to agree upon is a sum over all of them, so that all decide
alike; what else travels are the rows that a neighbour has to see, and now and then the whole image to process 0.
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

ROOM = 2000  # bytes of a message about what failed
MEMORY = "MemoryError"


def _spoken(talk: Function) -> Function:
    """What goes wrong between processes has one cause that matters: one of them is no longer there."""

    @wraps(talk)
    def told(self: Group, *given: Any) -> Any:
        try:
            return talk(self, *given)
        except RuntimeError as error:
            self.is_lost = True
            raise LostError(
                f"process {self.rank} of {self.count} lost another process of this run, which died or can no longer"
                f" be reached ({_reason(error)})"
            ) from None

    return told  # type: ignore[return-value]


@dataclass(eq=False)
class Group:
    """This process among its like. rank: its number, from 0; count: how many there are.

    device: where tensors have to lie to travel. is_stopped: set from outside where the run should end after this step.
    is_lost: whether another one has been found to be gone.
    """

    rank: int = 0
    count: int = 1
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    is_stopped: bool = False
    is_lost: bool = False

    @property
    def is_first(self) -> bool:
        """Whether this is the process that watches, writes and speaks."""
        return self.rank == 0

    @_spoken
    def all_reduce(self, here: torch.Tensor) -> torch.Tensor:
        """The sum over all processes, the same numbers in every one; the given tensor may be its room."""
        if self.count == 1:
            return here
        there = here.to(self.device).contiguous()
        dist.all_reduce(there)
        return there.to(here.device)

    def any(self, *here: bool) -> list[bool]:
        """Of each question, whether any process says yes."""
        if self.count == 1:
            return list(here)
        return [bool(result) for result in self.all_reduce(torch.tensor([float(one) for one in here])) > 0]

    @_spoken
    def first(self, here: torch.Tensor) -> torch.Tensor:
        """What process 0 has of a tensor that all have in the same shape."""
        if self.count == 1:
            return here
        there = here.to(self.device, copy=True).contiguous()
        dist.broadcast(there, 0)
        return there.to(here.device)

    @_spoken
    def everyone(self, here: torch.Tensor) -> list[torch.Tensor]:
        """What every process has of a tensor that all have in the same shape."""
        if self.count == 1:
            return [here]
        there = here.to(self.device).contiguous()
        result = [torch.empty_like(there) for _ in range(self.count)]
        dist.all_gather(result, there)
        return [one.to(here.device) for one in result]

    @contextmanager
    def together(self) -> Iterator[None]:
        """A block that fails in all processes if it fails in one, with the words of the first that failed.

        Failures are this package's own, and a memory that is full; whatever else happens ends the process.
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
        found = self.everyone(torch.tensor([failure is not None, *words], dtype=torch.uint8))
        rank, told = next((rank, one) for rank, one in enumerate(found) if one[0])
        name, _, text = bytes(told[1:].tolist()).rstrip(b"\0").decode(errors="replace").partition("\n")
        if name == MEMORY:
            return MemoryError(f"the memory of process {rank} of {self.count} is full")
        return kinds()[name](text + (f" (process {rank} of {self.count})" if rank else ""))

    def as_one(
        self, work: Callable[..., torch.Tensor | None], bands: Sequence[torch.Tensor], back: bool
    ) -> torch.Tensor | None:
        """What process 0 makes of whole images, of which each process has bands [1, 3, h, W], alike in height.

        back: that is an image too, and every process gets its band of it.
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

    @_spoken
    def gather(self, band: torch.Tensor) -> torch.Tensor | None:
        """The whole image [1, 3, H, W] of the bands [1, 3, h, W]; None but in process 0."""
        if self.count == 1:
            return band
        owned = self._owned(band)
        height = owned[-1][1]
        seen = [(0, height)] + [(end, end) for _, end in owned[1:]]
        whole = self.lend(band, owned, seen)
        return whole if self.is_first else None

    def _owned(self, band: torch.Tensor) -> list[Span]:
        """The rows of each process: one owner's after another's."""
        heights = [int(one) for one in self.everyone(torch.tensor(band.shape[2]))]
        ends = [sum(heights[: rank + 1]) for rank in range(self.count)]
        return [(end - height, end) for end, height in zip(ends, heights)]

    @_spoken
    def scatter(
        self, whole: torch.Tensor | None, owned: Sequence[Span], like: torch.Tensor, width: int
    ) -> torch.Tensor:
        """This process's band of an image that process 0 has, in the precision and on the device of `like`."""
        height = owned[-1][1]
        source = like.new_empty(1, 3, 0, width) if whole is None else whole
        held = [(0, height)] + [(height, height)] * (self.count - 1)
        return self.lend(source, held, list(owned))

    @_spoken
    def lend(self, band: torch.Tensor, owned: Sequence[Span], seen: Sequence[Span], height: int = 0) -> torch.Tensor:
        """The rows `seen` by this process, [1, 3, h, W], of an image whose rows `owned` it has.

        Both spans by rank; the rows that it owns and others see go to them. height: see `borrowed`.
        """
        begin, end = seen[self.rank]
        canvas = band.new_zeros(1, 3, end - begin, band.shape[3])
        own = common(seen[self.rank], owned[self.rank])
        if own[1] > own[0]:
            canvas[:, :, own[0] - begin : own[1] - begin] = _rows(band, own, owned[self.rank][0])
        there = [
            (owner, borrower, rows, (rows[0] + turn, rows[1] + turn))
            for owner, borrower, rows, turn in borrowed(owned, seen, height)
        ]
        for rows, part in self._travel(band, there, owned[self.rank][0]):
            canvas[:, :, rows[0] - begin : rows[1] - begin] = part
        return canvas

    @_spoken
    def give_back(
        self, canvas: torch.Tensor, owned: Sequence[Span], seen: Sequence[Span], height: int = 0
    ) -> torch.Tensor:
        """The transpose of `lend`: what is on rows `seen` goes to their owners, who add it to their own."""
        begin, end = owned[self.rank]
        band = canvas.new_zeros(1, 3, end - begin, canvas.shape[3])
        own = common(owned[self.rank], seen[self.rank])
        if own[1] > own[0]:
            band[:, :, own[0] - begin : own[1] - begin] = _rows(canvas, own, seen[self.rank][0])
        back = [
            (borrower, owner, (rows[0] + turn, rows[1] + turn), rows)
            for owner, borrower, rows, turn in borrowed(owned, seen, height)
        ]
        for rows, part in self._travel(canvas, back, seen[self.rank][0]):
            band[:, :, rows[0] - begin : rows[1] - begin] += part
        return band

    def _travel(
        self, mine: torch.Tensor, journeys: Sequence[tuple[int, int, Span, Span]], top: int
    ) -> list[tuple[Span, torch.Tensor]]:
        """Rows from process to process: (from, to, rows, what they are there), alike in all.

        Returns what arrives here, in the order of journeys. top: the row of the image with which `mine` begins.
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
    """What the library says, without its source lines and advice."""
    said = re.sub(r"^\[[^\]]*\.\w+:\d+\] ", "", str(error).splitlines()[0])
    return said.partition(". ")[0][:200]


def _rows(image: torch.Tensor, rows: Span, top: int) -> torch.Tensor:
    return image[:, :, rows[0] - top : rows[1] - top]
