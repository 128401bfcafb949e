"""image -> named features. The table of networks; its keys are what `--model` knows."""

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
"""By every name; a network that has two goes by its own, `NETWORKS[name].name`, in files and records."""
