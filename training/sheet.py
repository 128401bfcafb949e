"""A contact sheet: every content painted in every style, in one small picture.

    python training/sheet.py training/sheet.jpg --contents a.jpg b.jpg --styles c.jpg d.jpg

The first row shows the styles, the first column the contents. Pictures are painted as `neuralart --model compact`
paints them, only smaller and shorter. What is painted is kept in --work, so that a second call goes on from there.
"""

import argparse
import hashlib
import pathlib

from neuralart import stylize
from neuralart.figures.sheet import Tile, table, tile
from neuralart.image.read import read
from neuralart.networks.provide import COMPACT_FILE

EMPTY = "style: above; content: left"


def main():
    arguments = parse()
    weights = pathlib.Path(arguments.weights)
    work = pathlib.Path(arguments.work) / hashlib.sha256(weights.read_bytes()).hexdigest()[:12]
    work.mkdir(parents=True, exist_ok=True)
    styles = [tile(read(path), "") for path in arguments.styles]
    rows = [[Tile(None, "", EMPTY), *styles]]
    for content in arguments.contents:
        painted = []
        for style in arguments.styles:
            kept = work / f"{pathlib.Path(content).stem}-{pathlib.Path(style).stem}-{arguments.size}.png"
            if not kept.exists():
                options = {"size": arguments.size, "num_iters": arguments.iterations, "weights": str(weights)}
                stylize(content, style, model="compact", **options).save(kept)
                print(kept, flush=True)
            painted.append(tile(read(kept), ""))
        rows.append([tile(read(content), ""), *painted])
    names = [pathlib.Path(path).stem.replace("_", " ") for path in arguments.styles]
    sheet = table(rows, rows=[], columns=["", *names], edge=arguments.edge)
    sheet.save(arguments.output, quality=80)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output")
    parser.add_argument("--contents", nargs="+", required=True)
    parser.add_argument("--styles", nargs="+", required=True)
    parser.add_argument("--weights", default=str(COMPACT_FILE), help="by default the network that ships")
    parser.add_argument("--work", default="training/out/sheet")
    parser.add_argument("--size", type=int, default=192, help="long edge of what is painted, in pixels")
    parser.add_argument("--iterations", type=int, default=80)
    parser.add_argument("--edge", type=int, default=136, help="long edge of a picture on the sheet")
    return parser.parse_args()


if __name__ == "__main__":
    main()
