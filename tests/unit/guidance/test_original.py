"""The originals' faults, each against its own steps written out."""

import math

import pytest
import torch
from torch.nn.functional import avg_pool2d, interpolate

from emostyle.errors import ImageError, LatentError
from emostyle.guidance.original import (
    original_clip_pixels,
    original_layer_terms,
    original_mask_start,
    original_mask_step,
    original_similarity_loss,
)


@pytest.mark.parametrize("size", [32, 96, 128, 224])
def test_pixels_are_enlarged_and_pooled(size: int) -> None:
    images = torch.randn(2, 3, size, size, requires_grad=True)
    enlarged = interpolate(images, scale_factor=7, mode="nearest")
    expected = avg_pool2d(enlarged, size // 32)
    found = original_clip_pixels(images)
    assert found.shape == (2, 3, 224, 224)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)
    weight = torch.randn_like(found)
    gradients = [torch.autograd.grad((x * weight).sum(), images)[0] for x in (found, expected)]
    torch.testing.assert_close(*gradients, atol=1e-4, rtol=1e-4)


def test_pixels_keep_their_range() -> None:
    assert torch.allclose(
        original_clip_pixels(torch.full((1, 3, 64, 64), -3.0)), torch.tensor(-3.0)
    )


@pytest.mark.parametrize("shape", [(64, 32), (100, 100)])
def test_other_pictures_are_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(ImageError, match=f"{shape[0]}x{shape[1]} pixels .* multiple of 32"):
        original_clip_pixels(torch.zeros(1, 3, *shape))


def test_cosine_is_multiplied_by_the_exponential() -> None:
    image, audio = torch.tensor([[2.0, 0.0], [3.0, 4.0]]), torch.tensor([[5.0, 0.0], [1.0, 0.0]])
    expected = [1 - math.exp(0.07), 1 - 0.6 * math.exp(0.07)]
    torch.testing.assert_close(original_similarity_loss(image, audio), torch.tensor(expected))


def test_mask_follows_its_own_rule() -> None:
    """Three steps, layer by layer, with plain numbers; the last layers are free."""
    start = torch.randn(2, 18, 6)
    mask = original_mask_start(start)
    assert mask.shape == (2, 14)
    g = [[1.0] * 14 for _ in range(2)]
    for _ in range(3):
        moved = (start + 0.4 * torch.randn_like(start)).requires_grad_()
        terms = original_layer_terms(moved, start, mask)
        for item in range(2):
            for layer in range(14):
                square = sum((moved[item, layer] - start[item, layer]).square().tolist())
                term = square / (1 + math.exp(-g[item][layer]))
                assert terms[item, layer].item() == pytest.approx(term, rel=1e-4)
                g[item][layer] -= 0.1 * term * (1 - term)
        mask = original_mask_step(mask, terms)
        torch.testing.assert_close(mask, torch.tensor(g), atol=1e-4, rtol=1e-4)
        assert not mask.requires_grad
        (gradient,) = torch.autograd.grad(terms.sum(), moved)
        assert gradient[:, :14].abs().min() > 0
        assert not gradient[:, 14:].any()


def test_a_mask_may_not_be_longer_than_the_latent() -> None:
    w_plus = torch.zeros(1, 12, 4)
    assert original_mask_start(w_plus).shape == (1, 12)
    with pytest.raises(LatentError, match="14 weights but the latent 12 layers"):
        original_layer_terms(w_plus, w_plus, torch.ones(1, 14))
