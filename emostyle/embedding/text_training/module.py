"""Training of the text tower and its teacher as a LightningModule."""

from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn

from emostyle.embedding.clip import CLIP_WORLD_CONFIG, ClipConfig, build_clip, load_clip
from emostyle.embedding.clip_training import figures
from emostyle.embedding.clip_training.concepts import CONCEPTS, bank_targets, draw_bank
from emostyle.embedding.clip_training.factor_encoder import FactorEncoder
from emostyle.embedding.clip_training.objective import concept_loss
from emostyle.embedding.losses import info_nce, total_loss
from emostyle.weights.store import save_network


class TextModule(pl.LightningModule):
    """Symmetric InfoNCE of scenes (as factors) with captions and with a bank of concepts.

    Args:
        config: architecture of the whole pair; None takes the bundled one.
        start: weights file of a pair to go on from.
        freeze_text: keep the text tower and the logit scale; only the teacher learns.
        teacher: file the factor encoder is written to when the fit ends.
        learning_rate: peak of the one-cycle schedule.
        weight_decay: of AdamW, on matrices only.
        weights: of the terms `caption`, `concept` and `separation` (of concept texts).
        max_logit_scale: upper limit of 1 / tau.
        bank_seed: seed of the concept texts.
    """

    def __init__(
        self,
        config: ClipConfig | None = None,
        start: str | None = None,
        freeze_text: bool = False,
        teacher: str = "runs/factor_encoder.safetensors",
        learning_rate: float = 2e-3,
        weight_decay: float = 0.02,
        weights: dict[str, float] | None = None,
        max_logit_scale: float = 30.0,
        bank_seed: int = 0,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.clip = load_clip(start) if start else build_clip(config or CLIP_WORLD_CONFIG)
        (self.clip.model if freeze_text else self.clip.model.visual).requires_grad_(False)
        self.factor_encoder = FactorEncoder(self.clip.embed_dim)
        self.term_weights = {"caption": 1.0, "concept": 1.0, "separation": 0.2, **(weights or {})}
        self.random = torch.Generator().manual_seed(bank_seed)

    def training_step(self, batch: dict[str, Any], batch_index: int) -> Tensor:
        """All domains of a batch together."""
        clip = self.clip
        scenes = torch.cat([self.factor_encoder(name, b.factors) for name, b in batch.items()])
        texts, strengths = draw_bank(self.random)
        targets = [bank_targets(name, b.factors, strengths) for name, b in batch.items()]
        captions = [text for b in batch.values() for text in b.captions]
        vectors = clip.encode_tokens(clip.tokenizer(captions + texts).to(scenes.device))
        captioned, bank = vectors.split([len(captions), len(texts)])
        scale = clip.logit_scale.clamp(max=self.hparams["max_logit_scale"])
        terms = {
            "caption": info_nce(scenes, captioned, scale),
            "concept": concept_loss(scenes, bank, torch.cat(targets), scale),
        }
        if not self.hparams["freeze_text"]:
            terms["separation"] = info_nce(bank[: len(CONCEPTS)], bank[len(CONCEPTS) :], scale)
        loss = total_loss(terms, self.term_weights)
        self.log_dict(terms | {"loss": loss, "scale": scale}, prog_bar=True, batch_size=len(scenes))
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

    def on_fit_end(self) -> None:
        """Write the teacher; the pair itself is exported by the script."""
        path = Path(self.hparams["teacher"])
        save_network(path, self.factor_encoder, self.factor_encoder.describe())

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """AdamW with a one-cycle learning rate over the whole fit."""
        free = [p for p in self.parameters() if p.requires_grad]
        groups: list[dict[str, Any]] = [
            {"params": [p for p in free if p.ndim > 1]},
            {"params": [p for p in free if p.ndim < 2], "weight_decay": 0.0},
        ]
        rate, decay = self.hparams["learning_rate"], self.hparams["weight_decay"]
        optimizer = torch.optim.AdamW(groups, lr=rate, weight_decay=decay, betas=(0.9, 0.98))
        steps = max(2, int(self.trainer.estimated_stepping_batches))
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, steps, pct_start=0.1)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }

    def exported(self) -> tuple[nn.Module, dict[str, Any]]:
        """The pair with its trained text tower; the image tower is still as it was drawn."""
        return self.clip.model.eval(), self.clip.describe()
