"""Training of the text tower on synonyms, as a LightningModule: other words, the same place."""

from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn

from emostyle.embedding.clip import load_clip
from emostyle.embedding.clip_training.concepts import draw_bank
from emostyle.embedding.schedules import one_cycle
from emostyle.weights.store import load_state, resolve
from emostyle.world.synonyms import reworded


class SynonymModule(pl.LightningModule):
    """The tower learns from itself: a reworded text lies where the text itself lay before.

    The tower as it was gives the targets (1 - cosine), for the captions as they are (`kept`) and
    for the same captions in WordNet's words (`synonym`). So whatever was trained against the old
    places, the image tower and the audio encoder, stays valid.

    Args:
        start: weights of the pair (file, or name of a bundled one).
        learning_rate: peak of the one-cycle schedule.
        share: probability that a word with synonyms is replaced.
        synonym_seed: seed of the synonyms and of the concept texts.
    """

    def __init__(
        self, start: str, learning_rate: float = 5e-4, share: float = 0.6, synonym_seed: int = 0
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.clip, self.before = load_clip(resolve(start)), load_clip(resolve(start))
        self.before.requires_grad_(False)
        self.figures = dict(load_state(resolve(start))[1].get("figures", {}))
        self.clip.requires_grad_(False)
        for parameter in self.clip.text_parameters():
            parameter.requires_grad_(True)
        self.random = torch.Generator().manual_seed(synonym_seed)

    def _errors(self, texts: list[str], random: torch.Generator) -> dict[str, Tensor]:
        """Mean cosine distance to the old places, of the texts and of the reworded ones."""
        others = [reworded(text, random, self.hparams["share"]) for text in texts]
        with torch.no_grad():
            place = self.before.encode_tokens(self._tokens(texts))
        found = self.clip.encode_tokens(self._tokens(texts + others)).chunk(2)
        changed = torch.tensor([a != b for a, b in zip(texts, others, strict=True)])
        kept, synonym = (1 - (place * vectors).sum(1) for vectors in found)
        return {"kept": kept.mean(), "synonym": synonym[changed.to(synonym.device)].mean()}

    def _tokens(self, texts: list[str]) -> Tensor:
        return self.clip.tokenizer(texts).to(self.device)

    def training_step(self, batch: dict[str, Any], batch_index: int) -> Tensor:
        """Captions of all domains of a batch and the texts of the concepts."""
        captions = [text for b in batch.values() for text in b.captions]
        terms = self._errors(captions + draw_bank(self.random)[0], self.random)
        loss = terms["kept"] + terms["synonym"]
        self.log_dict(terms | {"loss": loss}, prog_bar=True, batch_size=len(captions))
        return loss

    def validation_step(self, batch: dict[str, Any], batch_index: int) -> None:
        """Distances of other captions, reworded alike in every epoch."""
        captions = [text for b in batch.values() for text in b.captions]
        found = self._errors(captions, torch.Generator().manual_seed(0))
        self.figures |= {f"val/{name}": round(float(value), 5) for name, value in found.items()}
        self.log_dict({f"val/{name}": value for name, value in found.items()}, prog_bar=True)

    def configure_optimizers(self) -> Any:
        """Adam with a one-cycle learning rate over the whole fit; no decay pulls at the tower."""
        rate = self.hparams["learning_rate"]
        optimizer = torch.optim.Adam(self.clip.text_parameters(), lr=rate)
        return one_cycle(optimizer, self.trainer.estimated_stepping_batches)

    def exported(self) -> tuple[nn.Module, dict[str, Any]]:
        """The pair, what rebuilds it, and its figures with those from before."""
        return self.clip.model.eval(), {**self.clip.describe(), "figures": self.figures}
