"""BVLC GoogLeNet (Szegedy et al., arXiv 1409.4842, as trained by Berkeley for Caffe), its main branch.

As in the original program, it departs from the paper: every pooling averages instead of taking the maximum, and floors
its size; the pooling inside a module is padded by 1 and counts the padding.
"""

from neuralart.networks.graph import IMAGE, Concat, Conv, Graph, Lrn, Node, Pool

# Channels of 1x1, 3x3 reduce, 3x3, 5x5 reduce, 5x5 and pool projection (paper, table 1).
MODULES = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}


def module(name: str, below: str, widths: tuple[int, int, int, int, int, int]) -> list[Node]:
    """Return one inception module: four branches over `below`, joined under `name`."""
    c1, r3, c3, r5, c5, proj = widths
    return [
        Conv(f"{name}/1x1", below, c1, kernel=1, pad=0),
        Conv(f"{name}/3x3_reduce", below, r3, kernel=1, pad=0),
        Conv(f"{name}/3x3", f"{name}/3x3_reduce", c3),
        Conv(f"{name}/5x5_reduce", below, r5, kernel=1, pad=0),
        Conv(f"{name}/5x5", f"{name}/5x5_reduce", c5, kernel=5, pad=2),
        Pool(f"{name}/pool", below, kernel=3, stride=1, pad=1),
        Conv(f"{name}/pool_proj", f"{name}/pool", proj, kernel=1, pad=0),
        Concat(name, (f"{name}/1x1", f"{name}/3x3", f"{name}/5x5", f"{name}/pool_proj")),
    ]


def nodes() -> tuple[Node, ...]:
    """Return the nodes conv1/7x7_s2 to inception_5b."""
    chain: list[Node] = [
        Conv("conv1/7x7_s2", IMAGE, 64, kernel=7, stride=2, pad=3),
        Pool("pool1/3x3_s2", "conv1/7x7_s2", kernel=3),
        Lrn("pool1/norm1", "pool1/3x3_s2"),
        Conv("conv2/3x3_reduce", "pool1/norm1", 64, kernel=1, pad=0),
        Conv("conv2/3x3", "conv2/3x3_reduce", 192),
        Lrn("conv2/norm2", "conv2/3x3"),
        Pool("pool2/3x3_s2", "conv2/norm2", kernel=3),
    ]
    below = chain[-1].name
    for name, widths in MODULES.items():
        if name in ("4a", "5a"):
            pool = f"pool{int(name[0]) - 1}/3x3_s2"
            chain.append(Pool(pool, below, kernel=3))
            below = pool
        chain += module(f"inception_{name}", below, widths)
        below = f"inception_{name}"
    return tuple(chain)


INCEPTION = Graph(
    name="inception",
    nodes=nodes(),
    order="BGR",
    mean=(123.0, 117.0, 104.0),
    style_layers=(
        "conv1/7x7_s2",
        "conv2/3x3",
        "inception_3a",
        "inception_3b",
        "inception_4a",
        "inception_4b",
        "inception_4c",
        "inception_4d",
        "inception_4e",
    ),
    content_layers=("inception_3a", "inception_4a"),
    summary="BVLC GoogLeNet: softer, more dreamlike; a twelfth of VGG-19's multiplications",
)
