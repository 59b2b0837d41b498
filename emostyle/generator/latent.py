"""Helpers of the latent space: a latent from a seed, and the space's own axes."""

import torch
from jaxtyping import Float
from torch import Tensor

from emostyle.generator.stylegan2 import StyleGAN2Generator


def z_from_seed(seed: int, z_dim: int) -> Float[Tensor, "1 Z"]:
    """The gaussian z (1, z_dim) of a seed, the same on every machine and in every batch."""
    return torch.randn(1, z_dim, generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
def w_axes(generator: StyleGAN2Generator, n: int = 4096, reach: float = 3.3) -> Tensor:
    """Square root of the covariance of w: a unit step along it is as large as w itself varies.

    z is drawn evenly from [-reach, reach], so that what rarely happens (a storm) has its axis too.

    Args:
        generator: whose mapping is measured.
        n: number of samples.
        reach: bound of z.

    Returns:
        Symmetric matrix (D, D).
    """
    random = torch.Generator().manual_seed(0)
    z = (2 * torch.rand(n, generator.config.z_dim, generator=random) - 1) * reach
    w = generator.mapping(z.to(generator.mapping.w_avg))
    w = w - w.mean(0)
    values, vectors = torch.linalg.eigh(w.t() @ w / n)
    return vectors @ torch.diag(values.clamp(min=0).sqrt()) @ vectors.t()
