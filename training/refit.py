"""The maps solved for, instead of learnt: ridge regression from the student's features to the teachers'.

Gradients are slow at this: some of the teachers' filters are loud and rare, so that the maps need entries far from
where they began, and the trunk below learns little from maps that are wrong.
"""

import torch

from networks import thin

RIDGE = 1e-3  # of the mean square of the features


@torch.no_grad()
def refit(student, lessons):
    """Set the student's maps to the best for these lessons, (pixels, offset, taught) each, trunk as it is."""
    maps = student.maps
    squares, products = dict.fromkeys(maps, 0), dict.fromkeys(maps, 0)
    for pixels, offset, taught in lessons:
        with torch.autocast("cpu", torch.bfloat16):
            seen = thin(student.trunk(pixels), offset)
        for name, features in seen.items():
            x, t = rows(features), rows(taught[name])
            x = torch.cat([x, torch.ones(len(x), 1)], 1)
            # Per batch as in training: every batch counts alike, relative to what the teacher sees there.
            share = 1 / t.square().sum()
            squares[name] = squares[name] + (x.T @ x).double() * share
            products[name] = products[name] + (x.T @ t).double() * share
    for name, square in squares.items():
        square += RIDGE * square.diagonal()[:-1].mean() * torch.eye(len(square), dtype=square.dtype)
        solved = torch.linalg.solve(square, products[name]).T
        maps[name].weight.copy_(solved[:, :-1, None, None])
        maps[name].bias.copy_(solved[:, -1])


def rows(features):
    """[N, C, H, W] -> [N * H * W, C]"""
    return features.permute(0, 2, 3, 1).flatten(0, 2).float()
