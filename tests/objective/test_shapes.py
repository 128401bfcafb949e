"""The shapes that are written out are those that PyTorch itself would tell."""

from __future__ import annotations

import pytest
import torch

from neuralart.objective.shapes import RULES, aten, rule

FILLED = torch.ones(3, 4, 5)


@pytest.mark.parametrize(
    ("func", "rest"),
    [
        (aten.mean.default, ()),
        (aten.mean.dim, ([0],)),
        (aten.mean.dim, ([0, -1], True)),
        (aten.sum.dim_IntList, ([1],)),
        (aten.linalg_vector_norm.default, (2, [1], True)),
        (aten.amax.default, ([-1],)),
        (aten.bmm.default, (torch.ones(3, 5, 2),)),
        (aten.sort.default, ()),
        (aten.cumsum.default, (1,)),
        (aten.flip.default, ([0],)),
        (aten.index_select.default, (1, torch.tensor([2, 0]))),
        (aten.std.correction, ([0, 2],)),
        (aten.searchsorted.Tensor, (torch.ones(3, 4, 2),)),
    ],
    ids=lambda one: str(one),
)
def test_it_is_what_comes_out(func, rest):
    assert func in RULES
    hollow = (one.to("meta") if isinstance(one, torch.Tensor) else one for one in (FILLED, *rest))
    made, known = func(FILLED, *rest), rule(func)(*hollow)
    pairs = zip(made, known, strict=True) if isinstance(made, tuple) else [(made, known)]
    for one, other in pairs:
        assert (one.shape, one.dtype, one.stride()) == (other.shape, other.dtype, other.stride())


def test_a_trace_is_one_number():
    matrix = torch.ones(3, 3, dtype=torch.float64)
    made, known = matrix.trace(), rule(aten.trace.default)(matrix.to("meta"))
    assert (made.shape, made.dtype) == (known.shape, known.dtype)
