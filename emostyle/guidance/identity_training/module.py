"""Training of the identity network as a LightningModule."""

from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.nn.utils import convert_conv2d_weight_memory_format

from emostyle.embedding.schedules import one_cycle
from emostyle.guidance.arc_margin import arc_margin_loss
from emostyle.guidance.arcface import IdentityNet
from emostyle.guidance.identity_training.verification import (
    pairs,
    verification_accuracy,
    verification_auc,
)


class IdentityModule(pl.LightningModule):
    """Tell identities of the world apart with the additive angular margin loss.

    Args:
        identities: number of identities in the training set, one centre each.
        network: arguments of `IdentityNet`; its defaults where omitted.
        margin: angular margin in radians, reached after the first fifth of the fit.
        scale: inverse temperature of the softmax.
        learning_rate: peak of the one-cycle schedule.
        weight_decay: of AdamW.
        average_decay: decay of the running average of the weights that is evaluated and exported.
    """

    def __init__(
        self,
        identities: int = 1000,
        network: dict[str, Any] | None = None,
        margin: float = 0.35,
        scale: float = 24.0,
        learning_rate: float = 4e-3,
        weight_decay: float = 0.02,
        average_decay: float = 0.99,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.network = IdentityNet(**(network or {}))
        convert_conv2d_weight_memory_format(self.network, torch.channels_last)
        self.centres = nn.Parameter(torch.randn(identities, self.network.embedding))
        averaging = torch.optim.swa_utils.get_ema_multi_avg_fn(average_decay)
        self.average = torch.optim.swa_utils.AveragedModel(
            self.network, multi_avg_fn=averaging, use_buffers=True
        )
        self.embeddings: list[Tensor] = []
        self.labels: list[Tensor] = []

    def training_step(self, batch: dict[str, Tensor], batch_index: int) -> Tensor:
        """The margin loss of one P x K batch; the margin grows from zero at the start."""
        steps = max(1, int(self.trainer.estimated_stepping_batches))
        margin = self.hparams["margin"] * min(1.0, 5.0 * self.global_step / steps)
        vectors = self.network(batch["image"])
        loss = arc_margin_loss(
            vectors, self.centres, batch["identity"], margin, self.hparams["scale"]
        )
        self.log("train/loss", loss, prog_bar=True)
        return loss

    def on_train_batch_end(self, outputs: Any, batch: Any, batch_index: int) -> None:
        """Let the average follow the weights."""
        self.average.update_parameters(self.network)

    def validation_step(self, batch: dict[str, Tensor], batch_index: int) -> None:
        """Embed pictures of identities that were not trained on."""
        self.embeddings.append(self.average(batch["image"]))
        self.labels.append(batch["identity"])

    def on_validation_epoch_end(self) -> None:
        """Log verification figures over all pairs of unseen identities."""
        if not self.embeddings:
            return
        cosines, same = pairs(torch.cat(self.embeddings), torch.cat(self.labels))
        self.embeddings.clear()
        self.labels.clear()
        if same.any() and not same.all():
            self.log("val/auc", verification_auc(cosines, same), prog_bar=True)
            self.log("val/accuracy", verification_accuracy(cosines, same), prog_bar=True)
            self.log("val/cosine_same", cosines[same].mean())
            self.log("val/cosine_other", cosines[~same].mean())

    def configure_optimizers(self) -> Any:
        """AdamW with a one-cycle learning rate over the whole fit."""
        rate, decay = self.hparams["learning_rate"], self.hparams["weight_decay"]
        parameters = [*self.network.parameters(), self.centres]
        optimizer = torch.optim.AdamW(parameters, lr=rate, weight_decay=decay)
        return one_cycle(optimizer, self.trainer.estimated_stepping_batches, warm=0.3)

    def exported(self) -> tuple[IdentityNet, dict[str, Any]]:
        """The network to bundle and the metadata its loader needs."""
        self.network.load_state_dict(self.average.module.state_dict())
        return self.network.eval(), {"kind": "identity", "arguments": self.network.arguments}
