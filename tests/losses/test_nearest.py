"""The nearest of many directions: what is found is there, is in order, and is nearly always the nearest."""

from __future__ import annotations

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from neuralart.losses.nearest import CHUNK, FEW, WIDTH, arranged, laid_out


def directions(count, channels, seed=0, clusters=30):
    """Random directions around a few."""
    generator = torch.Generator().manual_seed(seed)
    drawn = lambda *shape: torch.randn(*shape, generator=generator)
    around = drawn(clusters, channels)[torch.randint(clusters, (count,), generator=generator)]
    return torch.nn.functional.normalize(around + 0.5 * drawn(count, channels), dim=1)


def groups_of(found):
    """The members of every group, once each."""
    return [one.T.unique(dim=0) for one in found.tables]


@pytest.mark.parametrize("count", [1, FEW, FEW + 1, 1000])
def test_what_is_found_is_as_near_as_it_says(count):
    rows, seen = directions(count, 8), directions(300, 8, seed=1)
    found = arranged(rows)
    groups = [found.rows] if count <= FEW else groups_of(found)
    assert sorted(torch.cat(groups).tolist()) == sorted(rows.tolist())
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
    assert arranged(rows).each + WIDTH < 512


@pytest.mark.parametrize("kinds", [1, 3])
def test_groups_without_members_are_left_out(kinds):
    rows = directions(kinds, 5).repeat(400, 1)
    found = arranged(rows)
    assert sorted(torch.cat(groups_of(found)).tolist()) == sorted(rows[:kinds].tolist())
    assert len(found.tables) == kinds
    cosine, _ = found.nearest(-rows)
    torch.testing.assert_close(cosine, (-rows @ rows[:kinds].T).amax(1))


def test_the_answer_does_not_depend_on_what_is_sought_beside_it():
    found, seen = arranged(directions(1000, 8)), directions(300, 8, seed=1)
    whole, parts = found.nearest(seen)[1], [found.nearest(part)[1] for part in seen.split(70)]
    assert torch.equal(torch.cat(parts), whole)


def test_a_length_is_no_matter_but_comes_back():
    found, seen = arranged(directions(1000, 8)), directions(300, 8, seed=1)
    product, place = found.nearest(3 * seen)
    torch.testing.assert_close(product, 3 * found.nearest(seen)[0])
    assert torch.equal(place, found.nearest(seen)[1])


def test_rounding_does_not_choose_between_groups_with_the_same_middle():
    rows = directions(500, 5).double().repeat(4, 1)  # so some of the first middles are the same
    found = [arranged(rows + 1e-15 * directions(2000, 5, seed=seed)) for seed in range(6)]
    assert {one.tables.shape for one in found} == {found[0].tables.shape}
    middles = found[0].middles[:, : len(found[0].tables)]
    assert bool((middles.T @ middles).fill_diagonal_(0).max() < 1 - 1e-6)


def test_what_a_style_has_a_thousand_times_hides_nothing():
    rows = torch.cat([directions(1, 8).expand(3000, -1), directions(200, 8, seed=1)])
    found = arranged(rows)
    assert sum(map(len, groups_of(found))) < 300 and len(found.tables) < 50
    cosine, place = found.nearest(rows)
    torch.testing.assert_close(cosine, torch.ones(3200))
    torch.testing.assert_close(found.rows[place], rows)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_nearest_of_the_best_group_is_found(dtype):
    """However uneven the groups are, and the numbers of those that look into them."""
    many, few = directions(3000, 16, clusters=2), directions(7, 16, seed=4, clusters=1)
    rows = torch.cat([few, many, directions(700, 16, seed=1)]).to(dtype)
    seen = torch.cat([directions(900, 16, seed=2, clusters=1), directions(90, 16, seed=3)]).to(dtype)
    found = arranged(rows)
    cosine, place = found.nearest(seen)
    groups, sizes = groups_of(found), [len(one) for one in groups_of(found)]
    best = (seen @ found.middles).argmax(1)
    assert max(sizes) > 4 * min(sizes) and best.bincount().max() > 10 * best.bincount().median()
    expected = torch.stack([(groups[group] @ one).amax() for group, one in zip(best.tolist(), seen)])
    torch.testing.assert_close(cosine, expected, rtol=0, atol=2**-15)
    torch.testing.assert_close(cosine, (found.rows[place] * seen).sum(1))


def test_in_bfloat16_nearly_the_same_is_found_and_told_exactly():
    rows, seen = directions(4096, 24), directions(2000, 24, seed=1)
    found = arranged(rows)
    cosine, place = found.narrow.nearest(seen)
    assert torch.equal(found.narrow.rows, found.rows)
    torch.testing.assert_close(cosine, (found.rows[place] * seen).sum(1))
    exactly = found.nearest(seen)[0]
    assert 0 < int((cosine != exactly).sum()) < 400  # so it was sought in bfloat16
    assert float((1 - cosine).mean() / (1 - exactly).mean()) == pytest.approx(1, abs=2e-3)


@pytest.mark.parametrize("width", [6, 9])
def test_directions_are_seen_through_a_map(width):
    rows, seen = directions(1000, 6).double(), directions(300, width, seed=1).double()
    turned = torch.randn(width, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    found = arranged(rows)
    cosine, place = found.seen_through(turned).nearest(seen)
    torch.testing.assert_close((cosine, place), found.nearest(seen @ turned))


@pytest.mark.parametrize("even", [1, 16])
@pytest.mark.parametrize("count", [1, 7, 2000])
def test_every_chunk_has_rows_of_its_group(count, even):
    group = torch.randint(count, (1000,), generator=torch.Generator().manual_seed(0))
    layout = laid_out(group, count, even)
    assert torch.equal(layout.row[layout.place], torch.arange(1000))
    assert len(layout.place.unique()) == 1000
    assert torch.equal(layout.group[layout.place // CHUNK], group)
    chunks = -(-group.bincount(minlength=count) // CHUNK)
    assert torch.equal(layout.group.bincount(minlength=count)[:-1], chunks[:-1])
    assert len(layout.group) == -(-chunks.sum() // even) * even
    assert len(layout.row) == CHUNK * len(layout.group)


class Largest(TorchDispatchMode):
    """The most numbers that a product of matrices had, and how many matrices were multiplied at once."""

    most = 0

    def __init__(self):
        super().__init__()
        self.batches = set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        if func in (torch.ops.aten.mm.default, torch.ops.aten.bmm.default):
            self.most = max(self.most, made.numel())
            self.batches.add(len(made) if made.ndim == 3 else 1)
        return made


def test_memory_is_bounded_even_if_all_look_for_the_same():
    found = arranged(directions(2000, 8, clusters=3))
    seen = found.rows[:1].repeat(500, 1)
    assert max(map(len, groups_of(found))) > 500 // len(found.tables)  # so one group holds more than its share of them
    with Largest() as largest:
        cosine, place = found.nearest(seen)
    assert largest.most == 500 * found.each
    torch.testing.assert_close(cosine, torch.ones(500))
    torch.testing.assert_close(found.rows[place], seen)


def test_bfloat16_meets_few_numbers_of_chunks():
    """oneDNN keeps a program for each; with any number of chunks, a painting took a hundred megabytes more."""
    found = arranged(directions(4096, 24))
    with Largest() as largest:
        for seed in range(30):
            found.narrow.nearest(directions(2000, 24, seed=seed))
    assert 1 < len(largest.batches) < 6
