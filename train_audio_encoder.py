"""Train an audio encoder into the frozen CLIP's joint space and export it.

python train_audio_encoder.py fit --config configs/train_audio_encoder/world.yaml
python train_audio_encoder.py fit --config configs/train_audio_encoder/debug.yaml
python train_audio_encoder.py fit --config configs/train_audio_encoder/world.yaml \
    --config configs/train_audio_encoder/esc10_folds123.yaml --data.init_args.esc10_root DIR
"""

import logging
import platform
import sys
import time
from typing import Any

import torch
from pytorch_lightning import LightningDataModule
from pytorch_lightning.cli import LightningArgumentParser, LightningCLI

from emostyle.embedding.module import AudioEncoderModule
from emostyle.embedding.targets import TargetTable, random_targets
from emostyle.embedding.world_targets import world_targets
from emostyle.weights.store import resolve, save_network
from emostyle.world.sound import SOUND_CLASSES

log = logging.getLogger(__name__)


def build_targets(clip: str, pictures: int) -> TargetTable:
    """Target vectors of a run.

    Args:
        clip: name of bundled CLIP weights or a path to such a file; `random` for a random table
            (debugging without a CLIP).
        pictures: renders per class, strength and domain.
    """
    if clip == "random":
        pictured = tuple(bool(s.landscape or s.portrait) for s in SOUND_CLASSES.values())
        return random_targets(tuple(SOUND_CLASSES), pictured, torch.Generator().manual_seed(0))
    from emostyle.embedding.clip import load_clip

    encoder = load_clip(resolve(clip))
    return world_targets(encoder.encode_text, encoder.encode_image, pictures)


class AudioEncoderCLI(LightningCLI):
    """LightningCLI with the frozen CLIP's name and the place of the exported weights."""

    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        """Options beside trainer, model and data."""
        parser.add_argument("--clip", type=str, default="clip_world", help=build_targets.__doc__)
        parser.add_argument("--pictures", type=int, default=8, help="renders per class and level")
        parser.add_argument(
            "--export", type=str, default="runs/audio_encoder.safetensors", help="exported weights"
        )

    def before_fit(self) -> None:
        """Compute the frozen CLIP's vectors once."""
        self.started = time.perf_counter()
        self.model.targets = build_targets(self.config.fit.clip, self.config.fit.pictures)

    def after_fit(self) -> None:
        """Write the trained encoder with all that is needed to use and to repeat it."""
        metrics = self.trainer.callback_metrics
        metadata: dict[str, Any] = {
            "kind": "audio_encoder",
            "command": " ".join(["python", *sys.argv]),
            "config": self.model.encoder.config,
            "mel": self.model.encoder.mel.to_dict(),
            "classes": list(SOUND_CLASSES),
            "temperature": self.model.temperature,
            "weights": self.model.weights,
            "clip": self.config.fit.clip,
            "data": data_card(self.datamodule),
            "seed": self.config.fit.seed_everything,
            "steps": self.trainer.global_step,
            "batch_size": self.datamodule.batch_size,
            "wall_seconds": round(time.perf_counter() - self.started),
            "hardware": f"{platform.processor() or platform.machine()}, "
            f"{torch.get_num_threads()} threads, precision {self.trainer.precision}",
            "torch": torch.__version__,
            "measured": {name: float(value) for name, value in metrics.items()},
        }
        path = save_network(self.config.fit.export, self.model.encoder, metadata)
        log.warning("Exported the audio encoder to %s", path)


def data_card(data: LightningDataModule) -> dict[str, Any]:
    """The plain settings of a data module for the weights' card."""
    kept = (str, int, float, tuple, list)
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in vars(data).items()
        if not name.startswith("_") and isinstance(value, kept) and not name.endswith("held_out")
    } | {"class": type(data).__name__}


if __name__ == "__main__":
    AudioEncoderCLI(
        AudioEncoderModule,
        LightningDataModule,
        subclass_mode_data=True,
        seed_everything_default=0,
        save_config_kwargs={"overwrite": True},
    )
