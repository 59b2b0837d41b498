"""Training of the factor encoder, with or against the text tower, as a LightningModule."""

from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn

from emostyle.embedding.clip import CLIP_WORLD_CONFIG, ClipConfig, build_clip, load_clip
from emostyle.embedding.clip_training import figures
from emostyle.embedding.clip_training.concepts import (
    UNSEEN,
    alone,
    bank_targets,
    draw_bank,
    level_targets,
)
from emostyle.embedding.clip_training.factor_encoder import FactorEncoder
from emostyle.embedding.clip_training.module import MAX_LOGIT_SCALE
from emostyle.embedding.clip_training.objective import (
    arc_cosine,
    arc_loss,
    concept_loss,
    level_loss,
    separation_loss,
)
from emostyle.embedding.losses import info_nce, total_loss
from emostyle.embedding.schedules import one_cycle
from emostyle.weights.store import resolve

NEAREST = 0.9
"""Cosine of a scene and a text of its event at equal strength; the rest is for the scene."""
DEFAULT_WEIGHTS = {"caption": 1.0, "concept": 1.0, "level": 0.2, "scene_arc": 20.0}
TEXT_WEIGHTS = {"separation": 0.2, "text_arc": 20.0}


class TeacherModule(pl.LightningModule):
    """Symmetric InfoNCE of scenes, seen as factors, with texts; strength along an arc.

    Args:
        start: weights of a pair (file, or name of a bundled one) whose text tower is taken.
        config: architecture of a new pair, if `start` is None; None takes the bundled one.
        train_text: train the text tower too and export the pair; false: export the teacher.
        learning_rate: peak of the one-cycle schedule.
        text_learning_rate: the same of the text tower.
        weights: of the terms `caption`, `concept`, `level`, `scene_arc`, and of the text tower's
            own, `separation` and `text_arc`.
        bank_seed: seed of the concept texts.
    """

    def __init__(
        self,
        start: str | None = "clip_world",
        config: ClipConfig | None = None,
        train_text: bool = False,
        learning_rate: float = 3e-3,
        text_learning_rate: float = 2e-3,
        weights: dict[str, float] | None = None,
        bank_seed: int = 0,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.clip = load_clip(resolve(start)) if start else build_clip(config or CLIP_WORLD_CONFIG)
        self.clip.requires_grad_(train_text)
        self.clip.model.visual.requires_grad_(False)
        self.factor_encoder = FactorEncoder(self.clip.embed_dim)
        self.term_weights = DEFAULT_WEIGHTS | (TEXT_WEIGHTS if train_text else {}) | (weights or {})
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
        pairs = [alone(name, b.factors, strengths) for name, b in batch.items()]
        difference, shown = (torch.cat(part) for part in zip(*pairs, strict=True))
        scale = clip.logit_scale.clamp(max=MAX_LOGIT_SCALE)
        terms = {
            "caption": info_nce(scenes, captioned, scale),
            "concept": concept_loss(scenes, bank, torch.cat(targets), scale),
            "level": level_loss(scenes, bank, torch.cat(levels)),
            "scene_arc": arc_loss(scenes, bank, NEAREST * arc_cosine(difference), shown),
        }
        if self.hparams["train_text"]:
            weak, strong = bank.chunk(2)
            apart = arc_cosine(torch.subtract(*strengths.to(bank).chunk(2)))
            same = torch.eye(len(weak), dtype=torch.bool, device=weak.device)
            terms["separation"] = separation_loss(weak, strong, UNSEEN, scale)
            terms["text_arc"] = arc_loss(weak, strong, apart[:, None] * same, same)
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

    def configure_optimizers(self) -> Any:
        """AdamW with a one-cycle learning rate over the whole fit."""
        rate = self.hparams["learning_rate"]
        groups: list[dict[str, Any]] = [{"params": list(self.factor_encoder.parameters())}]
        if self.hparams["train_text"]:
            free = [p for p in self.clip.parameters() if p.requires_grad]
            groups.append({"params": free, "lr": self.hparams["text_learning_rate"]})
        optimizer = torch.optim.AdamW(groups, lr=rate)
        return one_cycle(optimizer, self.trainer.estimated_stepping_batches)

    def exported(self) -> tuple[nn.Module, dict[str, Any]]:
        """The teacher, or the pair if its text tower was trained, and what rebuilds it."""
        if self.hparams["train_text"]:
            return self.clip.model.eval(), self.clip.describe()
        return self.factor_encoder.eval(), self.factor_encoder.describe()
