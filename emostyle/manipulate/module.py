"""Per-image latent optimisation as a LightningModule with parameters w_plus and g (the mask)."""

from dataclasses import replace
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn

from emostyle.embedding.augment import random_views
from emostyle.errors import EmoStyleError
from emostyle.guidance.original import (
    MASKED_LAYERS,
    ORIGINAL_SIZE,
    original_clip_pixels,
    original_layer_terms,
    original_mask_start,
    original_mask_step,
)
from emostyle.manipulate.pursuit import best_axis
from emostyle.manipulate.schedule import learning_rate, noise_scale, walk_steps
from emostyle.manipulate.settings import EditSettings
from emostyle.manipulate.stack import EditNetworks
from emostyle.manipulate.step import EditTargets, apply_step, edit_terms


def check_sees_as_originals(image_size: int) -> None:
    """Raises EmoStyleError for a CLIP of another picture size than the originals'."""
    if image_size != ORIGINAL_SIZE:
        raise EmoStyleError(
            f"settings.original shows CLIP {ORIGINAL_SIZE} pixels, but this stack's CLIP sees "
            f"{image_size}; choose a stack with OpenAI's CLIP, such as --stack landscape."
        )


class LatentEditModule(pl.LightningModule):
    """Optimise the latents of N pictures towards their guides (Robust eq 14, EmoStyle eq 4).

    Each item has its own loss, parameters and random views, so item i of a batch is item i alone.

    Args:
        networks: the frozen networks of a stack.
        settings: weights and ways of the edit.
    """

    def __init__(self, networks: EditNetworks, settings: EditSettings) -> None:
        super().__init__()
        self.networks, self.settings = networks, settings
        self.history: dict[str, list[Tensor]] = {}
        self.targets: EditTargets | None = None
        self.original_mask: Tensor | None = None
        self.walk: Tensor | None = None

    def start(self, targets: EditTargets, seeds: list[int]) -> None:
        """Take the starting latents and targets; `w_plus` (N, L, D) and `g` (N, L) begin here."""
        self.targets = targets
        self.w_plus = nn.Parameter(targets.w_start.clone())
        self.g = nn.Parameter(torch.zeros(targets.w_start.shape[:2]).to(targets.w_start))
        if self.settings.original:
            check_sees_as_originals(self.networks.clip.image_size)
            self.g.data[:, :MASKED_LAYERS] = original_mask_start(targets.w_start)
        self.view_generators = [torch.Generator().manual_seed(2**31 + seed) for seed in seeds]
        self.history = {}
        if self.settings.pursuit:
            self.walk = best_axis(targets, self._objective)
            self.targets = replace(targets, chosen=self.walk != 0)

    def asked(self) -> EditTargets:
        """What the edit starts from and steers to. Raises EmoStyleError before `start`."""
        if self.targets is None:
            raise EmoStyleError(
                "The edit has no targets yet; call start(), or fit it with datamodules.EditData."
            )
        return self.targets

    def on_fit_start(self) -> None:
        """Refuse an edit that was not started; its targets go where the networks are."""
        self.targets = self.asked().to(self.device)

    def on_fit_end(self) -> None:
        """The targets come back to the CPU, as the networks do after a fit."""
        self.targets = self.asked().to("cpu")

    def latent(self) -> Tensor:
        """The latents as they are drawn, (N, L, D)."""
        return apply_step(self.w_plus, self.g, self.asked(), self.settings)

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        """One step for all items; the batch only counts the steps."""
        settings, targets = self.settings, self.asked()
        noise = self._noise() if settings.noise else None
        views = self._views if settings.views else None
        terms = self._terms(self.w_plus, self.g, targets, views=views, noise=noise)
        for name, value in terms.items():
            self.history.setdefault(name, []).append(value.detach())
        if settings.original:
            held = self.g.detach()[:, :MASKED_LAYERS]
            moved = original_layer_terms(self.latent().detach(), targets.w_start, held)
            self.original_mask = original_mask_step(held, moved)
        self.log_dict({k: v.mean() for k, v in terms.items()}, prog_bar=True)
        return terms["total"].sum()

    def _terms(
        self, w_plus: Tensor, g: Tensor, targets: EditTargets, **ways: Any
    ) -> dict[str, Tensor]:
        """The terms of the objective with this module's networks and settings."""
        networks = self.networks
        draw, identify = networks.generator.synthesis, networks.identity
        ways |= {"synthesise": draw, "encode_image": self._see, "encode_identity": identify}
        return edit_terms(w_plus, g, targets=targets, settings=self.settings, **ways)

    def _objective(self, w_plus: Tensor, targets: EditTargets) -> Tensor:
        """The whole objective (B,) of latents with an even mask."""
        return self._terms(w_plus, w_plus.new_zeros(w_plus.shape[:2]), targets)["total"]

    def _views(self, pictures: Tensor) -> Tensor:
        """Random views of each picture, each item's from its own generator."""
        return random_views(pictures, self.settings.views, self.view_generators)

    def _see(self, pictures: Tensor) -> Tensor:
        """Unit vectors of pictures, as CLIP wants them or as the originals show them to it."""
        clip = self.networks.clip
        if not self.settings.original:
            return clip.encode_image(pictures)
        return clip.encode_pixels(original_clip_pixels(pictures))

    def on_train_batch_end(self, outputs: Any, batch: Any, batch_idx: int) -> None:
        """The originals' mask is moved by hand, from the latents of this step."""
        if self.original_mask is not None:
            self.g.data[:, :MASKED_LAYERS] = self.original_mask

    def _noise(self) -> Tensor:
        """This step's noise (N, 1, D), each item from its own generator."""
        scale = noise_scale(self.global_step, self.trainer.max_steps, self.settings.noise)
        width = self.w_plus.shape[-1]
        rows = [torch.randn(1, width, generator=one) for one in self.view_generators]
        return scale * torch.stack(rows).to(self.w_plus)

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
        """Set the learning rates of this step (ramp up and down), and walk along the best axis."""
        steps = self.trainer.max_steps
        if self.walk is not None and self.global_step < walk_steps(steps):
            self.w_plus.data += self.walk[:, None].to(self.w_plus) / walk_steps(steps)
        optimiser: Any = self.optimizers()
        for group, peak in zip(
            optimiser.param_groups, (self.settings.lr, self.settings.lr_mask), strict=True
        ):
            group["lr"] = learning_rate(self.global_step + 1, steps + 1, peak)
        rate = torch.full((len(self.w_plus),), optimiser.param_groups[0]["lr"])
        self.history.setdefault("lr", []).append(rate)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Adam, one group for the latents and one for the mask vector."""
        latents = {"params": [self.w_plus], "lr": self.settings.lr}
        return torch.optim.Adam([latents, {"params": [self.g], "lr": self.settings.lr_mask}])
