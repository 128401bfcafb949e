"""Train the compact network: it learns to predict, through a 1x1 map per layer, what its teachers see.

    python training/distil.py --shared ../shared --minutes 100 --output training/out

The learning rate falls along a cosine over the given time, so that the same command makes a rough network in half an
hour and a good one overnight. A checkpoint of the averaged weights is written every few minutes.
"""

import argparse
import copy
import json
import math
import pathlib
import time

import torch

from networks import TAUGHT, Distilled, Student, Vgg, thin
from pictures import Crops, load_folder

GRAM_WEIGHT = 0.3
STYLE = [name for name in TAUGHT if name.endswith("_1")]
CROP_SIZES = [(8, 128), (8, 128), (5, 160), (14, 96)]


def main():
    arguments = parse()
    torch.manual_seed(arguments.seed)
    shared, output = pathlib.Path(arguments.shared), pathlib.Path(arguments.output)
    output.mkdir(parents=True, exist_ok=True)
    shallow = Vgg(shared / "weights/vgg19_conv1_to_conv3.safetensors", shared / "oracle/vgg_scales.safetensors")
    deep = Distilled(shared / "weights/vgg19_distilled16x.safetensors")
    pictures = load_folder(shared / "data/photos")
    # Paintings are a tenth of the pictures and half of what the network is for: show them four times as often.
    pictures += 4 * load_folder(shared / "data/paintings")
    crops = Crops(pictures, arguments.seed)

    student = Student()
    if arguments.start_from:
        student.load_state_dict(torch.load(arguments.start_from, weights_only=True)["student"])
    average = copy.deepcopy(student)
    optimiser = torch.optim.Adam(student.parameters(), lr=arguments.rate, betas=(0.9, 0.99))
    painted = Painted()

    begun, saved, step, means = time.time(), time.time(), 0, {}
    while (progress := (time.time() - begun) / (60 * arguments.minutes)) < 1:
        warm = min(1, (step + 1) / 200)
        for group in optimiser.param_groups:
            group["lr"] = arguments.rate * warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * progress)))
        pixels = crops.batch(*CROP_SIZES[step % len(CROP_SIZES)])
        if step > 1000 and step % 4 == 0:
            pixels = painted.batch(average, pixels, step)
        offset = torch.randint(2, (2,)).tolist()
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            taught = thin(shallow(pixels) | deep(pixels), offset)
        with torch.autocast("cpu", torch.bfloat16):
            seen = student(pixels, offset)
        loss, terms = distance(seen, taught)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(student.parameters(), 1.0)
        optimiser.step()
        decay = min(0.999, step / (step + 10))
        with torch.no_grad():
            torch._foreach_lerp_(list(average.parameters()), list(student.parameters()), 1 - decay)
        step += 1
        for name, value in terms.items():
            means[name] = means.get(name, 0) + value / 200
        if step % 200 == 0:
            record = {
                "step": step,
                "seconds": round(time.time() - begun),
                **{k: round(float(v), 4) for k, v in means.items()},
            }
            print(json.dumps(record), flush=True)
            with (output / "log.jsonl").open("a") as log:
                print(json.dumps(record), file=log)
            means = {}
        if time.time() - saved > 240:
            saved = time.time()
            save(output / "student.pt", student, average, step)
    save(output / "student.pt", student, average, step)


def distance(seen, taught):
    """Sum over layers of the squared error relative to the teacher's energy, for features and for Gram matrices."""
    loss, terms = 0, {}
    for name in TAUGHT:
        s, t = seen[name], taught[name]
        features = (energy(s - t) / energy(t)).square()
        loss, terms[name] = loss + features, features.detach()
        if name in STYLE:
            gs, gt = gram(s), gram(t)
            # capped, so that a crop the teacher hardly sees (flat grey) does not outvote the batch
            grams = ((gs - gt).square().sum((1, 2)) / gt.square().sum((1, 2))).clamp(max=4).mean()
            loss, terms[name + "/gram"] = loss + GRAM_WEIGHT * grams, grams.detach()
    return loss, terms


def energy(features):
    return torch.linalg.vector_norm(features, dtype=torch.float32)


def gram(features):
    """[N, C, H, W] -> [N, C, C], a mean over positions; the view costs nothing in channels-last layout."""
    x = features.permute(0, 2, 3, 1).flatten(1, 2)
    return torch.bmm(x.transpose(1, 2), x).float() / x.shape[1]


class Painted:
    """Crops on their way through an optimisation by the student itself: the pictures it will be shown in use.

    Half of a batch becomes the content, the other half the style; after a random number of Adam steps towards a mixture
    the pictures are kept and a few of them are given out again and again, until they are replaced.
    """

    def __init__(self, keep=12):
        self.keep, self.pool = keep, []

    def batch(self, network, pixels, step):
        matching = [p for p in self.pool if p.shape[-1] == pixels.shape[-1]]
        if len(matching) < 4 or step % 32 == 0:
            self.pool = [*self.pool, self.paint(network, pixels)][-self.keep :]
            return self.pool[-1]
        return matching[torch.randint(len(matching), ()).item()]

    @staticmethod
    def paint(network, content):
        style = content.roll(1, 0)
        names = STYLE
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            wanted, kept = network(style), network(content)
        targets = {n: gram(wanted[n]) for n in names}
        weight = 10 ** (2 * torch.rand(()).item())
        image = content.clone().requires_grad_()
        if torch.rand(()) < 0.3:
            image = (128 + 40 * torch.randn_like(content)).requires_grad_()
        adam = torch.optim.Adam([image], lr=4 + 12 * torch.rand(()).item(), betas=(0.9, 0.99))
        for _ in range(int(torch.randint(5, 40, ()))):
            with torch.autocast("cpu", torch.bfloat16):
                seen = network(image)
            loss = ((seen["conv3_3"].float() - kept["conv3_3"].float()) ** 2).sum() / (
                kept["conv3_3"].float() ** 2
            ).sum()
            for n in names:
                loss = loss + weight * ((gram(seen[n]) - targets[n]) ** 2).sum() / (targets[n] ** 2).sum() / len(names)
            adam.zero_grad()
            (image.grad,) = torch.autograd.grad(loss, image)
            adam.step()
        return image.detach()


def save(path, student, average, step):
    torch.save({"student": student.state_dict(), "average": average.state_dict(), "step": step}, path)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", default="../shared", help="folder with weights, oracle and data")
    parser.add_argument("--output", default="training/out", help="where checkpoints and the log go")
    parser.add_argument("--minutes", type=float, default=100)
    parser.add_argument("--rate", type=float, default=2e-3, help="Adam's learning rate at the start")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start-from", help="a checkpoint whose student to go on from")
    return parser.parse_args()


if __name__ == "__main__":
    main()
