"""e4e (Tov et al. 2021), and the inverter that any encoder into W+ serves: picture -> w+."""

from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as functional
from jaxtyping import Float
from torch import Tensor, nn

from emostyle.errors import LatentError, WeightsError
from emostyle.inversion.blocks import TrunkConfig
from emostyle.inversion.psp import (
    GradualStyleEncoder,
    LastLayerEncoder,
    PyramidEncoder,
    StyleEncoder,
)
from emostyle.weights.state import load_exactly
from emostyle.weights.store import load_state, resolve


class Encoder4Editing(PyramidEncoder):
    """The encoder of e4e: one w, and for every further layer a small offset from it.

    Offsets kept small leave the latent near W, where edits behave (Tov et al. 2021, section 4).
    """

    architecture = "e4e"

    def forward(
        self, images: Float[Tensor, "B 3 H W"], progressive_stage: int | None = None
    ) -> Float[Tensor, "B L D"]:
        """Pictures (B, 3, image_size, image_size) in [-1, 1] -> offsets from the average latent.

        Args:
            images: the pictures.
            progressive_stage: how many layers after the first have an offset of their own: 0 is
                the start of the published training (one w for all), each later stage adds a layer;
                None takes all of them, as after training.

        Raises:
            ImageError: pictures of another size.
            LatentError: a negative stage.
        """
        if progressive_stage is None:
            progressive_stage = self.style_count - 1
        if progressive_stage < 0:
            raise LatentError(
                f"progressive_stage is {progressive_stage}; expected 0 (one w for all layers) or "
                "more, or None for all offsets."
            )
        maps = self.pyramid(images)
        active = min(progressive_stage + 1, self.style_count)
        w, *offsets = (self.styles[i](maps[self.level(i)]) for i in range(active))
        rows = [w, *(w + offset for offset in offsets)]
        return torch.stack(rows + [w] * (self.style_count - active), dim=1)


ENCODERS: dict[str, type[StyleEncoder]] = {
    encoder.architecture: encoder
    for encoder in (Encoder4Editing, GradualStyleEncoder, LastLayerEncoder)
}
"""The encoders by the name their weights files carry."""


class Inverter(nn.Module):
    """Picture -> w+: an encoder around the average latent of its generator.

    Args:
        encoder: what it was trained with, for example `Encoder4Editing`.
        latent_avg: the average latent it starts from, (L, D), or (D,) for the same in each layer.

    Raises:
        LatentError: an average that does not fit the encoder.
    """

    latent_avg: Tensor

    def __init__(self, encoder: StyleEncoder, latent_avg: Tensor) -> None:
        super().__init__()
        expected = (encoder.style_count, encoder.style_dim)
        if tuple(latent_avg.shape) not in (expected, expected[1:]):
            raise LatentError(
                f"latent_avg has shape {tuple(latent_avg.shape)}; this encoder for a generator of "
                f"{encoder.resolution} pixels expects {expected} or {expected[1:]}."
            )
        self.encoder = encoder
        self.register_buffer("latent_avg", latent_avg.expand(expected).clone())

    def forward(self, images: Float[Tensor, "B 3 H W"]) -> Float[Tensor, "B L D"]:
        """Latents of pictures.

        Args:
            images: (B, 3, H, W) in [-1, 1], any size; faces aligned as the generator draws them.

        Returns:
            w+ (B, L, D).
        """
        size = (self.encoder.image_size, self.encoder.image_size)
        if images.shape[-2:] != size:
            images = functional.interpolate(images, size, mode="bilinear", antialias=True)
        w_plus: Tensor = self.encoder(images) + self.latent_avg
        return w_plus

    def describe(self) -> dict[str, Any]:
        """The architecture as JSON-able metadata for a weights file."""
        return self.encoder.describe()


def load_inverter(name_or_path: str | Path) -> Inverter:
    """An inverter from a file that `save_network` wrote with `describe()`, frozen, in eval mode.

    Args:
        name_or_path: name of a bundled file, or a path.

    Raises:
        WeightsError: no such file, or one that holds something else.
    """
    state, metadata = load_state(resolve(name_or_path))
    architecture = metadata.get("architecture")
    if architecture not in ENCODERS or "latent_avg" not in state:
        raise WeightsError(
            f"'{name_or_path}' holds a '{architecture}', expected one of {sorted(ENCODERS)} with "
            "its latent_avg; export it with save_network(path, inverter, inverter.describe())."
        )
    sizes = {name: metadata[name] for name in ("resolution", "style_dim", "image_size")}
    encoder = ENCODERS[architecture](**sizes, trunk=TrunkConfig.from_json(metadata["trunk"]))
    inverter = Inverter(encoder, state["latent_avg"])
    load_exactly(inverter, state, f"inverter that '{name_or_path}' says it holds")
    return inverter.eval().requires_grad_(False)
