"""The data of one edit for LightningCLI: the sound, the words, the seeds; and its steps."""

from pathlib import Path

import pytorch_lightning as pl
from torch import Tensor
from torch.utils.data import DataLoader

from emostyle.manipulate.fit import StepCounter
from emostyle.manipulate.request import EditRequest


class EditData(pl.LightningDataModule):
    """What an edit is guided by and starts from. The batches only count the steps.

    Args:
        audio: sound file.
        seed: seed of the first starting picture; item i starts from seed + i.
        count: number of starting pictures, edited in one fit.
        w_plus: file of latents to start from instead of seeds.
        lyrics: words of the song, guidance beside the sound.
        text: free description, guidance beside the sound.
        music: auxiliary music file, guidance beside the sound.
    """

    def __init__(
        self,
        audio: Path | None = None,
        seed: int = 0,
        count: int = 1,
        lyrics: str | None = None,
        text: str | None = None,
        music: Path | None = None,
        w_plus: Path | None = None,
    ) -> None:
        super().__init__()
        self.audio, self.seed, self.count = audio, seed, count
        self.lyrics, self.text, self.music = lyrics, text, music
        self.w_plus = w_plus

    def request(self, domain: str, stack: str, steps: int) -> EditRequest:
        """The request this data stands for.

        Args:
            domain: the module's domain.
            stack: the module's stack.
            steps: the trainer's `max_steps`.

        Raises:
            EmoStyleError: nothing to be guided by.
        """
        return EditRequest(
            audio=self.audio,
            domain=domain,
            seed=self.seed,
            count=self.count,
            steps=steps,
            lyrics=self.lyrics,
            text=self.text,
            music=self.music,
            w_plus=self.w_plus,
            stack=stack,
            preset="custom",
        )

    def train_dataloader(self) -> DataLoader[Tensor]:
        """One item per optimisation step."""
        steps = self.trainer.max_steps if self.trainer is not None else 1
        return DataLoader(StepCounter(max(1, steps)), batch_size=None)
