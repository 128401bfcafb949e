"""VGG-19 (Simonyan and Zisserman, arXiv 1409.1556), its convolutions; Gatys et al.'s network for style.

Published with max pooling; Gatys et al. (arXiv 1508.06576, section 4) found average pooling to give finer pictures, and
so it is here unless `--pooling max` is asked for.
"""

from neuralart.networks.graph import IMAGE, Architecture, Conv, Node, Pool

# Convolutions per block, and their channels.
BLOCKS = ((2, 64), (2, 128), (4, 256), (4, 512), (4, 512))


def nodes() -> tuple[Node, ...]:
    """conv1_1 to conv5_4, with a pooling between blocks."""
    chain: list[Node] = []
    below = IMAGE
    for block, (count, channels) in enumerate(BLOCKS, 1):
        for index in range(1, count + 1):
            chain.append(Conv(f"conv{block}_{index}", below, channels))
            below = chain[-1].name
        if block < len(BLOCKS):
            chain.append(Pool(f"pool{block}", below))
            below = chain[-1].name
    return tuple(chain)


VGG = Architecture(
    name="vgg",
    nodes=nodes(),
    order="BGR",
    mean=(123.0, 117.0, 104.0),
    style_layers=("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1"),
    content_layers=("conv4_2",),
    summary="VGG-19, the network of the paper: the best pictures",
    normalised=True,
)
