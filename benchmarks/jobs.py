"""Edits that the benchmarks ask for, run several to a fit."""

import argparse
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import soundfile
import torch
from rich.progress import track
from torch import Tensor

from emostyle.evaluate.judge import load_judge, read_factors
from emostyle.evaluate.world_edits import raised
from emostyle.manipulate import EditRequest, edit_many
from emostyle.types import EditResult
from emostyle.world.domain import DOMAINS, Scenes
from emostyle.world.sound import SOUND_CLASSES, synthesize

HELD_OUT_SOUND_SEED = 1_000_000
"""Sounds from this seed on are never trained on."""
HELD_OUT_START_SEED = 3_000_000
"""Start scenes from this seed on are never trained on."""
SAMPLE_RATE_HZ = 44100
SHEETS = Path("runs/benchmarks")
"""Where contact sheets and the figures of each single edit are kept."""


@dataclass(frozen=True)
class Job:
    """One edit to run.

    Attributes:
        domain: `landscape` or `portrait`.
        sound_class: class of the sound.
        factor: the factor the sound speaks of in this domain.
        strength: strength of the synthesised sound; NaN for a recording.
        start_seed: seed of the starting picture.
        sound_seed: seed of the synthesised sound.
        audio: the recording; a sound is synthesised when it is missing.
    """

    domain: str
    sound_class: str
    factor: str
    strength: float
    start_seed: int
    sound_seed: int = 0
    audio: Path | None = None


@dataclass(frozen=True)
class Measured:
    """A finished edit and what the judge sees in it.

    Attributes:
        job: what was asked for.
        before: starting picture (3, H, W) in [-1, 1].
        after: edited picture.
        scene: the scene the starting picture stands for.
        factors_before: factors the judge reads before, (F,).
        factors_after: and after.
        features_before: the judge's features before, (K,).
        features_after: and after.
        heard: nearest sound classes with their probabilities.
    """

    job: Job
    before: Tensor
    after: Tensor
    scene: Scenes
    factors_before: Tensor
    factors_after: Tensor
    features_before: Tensor
    features_after: Tensor
    heard: list[tuple[str, float]]


def factor_of(sound_class: str, domain: str) -> str | None:
    """The factor a sound class speaks of in a domain, or None."""
    entry = SOUND_CLASSES[sound_class]
    return entry.landscape if domain == "landscape" else entry.portrait


def _request(job: Job, steps: int, folder: Path, name: str) -> EditRequest:
    """The edit of one job; a synthesised sound goes through a file like a recording does."""
    audio = job.audio
    if audio is None:
        audio = folder / f"{name}.wav"
        sound = synthesize(job.sound_class, job.strength, job.sound_seed)
        soundfile.write(audio, sound, SAMPLE_RATE_HZ, subtype="FLOAT")
    return EditRequest(audio=audio, domain=job.domain, seeds=(job.start_seed,), steps=steps)


def start_scene(job: Job) -> Scenes:
    """The quiet scene that the starting picture of a job stands for."""
    domain = DOMAINS[job.domain]
    return domain.from_z(domain.sample_z(1, torch.Generator().manual_seed(job.start_seed)))


def true_jobs(jobs: list[Job]) -> Iterable[Measured]:
    """What perfect edits would give: the world draws start and end itself. No sound, no generator.

    Args:
        jobs: edits of one domain, with strengths.

    Yields:
        The jobs as if done perfectly, in order; their figures are the judge's own ceiling.
    """
    if not jobs:
        return
    domain = DOMAINS[jobs[0].domain]
    judge = load_judge(domain.name)
    for job in jobs:
        scene = start_scene(job)
        factors = raised(scene, domain.index(job.factor), torch.tensor([job.strength]))
        both = torch.cat([scene.factors, factors])
        pictures = domain.render(both, scene.shape.repeat(2, 1))
        read, features = read_factors(judge, pictures)
        yield Measured(job, *pictures, scene, *read, *features, heard=[])


def run_jobs(jobs: list[Job], steps: int, per_fit: int) -> Iterable[Measured]:
    """Run edits of one domain, several to a fit, and let the judge read each.

    Args:
        jobs: edits, all of one domain.
        steps: steps per edit.
        per_fit: edits per fit; the result of an edit does not depend on it.

    Yields:
        Finished edits in the order of the jobs.
    """
    if not jobs:
        return
    domain = DOMAINS[jobs[0].domain]
    judge = load_judge(domain.name)
    parts = [jobs[start : start + per_fit] for start in range(0, len(jobs), per_fit)]
    for part in track(parts, description=f"{domain.name}: fits of {per_fit}"):
        with tempfile.TemporaryDirectory() as folder:
            requests = [
                _request(job, steps, Path(folder), str(index)) for index, job in enumerate(part)
            ]
            results: list[EditResult] = edit_many(requests)
        for job, result in zip(part, results, strict=True):
            factors, features = read_factors(judge, torch.cat([result.before, result.after]))
            yield Measured(
                job=job,
                before=result.before[0],
                after=result.after[0],
                scene=start_scene(job),
                factors_before=factors[0],
                factors_after=factors[1],
                features_before=features[0],
                features_after=features[1],
                heard=result.heard,
            )


def add_common_options(parser: argparse.ArgumentParser) -> None:
    """The options that every benchmark of edits has."""
    parser.add_argument("--steps", type=int, default=300, help="steps per edit")
    parser.add_argument("--per-fit", type=int, default=8, help="edits run together in one fit")
    parser.add_argument("--limit", type=int, default=0, help="run only this many edits (0: all)")
    parser.add_argument("--threads", type=int, default=0, help="torch threads (0: as it is)")
    parser.add_argument("--out", type=Path, default=SHEETS, help="folder for contact sheets")
    parser.add_argument("--record", action="store_true", help="append to benchmarks/results")


def apply_threads(options: argparse.Namespace) -> None:
    """Set the number of threads that was asked for."""
    if options.threads:
        torch.set_num_threads(options.threads)
