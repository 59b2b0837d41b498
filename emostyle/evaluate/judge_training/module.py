"""Training of a judge as a LightningModule."""

from collections.abc import Mapping
from typing import Any

import pytorch_lightning as pl
import torch
import torch.nn.functional as functional
from torch import Tensor
from torch.nn.utils import convert_conv2d_weight_memory_format

from emostyle.embedding.schedules import one_cycle
from emostyle.evaluate.judge import Judge
from emostyle.evaluate.judge_training.augment import augment
from emostyle.evaluate.judge_training.figures import (
    correlation,
    factor_targets,
    mean_absolute_error,
)
from emostyle.weights.store import load_state, resolve
from emostyle.world.domain import DOMAINS


class JudgeModule(pl.LightningModule):
    """Regress the factors of rendered pictures.

    A batch maps the domain's name to an object with `pictures` (B, 3, H, W) and `factors` (B, F).

    Args:
        domain: `landscape` or `portrait`.
        width: channels of the judge's first stage.
        stages: number of stages, each halving the resolution.
        features: length of the penultimate features.
        image_size: pixels the judge works at.
        learning_rate: peak of the one-cycle schedule.
        weight_decay: of AdamW.
        average_decay: decay of the running average of the weights that is evaluated and exported.
        augmentation_seed: seed of the augmentation.
        start: exported weights of the same sizes to go on from (file or bundled name).
    """

    def __init__(
        self,
        domain: str = "landscape",
        width: int = 24,
        stages: int = 5,
        features: int = 256,
        image_size: int = 128,
        learning_rate: float = 4e-3,
        weight_decay: float = 0.02,
        average_decay: float = 0.99,
        augmentation_seed: int = 0,
        start: str | None = None,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.domain = DOMAINS[domain]
        self.names = tuple(self.domain.factor_names)
        self.judge = Judge(len(self.names), width, stages, features, image_size)
        if start is not None:
            self.judge.load_state_dict(load_state(resolve(start))[0])
        convert_conv2d_weight_memory_format(self.judge, torch.channels_last)
        averaging = torch.optim.swa_utils.get_ema_multi_avg_fn(average_decay)
        self.average = torch.optim.swa_utils.AveragedModel(
            self.judge, multi_avg_fn=averaging, use_buffers=True
        )
        self.random = torch.Generator().manual_seed(augmentation_seed)
        self.answers: list[Tensor] = []
        self.targets: list[Tensor] = []

    def training_step(self, batch: Mapping[str, Any], batch_index: int) -> Tensor:
        """Cross entropy with soft targets: its minimum is the factor's mean given the picture."""
        mine = batch[self.domain.name]
        images = augment(mine.pictures, self.random)
        targets = factor_targets(mine.factors, self.names, self.domain.binary)
        loss = functional.binary_cross_entropy_with_logits(self.judge.logits(images), targets)
        self.log("train/loss", loss, prog_bar=True)
        return loss

    def on_train_batch_end(self, outputs: Any, batch: Any, batch_index: int) -> None:
        """Let the average follow the weights."""
        self.average.update_parameters(self.judge)

    def validation_step(self, batch: Mapping[str, Any], batch_index: int) -> None:
        """Collect answers of the averaged judge."""
        mine = batch[self.domain.name]
        self.answers.append(self.average(mine.pictures))
        self.targets.append(factor_targets(mine.factors, self.names, self.domain.binary))

    def on_validation_epoch_end(self) -> None:
        """Log error and correlation per factor and their means."""
        if not self.answers:
            return
        answers, targets = torch.cat(self.answers), torch.cat(self.targets)
        self.answers.clear()
        self.targets.clear()
        errors, correlations = mean_absolute_error(answers, targets), correlation(answers, targets)
        for name, error, r in zip(self.names, errors, correlations, strict=True):
            self.log(f"mae/{name}", error)
            self.log(f"r/{name}", r)
        self.log("val/mae", errors.mean(), prog_bar=True)
        self.log("val/r", correlations.mean(), prog_bar=True)

    def configure_optimizers(self) -> Any:
        """AdamW with a one-cycle learning rate over the whole fit."""
        rate, decay = self.hparams["learning_rate"], self.hparams["weight_decay"]
        optimizer = torch.optim.AdamW(self.judge.parameters(), lr=rate, weight_decay=decay)
        return one_cycle(optimizer, self.trainer.estimated_stepping_batches, warm=0.3)

    def exported(self) -> tuple[Judge, dict[str, Any]]:
        """The network to bundle and the metadata its loader needs."""
        self.judge.load_state_dict(self.average.module.state_dict())
        arguments = self.judge.arguments
        facts = {"kind": "judge", "domain": self.domain.name, "factors": list(self.names)}
        return self.judge.eval(), {**facts, "arguments": arguments}
