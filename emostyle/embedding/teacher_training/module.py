"""Training of the factor encoder against a frozen text tower as a LightningModule."""

from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn

from emostyle.embedding.clip import load_clip
from emostyle.embedding.clip_training import figures
from emostyle.embedding.clip_training.concepts import bank_targets, draw_bank, level_targets
from emostyle.embedding.clip_training.factor_encoder import FactorEncoder
from emostyle.embedding.clip_training.objective import concept_loss, level_loss
from emostyle.embedding.losses import info_nce, total_loss
from emostyle.weights.store import resolve


class TeacherModule(pl.LightningModule):
    """Symmetric InfoNCE of scenes (as factors) with the texts of a finished pair.

    Args:
        start: weights of the pair, a file or the name of a bundled one; it is not changed.
        learning_rate: peak of the one-cycle schedule.
        weights: of the terms `caption`, `concept` and `level`.
        bank_seed: seed of the concept texts.
    """

    def __init__(
        self,
        start: str = "clip_world",
        learning_rate: float = 3e-3,
        weights: dict[str, float] | None = None,
        bank_seed: int = 0,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.clip = load_clip(resolve(start)).requires_grad_(False)
        self.factor_encoder = FactorEncoder(self.clip.embed_dim)
        self.term_weights = {"caption": 1.0, "concept": 1.0, "level": 1.0, **(weights or {})}
        self.random = torch.Generator().manual_seed(bank_seed)

    def training_step(self, batch: dict[str, Any], batch_index: int) -> Tensor:
        """All domains of a batch together."""
        clip = self.clip
        scenes = torch.cat([self.factor_encoder(name, b.factors) for name, b in batch.items()])
        texts, strengths = draw_bank(self.random)
        captions = [text for b in batch.values() for text in b.captions]
        vectors = clip.encode_tokens(clip.tokenizer(captions + texts).to(scenes.device))
        captioned, bank = vectors.split([len(captions), len(texts)])
        targets = [bank_targets(name, b.factors, strengths) for name, b in batch.items()]
        levels = [level_targets(name, b.factors, strengths) for name, b in batch.items()]
        terms = {
            "caption": info_nce(scenes, captioned, clip.logit_scale),
            "concept": concept_loss(scenes, bank, torch.cat(targets), clip.logit_scale),
            "level": level_loss(scenes, bank, torch.cat(levels)),
        }
        loss = total_loss(terms, self.term_weights)
        self.log_dict(terms | {"loss": loss}, prog_bar=True, batch_size=len(scenes))
        return loss

    def validation_step(self, batch: dict[str, Any], batch_index: int) -> None:
        """Zero-shot figures of held-out scenes, seen as factors."""
        for name, b in batch.items():
            scenes, captions = (
                self.factor_encoder(name, b.factors),
                self.clip.encode_text(b.captions),
            )
            found = figures.held_out_figures(self.clip, name, scenes, scenes, captions, b.factors)
            for figure in ("top1", "strength", "recall_at_1_of_64"):
                self.log(f"{figure}/{name}", found[figure], prog_bar=True, batch_size=len(scenes))

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """AdamW with a one-cycle learning rate over the whole fit."""
        rate = self.hparams["learning_rate"]
        optimizer = torch.optim.AdamW(self.factor_encoder.parameters(), lr=rate)
        steps = max(2, int(self.trainer.estimated_stepping_batches))
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, steps, pct_start=0.1)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }

    def exported(self) -> tuple[nn.Module, dict[str, Any]]:
        """The teacher and what rebuilds it."""
        return self.factor_encoder.eval(), self.factor_encoder.describe()
