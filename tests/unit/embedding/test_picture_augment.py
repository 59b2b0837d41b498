"""Views of pictures: bounded, differentiable, each item with its own randomness."""

import math

import pytest
import torch

from emostyle.embedding.augment import (
    TRAINING_VIEWS,
    ViewPolicy,
    augment,
    compress,
    cut_out,
    random_views,
    recolour,
    soften,
    warp,
)
from emostyle.errors import EmoStyleError

NOTHING = ViewPolicy((1.0, 1.0), 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@pytest.fixture
def images() -> torch.Tensor:
    """Six smooth pictures."""
    coarse = torch.rand(6, 3, 4, 4, generator=torch.Generator().manual_seed(0)) * 2 - 1
    return torch.nn.functional.interpolate(coarse, (32, 32), mode="bicubic").clamp(-1, 1)


def seeded(*seeds: int) -> list[torch.Generator]:
    """One generator per seed."""
    return [torch.Generator().manual_seed(seed) for seed in seeds]


def test_no_change_when_nothing_is_allowed(images: torch.Tensor) -> None:
    """An empty policy gives the picture back."""
    torch.testing.assert_close(
        augment(images, seeded(*range(6)), NOTHING), images, atol=1e-5, rtol=0
    )


def test_item_alone_equals_item_in_batch(images: torch.Tensor) -> None:
    """Training views depend on the item's generator only."""
    together = augment(images, seeded(*range(6)))
    alone = augment(images[3:4], seeded(3))
    torch.testing.assert_close(together[3:4], alone)
    assert together.min() >= -1
    assert together.max() <= 1


def test_items_differ(images: torch.Tensor) -> None:
    """The same picture under two seeds gives two views."""
    twice = images[:1].repeat(2, 1, 1, 1)
    first, second = augment(twice, seeded(1, 2))
    assert (first - second).abs().mean() > 0.02


@pytest.mark.parametrize("own", [False, True])
def test_views_do_not_depend_on_the_batch(images: torch.Tensor, own: bool) -> None:
    """Row v * B + b is view v of picture b, with one generator for all or one each."""
    one = torch.Generator().manual_seed(5)
    views = random_views(images, 3, seeded(*range(6)) if own else one)
    alone = random_views(images[4:5], 3, seeded(4) if own else torch.Generator().manual_seed(5))
    assert views.shape == (18, 3, 32, 32)
    torch.testing.assert_close(views.view(3, 6, 3, 32, 32)[:, 4], alone)


@pytest.mark.parametrize("policy", [None, TRAINING_VIEWS])
def test_gradient_reaches_every_picture(images: torch.Tensor, policy: ViewPolicy | None) -> None:
    """Also through rounding and covering."""
    leaf = (0.5 * images).requires_grad_()
    one = torch.Generator().manual_seed(1)
    views = random_views(leaf, 4, one) if policy is None else random_views(leaf, 4, one, policy)
    views.sum().backward()
    assert leaf.grad is not None
    assert bool((leaf.grad.abs().sum((1, 2, 3)) > 0).all())


def test_warp_mirrors(images: torch.Tensor) -> None:
    """A mirrored picture is the flipped one."""
    zero, one = torch.zeros(6), torch.ones(6)
    torch.testing.assert_close(warp(images, one, zero, zero, zero, -one), images.flip(3))


def test_soften_keeps_the_mean(images: torch.Tensor) -> None:
    """Full pixelation makes 2x2 blocks of their mean."""
    zero, one = torch.zeros(6), torch.ones(6)
    blocks = soften(images, zero, zero, one)
    torch.testing.assert_close(blocks[..., ::2, ::2], blocks[..., 1::2, 1::2])
    torch.testing.assert_close(blocks.mean(), images.mean())


def test_recolour_in_closed_form() -> None:
    """No saturation gives grey; brightness and tint are added."""
    red = torch.tensor([1.0, 0.0, -1.0]).view(1, 3, 1, 1).expand(1, 3, 8, 8)
    tint = torch.tensor([[0.1, 0.2, 0.3]])
    out = recolour(red, torch.tensor([0.5]), torch.ones(1), torch.zeros(1), tint)
    torch.testing.assert_close(out[0, :, 0, 0], torch.tensor([0.6, 0.7, 0.8]))


def test_compress_rounds_coefficients() -> None:
    """A flat block keeps its value rounded to the step of the lowest frequency."""
    flat = torch.full((1, 3, 8, 8), 0.33)
    out = compress(flat, torch.tensor([0.8]))
    torch.testing.assert_close(out, torch.full((1, 3, 8, 8), 0.1 * round(8 * 0.33 / 0.8)))
    fine = compress(flat, torch.tensor([1e-3]))
    assert math.isclose(float(fine.mean()), 0.33, abs_tol=1e-3)


def test_cut_out_covers_a_square() -> None:
    """A quarter of the side covers a sixteenth of the picture."""
    half = torch.tensor([0.5])
    out = cut_out(torch.zeros(1, 3, 32, 32), half, half, torch.tensor([0.25]), torch.ones(1))
    assert float(out.mean()) == pytest.approx(1 / 16)


def test_mistakes_are_told(images: torch.Tensor) -> None:
    """A wrong number of generators, or sides that are not multiples of eight."""
    with pytest.raises(EmoStyleError, match="2 generators came for 6 pictures"):
        augment(images, seeded(1, 2))
    with pytest.raises(EmoStyleError, match="multiples of 8"):
        augment(images[..., :30, :30], seeded(*range(6)))
