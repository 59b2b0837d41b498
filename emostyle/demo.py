"""The demo: eight synthesised sounds change four landscapes and four portraits."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from PIL import Image
from rich.console import Console

from emostyle.manipulate.artifacts import Cell, caption_of, grid
from emostyle.manipulate.console import run_with_bar, show
from emostyle.manipulate.provenance import png_bytes, versions
from emostyle.manipulate.record import Sound, json_bytes
from emostyle.manipulate.request import EditRequest
from emostyle.manipulate.save import RESULT, prepare_folder, write_atomic
from emostyle.manipulate.session import Job, Saved, plain_config
from emostyle.manipulate.stack import settings_of
from emostyle.manipulate.typeset import colour_of, to_picture
from emostyle.world.sound import synthesize

SAMPLE_RATE_HZ = 44100
HELD_OUT_SEED = 1_000_003
"""First seed of the demo's sounds; training draws its seeds far below."""


@dataclass(frozen=True)
class Scene:
    """One edit of the demo.

    Attributes:
        domain: what the picture shows.
        sound: class of the sound.
        strength: how strong it is, in [0, 1].
        picture: offset of the picture's seed from the demo's.
    """

    domain: str
    sound: str
    strength: float = 0.9
    picture: int = 0


SCENES = (
    Scene("landscape", "rain", 0.9, 7),
    Scene("landscape", "thunderstorm", 0.9, 0),
    Scene("landscape", "fire", 0.9, 15),
    Scene("landscape", "underwater", 0.9, 6),
    Scene("portrait", "giggling", 0.9, 16),
    Scene("portrait", "sobbing", 0.9, 3),
    Scene("portrait", "screaming", 0.9, 19),
    Scene("portrait", "happy_music", 0.9, 13),
)


def run_demo(out: Path, steps: int, seed: int, stack: str) -> list[Saved]:
    """Synthesise the sounds, edit the pictures, write sheets, print one table and the paths.

    Args:
        out: folder of the results.
        steps: optimisation steps per edit.
        seed: seed of the first picture of each domain.
        stack: the set of networks.
    """
    console, began = Console(), time.perf_counter()
    prepare_folder(out)
    jobs = plan_demo(out, steps, seed, stack)
    saved: list[Saved] = []
    try:
        run_with_bar(jobs, None, console, saved, gifs=1)
    finally:
        if saved:
            write_sheets(out, saved, len(jobs), time.perf_counter() - began)
            report(console, out, saved, time.perf_counter() - began)
    return saved


def plan_demo(out: Path, steps: int, seed: int, stack: str) -> list[Job]:
    """The demo's jobs; writes their sounds as WAV files into `out/sounds`."""
    (out / "sounds").mkdir(parents=True, exist_ok=True)
    jobs = []
    for index, scene in enumerate(SCENES):
        samples = synthesize(scene.sound, scene.strength, HELD_OUT_SEED + index)
        path = write_atomic(out / "sounds" / f"{scene.sound}.wav", wav_bytes(samples))
        request = EditRequest(
            audio=path, domain=scene.domain, seed=seed + scene.picture, steps=steps, stack=stack
        )
        settings = asdict(settings_of(request))
        folder = out / f"{scene.domain}_{scene.sound}"
        config = plain_config(request, settings=settings)
        jobs.append(Job(request, Sound(path.name, path, samples), folder, config))
    return jobs


def wav_bytes(samples: NDArray[np.floating]) -> bytes:
    """A sound as a 16-bit WAV file."""
    buffer = BytesIO()
    soundfile.write(buffer, samples, SAMPLE_RATE_HZ, format="WAV", subtype="PCM_16")
    return buffer.getvalue()


def demo_grid(saved: Sequence[Saved]) -> Image.Image:
    """All edits on one sheet, a row per domain."""
    rows: dict[str, list[Cell]] = {}
    for index, edit in enumerate(saved):
        result, sound = edit.result, edit.job.sound
        name = Path(sound.name).stem.replace("_", " ")
        caption = caption_of(result, name, samples=sound.samples, colour=colour_of(index))
        cell = Cell(to_picture(result.before[0]), to_picture(result.after[0]), caption)
        rows.setdefault(result.domain, []).append(cell)
    return grid([("", cells) for cells in rows.values()])


def write_sheets(out: Path, saved: Sequence[Saved], planned: int, seconds: float) -> None:
    """Write `grid.png` and, last, `result.json` of the whole demo."""
    what = "Pictures before and after synthesised sounds changed them"
    write_atomic(out / "grid.png", png_bytes(demo_grid(saved), "generated", what))
    record = {
        "format": "emostyle-demo/1",
        "interrupted": len(saved) < planned or any(e.result.interrupted for e in saved),
        "seconds": round(seconds, 2),
        "versions": versions(),
        "edits": [
            {
                "sound": edit.job.sound.name,
                "domain": edit.result.domain,
                "seed": edit.result.seeds[0],
                "similarity_start": float(edit.result.similarity_start[0]),
                "similarity_end": float(edit.result.similarity_end[0]),
                "changed": [asdict(change) for change in edit.changed[0]],
                "result": str(edit.files[RESULT].relative_to(out)),
            }
            for edit in saved
        ],
    }
    write_atomic(out / RESULT, json_bytes(record))


def report(console: Console, out: Path, saved: Sequence[Saved], seconds: float) -> None:
    """The table and the paths."""
    show(console, saved)
    console.print()
    first = saved[0].files
    paths = [("grid of all", out / "grid.png")]
    paths += [("strip", edit.files["strip.png"]) for edit in saved]
    paths += [("loss curves", first["curves.png"]), ("layer mask", first["mask.png"])]
    paths += [("animation", first["edit.gif"]), ("sounds", out / "sounds")]
    paths += [("all figures", out / RESULT)]
    for name, path in paths:
        console.print(f"{name:<12} {path}", highlight=False, soft_wrap=True)
    console.print(f"\n{len(saved)} edits in {seconds:.0f} s", style="dim")
