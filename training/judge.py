"""What a painted picture is worth: judged by networks that did not paint it, with definitions that stay the same.

Pictures are clamped to 0..255 and rounded to whole numbers first, as a file would hold them. Features F are those of
the painting, P of the content, A's of the style image, all at the size painted. Gram matrices, G of the painting and A
of the style, are means over positions of F Fᵀ, not centred.

content  ‖F - P‖² / ‖P‖² at conv3_3 of the real VGG-19
shallow  the mean over conv1_1, conv2_1 and conv3_1 of the real VGG-19 of ‖G - A‖² / ‖A‖²
deep     the same over conv4_1 and conv5_1 as the published distilled network estimates them through its `_aux` maps,
         for want of the real weights: where that network painted through these maps, it judges itself
speckle  the energy of what a 3x3 binomial blur takes away from the mean of the three colours, per pixel, over that of
         the style image: above 1 is rougher than the style, below is smoother

The judge's VGG-19 is not Oxford's raw one but that of Gatys et al.: average pooling, every filter normalised to a mean
activation of 1 (with the scales in shared/oracle), so that loud filters do not decide alone. The distilled network
estimates the layers of that same network.
"""

import torch
import torch.nn.functional as F

from lesson import gram
from networks import Distilled, Vgg

SHALLOW, DEEP, CONTENT = ("conv1_1", "conv2_1", "conv3_1"), ("conv4_1", "conv5_1"), "conv3_3"
MEASURES = ("content", "shallow", "deep", "speckle")


class Judge:
    """judge(picture, content, style) -> {measure: number}; images are [1, 3, H, W], 0..255."""

    def __init__(self, shared):
        scales = shared / "oracle/vgg_scales.safetensors"
        self.vgg = Vgg(shared / "weights/vgg19_conv1_to_conv3.safetensors", scales, dtype=torch.float32)
        self.distilled = Distilled(shared / "weights/vgg19_distilled16x.safetensors")

    @torch.no_grad()
    def __call__(self, picture, content, style):
        picture = picture.clamp(0, 255).round()
        seen, wanted, kept = self.look(picture), self.look(style), self.vgg(content, [CONTENT])
        return {
            "content": relative(seen[CONTENT], kept[CONTENT]),
            "shallow": sum(relative(gram(seen[n]), gram(wanted[n])) for n in SHALLOW) / len(SHALLOW),
            "deep": sum(relative(gram(seen[n]), gram(wanted[n])) for n in DEEP) / len(DEEP),
            "speckle": roughness(picture) / roughness(style),
        }

    def look(self, image):
        return self.vgg(image, [*SHALLOW, CONTENT]) | self.distilled(image, mapped=DEEP, trunk=())


def relative(found, wanted):
    """‖found - wanted‖² / ‖wanted‖²"""
    return float((found - wanted).square().sum() / wanted.square().sum())


def roughness(image):
    """Energy per pixel, in squared grey levels, of the finest details of an image [1, 3, H, W]."""
    grey = image.mean(1, keepdim=True)
    line = torch.tensor([0.25, 0.5, 0.25])
    fine = grey[:, :, 1:-1, 1:-1] - F.conv2d(grey, (line[:, None] * line).view(1, 1, 3, 3))
    return float(fine.square().mean())
