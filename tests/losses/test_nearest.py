"""The nearest of many directions: what is found is there, is in order, and is nearly always the nearest."""

from __future__ import annotations

import pytest
import torch

from neuralart.losses.nearest import FEW, arranged


def directions(count, channels, seed=0, clusters=30):
    """Random directions around a few."""
    generator = torch.Generator().manual_seed(seed)
    drawn = lambda *shape: torch.randn(*shape, generator=generator)
    around = drawn(clusters, channels)[torch.randint(clusters, (count,), generator=generator)]
    return torch.nn.functional.normalize(around + 0.5 * drawn(count, channels), dim=1)


@pytest.mark.parametrize("count", [1, FEW, FEW + 1, 1000])
def test_what_is_found_is_as_near_as_it_says(count):
    rows, seen = directions(count, 8), directions(300, 8, seed=1)
    found = arranged(rows)
    assert sorted(found.rows.tolist()) == sorted(rows.tolist()) and sum(found.sizes) == count
    cosine, place = found.nearest(seen)
    torch.testing.assert_close((seen * found.rows[place]).sum(1), cosine)
    best = (seen @ rows.T).amax(1)
    assert bool((cosine <= best + 1e-6).all())
    if count <= FEW:
        torch.testing.assert_close(cosine, best)


def test_few_are_sought_one_by_one():
    rows, seen = directions(1000, 8), directions(300, 8, seed=1)
    found = arranged(rows, seen=len(seen)).nearest(seen)[0]
    torch.testing.assert_close(found, (seen @ rows.T).amax(1))


def test_a_direction_finds_itself():
    rows = directions(1000, 8)
    cosine, place = (found := arranged(rows)).nearest(rows)
    torch.testing.assert_close(cosine, torch.ones(1000))
    assert torch.equal(found.rows[place], rows)


def test_among_many_it_is_nearer_than_the_nearest_of_a_quarter():
    rows, seen = directions(4096, 24), directions(2000, 24, seed=1)
    found = arranged(rows).nearest(seen)[0]
    assert float(found.mean()) > float((seen @ rows[::4].T).amax(1).mean())
    # And it is found among few of them.
    assert max(arranged(rows).sizes) < 1024


@pytest.mark.parametrize("kinds", [1, 3])
def test_groups_without_members_are_never_chosen(kinds):
    rows = directions(kinds, 5).repeat(400, 1)
    found = arranged(rows)
    assert found.sizes.count(0) > 0
    cosine, _ = found.nearest(-rows)
    torch.testing.assert_close(cosine, (-rows @ rows[:kinds].T).amax(1))


def test_the_answer_does_not_depend_on_what_is_sought_beside_it():
    found, seen = arranged(directions(1000, 8)), directions(300, 8, seed=1)
    whole, parts = found.nearest(seen)[1], [found.nearest(part)[1] for part in seen.split(70)]
    assert torch.equal(torch.cat(parts), whole)
