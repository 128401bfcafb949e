"""What the student is taught: features and Gram matrices of its teachers, each relative to the teacher's own size."""

import torch

from networks import STYLE, TAUGHT

# The deepest layers are learnt least and last: they are asked for more loudly.
WEIGHTS = dict.fromkeys(TAUGHT, 1.0) | {"conv3_1": 1.5, "conv3_3": 1.5, "conv4_1": 2.0, "conv5_1": 3.0}
GRAM_WEIGHT = 0.3


def distance(seen, taught):
    """(loss, terms): the weighted sum over layers, and the relative squared error of every layer and Gram matrix."""
    loss, terms = 0, {}
    for name, weight in WEIGHTS.items():
        s, t = seen[name], taught[name]
        features = Relative.apply(s, t)
        loss, terms[name] = loss + weight * features, features.detach()
        if name in STYLE:
            gs, gt = gram(s), gram(t)
            # capped, so that a crop the teacher hardly sees (flat grey) does not outvote the batch
            grams = ((gs - gt).square().sum((1, 2)) / gt.square().sum((1, 2))).clamp(max=4).mean()
            loss, terms[name + "/gram"] = loss + GRAM_WEIGHT * weight * grams, grams.detach()
    return loss, terms


class Relative(torch.autograd.Function):
    """|s - t|^2 / |t|^2. By hand: autograd would keep and convert several copies of the largest layers."""

    @staticmethod
    def forward(ctx, s, t):
        error, scale = s - t, energy(t)
        ctx.save_for_backward(error)
        ctx.scale = scale
        return energy(error) / scale

    @staticmethod
    def backward(ctx, grad):
        (error,) = ctx.saved_tensors
        return error * (2 * grad / ctx.scale).to(error.dtype), None


def energy(features):
    return torch.linalg.vector_norm(features, dtype=torch.float32).square()


def gram(features):
    """[N, C, H, W] -> [N, C, C], a mean over positions; the view costs nothing in channels-last layout."""
    x = features.permute(0, 2, 3, 1).flatten(1, 2)
    return torch.bmm(x.transpose(1, 2), x).float() / x.shape[1]
