"""The compact form, against the two-loop recursion written out."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralart.optim.history import History

from .functions import random


def two_loops(pairs, gradient, initial=None):
    """Nocedal and Wright, algorithm 7.4, the first matrix being s.y / y.y of the newest pair unless it is given."""
    q, alphas = gradient.clone(), []
    for s, y in reversed(pairs):
        alphas.append((s @ q) / (y @ s))
        q = q - alphas[-1] * y
    s, y = pairs[-1]
    r = initial(q) if initial else (s @ y) / (y @ y) * q
    for (s, y), alpha in zip(pairs, reversed(alphas)):
        r = r + s * (alpha - (y @ r) / (y @ s))
    return r


def convex_pairs(count, n, seed):
    """Steps and the changes of gradient along them, each step with a convex curvature of its own."""
    roots, eye = random(count, n, n, seed=seed), torch.eye(n, dtype=torch.float64)
    return [(s, (root @ root.T / n + 0.1 * eye) @ s) for s, root in zip(random(count, n, seed=seed + 1), roots)]


@settings(max_examples=40, deadline=None)
@given(count=st.integers(1, 12), size=st.integers(1, 6), n=st.integers(13, 30), seed=st.integers(0, 999))
def test_times_is_the_two_loop_recursion(count, size, n, seed):
    history, pairs = History(size), convex_pairs(count, n, seed)
    gradient = random(n, seed=seed + 2)
    for index, (s, y) in enumerate(pairs, 1):
        history.add(s, y)
        # Before the ring is full, when it is, and after the oldest have made room.
        kept = pairs[:index][-size:]
        assert len(history) == len(kept)
        torch.testing.assert_close(history.times(gradient), two_loops(kept, gradient), rtol=1e-8, atol=1e-10)


def test_it_maps_the_newest_change_of_gradient_to_its_step():
    # The secant equation, by which all quasi-Newton methods live.
    history = History(5)
    for s, y in convex_pairs(8, 20, seed=3):
        history.add(s, y)
        torch.testing.assert_close(history.times(y), s)


def test_it_is_symmetric_and_positive():
    history = History(5)
    for s, y in convex_pairs(7, 12, seed=4):
        history.add(s, y)
    H = torch.stack([history.times(e) for e in torch.eye(12, dtype=torch.float64)])
    torch.testing.assert_close(H, H.T)
    assert bool((torch.linalg.eigvalsh(H) > 0).all())


def test_an_empty_history_returns_a_copy_of_the_gradient():
    gradient = random(6)
    result = History(3).times(gradient)
    assert torch.equal(result, gradient)
    assert result.data_ptr() != gradient.data_ptr()


def test_nothing_is_allocated_before_the_first_pair():
    assert not hasattr(History(100), "S")


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_vectors_keep_their_precision(dtype):
    history = History(3)
    for s, y in convex_pairs(4, 9, seed=5):
        history.add(s.to(dtype), y.to(dtype))
    assert history.S.dtype == history.Y.dtype == dtype
    assert history.times(random(9).to(dtype)).dtype == dtype


def test_what_is_passed_in_is_left_as_it_is():
    (s, y), gradient = convex_pairs(1, 9, seed=6)[0], random(9)
    kept = s.clone(), y.clone(), gradient.clone()
    history = History(3)
    history.add(s, y)
    history.times(gradient)
    assert all(torch.equal(a, b) for a, b in zip((s, y, gradient), kept))


def test_a_history_emptied_begins_anew():
    history, pairs = History(3), convex_pairs(5, 9, seed=7)
    for s, y in pairs[:4]:
        history.add(s, y)
    history.order.clear()
    assert torch.equal(history.times(pairs[0][0]), pairs[0][0])
    history.add(*pairs[4])
    gradient = random(9)
    torch.testing.assert_close(history.times(gradient), two_loops(pairs[4:], gradient))


@pytest.mark.parametrize("stretch", [1, 5, 1000])
def test_working_in_stretches_makes_no_difference(monkeypatch, stretch):
    pairs, gradient = convex_pairs(6, 17, 3), random(17, seed=9)
    monkeypatch.setattr("neuralart.optim.history.STRETCH", stretch)
    history = History(4)
    for s, y in pairs:
        history.add(s, y)
    torch.testing.assert_close(history.times(gradient), two_loops(pairs[-4:], gradient))


def test_a_rounded_history_is_the_exact_matrix_of_rounded_pairs():
    pairs, gradient = convex_pairs(5, 20, 1), random(20, seed=2)
    history = History(5, torch.bfloat16)
    for s, y in pairs:
        history.add(s, y)
    assert history.S.dtype == torch.bfloat16
    rounded = [(s.bfloat16().double(), y.bfloat16().double()) for s, y in pairs]
    torch.testing.assert_close(history.times(gradient), two_loops(rounded, gradient))


def test_vectors_may_be_divided_among_machines():
    # Two machines, threads here, hold a part of every vector each; what they find is added up.
    pairs, gradient = convex_pairs(5, 20, 1), random(20, seed=2)
    parts, shares, meeting = (slice(0, 8), slice(8, 20)), {}, threading.Barrier(2, timeout=30)

    def share(machine):
        def total(here):
            shares[machine] = here.clone()
            meeting.wait()
            found = shares[0] + shares[1]
            meeting.wait()
            return found

        history = History(3, all_reduce=total)
        for s, y in pairs:
            history.add(s[parts[machine]], y[parts[machine]])
        return history.times(gradient[parts[machine]])

    with ThreadPoolExecutor(2) as machines:
        found = torch.cat(list(machines.map(share, range(2))))
    torch.testing.assert_close(found, two_loops(pairs[-3:], gradient))


def test_any_initial_matrix():
    pairs, gradient = convex_pairs(6, 17, 3), random(17, seed=9)
    basis = random(17, 17, seed=4)
    first = basis @ basis.T
    history = History(4)
    assert torch.equal(history.times(gradient, lambda vector: first @ vector), first @ gradient)
    for s, y in pairs:
        history.add(s, y)
    expected = two_loops(pairs[-4:], gradient, lambda vector: first @ vector)
    torch.testing.assert_close(history.times(gradient, lambda vector: first @ vector), expected)


def test_exact_sums_are_those_of_float64():
    gradient = random(3000, seed=2).float()
    single = [
        (s.float(), (s + 0.1 * other).float()) for s, other in zip(random(5, 3000, seed=1), random(5, 3000, seed=3))
    ]
    history = History(5, exact=True)
    for s, y in single:
        history.add(s, y)
    found = history._products(history.S, [gradient])[:, 0]
    expected = torch.stack([s.double() @ gradient.double() for s, _ in single])
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=0)
