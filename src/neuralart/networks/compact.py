"""The network inside the package: VGG-shaped and narrow, distilled from VGG-19 by training/.

Besides its trunk (conv1_1 to conv5_1) it has one linear 1x1 convolution per layer that its teachers taught: `map3_1`
maps conv3_1's features into a space in which distances between Gram matrices equal the teacher's, as far as the student
can predict them. Let W be the learnt linear map from the student's features (with a constant 1 appended for the bias)
to the teacher's, and M = W'W. Then |W(G-A)W'| = |M^1/2 (G-A) M^1/2|, so the square matrix M^1/2 does the work of W with
a fraction of its rows. M also accounts for what the teacher sees but the student cannot predict; see training/roots.py.
The content's `map3_3` predicts from the whole third block and keeps the directions that matter. These maps are the
layers to use for style and content.
"""

from collections.abc import Iterator, Mapping

from neuralart.networks.graph import Concat, Conv, Graph, Node
from neuralart.networks.vgg import chain

# Channels of the trunk: within an eighth of VGG-19's 361 thousand multiplications per pixel, maps included.
WIDTHS = {
    "conv1_1": 32, "conv1_2": 16,
    "conv2_1": 48, "conv2_2": 48,
    "conv3_1": 96, "conv3_2": 80, "conv3_3": 80, "conv3_4": 80,
    "conv4_1": 160, "conv4_2": 144, "conv4_3": 144, "conv4_4": 144,
    "conv5_1": 256,
}  # fmt: skip

# The digest of the file inside the package, as training/export.py prints it.
SHA256 = "4cf7b6edfb65f6ce24c25c18ecb46e50f2c3cbdf8e588845f2412dae6f136bd5"

# Trunk layers that have a map into the space of their teacher's Gram matrices.
MAPPED = ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1")
# The layers that together predict the content's layer, and the number of directions that are kept.
STACKED, CONTENT_CHANNELS = ("conv3_1", "conv3_2", "conv3_3", "conv3_4"), 96


def nodes(widths: Mapping[str, int]) -> Iterator[Node]:
    """Yield the nodes of the trunk and of the maps."""
    for node in chain(widths):
        yield node
        if isinstance(node, Conv) and node.name in MAPPED:
            # One channel more than the trunk: the constant for the bias.
            name = node.name.replace("conv", "map")
            yield Conv(name, node.name, node.channels + 1, kernel=1, pad=0, relu=False)
        if node.name == STACKED[-1]:
            yield Concat("block3", STACKED)
            yield Conv("map3_3", "block3", CONTENT_CHANNELS, kernel=1, pad=0, relu=False)


def architecture(widths: Mapping[str, int]) -> Graph:
    """Return a network of this kind with other widths, for the comparisons in training/."""
    return Graph(
        name="compact",
        nodes=tuple(nodes(widths)),
        order="RGB",
        mean=(123.0, 117.0, 104.0),
        style_layers=("map1_1", "map2_1", "map3_1", "map4_1", "map5_1"),
        content_layers=("map3_3",),
        summary="ours, inside the package: no download, less than an eighth of VGG-19's multiplications",
    )


COMPACT = architecture(WIDTHS)
