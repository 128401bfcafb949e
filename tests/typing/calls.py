"""Calls as users write them. Only mypy reads this file; what is wrong is marked with a part of what mypy says."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import neuralart
from neuralart import Options, Picture, Step


def right() -> None:
    picture: Picture = neuralart.stylize("photo.jpg", Path("painting.jpg"))
    picture.save("out.png", bits=16)
    neuralart.stylize(picture, neuralart.read("painting.jpg"), size=512, style_factor=1e9, model="compact")
    neuralart.stylize(np.zeros((8, 8, 3)), torch.rand(3, 8, 8), num_iters=20, style_factor=2)
    neuralart.stylize(Image.new("RGB", (8, 8)), b"...", optimizer="adam", history=None)
    neuralart.stylize(io.BytesIO(), "painting.jpg", watchers=[watch], display="off", download=True)
    neuralart.stylize("a.jpg", "b.jpg", style_layers={"conv1_1": 2}, content_layers=["conv4_2"])
    neuralart.stylize("a.jpg", "b.jpg", style_layers="conv1_1:2,conv2_1", weights=Path("vgg.th"))
    neuralart.stylize("a.jpg", "b.jpg", precision=torch.float32, device=torch.device("cpu"), memory=4e9)
    neuralart.stylize("a.jpg", "b.jpg", precision="bfloat16", device=["cuda:0", torch.device("cuda:1")], memory="4GB")
    neuralart.stylize("a.jpg", "b.jpg", options=Options(size=512, model="vgg"), seed=3)
    module = torch.nn.Sequential()
    network = neuralart.Network.of(module, layers={"fine": "0"}, mean=(123.7, 116.3, 103.5), scale=58, order="BGR")
    neuralart.Network.of(module, ["0", "3"], geometry={"0": (1, 1), "3": (2, 4)}, content_layers=["3"], name="mine")
    neuralart.stylize("a.jpg", "b.jpg", network=network, style_layers=["fine"], tile=512)
    neuralart.stylize("a.jpg", "b.jpg", network=neuralart.provide("vgg16", "vgg16.pth").network)
    neuralart.stylize("a.jpg", "b.jpg", model="vgg16", weights="vgg16.pth", content_layers="relu4_2")
    size: tuple[int, int] = network.architecture.size("fine", 640, 480)
    print(size, network.architecture.stride("fine"), network.architecture.untileable(["fine"]))
    for step in neuralart.iterate("a.jpg", "b.jpg", options=Options(), scales=2, cpu=True):
        total: float | None = step.total
        print(step.iteration, total)
    print(neuralart.prepare("a.jpg", "b.jpg", Options(size=512)).schedule)


def watch(step: Step) -> None:
    step.picture().save("now.png")


def wrong() -> None:
    neuralart.stylize("photo.jpg")  # wrong: Missing positional argument
    neuralart.stylize("photo.jpg", 3)  # wrong: has incompatible type "int"
    neuralart.stylize("photo.jpg", [1, 2])  # wrong: List item 0 has incompatible type "int"
    neuralart.stylize("photo.jpg", "painting.jpg", sise=512)  # wrong: Unexpected keyword argument "sise"
    neuralart.stylize("photo.jpg", "painting.jpg", output="out.png")  # wrong: Unexpected keyword argument "output"
    neuralart.stylize("photo.jpg", "painting.jpg", size="512")  # wrong: Argument "size"
    neuralart.stylize("photo.jpg", "painting.jpg", size=None)  # wrong: Argument "size"
    neuralart.stylize("photo.jpg", "painting.jpg", model="vg")  # wrong: Argument "model"
    neuralart.stylize("photo.jpg", "painting.jpg", precision="float16")  # wrong: Argument "precision"
    neuralart.stylize("photo.jpg", "painting.jpg", style_layers={"conv1_1": "x"})  # wrong: incompatible type "str"
    neuralart.stylize("photo.jpg", "painting.jpg", options={"size": 512})  # wrong: Argument "options"
    neuralart.stylize("photo.jpg", "painting.jpg", watchers=[print_text])  # wrong: List item 0
    neuralart.iterate("photo.jpg", "painting.jpg", watchers=[watch])  # wrong: Unexpected keyword argument "watchers"
    neuralart.prepare("photo.jpg", "painting.jpg", size=512)  # wrong: "prepare"
    neuralart.stylize("photo.jpg", "painting.jpg", network="vgg16")  # wrong: Argument "network"
    neuralart.stylize("photo.jpg", "painting.jpg", network=torch.nn.Sequential())  # wrong: Argument "network"
    neuralart.Network.of(torch.nn.Sequential())  # wrong: Missing positional argument "layers"
    neuralart.Network.of("resnet50", ["layer1"])  # wrong: Argument 1 to "of"
    neuralart.Network.of(torch.nn.Sequential(), {"fine": 0})  # wrong: Dict entry 0
    neuralart.Network.of(torch.nn.Sequential(), ["0"], mean="imagenet")  # wrong: Argument "mean"
    neuralart.Network.of(torch.nn.Sequential(), ["0"], geometry={"0": 3})  # wrong: Dict entry 0
    Options(size="512")  # wrong: Argument "size"


def print_text(text: str) -> None:
    print(text)
