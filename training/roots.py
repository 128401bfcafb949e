"""Maps to the teachers -> the maps that ship: a metric on the student's own features, and its square root.

With x the student's features and a constant 1, W the map to its teacher and M = W'W, a distance that the teacher would
see is |W d|^2 = d'Md as far as the student can predict it. The part that it cannot predict, a seventh of conv3_1's
energy and a fifth of conv5_1's, is in M nowhere: a painting may wander there and the student sees nothing of it. Which
way, nobody knows; but features of the teacher that differ come with features of the student that differ. So the unknown
is spread evenly over all directions that the student sees, each measured by its own variance:

    M + share * tr(MS)/C * V,   S = E[xx'],   d'Vd the squared Mahalanobis distance of the C features, without the 1
"""

import torch

# Of a style layer's energy, what the spread adds; how it was chosen is in README.md.
SHARE = 0.7
# Of the features' mean variance: directions that hardly vary are not blown up beyond it.
FLOOR = 1e-2


def style_root(w, moments, share=SHARE):
    """The symmetric square root [C + 1, C + 1] of a style layer's metric.

    w: [teacher, C + 1], the bias its last column. moments: S [C + 1, C + 1], the constant last. Both float64.
    """
    metric = w.T @ w
    metric = metric + share * (metric * moments).sum() / (len(moments) - 1) * mahalanobis(moments)
    values, vectors = torch.linalg.eigh(metric)
    return (vectors * values.clamp_min(0).sqrt()) @ vectors.T


def content_root(w, moments, count):
    """[count, C + 1]: the directions in which the prediction varies most, orthogonal, their mean at zero.

    Distances between features are W's own but for what lies in the other directions. The bias is free, since it cancels
    in distances; it decides the size |P|^2 that these are relative to, here the variance and not the energy. Arguments
    as for style_root.
    """
    spread, middle = covariance(moments)
    _, vectors = torch.linalg.eigh(w[:, :-1] @ spread @ w[:, :-1].T)
    root = vectors[:, -count:].T @ w[:, :-1]
    return torch.cat([root, -root @ middle[:, None]], 1)


def mahalanobis(moments):
    """V [C + 1, C + 1]: x'Vx is the squared Mahalanobis distance of the features from their mean."""
    spread, middle = covariance(moments)
    eye = torch.eye(len(spread), dtype=spread.dtype)
    centred = torch.cat([eye, -middle[:, None]], 1)
    return centred.T @ torch.linalg.solve(spread + FLOOR * spread.diagonal().mean() * eye, centred)


def covariance(moments):
    """(covariance [C, C], mean [C]) of the features that have these second moments with their 1."""
    middle = moments[:-1, -1]
    return moments[:-1, :-1] - middle[:, None] * middle, middle
