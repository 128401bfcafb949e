"""The networks that are compared, each as what it sees of an image, and one way of painting with any of them."""

import torch
from safetensors.torch import load_file

from lesson import gram
from networks import CONTENT, STYLE, TAUGHT, Distilled, Student, Vgg
from neuralart.networks.compact import architecture
from neuralart.networks.graph_network import GraphNetwork
from neuralart.networks.normalise import normalise
from neuralart.networks.provide import COMPACT_FILE, photographs
from neuralart.objective.objective import Evaluation
from neuralart.optim.lbfgs import LBFGS

# The style's weight against the content's 1.
STYLE_WEIGHT = 10.0
NAMES = {
    "compact": "the network that ships",
    "random": "the same shape with random weights, normalised; its trunk's own features",
    "published": "the published 16x network, its own features",
    "published-maps": "the published 16x network through its _aux maps (content: its own conv3_3, which has no map)",
    "teachers": "what compact was taught, directly: `real`, and the published network's maps of conv4_1 and conv5_1",
    "real": "the real VGG-19's conv1_1, conv2_1, conv3_1 and, for the content, conv3_3; nothing deeper is at hand",
}


def painter(name, shared):
    """image -> {layer: features}, for a name of NAMES or a file of the compact kind (any widths)."""
    if name in ("real", "teachers"):
        weights = shared / "weights/vgg19_conv1_to_conv3.safetensors"
        vgg = Vgg(weights, shared / "oracle/vgg_scales.safetensors", torch.float32)
        deep = published(shared) if name == "teachers" else lambda image: {}
        return lambda image: vgg(image, ["conv1_1", "conv2_1", "conv3_1", CONTENT]) | deep(image)
    if name.startswith("published"):
        distilled = published(shared)
        mapped = STYLE if name == "published-maps" else ()
        return lambda image: distilled(image, mapped=mapped, trunk=(*STYLE, CONTENT))
    if name == "random":
        return through(random(), dict(zip(TAUGHT, TAUGHT, strict=True)))
    network = compact(COMPACT_FILE if name == "compact" else name)
    return through(network, {layer.replace("conv", "map"): layer for layer in TAUGHT})


def published(shared):
    return Distilled(shared / "weights/vgg19_distilled16x.safetensors")


def compact(path):
    """A network of the compact kind; its widths are read off its kernels."""
    weights = load_file(path)
    widths = {n.removesuffix(".weight"): len(w) for n, w in weights.items() if n.startswith("conv") and w.ndim == 4}
    return GraphNetwork(
        architecture(dict(sorted(widths.items()))), {key: value.float() for key, value in weights.items()}
    )


def random(seed=0):
    torch.manual_seed(seed)
    convs = Student().convs.state_dict()
    shape = architecture({name.removesuffix(".weight"): len(w) for name, w in convs.items() if w.ndim == 4})
    return normalise(GraphNetwork(shape, convs), photographs())


def through(network, names):
    return lambda image: {names[layer]: x for layer, x in network.features(image, names).items()}


def paint(features, content, style, evaluations):
    """The content [1, 3, H, W], 0..255, repainted: L-BFGS from the content itself, so many evaluations.

    The objective is ‖F - P‖²/‖P‖² at the content layer plus STYLE_WEIGHT times the mean over the style layers that the
    network has of ‖G - A‖²/‖A‖², Gram matrices as means over positions.
    """
    with torch.no_grad():
        kept = features(content)[CONTENT]
        wanted = {name: gram(x) for name, x in features(style).items() if name in STYLE}

    def objective(image):
        leaf = image.detach().requires_grad_()
        seen = features(leaf)
        total = (seen[CONTENT] - kept).square().sum() / kept.square().sum()
        for name, target in wanted.items():
            distance = (gram(seen[name]) - target).square().sum() / target.square().sum()
            total = total + STYLE_WEIGHT / len(wanted) * distance
        (gradient,) = torch.autograd.grad(total, leaf)
        return Evaluation(total.detach(), {}, gradient)

    lbfgs, image, spent = LBFGS(), content.clone(), 0
    memory = lbfgs.start(image)
    while spent < evaluations:
        move = lbfgs.step(objective, image, memory)
        image, memory, spent = move.image, move.memory, spent + move.evaluations
    return image
