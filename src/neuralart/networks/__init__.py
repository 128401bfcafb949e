"""Networks: image -> named features. The keys of this table are the choices of `--model`."""

from neuralart.networks.compact import COMPACT
from neuralart.networks.graph import Graph
from neuralart.networks.inception import INCEPTION
from neuralart.networks.vgg import VGG, VGG11, VGG13, VGG16

NETWORKS: dict[str, Graph] = {
    "vgg": VGG,
    "vgg19": VGG,
    "vgg16": VGG16,
    "vgg13": VGG13,
    "vgg11": VGG11,
    "inception": INCEPTION,
    "compact": COMPACT,
}
"""Networks by all their names; files and records use a network's own name, `NETWORKS[name].name`."""

# The words for how a network is provided, see provide.py.
RESCALED = ("auto", "yes", "no")
CONVENTIONS = ("auto", "caffe", "torchvision")
