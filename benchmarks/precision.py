"""What bfloat16 costs the picture: the loss reached after equal iterations, as float32 judges it.

    python benchmarks/precision.py CONTENT STYLE [CONTENT STYLE ...] --size 512 --num-iters 250
    python benchmarks/precision.py CONTENT STYLE --model vgg --weights FILE --style-layers conv1_1,conv2_1,conv3_1 ...

Every pair of pictures is painted twice, the network computing in float32 and in bfloat16; the objective of the final
size, evaluated in float32, judges both results. To tell what a difference means the float32 run is made once more from
a picture whose pixels are up to 0.01 grey levels off: what that changes is chance.
"""

import argparse
from pathlib import Path

import torch

from neuralart import api
from neuralart.image.picture import Picture
from neuralart.options import Options


def main():
    arguments = parse()
    torch.set_num_threads(arguments.threads)
    print("| content | style | float32 | bfloat16 | difference | float32, nudged | mean difference of pixels |")
    print("| --- | --- | --- | --- | --- | --- | --- |", flush=True)
    for content, style in zip(arguments.pictures[::2], arguments.pictures[1::2]):
        row(content, style, arguments)


def row(content, style, arguments):
    """Paint one pair three times, and print what was reached."""
    photograph, painting = api.as_picture(content, "content"), api.as_picture(style, "style")
    generator = torch.Generator().manual_seed(0)
    noise = torch.rand(photograph.pixels.shape, generator=generator) * 0.02 - 0.01
    nudged = Picture(photograph.pixels + noise)
    judge, single = painted(photograph, painting, "float32", arguments)
    _, other = painted(nudged, painting, "float32", arguments)
    _, half = painted(photograph, painting, "bfloat16", arguments)
    reached, by_chance, in_half = (float(judge(image).total) for image in (single, other, half))
    print(
        f"| {Path(content).stem} | {Path(style).stem} | {reached:.5g} | {in_half:.5g} | {in_half / reached - 1:+.2%}"
        f" | {by_chance / reached - 1:+.2%} | {float((half - single).abs().mean()):.2f} of 255 |",
        flush=True,
    )


def painted(content, style, precision, arguments):
    """(the objective of the final size, the image [1, 3, H, W] that was reached)."""
    names = ("size", "num_iters", "model", "weights", "style_layers", "content_layers")
    given = {name: value for name in names if (value := getattr(arguments, name)) is not None}
    run = api.prepare(content, style, Options(precision=precision, cpu=True, **given))
    for step in run.steps():
        image = step.image
    return run.stage(run.schedule[-1]).objective(), image


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", nargs="+")
    parser.add_argument("--size", type=int)
    parser.add_argument("--num-iters", type=int)
    parser.add_argument("--model", default="compact")
    parser.add_argument("--weights")
    parser.add_argument("--style-layers")
    parser.add_argument("--content-layers")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    return parser.parse_args()


if __name__ == "__main__":
    main()
