"""Train one network of the bundled world and export it.

    python train_world.py clip_world --config configs/world/clip_world.yaml
    python train_world.py clip_world --config configs/world/smoke/clip_world.yaml
    python train_world.py clip_world --config configs/world/clip_world_stage2.yaml

The name of the network comes first, then what LightningCLI takes (`fit` may be left out).
"""

import importlib
import platform
import runpy
import sys
import time
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning.cli import LightningArgumentParser, LightningCLI

from emostyle.weights.store import save_network

PICTURES = "datamodules.world_pictures:WorldPictures"
GENERATOR = (
    "emostyle.generator.module:GeneratorModule",
    "datamodules.generator_pairs:GeneratorPairs",
)
JUDGE = ("emostyle.evaluate.judge_training.module:JudgeModule", PICTURES)
SCENES = (
    "emostyle.embedding.teacher_training.module:TeacherModule",
    "datamodules.world_scenes:WorldScenes",
)
NETWORKS: dict[str, tuple[str, str]] = {
    "clip_world": ("emostyle.embedding.clip_training.module:ClipModule", PICTURES),
    "clip_text": SCENES,
    "clip_teacher": SCENES,
    "clip_synonyms": (
        "emostyle.embedding.synonym_training.module:SynonymModule",
        "datamodules.world_scenes:WorldScenes",
    ),
    "stylegan2_landscape": GENERATOR,
    "stylegan2_portrait": GENERATOR,
    "judge_landscape": JUDGE,
    "judge_portrait": JUDGE,
    "arcface_world": (
        "emostyle.guidance.identity_training.module:IdentityModule",
        "datamodules.world_identities:WorldIdentities",
    ),
    "audio_encoder_world": ("", ""),
}
"""Network -> (LightningModule, LightningDataModule), imported only when asked for.

The audio encoder has a script of its own, which takes over."""


def find(place: str) -> Any:
    """The class at `package.module:Class`."""
    module, name = place.split(":")
    return getattr(importlib.import_module(module), name)


class WorldCLI(LightningCLI):
    """LightningCLI that exports what was trained, with all that is needed to repeat it."""

    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        """Options beside trainer, model and data."""
        parser.add_argument("--export", type=str | None, default=None, help="exported weights file")

    def before_fit(self) -> None:
        """Start the clock."""
        self.started = time.perf_counter()

    def after_fit(self) -> None:
        """Write the network that the module names by `exported()`."""
        if self.config.fit.export is None:
            return
        network, metadata = self.model.exported()
        figures = {k: round(float(v), 5) for k, v in self.trainer.callback_metrics.items()}
        facts = {
            "command": " ".join(["python", *sys.argv]),
            "seed": self.config.fit.seed_everything,
            "steps": int(self.trainer.global_step),
            "seconds": round(time.perf_counter() - self.started, 1),
            "hardware": f"{platform.machine()}, {torch.get_num_threads()} threads",
            "torch": torch.__version__,
            "figures": figures,
        }
        path = save_network(Path(self.config.fit.export), network, {**facts, **metadata})
        print(f"wrote {path}")


def main(arguments: list[str]) -> None:
    """Run the command line.

    Args:
        arguments: network name, then LightningCLI's own.
    """
    if not arguments or arguments[0] not in NETWORKS:
        came = f"'{arguments[0]}'" if arguments else "nothing"
        print(
            f"The first argument names the network, but {came} came; "
            f"choose one of {', '.join(NETWORKS)}.",
            file=sys.stderr,
        )
        raise SystemExit(2)
    network, *rest = arguments
    if not rest or rest[0] not in LightningCLI.subcommands():
        rest = ["fit", *rest]
    if network == "audio_encoder_world":
        script = Path(__file__).with_name("train_audio_encoder.py")
        sys.argv = [str(script), *rest]
        runpy.run_path(str(script), run_name="__main__")
        return
    model, data = (find(place) for place in NETWORKS[network])
    WorldCLI(
        model,
        data,
        subclass_mode_model=True,
        subclass_mode_data=True,
        args=rest,
        save_config_kwargs={"overwrite": True},
    )


if __name__ == "__main__":
    main(sys.argv[1:])
