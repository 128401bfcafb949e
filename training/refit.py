"""What the student's features have in common with the teachers', over many batches: second moments.

From them the maps are solved for, instead of learnt, by ridge regression. Gradients are slow at this: some of the
teachers' filters are loud and rare, so that the maps need entries far from where they began, and the trunk below learns
little from maps that are wrong.
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
        with torch.autocast(pixels.device.type, torch.bfloat16):
            features = seen(student, pixels, offset)
        for name, x in features.items():
            t = rows(taught[name])
            # Per batch as in training: every batch counts alike, relative to what the teacher sees there.
            share = 1 / t.square().sum()
            squares[name] = squares[name] + (x.T @ x).double() * share
            products[name] = products[name] + (x.T @ t).double() * share
    for name, square in squares.items():
        square += (
            RIDGE * square.diagonal()[:-1].mean() * torch.eye(len(square), dtype=square.dtype, device=square.device)
        )
        solved = torch.linalg.solve(square, products[name]).T
        maps[name].weight.copy_(solved[:, :-1, None, None])
        maps[name].bias.copy_(solved[:, -1])


@torch.no_grad()
def moments(student, batches):
    """{layer: E[xx'] [C + 1, C + 1]} in float64: what its map looks at, with a constant 1, over batches of pixels."""
    sums = dict.fromkeys(student.maps, 0)
    for pixels in batches:
        for name, x in seen(student, pixels, (0, 0)).items():
            sums[name] = sums[name] + (x.T @ x).double()
    return {name: total / total[-1, -1] for name, total in sums.items()}


def seen(student, pixels, offset):
    """{layer: what its map looks at, a position per row, a constant 1 appended}"""
    features = thin(student.trunk(pixels), offset)
    return {name: torch.cat([x := rows(f), x.new_ones(len(x), 1)], 1) for name, f in features.items()}


def rows(features):
    """[N, C, H, W] -> [N * H * W, C]"""
    return features.permute(0, 2, 3, 1).flatten(0, 2).float()
