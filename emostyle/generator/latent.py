"""Helpers of the latent space: a latent from a seed, and the space's own axes."""

import torch
from jaxtyping import Float
from torch import Tensor

from emostyle.errors import LatentError
from emostyle.generator.published.generator import PublishedGenerator
from emostyle.generator.stylegan2 import MappingNetwork, StyleGAN2Generator

AnyGenerator = StyleGAN2Generator | PublishedGenerator
"""What an edit can draw with: `to_w_plus`, `mapping`, `synthesis` and the sizes in `config`."""


def z_from_seed(seed: int, z_dim: int) -> Float[Tensor, "1 Z"]:
    """The gaussian z (1, z_dim) of a seed, the same on every machine and in every batch."""
    return torch.randn(1, z_dim, generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
def w_axes(generator: AnyGenerator, n: int = 4096, reach: float = 3.3) -> Tensor:
    """Square root of the covariance of w: a unit step along it is as large as w itself varies.

    z is drawn evenly from [-reach, reach], so that what rarely happens (a storm) has its axis too.

    Args:
        generator: whose mapping is measured.
        n: number of samples.
        reach: bound of z.

    Returns:
        Symmetric matrix (D, D).
    """
    _, w = _even_samples(generator, n, reach)
    values, vectors = torch.linalg.eigh(w.t() @ w / n)
    root = vectors @ torch.diag(values.clamp(min=0).sqrt()) @ vectors.t()
    return root.to(generator.mapping.w_avg)


@torch.no_grad()
def z_axes(generator: AnyGenerator, n: int = 4096, reach: float = 3.3) -> Tensor:
    """What one standard deviation of each input of the generator does to w, to first order.

    The least-squares map from z (as the mapping network warps it) to w. A generator whose inputs
    stand for single things (the bundled ones were trained so) gets one axis per thing.

    Args:
        generator: whose mapping is measured; z_dim must not exceed w_dim.
        n: number of samples.
        reach: bound of z.

    Returns:
        (D, D): row i is the axis of input i; rows beyond z_dim are zero.

    Raises:
        LatentError: z is wider than w.
    """
    config = generator.config
    if config.z_dim > config.w_dim:
        raise LatentError(
            f"This generator has z of {config.z_dim} and w of {config.w_dim} numbers; axes of z "
            "need z_dim <= w_dim: choose the axes of w (--settings.axes w)."
        )
    z, w = _even_samples(generator, n, reach)
    solution = torch.linalg.solve(z.t() @ z, z.t() @ w)
    axes = w.new_zeros(config.w_dim, config.w_dim)
    axes[: config.z_dim] = solution * z.std(0)[:, None]
    return axes.to(generator.mapping.w_avg)


def _even_samples(generator: AnyGenerator, n: int, reach: float) -> tuple[Tensor, Tensor]:
    """Centred warped z (n, Z) and w (n, D) of z drawn evenly from [-reach, reach].

    On the CPU in double precision, so that the axes come out the same at every call.
    """
    mapping = generator.mapping
    random = torch.Generator().manual_seed(0)
    z = (2 * torch.rand(n, generator.config.z_dim, generator=random) - 1) * reach
    z = z.to(mapping.w_avg)
    inputs = z
    if isinstance(mapping, MappingNetwork) and generator.config.z_knots:
        inputs = mapping.warp(z)
    w = mapping(z)
    inputs, w = inputs.cpu().double(), w.cpu().double()
    return inputs - inputs.mean(0), w - w.mean(0)
