"""Change pictures with a sound: per-image latent optimisation as a short Lightning fit.

python manipulate.py fit --config configs/manipulate/landscape.yaml --data.audio rain.wav
python manipulate.py fit --config runs/rain/config.yaml        # the same pictures again
"""

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from pytorch_lightning.cli import LightningArgumentParser, LightningCLI

from datamodules.edit import EditData
from emostyle.cli import run_script
from emostyle.manipulate.console import describe, show_saved
from emostyle.manipulate.fit import EditWatcher
from emostyle.manipulate.latent_edit import collect, finish
from emostyle.manipulate.module import LatentEditModule
from emostyle.manipulate.prepare import prepare
from emostyle.manipulate.progress import LiveBar
from emostyle.manipulate.record import Sound
from emostyle.manipulate.session import Job, save


class EditCLI(LightningCLI):
    """LightningCLI that starts the module from the data and saves what came out."""

    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        """Options beside trainer, model and data."""
        parser.add_argument("--out", type=Path, default=None, help="folder of the results")
        parser.add_argument("--gif", type=bool, default=False, help="also write an animated GIF")

    def before_fit(self) -> None:
        """Encode the sound and the words, take the starting pictures."""
        self.began = time.perf_counter()
        networks = self.model.networks
        self.request = self.datamodule.request(
            networks.domain, networks.stack, self.trainer.max_steps
        )
        self.prepared = prepare(networks, [self.request], self.model.settings)
        self.model.start(self.prepared.targets, self.prepared.seeds)
        self.bar = LiveBar()
        self.watcher = EditWatcher(self.bar)
        self.trainer.callbacks.append(self.watcher)
        self.bar.__enter__()
        self.bar.start(self._sound().name, self.trainer.max_steps)

    def after_fit(self) -> None:
        """Write the pictures, the record and the resolved configuration."""
        self.bar.__exit__(None, None, None)
        results = collect(self.model.networks, self.model, self.prepared, self.watcher)
        [result] = finish(results, self.prepared, [], self.watcher, self.began, self.trainer)
        sound = self._sound()
        out = self.config.fit.out or Path("runs") / (Path(sound.name).stem or "text")
        job = Job(replace(self.request, preset="world"), sound, Path(out))
        config = {"config.yaml": self.parser.dump(self.config, skip_none=False).encode()}
        saved = save(job, result, describe(job.request, result), gif=self.config.fit.gif, **config)
        show_saved([saved])

    def _sound(self) -> Sound:
        audio = self.datamodule.audio
        if audio is None:
            return Sound(f"“{self.datamodule.text or self.datamodule.lyrics or 'music'}”")
        return Sound(Path(audio).name, Path(audio))


def main(arguments: Any = None) -> None:
    """Run the command line."""
    EditCLI(
        LatentEditModule,
        EditData,
        save_config_callback=None,
        seed_everything_default=0,
        args=arguments,
    )


if __name__ == "__main__":
    sys.exit(run_script(main))
