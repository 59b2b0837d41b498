"""Latents W+ in files, as StyleCLIP, e4e, Lee et al. and EmoStyle exchange them."""

import logging
from pathlib import Path
from typing import Any

from jaxtyping import Float
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from emostyle.errors import LatentError, WeightsError
from emostyle.weights.readers.detect import require_format
from emostyle.weights.readers.torch_file import read_torch_file

log = logging.getLogger(__name__)
EDIT_KEYS = {"start", "end", "mask"}
"""Tensors of the `w_plus.safetensors` of an edit."""


def read_w_plus(path: str | Path) -> Float[Tensor, "N L D"]:
    """Latents of a file.

    A single latent (L, D) gets its batch axis, and a line is logged that says so; StyleCLIP took it
    for a batch of L (its issue 11).

    Args:
        path: a tensor saved by `torch.save`, a safetensors file of one tensor, or one that an edit
            wrote, of which the latents at its end count.

    Returns:
        (N, L, D), float32, on the CPU; L layers of width D, 18 of 512 for 1024 pixels.

    Raises:
        WeightsError: no such file, another format, or damaged.
        LatentError: not one tensor of numbers, or one of other axes.
    """
    content = _content(path)
    if not isinstance(content, Tensor) or not content.is_floating_point():
        kind = content.dtype if isinstance(content, Tensor) else type(content).__name__
        raise LatentError(
            f"'{path}' holds a {kind}, expected one tensor of floating-point numbers (N, L, D)."
        )
    w_plus = content.detach().float()
    if w_plus.ndim == 2:
        came, w_plus = tuple(w_plus.shape), w_plus[None]
        log.warning(
            "'%s' holds a latent %s without a batch axis; it is taken as one latent %s.",
            path,
            came,
            tuple(w_plus.shape),
        )
    if w_plus.ndim != 3 or w_plus.numel() == 0:
        raise LatentError(
            f"'{path}' holds a latent of shape {tuple(content.shape)}, expected (N, L, D): the "
            "batch axis first, then one vector per layer, for example (1, 18, 512), or (18, 512) "
            "for a single latent."
        )
    if not w_plus.isfinite().all():
        raise LatentError(f"'{path}' holds a latent with infinite or missing numbers.")
    return w_plus


def _content(path: str | Path) -> Any:
    """What a file holds; the tensor itself if a safetensors file has only one."""
    if require_format(path, "safetensors", "torch_zip", "torch_legacy") != "safetensors":
        return read_torch_file(path)
    try:
        tensors = load_file(path)
    except SafetensorError as error:
        raise WeightsError(f"'{path}' is not a readable safetensors file ({error}).") from error
    if tensors.keys() == EDIT_KEYS:
        return tensors["end"]
    return next(iter(tensors.values())) if len(tensors) == 1 else tensors
