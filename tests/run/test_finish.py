"""What is done to an image when it is shown or saved."""

from __future__ import annotations

import dataclasses
import pickle

import numpy as np
import pytest
import torch

from neuralart.image.picture import Picture
from neuralart.image.resize import resize
from neuralart.run.finish import PLAIN, Finish, Kept

from ..cli.made import picture


def image(width=60, height=40, dtype=torch.float32):
    """Soft noise that goes beyond what can be shown."""
    return (picture(width, height, seed=3).pixels * 1.4 - 50).to(dtype)


CONTENT = dataclasses.replace(picture(120, 80, alpha=True), bits=16, icc=b"a profile")


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("size", [None, (60, 40), (30, 20)])
def test_it_clamps_a_copy_and_leaves_the_image_alone(dtype, size):
    given = image(dtype=dtype)
    before = given.clone()
    made = PLAIN(given, size)
    assert torch.equal(given, before)
    assert (made.pixels.dtype, made.pixels.min() >= 0, made.pixels.max() <= 255) == (torch.float32, True, True)
    made.pixels.zero_()
    assert torch.equal(given, before)
    assert (made.alpha, made.icc, made.record, made.bits) == (None, None, None, 8)


@pytest.mark.parametrize("size", [None, (30, 20), (17, 11)])
def test_alpha_profile_and_depth_are_the_contents_at_any_scale(size):
    made = Finish.of(CONTENT)(image(), size)
    assert made.size == (size or (60, 40))
    assert made.alpha.shape[2:] == made.pixels.shape[2:]
    assert (made.icc, made.bits) == (CONTENT.icc, 16)
    assert made.alpha[..., 0].mean() < 20 and made.alpha[..., -1].mean() > 235


@pytest.mark.parametrize("content", [picture(120, 80), CONTENT])
def test_a_preview_is_the_saved_picture_made_smaller(content):
    finish, given = Finish.of(content), image(240, 160)
    small, saved = finish(given, (60, 40)), finish(given).resized((60, 40))
    assert torch.allclose(small.pixels, saved.pixels, atol=1e-3)
    assert (small.alpha is None) == (content.alpha is None)
    if small.alpha is not None:
        assert torch.allclose(small.alpha, saved.alpha, atol=1e-3)


def test_a_preview_finishes_only_what_it_shows(monkeypatch):
    # No copy of the whole image is made or clamped at once.
    monkeypatch.setattr("neuralart.image.mapped.copied", lambda pixels: pytest.fail("the whole image was copied"))
    given, seen = image(200, 100), []
    clamp = torch.Tensor.clamp
    monkeypatch.setattr(torch.Tensor, "clamp", lambda self, *given: seen.append(self.shape) or clamp(self, *given))
    PLAIN(given, (20, 10))
    assert max(shape.numel() for shape in seen) == 200 * 100


def test_what_is_clear_does_not_bleed_into_a_preview():
    alpha = torch.zeros(1, 1, 8, 8)
    alpha[..., 4:] = 255
    pixels = torch.zeros(1, 3, 8, 8)
    pixels[:, 1, :, :4], pixels[:, 0, :, 4:] = 255, 255  # green that nobody sees beside red
    shown = Finish(alpha)(pixels, (2, 2))
    assert shown.pixels[0, :, 0, 1].tolist() == pytest.approx([255, 0, 0], abs=1e-3)


def test_the_record_is_the_facts_and_the_result():
    facts = {"program": "neuralart"}
    finish = Finish(facts=facts)
    assert finish(image(), result={"iterations": 3}).record == {"program": "neuralart", "result": {"iterations": 3}}
    assert facts == {"program": "neuralart"}


def test_it_can_be_sent_to_another_process():
    finish = Finish.of(CONTENT, {"options": {"size": 32}})
    sent = pickle.loads(pickle.dumps(finish))
    one, other = finish(image(), (30, 20)), sent(image(), (30, 20))
    assert torch.equal(one.pixels, other.pixels) and torch.equal(one.alpha, other.alpha)
    assert one.record == other.record


def test_it_does_not_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        PLAIN.alpha = None


def test_the_alpha_fits_whatever_size_the_content_has():
    made = Finish(alpha=CONTENT.alpha)(image(30, 20))
    assert torch.equal(made.alpha, resize(CONTENT.alpha, (30, 20)))
    assert isinstance(made, Picture)
    assert np.array_equal(made.numpy()[..., 3], made.alpha[0, 0].round().numpy().astype(np.uint8))


def test_what_is_left_alone_stays_to_the_bit_and_fades_into_the_painting():
    mask = torch.zeros(1, 1, 40, 60)
    mask[..., :20] = 1
    content, painted = Picture(torch.rand(1, 3, 40, 60) * 255), torch.full((1, 3, 40, 60), 9.0)
    shown = Finish(kept=Kept(mask, content))(painted).pixels
    assert torch.equal(shown[..., :20], content.pixels[..., :20])
    assert torch.equal(shown[..., 28:], painted[..., 28:])
    share = (shown - painted) / (content.pixels - painted)
    torch.testing.assert_close(share[0, :, 7, 20:28].mean(0), 1 - torch.arange(1, 9) / 9, rtol=0, atol=1e-3)
    # A smaller copy fades in proportion.
    small = Finish(kept=Kept(mask, content))(painted, (15, 10)).pixels
    assert torch.equal(small[..., :4], content.resized((15, 10)).pixels[..., :4])
    assert torch.equal(small[..., 8:], painted[..., :10, 8:15])
