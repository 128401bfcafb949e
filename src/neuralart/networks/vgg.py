"""VGG-19 (Simonyan and Zisserman, arXiv 1409.1556), its convolutions; Gatys et al.'s network for style.

Published with max pooling; Gatys et al. (arXiv 1508.06576, section 4) found average pooling to give finer pictures, and
so it is here unless `--pooling max` is asked for.
"""

from collections.abc import Iterator, Mapping

from neuralart.networks.graph import IMAGE, Architecture, Conv, Node, Pool

# Channels of every convolution: five blocks, a pooling between each two.
WIDTHS = {
    f"conv{block}_{index}": channels
    for block, (count, channels) in enumerate(((2, 64), (2, 128), (4, 256), (4, 512), (4, 512)), 1)
    for index in range(1, count + 1)
}


def chain(widths: Mapping[str, int]) -> Iterator[Node]:
    """VGG-shaped: 3x3 convolutions, one after another, with a pooling before the first of each block but conv1."""
    below = IMAGE
    for name, channels in widths.items():
        block = int(name[len("conv")])
        if name.endswith("_1") and block > 1:
            yield Pool(f"pool{block - 1}", below)
            below = f"pool{block - 1}"
        yield Conv(name, below, channels)
        below = name


VGG = Architecture(
    name="vgg",
    nodes=tuple(chain(WIDTHS)),
    order="BGR",
    mean=(123.0, 117.0, 104.0),
    style_layers=("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1"),
    content_layers=("conv4_2",),
    summary="VGG-19, the network of the paper: the best pictures",
    normalised=True,
)
