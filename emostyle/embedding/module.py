"""Training of the audio encoder as a LightningModule."""

from typing import Any

import torch
from pytorch_lightning import LightningModule
from torch import Tensor

from emostyle.embedding.audio_encoder import AudioEncoder, classify, load_audio_encoder
from emostyle.embedding.losses import (
    KLForm,
    alignment,
    cosine_bce,
    info_nce,
    same_label_positives,
    strength_error,
    total_loss,
    weakly_paired_kl,
)
from emostyle.embedding.schedules import warmup_cosine
from emostyle.embedding.targets import TargetTable, stretched
from emostyle.waveform.augment import AugmentSpec, augment
from emostyle.waveform.mel import normalised_log
from emostyle.waveform.spec_augment import spec_augment
from emostyle.weights.store import resolve

Batch = tuple[Tensor, Tensor, Tensor]
"""Mel powers (N, n_mels, frames), labels (N,), strengths (N,) with NaN where unknown."""

ALONE = 0.9
"""Share of a mixture from which on an item counts as heard alone."""


class AudioEncoderModule(LightningModule):
    """Robust sound-guided manipulation, eq 13: the encoder learns, CLIP's vectors are given.

    Args:
        encoder: the network that is trained.
        temperature: tau of all terms, > 0.
        weights: of the terms `audio_text`, `audio_image`, `audio_self`, `weak_kl`, and of
            ours, `alignment` and `strength` (0 unless given).
        augmentation: how training sounds are changed.
        same_label: count same class and like strength as right answers (ours); false gives the
            paper's identity targets in the terms against text and pictures.
        self_items: items of each batch that get a second, SpecAugmented view (audio_self).
        learning_rate: highest rate of AdamW.
        weight_decay: of AdamW.
        warmup_steps: steps of the linear ramp before the cosine decay to zero.
        kl_form: of the weakly paired term: `diagonal` as printed, or whole `rows`.
        start: exported weights to go on from (file or bundled name), in place of `encoder`.
        strength_gain: how much stronger a picture should be than its sound (`stretched`): what a
            network reads from a sound shrinks to the mean, and half a picture says little.
    """

    targets: TargetTable
    """The frozen CLIP's vectors; the entry point sets them before the fit."""

    def __init__(
        self,
        encoder: AudioEncoder,
        temperature: float = 0.07,
        weights: dict[str, float] | None = None,
        augmentation: AugmentSpec | None = None,
        same_label: bool = True,
        self_items: int = 64,
        learning_rate: float = 2e-3,
        weight_decay: float = 0.05,
        warmup_steps: int = 60,
        start: str | None = None,
        strength_gain: float = 1.0,
        kl_form: KLForm = "diagonal",
    ) -> None:
        super().__init__()
        if start is not None:
            encoder = load_audio_encoder(resolve(start))[0].requires_grad_(True).train()
        self.encoder, self.temperature, self.same_label = encoder, temperature, same_label
        names = ("audio_text", "audio_image", "audio_self", "weak_kl")
        off = ("alignment", "strength", "cosine_bce")
        self.weights = dict.fromkeys(names, 1.0) | dict.fromkeys(off, 0.0) | (weights or {})
        self.augmentation = augmentation or AugmentSpec()
        self.self_items, self.warmup_steps = self_items, warmup_steps
        self.strength_gain, self.kl_form = strength_gain, kl_form
        self.learning_rate, self.weight_decay = learning_rate, weight_decay
        self.random = torch.Generator()

    def on_fit_start(self) -> None:
        """Seed augmentation with the run's seed."""
        self.random.manual_seed(torch.initial_seed() % 2**31)

    def terms(self, batch: Batch) -> dict[str, Tensor]:
        """All loss terms of a training batch (eqs 5, 6, 8 and 12), unweighted."""
        power, labels, strengths = batch
        strengths = stretched(strengths, self.strength_gain)
        mel, scale = self.encoder.mel, 1.0 / self.temperature
        mixed = augment(power, self.random, mel, self.augmentation)
        picture = normalised_log(mixed.power, mel)
        again = spec_augment(picture[: self.self_items], self.random)
        views = torch.cat([picture, again]) if self.weights["audio_self"] else picture
        vectors = self.encoder(views.contiguous(memory_format=torch.channels_last))
        a, a_hat = vectors[: len(labels)], vectors[len(labels) :]
        target = self.targets.sample(labels, strengths, self.random)
        alike = None
        if self.same_label:
            alike = same_label_positives(
                labels, strengths, partner=mixed.partner, share=mixed.share
            )
        terms = {"audio_text": info_nce(a, target.text, scale, alike)}
        if self.weights["cosine_bce"]:
            right = None if alike is None else alike(0, len(labels))
            terms["cosine_bce"] = cosine_bce(a, target.text, right)
        place = self.targets.place(labels, strengths)
        if self.weights["alignment"]:
            terms["alignment"] = alignment(a, place, mixed.partner, mixed.share)
        if self.weights["strength"]:
            weak = self.targets.place(labels, torch.zeros_like(strengths))
            strong = self.targets.place(labels, torch.ones_like(strengths))
            clear = (mixed.share > ALONE) & ~strengths.isnan()
            terms["strength"] = strength_error(a, place, weak, strong, clear)
        if len(a_hat):
            terms["audio_self"] = info_nce(a[: len(a_hat)], a_hat, scale)
        shown = target.has_image
        if int(shown.sum()) > 1:
            near = None if alike is None else alike[shown]
            terms["audio_image"] = info_nce(a[shown], target.image[shown], scale, near)
            others, texts = target.other_image[shown], target.text[shown]
            terms["weak_kl"] = weakly_paired_kl(
                a[shown], others, texts, self.temperature, self.kl_form
            )
        return terms

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """One step: every term and the total are logged."""
        terms = self.terms(batch)
        total = total_loss(terms, self.weights)
        self.log_dict({f"train/{name}": value for name, value in terms.items()})
        self.log("train/total", total, prog_bar=True)
        return total

    def validation_step(self, batch: Batch, batch_idx: int, dataloader_idx: int = 0) -> None:
        """Zero-shot top-1 over all classes with the captions' mean vectors."""
        power, labels, _ = batch
        vectors = self.encoder(normalised_log(power, self.encoder.mel))
        found = classify(vectors, self.targets.class_text(), self.temperature).argmax(1)
        self.log("val/top1", (found == labels).float().mean(), prog_bar=True)

    def configure_optimizers(self) -> Any:
        """AdamW with linear warm-up and cosine decay."""
        optimizer = torch.optim.AdamW(
            self.encoder.parameters(), self.learning_rate, weight_decay=self.weight_decay
        )
        return warmup_cosine(optimizer, self.trainer.estimated_stepping_batches, self.warmup_steps)
