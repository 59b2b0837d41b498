"""Run a latent optimisation: a fresh Trainer, a live callback, a graceful Ctrl-C."""

import logging
import signal
import threading
import warnings
from types import FrameType
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from emostyle.manipulate.module import LatentEditModule
from emostyle.manipulate.progress import ProgressCallback

KEPT_FRAMES = 24
"""Pictures kept along the way for strips and animations, start and end beside them."""


class StepCounter(Dataset[Tensor]):
    """The data of an edit: the numbers of its steps."""

    def __init__(self, steps: int) -> None:
        self.steps = steps

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, index: int) -> Tensor:
        if index >= self.steps:
            raise IndexError(index)
        return torch.tensor(index)


class EditWatcher(pl.Callback):
    """Report each step, keep latents along the way, stop cleanly on Ctrl-C.

    Args:
        progress: called after each step.
    """

    def __init__(self, progress: ProgressCallback | None = None) -> None:
        self.progress = progress
        self.latents: list[Tensor] = []
        self.interrupted = False
        self._before: Any = None

    def on_fit_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Take over Ctrl-C for the length of the fit."""
        if threading.current_thread() is threading.main_thread():

            def stop(signum: int, frame: FrameType | None) -> None:
                self.interrupted = trainer.should_stop = True

            self._before = signal.signal(signal.SIGINT, stop)

    def on_fit_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Give Ctrl-C back."""
        self._restore()

    def on_exception(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException
    ) -> None:
        """Give Ctrl-C back."""
        self._restore()

    def _restore(self) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            self._before = None

    def on_train_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Report the step and keep its latent if its turn has come."""
        steps, done = trainer.max_steps, trainer.global_step
        every = max(1, steps // KEPT_FRAMES)
        if isinstance(pl_module, LatentEditModule):
            if done % every == 0:
                self.latents.append(pl_module.latent().detach().clone().cpu())
            if self.progress is not None:
                last = {k: float(v[-1].mean()) for k, v in pl_module.history.items()}
                self.progress(done, steps, last)


def fit(
    module: LatentEditModule, steps: int, progress: ProgressCallback | None = None
) -> EditWatcher:
    """Optimise a started module with a Trainer of its own.

    Args:
        module: after `LatentEditModule.start`.
        steps: optimisation steps.
        progress: called after each step.

    Returns:
        The watcher, with the latents along the way and whether Ctrl-C came.
    """
    watcher = EditWatcher(progress)
    quiet = logging.getLogger("pytorch_lightning")
    level = quiet.level
    quiet.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            trainer = pl.Trainer(
                accelerator="auto",
                devices=1,
                max_steps=steps,
                logger=False,
                enable_checkpointing=False,
                enable_progress_bar=False,
                enable_model_summary=False,
                callbacks=[watcher],
            )
            trainer.fit(module, DataLoader(StepCounter(steps), batch_size=None))
    finally:
        quiet.setLevel(level)
    return watcher
