"""image -> named features. The table of networks; its keys are what `--model` knows."""

from neuralart.networks.compact import COMPACT
from neuralart.networks.graph import Architecture
from neuralart.networks.inception import INCEPTION
from neuralart.networks.vgg import VGG

NETWORKS: dict[str, Architecture] = {"vgg": VGG, "inception": INCEPTION, "compact": COMPACT}
