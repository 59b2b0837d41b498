"""Training of the image-text pair as a LightningModule."""

from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn

from emostyle.embedding.augment import augment
from emostyle.embedding.clip import CLIP_WORLD_CONFIG, ClipConfig, build_clip, load_clip
from emostyle.embedding.clip_training import figures
from emostyle.embedding.clip_training.concepts import UNSEEN, bank_targets, draw_bank, level_targets
from emostyle.embedding.clip_training.factor_encoder import load_factor_encoder
from emostyle.embedding.clip_training.objective import (
    concept_loss,
    cosine_distance,
    level_loss,
    separation_loss,
)
from emostyle.embedding.losses import info_nce, total_loss
from emostyle.embedding.schedules import one_cycle
from emostyle.weights.store import resolve

MAX_LOGIT_SCALE = 100.0
"""Upper limit of 1 / tau (Radford et al. 2021, section 2.5)."""
DEFAULT_WEIGHTS = {"caption": 1.0, "concept": 1.0, "level": 0.5, "separation": 0.2, "teacher": 8.0}


class ClipModule(pl.LightningModule):
    """Symmetric InfoNCE of augmented pictures with captions and with a bank of concepts.

    Args:
        config: architecture; None takes that of `start` or the bundled one.
        start: weights to go on from, a file or the name of a bundled one.
        image_only: keep the text tower and the logit scale as they are.
        teacher: factor encoder (file) whose vectors the pictures should meet; None for none.
        learning_rate: peak of the one-cycle schedule.
        weight_decay: of AdamW, on matrices only.
        weights: of the terms `caption`, `concept`, `level`, `separation` and `teacher`.
        augmentation_seed: seed of views and concept texts.
    """

    def __init__(
        self,
        config: ClipConfig | None = None,
        start: str | None = None,
        image_only: bool = False,
        teacher: str | None = None,
        learning_rate: float = 2e-3,
        weight_decay: float = 0.05,
        weights: dict[str, float] | None = None,
        augmentation_seed: int = 0,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.clip = load_clip(resolve(start)) if start else build_clip(config or CLIP_WORLD_CONFIG)
        self.clip.train()
        if image_only:
            self.clip.model.requires_grad_(False)
            self.clip.model.visual.requires_grad_(True)
        self.teacher = load_factor_encoder(teacher) if teacher else None
        self.term_weights = DEFAULT_WEIGHTS | (weights or {})
        self.random = torch.Generator().manual_seed(augmentation_seed)
        self.seen: dict[str, list[tuple[Tensor, Tensor, Tensor, Tensor]]] = {}

    def views(self, pictures: Tensor) -> Tensor:
        """One strong view of each picture."""
        seeds = torch.randint(2**62, (len(pictures),), generator=self.random).tolist()
        return augment(pictures, [torch.Generator().manual_seed(seed) for seed in seeds])

    def training_step(self, batch: dict[str, Any], batch_index: int) -> Tensor:
        """All domains of a batch together."""
        clip = self.clip
        images = clip.encode_image(torch.cat([self.views(b.pictures) for b in batch.values()]))
        texts, strengths = draw_bank(self.random)
        targets = [bank_targets(name, b.factors, strengths) for name, b in batch.items()]
        levels = [level_targets(name, b.factors, strengths) for name, b in batch.items()]
        captions = [text for b in batch.values() for text in b.captions]
        vectors = clip.encode_tokens(clip.tokenizer(captions + texts).to(images.device))
        captioned, bank = vectors.split([len(captions), len(texts)])
        weak, strong = bank.chunk(2)
        scale = clip.logit_scale.clamp(max=MAX_LOGIT_SCALE)
        terms = {
            "caption": info_nce(images, captioned, scale),
            "concept": concept_loss(images, bank, torch.cat(targets), scale),
            "level": level_loss(images, bank, torch.cat(levels)),
        }
        if self.teacher is not None:
            taught = [self.teacher(name, b.factors) for name, b in batch.items()]
            terms["teacher"] = cosine_distance(images, torch.cat(taught))
        if not self.hparams["image_only"]:
            terms["separation"] = separation_loss(weak, strong, UNSEEN, scale)
        loss = total_loss(terms, self.term_weights)
        self.log_dict(terms | {"loss": loss, "scale": scale}, prog_bar=True, batch_size=len(images))
        return loss

    def validation_step(self, batch: dict[str, Any], batch_index: int) -> None:
        """Collect vectors of held-out pictures, plain and augmented."""
        for name, b in batch.items():
            plain, seen = self.clip.encode_image(b.pictures), self.views(b.pictures)
            row = (plain, self.clip.encode_image(seen), self.clip.encode_text(b.captions))
            self.seen.setdefault(name, []).append((*row, b.factors))

    def on_validation_epoch_end(self) -> None:
        """Log zero-shot accuracy, strength correlation and retrieval of each domain."""
        for name, rows in self.seen.items():
            columns = [torch.cat(part) for part in zip(*rows, strict=True)]
            for figure, value in figures.held_out_figures(self.clip, name, *columns).items():
                self.log(f"{figure}/{name}", value, prog_bar=figure in ("top1", "strength"))
        self.seen.clear()

    def configure_optimizers(self) -> Any:
        """AdamW with a one-cycle learning rate over the whole fit."""
        free = [p for p in self.clip.model.parameters() if p.requires_grad]
        groups: list[dict[str, Any]] = [
            {"params": [p for p in free if p.ndim > 1]},
            {"params": [p for p in free if p.ndim < 2], "weight_decay": 0.0},
        ]
        rate, decay = self.hparams["learning_rate"], self.hparams["weight_decay"]
        optimizer = torch.optim.AdamW(groups, lr=rate, weight_decay=decay, betas=(0.9, 0.98))
        return one_cycle(optimizer, self.trainer.estimated_stepping_batches)

    def exported(self) -> tuple[nn.Module, dict[str, Any]]:
        """The network to bundle and the metadata its loader needs."""
        return self.clip.model.eval(), self.clip.describe()
