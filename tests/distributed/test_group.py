"""What processes say to each other, in three that are real."""

from __future__ import annotations

import os
import signal

import pytest
import torch

from neuralart.distributed.group import Group
from neuralart.distributed.join import number
from neuralart.errors import LostError, NeuralartError, OptionError, PictureError, kinds

from .team import alone, together

# One that lost another has nobody left to agree with.
KINDS = [name for name in kinds() if name != "LostError"]


class SomebodysError(PictureError):
    """Of a class that the other processes need not know."""


FAILURES = [*(kinds()[name](f"{name} says so") for name in KINDS), SomebodysError("somebody's"), MemoryError(), None]


def conversations(group: Group):
    rank, found = group.rank, {}
    found["total"] = group.all_reduce(torch.tensor([rank + 1.0, 1.0])).tolist()
    found["any"] = group.any(rank == 2, False)
    found["first"] = group.first(torch.tensor([rank + 5])).tolist()
    image = torch.arange(30.0).view(1, 1, 10, 3).expand(1, 3, 10, 3)
    owned, seen = [(0, 4), (4, 6), (6, 10)], [(0, 7), (1, 10), (5, 10)]
    begin, end = owned[rank]
    canvas = group.lend(image[:, :, begin:end], owned, seen)
    found["lend"] = torch.equal(canvas, image[:, :, seen[rank][0] : seen[rank][1]])
    back = group.give_back(torch.ones_like(canvas), owned, seen)
    found["give_back"] = back[0, 0, :, 0].tolist()
    whole = group.gather(image[:, :, begin:end])
    found["gather"] = None if whole is None else torch.equal(whole, image)
    again = group.scatter(whole, [(0, 8), (8, 10), (10, 10)], image, 3)
    found["scatter"] = tuple(again.shape)
    bands = [image[:, :, begin:end], 2 * image[:, :, begin:end]]
    turned = group.as_one(lambda one, two: (one + two).flip(2), bands, True)
    found["as_one"] = torch.equal(turned, 3 * image.flip(2)[:, :, begin:end])
    heard: list[tuple[int, ...]] = []
    group.as_one(lambda one, two: heard.append(tuple(one.shape)), bands, False)
    found["told"] = heard
    found["failures"] = [failure(group, error) for error in FAILURES]
    return found


def failure(group: Group, error: Exception | None) -> str:
    """What everyone hears when process 1 fails so."""
    try:
        with group.together():
            if error is not None and group.rank == 1:
                raise error
    except (NeuralartError, MemoryError) as heard:
        return f"{type(heard).__name__}: {heard}"
    return "fine"


def test_they_agree():
    found = together(3, conversations)
    for rank, one in enumerate(found):
        assert one["total"] == [6.0, 3.0]
        assert one["any"] == [True, False]
        assert one["first"] == [5]
        assert one["lend"]
        assert one["as_one"]
        assert one["told"] == ([(1, 3, 10, 3)] if rank == 0 else [])
        assert one["gather"] is (True if rank == 0 else None)
        assert one["failures"] == [
            *(f"{name}: {name} says so (process 1 of 3)" for name in KINDS),
            "PictureError: somebody's (process 1 of 3)",
            "MemoryError: the memory of process 1 of 3 is full",
            "fine",
        ]
    # How many of the three see each row.
    assert [row for one in found for row in one["give_back"]] == [1, 2, 2, 2, 2, 3, 3, 2, 2, 2]
    assert [one["scatter"] for one in found] == [(1, 3, 8, 3), (1, 3, 2, 3), (1, 3, 0, 3)]


def lonely(group: Group) -> str:
    if group.rank == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    try:
        while True:
            group.all_reduce(torch.ones(1))
    except LostError as error:
        return str(error)


def test_who_dies_is_missed_at_once():
    said = together(2, lonely, patience=30)
    assert said[1] == "died"
    assert said[0].startswith("process 0 of 2 lost another process of this run, which died or can no longer be reached")


def told_to_end(group: Group, knows: bool) -> str:
    """What process 0 says when torchrun tells it to end, before or after it missed the other by itself."""
    if group.rank == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    said = lonely(group) if knows else ""
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
    except LostError as error:
        said += str(error)
    return said


def test_who_missed_another_is_not_interrupted_in_keeping_its_picture():
    (said, _) = together(2, told_to_end, True, patience=30)
    assert said.startswith("process 0 of 2 lost another process of this run")
    assert "was told to end" not in said
    (said, _) = together(2, told_to_end, False, patience=30)
    assert said == "process 0 of 2 was told to end, as torchrun does with all when one of them died"


def test_alone_nothing_travels():
    group, image = alone(), torch.ones(1, 3, 2, 2)
    assert group.all_reduce(image) is image
    assert group.gather(image) is image
    assert group.any(True, False) == [True, False]
    with pytest.raises(RuntimeError, match="mine"), group.together():
        raise RuntimeError("mine")


def test_numbers_of_the_environment():
    assert number({"RANK": "3"}, "RANK", 0) == 3
    with pytest.raises(OptionError, match="RANK is 'x' in the environment"):
        number({"RANK": "x"}, "RANK", 0)
