"""Change pictures with a sound: per-image latent optimisation as a short Lightning fit.

python manipulate.py fit --config configs/manipulate/landscape.yaml --data.audio rain.wav
python manipulate.py fit --config runs/rain/config.yaml        # the same pictures again
"""

import sys
import time
from pathlib import Path
from typing import Any

import yaml
from pytorch_lightning.cli import LightningArgumentParser, LightningCLI
from rich.console import Console

from datamodules.edit import EditData
from emostyle.cli import run_command
from emostyle.manipulate.console import describe, show
from emostyle.manipulate.fit import EditWatcher
from emostyle.manipulate.latent_edit import collect, finish, optimise_stage
from emostyle.manipulate.module import LatentEditModule
from emostyle.manipulate.prepare import prepare
from emostyle.manipulate.progress import LiveBar
from emostyle.manipulate.record import Sound
from emostyle.manipulate.save import check_folder
from emostyle.manipulate.session import Job, save


class EditCLI(LightningCLI):
    """LightningCLI that starts the module from the data and saves what came out."""

    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        """Options beside trainer, model and data."""
        parser.add_argument("--out", type=Path | None, default=None, help="folder of the results")
        parser.add_argument("--gif", type=bool, default=False, help="also write an animated GIF")

    def fit(self, model: LatentEditModule, datamodule: EditData, **trainer_options: Any) -> None:
        """Encode the sound and the words, optimise, save.

        Args:
            model: built from the configuration, not started.
            datamodule: what the edit is guided by.
            **trainer_options: what else `Trainer.fit` takes.
        """
        began, networks = time.perf_counter(), model.networks
        request = datamodule.request(networks.domain, networks.stack, self.trainer.max_steps)
        sound = Sound(Path(request.audio).name, Path(request.audio)) if request.audio else None
        sound = sound or Sound(f"“{request.words or request.music}”")
        out = Path(self.config.fit.out or Path("runs") / Path(sound.name).stem)
        prepared = prepare(networks, [request], model.settings)
        check_folder(out)
        model.start(prepared.targets, prepared.seeds)
        start, console = time.perf_counter(), Console()
        with LiveBar(console) as bar:
            bar.start(f"{networks.domain}: {sound.name}", request.steps)
            watcher = EditWatcher(bar)
            self.trainer.callbacks.append(watcher)  # type: ignore[attr-defined]
            self.trainer.fit(model, datamodule=datamodule, **trainer_options)
        optimised = optimise_stage(watcher, request.steps, time.perf_counter() - start)
        [result] = collect(networks, model, prepared, watcher)
        result = finish(result, [*prepared.stages[0], optimised], began)
        config = yaml.safe_load(self.parser.dump(self.config).replace("config: null\n", ""))["fit"]
        job = Job(request, sound, out, {k: v for k, v in config.items() if k != "config"})
        show(console, [save(job, result, describe(request, result), gif=self.config.fit.gif)])
        console.print(f"{out}/", highlight=False)
        if watcher.interrupted:
            raise KeyboardInterrupt


def main() -> None:
    """Run the command line."""
    EditCLI(
        LatentEditModule,
        EditData,
        save_config_callback=None,
        seed_everything_default=0,
        parser_kwargs={"parser_mode": "omegaconf"},
    )


if __name__ == "__main__":
    sys.exit(run_command(main))
