"""Losses of generator training, each a pure function of tensors."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def generator_loss(fake_scores: Float[Tensor, " B"]) -> Float[Tensor, ""]:
    """Non-saturating loss of the generator (Goodfellow et al. 2014): `softplus(-D(G(z)))`."""
    return F.softplus(-fake_scores).mean()


def discriminator_loss(
    real_scores: Float[Tensor, " B"], fake_scores: Float[Tensor, " B"]
) -> Float[Tensor, ""]:
    """Logistic loss of the discriminator: `softplus(-D(x)) + softplus(D(G(z)))`."""
    return F.softplus(-real_scores).mean() + F.softplus(fake_scores).mean()


def r1_penalty(
    real_images: Float[Tensor, "B 3 H W"], real_scores: Float[Tensor, " B"]
) -> Float[Tensor, ""]:
    """R1 penalty (Mescheder et al. 2018): half the mean squared gradient norm at real pictures.

    Args:
        real_images: pictures that require gradients.
        real_scores: the discriminator's scores of them.
    """
    (gradient,) = torch.autograd.grad(real_scores.sum(), real_images, create_graph=True)
    return 0.5 * gradient.square().sum((1, 2, 3)).mean()


def detail(real: Float[Tensor, "B 3 H W"], side: int = 9) -> Float[Tensor, "B 1 H W"]:
    """How far each pixel stands out from its surroundings, with mean 1 per picture.

    Thin and small things (a tear, a far bird, a bolt) cover few pixels; this finds them.

    Args:
        real: pictures.
        side: side of the surroundings in pixels, odd.
    """
    around = F.avg_pool2d(real, side, 1, side // 2, count_include_pad=False)
    contrast = (real - around).abs().mean(1, keepdim=True)
    contrast = F.max_pool2d(contrast, 3, 1, 1)
    return contrast / contrast.mean((1, 2, 3), keepdim=True).clamp_min(1e-3)


def pyramid_loss(
    fake: Float[Tensor, "B 3 H W"],
    real: Float[Tensor, "B 3 H W"],
    scales: int = 4,
    gradient_weight: float = 0.7,
    detail_weight: float = 0.0,
    finest: int = 0,
) -> Float[Tensor, ""]:
    """Distance of a picture to its known truth: L1 at several scales and L1 of the gradients.

    Args:
        fake: generated pictures.
        real: the world's own pictures of the same scenes.
        scales: how many scales there are, the full picture included.
        gradient_weight: weight of the differences of neighbouring pixels at the top two scales.
        detail_weight: how much more the pixels count that stand out (`detail`), top two scales.
        finest: first scale that is compared; 1 leaves the full picture free.
    """
    loss = fake.new_zeros(())
    for scale in range(scales):
        if scale > 0:
            fake, real = F.avg_pool2d(fake, 2), F.avg_pool2d(real, 2)
        if scale < finest:
            continue
        error = fake - real
        if scale < 2 and detail_weight:
            error = error * (1 + detail_weight * detail(real)) / (1 + detail_weight)
        loss = loss + error.abs().mean()
        if scale < 2:
            dx = error[..., :, 1:] - error[..., :, :-1]
            dy = error[..., 1:, :] - error[..., :-1, :]
            loss = loss + gradient_weight * (dx.abs().mean() + dy.abs().mean())
    return loss


def learning_rate_factor(step: int, steps: int, warmup: int) -> float:
    """Linear warm-up, then half a cosine down to a tenth of the peak.

    Args:
        step: current step, from 0.
        steps: length of the training.
        warmup: steps of warm-up.
    """
    if step < warmup:
        return (step + 1) / warmup
    progress = min(1.0, (step - warmup) / max(1, steps - warmup))
    return 0.1 + 0.9 * 0.5 * (1 + float(torch.cos(torch.tensor(torch.pi * progress))))
