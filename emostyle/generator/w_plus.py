"""The latent W+ that every generator draws from: one style vector per layer, and its check."""

from typing import Protocol, runtime_checkable

from torch import Tensor

from emostyle.errors import LatentError


@runtime_checkable
class LatentSizes(Protocol):
    """What a generator's configuration says of its latent: (N, num_layers, w_dim)."""

    @property
    def resolution(self) -> int:
        """Side of the pictures in pixels."""

    @property
    def w_dim(self) -> int:
        """Width of a style vector."""

    @property
    def num_layers(self) -> int:
        """Style vectors of a picture."""


def check_w_plus(w_plus: Tensor, config: LatentSizes) -> None:
    """Refuse a latent that does not fit the generator.

    Args:
        w_plus: what came.
        config: the generator's sizes.

    Raises:
        LatentError: the message says what came, what was expected and how to mend it.
    """
    expected = (config.num_layers, config.w_dim)
    if w_plus.ndim == 2 and tuple(w_plus.shape) == expected:
        raise LatentError(
            f"w_plus has shape {tuple(w_plus.shape)} without a batch axis; "
            f"expected (N, {expected[0]}, {expected[1]}): add the axis with w_plus[None]."
        )
    if w_plus.ndim != 3 or tuple(w_plus.shape[1:]) != expected:
        raise LatentError(
            f"w_plus has shape {tuple(w_plus.shape)}; this generator of {config.resolution} pixels "
            f"expects (N, {expected[0]}, {expected[1]}): use a latent made for it (--stack)."
        )
