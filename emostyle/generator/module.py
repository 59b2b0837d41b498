"""Training of a generator: regression on rendered pairs, then adversarial with that anchor."""

import copy
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from torch import Tensor

from emostyle.generator import losses
from emostyle.generator.discriminator import Discriminator
from emostyle.generator.plan import TrainingPlan
from emostyle.generator.stylegan2 import StyleGAN2Config, StyleGAN2Generator
from emostyle.weights.store import load_state
from emostyle.world.domain import get_domain


def widened(state: dict[str, Tensor], own: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weights of a generator with fewer learned maps, for one with more: it draws the same picture.

    Args:
        state: weights of the narrower generator.
        own: fresh weights of the wider one; further maps keep theirs, unmixed.
    """
    wide = {}
    for name, fresh in own.items():
        old = state.get(name, fresh)
        if old.shape != fresh.shape:
            grown = fresh.clone() if name.endswith(".maps") else torch.zeros_like(fresh)
            grown[tuple(slice(side) for side in old.shape)] = old.to(fresh)
            old = grown
        wide[name] = old
    return wide


def interpolated(
    start: dict[str, Tensor], end: StyleGAN2Generator, share: float
) -> StyleGAN2Generator:
    """A generator between two: with the weights `start` at share 0, `end` itself at share 1.

    Source: Wang et al. 2018, "ESRGAN", section 3.4, network interpolation.
    """
    between = copy.deepcopy(end)
    last = end.state_dict().items()
    between.load_state_dict({k: torch.lerp(start[k].to(v), v, share) for k, v in last})
    return between


class GeneratorModule(pl.LightningModule):
    """Train a StyleGAN2 generator of a world domain.

    Args:
        domain: `landscape` or `portrait`.
        config: architecture; z_dim and z_knots follow from the domain.
        plan: schedule and weights.
        resume_weights: exported generator to start from.
    """

    def __init__(
        self,
        domain: str,
        config: StyleGAN2Config,
        plan: TrainingPlan | None = None,
        resume_weights: Path | None = None,
    ) -> None:
        super().__init__()
        self.domain, self.plan = domain, plan or TrainingPlan()
        self.automatic_optimization = False
        knots_x, knots_y = get_domain(domain).warp_knots()
        config = replace(config, z_dim=len(knots_y), z_knots=len(knots_x), z_normalise=False)
        self.net = StyleGAN2Generator(config)
        self.net.mapping.set_warp(knots_x, knots_y)
        if resume_weights is not None:
            self.net.load_state_dict(widened(load_state(resume_weights)[0], self.net.state_dict()))
        self.discriminator = Discriminator(
            config.resolution, self.plan.discriminator_base, 128, config.z_dim
        )
        self.ema = copy.deepcopy(self.net).requires_grad_(False)
        self.start = copy.deepcopy(self.net.state_dict())

    def training_step(self, batch: Sequence[Tensor], batch_idx: int) -> None:
        """One step on (pictures uint8 (B, 3, R, R), z (B, Z))."""
        pictures, z = batch
        plan, step = self.plan, self.global_batch
        optimiser, critic = self.optimizers()  # type: ignore[attr-defined]
        adversarial = step >= plan.adversarial_from
        side = pictures.shape[-1] if step >= plan.grow_at else pictures.shape[-1] // 2
        real = pictures.float() / 127.5 - 1
        real = real if side == pictures.shape[-1] else F.avg_pool2d(real, 2)
        w_plus = self.net.to_w_plus(z)
        fake = self.net.synthesis(w_plus, resolution=side)
        error = losses.pyramid_loss(
            fake,
            real,
            gradient_weight=plan.edge_weight,
            detail_weight=plan.detail_weight,
            finest=plan.anchor_finest if adversarial else 0,
        )
        terms = {"regression": error}
        total = terms["regression"] * (plan.anchor_weight if adversarial else 1.0)
        if adversarial:
            scene = self.net.mapping.warp(z)
            self._discriminate(real, fake.detach(), scene, critic, step)
            self.discriminator.requires_grad_(False)
            terms["adversarial"] = losses.generator_loss(self.discriminator(fake, scene))
            self.discriminator.requires_grad_(True)
            total = total + plan.adversarial_weight * terms["adversarial"]
        rate = losses.learning_rate_factor(step, plan.steps, plan.warmup) * plan.lr
        optimiser.param_groups[0]["lr"] = min(rate, plan.adversarial_lr) if adversarial else rate
        optimiser.zero_grad()
        self.manual_backward(total)
        optimiser.step()
        decay = min(plan.ema_decay, (1 + step) / (10 + step))
        with torch.no_grad():
            for mean, now in zip(self.ema.parameters(), self.net.parameters(), strict=True):
                mean.lerp_(now, 1 - decay)
        self.log_dict(terms | {"side": float(side)}, prog_bar=True)

    @property
    def global_batch(self) -> int:
        """Batches seen, one optimiser step of the generator each."""
        return int(self.trainer.fit_loop.total_batch_idx)

    def _discriminate(
        self, real: Tensor, fake: Tensor, scene: Tensor, optimiser: Any, step: int
    ) -> None:
        scores = self.discriminator(torch.cat([real, fake]), torch.cat([scene, scene]))
        loss = losses.discriminator_loss(*scores.chunk(2))
        if step % self.plan.r1_every == 0:
            with torch.autocast(real.device.type, enabled=False):
                images = real.detach().requires_grad_()
                penalty = losses.r1_penalty(images, self.discriminator(images, scene))
            loss = loss + self.plan.r1_gamma * self.plan.r1_every * penalty
        optimiser.zero_grad()
        self.manual_backward(loss)
        optimiser.step()
        self.log("discriminator", loss)

    def on_validation_epoch_start(self) -> None:
        """What is judged is what would be exported."""
        self.kept = interpolated(self.start, self.ema, self.plan.interpolation)

    def validation_step(self, batch: Sequence[Tensor], batch_idx: int) -> None:
        """Held-out L1 of the generator that is kept, pixel range [-1, 1]."""
        pictures, z = batch
        error = (self.kept(z) - (pictures.float() / 127.5 - 1)).abs().mean()
        self.log("held_out_l1", error, prog_bar=True)

    def configure_optimizers(self) -> list[torch.optim.Optimizer]:
        """Adam for both networks, betas (0, 0.99) as StyleGAN2 (the generator's from the plan)."""
        plan = self.plan
        betas = (plan.momentum, 0.99)
        return [
            torch.optim.Adam(self.net.parameters(), plan.lr, betas),
            torch.optim.Adam(self.discriminator.parameters(), plan.adversarial_lr, (0.0, 0.99)),
        ]

    @torch.no_grad()
    def exported(self) -> tuple[StyleGAN2Generator, dict[str, Any]]:
        """The generator that is kept with its mean w, and its architecture."""
        kept = interpolated(self.start, self.ema, self.plan.interpolation)
        z = torch.randn(8192, kept.config.z_dim, generator=torch.Generator().manual_seed(0))
        kept.mapping.w_avg.copy_(kept.mapping(z.to(kept.mapping.w_avg)).mean(0))
        return kept, {**kept.describe(), "domain": self.domain}
