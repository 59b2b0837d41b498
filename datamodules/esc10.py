"""ESC-10 (Piczak 2015): 400 recordings of ten classes in five official folds."""

from pathlib import Path

from pytorch_lightning import LightningDataModule
from torch.utils.data import DataLoader

from datamodules.sound_bank import BalancedBatches, PlainBatches, SoundBank, recordings
from emostyle.waveform.esc10 import ESC10, list_esc10
from emostyle.waveform.mel import MelSpec
from emostyle.world.sound import SOUND_CLASSES


def esc10_bank(root: str | Path, folds: tuple[int, ...], mel: MelSpec, cache: Path) -> SoundBank:
    """ESC-10's clips of some folds, labelled with our sound classes; broken files are left out.

    Args:
        root: folder of ESC-10.
        folds: official folds.
        mel: front end.
        cache: cache folder.

    Raises:
        AudioError: the folder is missing or holds no clip of these folds.
    """
    clips = list_esc10(root, folds)
    ours = list(SOUND_CLASSES)
    labels = [ours.index(ESC10[clip.label].name) for clip in clips]
    name = "esc10-" + "".join(map(str, sorted(folds)))
    return recordings([clip.path for clip in clips], labels, mel, cache, name)


class Esc10(LightningDataModule):
    """ESC-10 alone, split by its official folds and never at random.

    Args:
        root: folder of ESC-10.
        folds: folds to train on.
        held_out: folds to validate on.
        batch_size: clips per step.
        steps: steps of an epoch; one epoch is a whole training run.
        seed: seed of the batches.
        cache: folder of the cached mel pictures.
        mel: front end; must be the encoder's.
    """

    train: SoundBank
    held_out: SoundBank

    def __init__(
        self,
        root: str,
        folds: tuple[int, ...] = (1, 2, 3),
        held_out: tuple[int, ...] = (4,),
        batch_size: int = 64,
        steps: int = 700,
        seed: int = 0,
        cache: str = "cache/sounds",
        mel: MelSpec | None = None,
    ) -> None:
        super().__init__()
        self.root, self.folds, self.held_out_folds = root, tuple(folds), tuple(held_out)
        self.batch_size, self.steps, self.seed = batch_size, steps, seed
        self.cache, self.mel = Path(cache), mel or MelSpec()

    def setup(self, stage: str) -> None:
        """Read the clips, from the cache if they were decoded before."""
        if not hasattr(self, "train"):
            self.train = esc10_bank(self.root, self.folds, self.mel, self.cache)
            self.held_out = esc10_bank(self.root, self.held_out_folds, self.mel, self.cache)

    def train_dataloader(self) -> DataLoader:
        """Class-balanced batches."""
        batches = BalancedBatches(self.train, self.batch_size, self.steps, self.seed)
        return DataLoader(batches, batch_size=None)

    def val_dataloader(self) -> DataLoader:
        """The held-out folds once."""
        return DataLoader(PlainBatches(self.held_out), batch_size=None)
