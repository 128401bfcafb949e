"""Paint a fixed list of pairs with a network and judge the results with networks that did not paint them.

    python training/measure.py compact published --shared ../shared
    python training/measure.py training/out/compact.safetensors --pairs choosing --pictures /tmp/pictures

NETWORK is one of compact, random, published, published-maps, real, or a file that export.py wrote. Prints a table per
pair and the medians; the first lines are for the photograph as it is, unpainted. All networks get the same settings:
pictures with a long edge of 256 pixels, L-BFGS from the content, 150 evaluations, style ten times content (see
painters.py). What the columns mean is defined in judge.py, which pairs are painted in held.py.
"""

import argparse
import pathlib
import statistics

import held
from judge import MEASURES, Judge
from neuralart.image.picture import Picture
from neuralart.image.read import read
from neuralart.image.resize import resize
from neuralart.image.sizes import fit
from painters import NAMES, paint, painter

PAIRS = {"reporting": held.REPORTING, "choosing": held.CHOOSING}


def main():
    arguments = parse()
    shared = pathlib.Path(arguments.shared)
    judge, pairs = Judge(shared), PAIRS[arguments.pairs][: arguments.first]
    loaded = {pair: [load(path, arguments.size) for path in files(pair, shared)] for pair in pairs}
    print(line("network", "pair", MEASURES), flush=True)
    for name in ["nothing", *arguments.networks]:
        features = None if name == "nothing" else painter(name, shared)
        found = []
        for pair, (content, style) in loaded.items():
            image = content if features is None else paint(features, content, style, arguments.evaluations)
            found.append(judge(image, content, style))
            title = " x ".join(part.rpartition("/")[2] for part in pair)
            print(line(short(name), title, [f"{found[-1][m]:.4f}" for m in MEASURES]), flush=True)
            if arguments.pictures and features is not None:
                keep(image, pathlib.Path(arguments.pictures) / f"{short(name)}-{title.replace(' x ', '-')}.png")
        medians = [f"{statistics.median(one[m] for one in found):.4f}" for m in MEASURES]
        print(line(short(name), "median", medians), flush=True)


def files(pair, shared):
    content, style = pair
    return shared / f"data/{content}.jpg", shared / f"data/paintings/{style}.jpg"


def load(path, size):
    """[1, 3, H, W], 0..255, its long edge `size` pixels."""
    picture = read(path)
    return resize(picture.pixels, fit(picture.width, picture.height, size))


def keep(image, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Picture(image.clamp(0, 255)).save(path)
    print(path)


def short(name):
    return name if name in (*NAMES, "nothing") else pathlib.Path(name).stem


def line(network, pair, values):
    return f"| {network:<16} | {pair:<40} |" + "".join(f" {value:>8} |" for value in values)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", metavar="NETWORK", help="; ".join(f"{k}: {v}" for k, v in NAMES.items()))
    parser.add_argument("--shared", default="../shared", help="folder with weights, oracle and data")
    parser.add_argument("--pairs", choices=PAIRS, default="reporting")
    parser.add_argument("--first", type=int, metavar="N", help="only the first N pairs")
    parser.add_argument("--size", type=int, default=256, help="long edge in pixels")
    parser.add_argument("--evaluations", type=int, default=150)
    parser.add_argument("--pictures", metavar="FOLDER", help="write the pictures there as PNG, and print their paths")
    return parser.parse_args()


if __name__ == "__main__":
    main()
