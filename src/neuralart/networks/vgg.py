"""The convolutions of the VGG networks (Simonyan and Zisserman, arXiv 1409.1556); Gatys et al. use VGG-19 for style.

They were published with max pooling. Gatys et al. (arXiv 1508.06576, section 4) found that average pooling gives better
pictures, so it is the default; `--pooling max` changes it.
"""

from collections.abc import Iterator, Mapping

from neuralart.networks.graph import IMAGE, Conv, Graph, Node, Pool

CHANNELS = (64, 128, 256, 512, 512)  # of the five blocks, a pooling between each two
# Convolutions of every block, by the number of layers with weights (table 1 of the paper, columns A, B, D and E).
BLOCKS = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}


def widths(depth: int) -> dict[str, int]:
    """Return the channels of every convolution of VGG-11, VGG-13, VGG-16 or VGG-19."""
    return {
        f"conv{block}_{index}": channels
        for block, (count, channels) in enumerate(zip(BLOCKS[depth], CHANNELS), 1)
        for index in range(1, count + 1)
    }


def chain(widths: Mapping[str, int]) -> Iterator[Node]:
    """Yield a chain of 3x3 convolutions like VGG, with a pooling before the first of each block but conv1."""
    below = IMAGE
    for name, channels in widths.items():
        block = int(name[len("conv")])
        if name.endswith("_1") and block > 1:
            yield Pool(f"pool{block - 1}", below)
            below = f"pool{block - 1}"
        yield Conv(name, below, channels)
        below = name


def vgg(depth: int, name: str, summary: str) -> Graph:
    """Return VGG-`depth` with the layers that Gatys et al. chose."""
    return Graph(
        name=name,
        nodes=tuple(chain(widths(depth))),
        order="BGR",
        mean=(123.0, 117.0, 104.0),
        style_layers=("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1"),
        content_layers=("conv4_2",),
        summary=summary,
        normalised=True,
    )


VGG = vgg(19, "vgg", "VGG-19, the network of the paper: the best pictures")
VGG16 = vgg(16, "vgg16", "VGG-16: four fifths of VGG-19's multiplications; only with --weights FILE")
VGG13 = vgg(13, "vgg13", "VGG-13: three fifths of VGG-19's multiplications; only with --weights FILE")
VGG11 = vgg(11, "vgg11", "VGG-11: two fifths of VGG-19's multiplications; only with --weights FILE")
VGGS = (VGG, VGG16, VGG13, VGG11)
