"""Pixels with what the teachers see in them, from a pool that is renewed bit by bit."""

from dataclasses import dataclass

import torch

from held import HELD_OUT
from networks import Distilled, Vgg, thin
from painted import Painted
from pictures import Crops, load_folder
from recorded import Recorded

# Of the batches the teachers are asked about, one in so many is a painting under way, after the first steps.
PAINTED_EVERY, PAINTED_AFTER = 3, 300
# Batches the pool begins with, and over which the maps are solved for.
REFIT_OVER = 12


@dataclass(frozen=True)
class Pace:
    """What suits a device.

    crops: pictures per batch and their side: small ones for variety, large ones for what the deepest layer sees of a
    picture. uses: about how often what the teachers said of a batch is used, since they cost more than the student;
    pool: out of how many batches. report, save: steps between two lines of the log, seconds between two checkpoints.
    """

    crops: tuple[tuple[int, int], ...]
    uses: int
    pool: int
    report: int
    save: float


CPU = Pace(((8, 128), (4, 192), (8, 128), (2, 256)), uses=6, pool=96, report=100, save=150)
GPU = Pace(((64, 128), (28, 192), (64, 128), (16, 256)), uses=2, pool=96, report=250, save=60)


class Lessons:
    """next(step) -> (pixels, offset, {layer: what its teacher sees there}); `student` paints what is under way."""

    def __init__(self, shared, student, device, pace, seed=0):
        weights = shared / "weights"
        scales = shared / "oracle/vgg_scales.safetensors"
        self.shallow = Vgg(weights / "vgg19_conv1_to_conv3.safetensors", scales, device=device)
        self.deep = Distilled(weights / "vgg19_distilled16x.safetensors", device)
        photographs = load_folder(shared / "data/photos", without=HELD_OUT)
        paintings = load_folder(shared / "data/paintings", without=HELD_OUT)
        # Paintings are a tenth of the pictures and half of what the network is for: show them four times as often.
        often = [1] * len(photographs) + [4] * len(paintings)
        self.pace, self.crops = pace, Crops(photographs + paintings, seed, device, often)
        self.painted = Painted(student, self.crops, pace.crops)
        self.teachers, self.asked = Recorded(self.look), 0
        self.pool = [self.ask(0) for _ in range(REFIT_OVER)]

    def next(self, step):
        if step % self.pace.uses == 0:
            self.pool = [*self.pool, self.ask(step)][-self.pace.pool :]
        return self.pool[torch.randint(len(self.pool), ()).item()]

    def ask(self, step):
        self.asked += 1
        if step > PAINTED_AFTER and self.asked % PAINTED_EVERY == 0:
            pixels = self.painted.next()
        else:
            pixels = self.crops.batch(*self.pace.crops[self.asked % len(self.pace.crops)])
        offset = (torch.randint(2, ()).item(),) * 2
        taught = self.teachers(pixels, offset=offset)
        return pixels, offset, {name: x.clone() for name, x in taught.items()}

    @torch.no_grad()
    def look(self, pixels, offset):
        with torch.autocast(pixels.device.type, torch.bfloat16):
            taught = thin(self.shallow(pixels) | self.deep(pixels), offset)
        return {n: x.to(torch.bfloat16, memory_format=torch.channels_last, copy=True) for n, x in taught.items()}
