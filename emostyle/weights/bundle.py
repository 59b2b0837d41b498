"""Put a trained network into the package and write its card from what its file says of itself.

python -m emostyle.weights.bundle judge_landscape runs/judge_landscape.safetensors
"""

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emostyle.errors import WeightsError
from emostyle.weights.pins import sha256
from emostyle.weights.store import BUNDLED, load_state


@dataclass(frozen=True)
class Subject:
    """What a card says beside the measured facts.

    Attributes:
        title: heading.
        what: what the network does.
        data: what it was trained on.
        held_out: what its figures were measured on.
        configs: configurations, in the order they were run.
    """

    title: str
    what: str
    data: str
    held_out: str
    configs: tuple[str, ...]


def _generator(domain: str, later: str = "") -> Subject:
    stages = ("", "_stage2", "_stage3", "_stage4", "_stage5")
    return Subject(
        f"StyleGAN2 generator of {domain}s",
        "Gaussian z to w to w+ to a picture of 128 pixels. Trained by regression on pairs of z and "
        "the rendered picture of the scene it stands for (four stages), then adversarially with "
        "R1 and that regression as an anchor. Kept is the middle between the averaged weights of "
        "the fourth and the fifth stage: sharper than the one, without what the discriminator "
        "invented in the other.",
        f"12 000 rendered {domain}s of `emostyle/world` (seed 0){later}",
        "256 renders of other scenes; mean absolute error, pixel range [-1, 1]",
        tuple(f"stylegan2_{domain}{stage}.yaml" for stage in stages),
    )


def _judge(domain: str, stages: tuple[str, ...] = ("",), later: str = "") -> Subject:
    return Subject(
        f"Judge of {domain}s",
        "Reads the true factors back from a picture. It measures edits and never guides one.",
        f"12 000 rendered {domain}s of `emostyle/world` (seed 0, the generator's too)"
        f"{later}, with blur, shifts, colour jitter and noise",
        "256 renders of other scenes, not augmented",
        tuple(f"judge_{domain}{stage}.yaml" for stage in stages),
    )


SUBJECTS = {
    "stylegan2_landscape": _generator("landscape", "; 30 000 (seed 1) in the fifth stage"),
    "stylegan2_portrait": _generator("portrait"),
    "judge_landscape": _judge(
        "landscape", ("", "_stage2", "_stage3"), ", in the last stage 30 000 others (seed 1)"
    ),
    "judge_portrait": _judge("portrait"),
    "arcface_world": Subject(
        "Identity network of portraits",
        "512-d unit vector of a person, the same in every mood; additive angular margin loss.",
        "rendered persons of `emostyle/world`; mood, light, backdrop and clothes vary",
        "other persons, all pairs",
        ("arcface_world.yaml",),
    ),
    "clip_world": Subject(
        "Image and text encoder",
        "Pictures and texts to one joint space of 512 dimensions; guides the edits.",
        "captions of `emostyle/world/captions.py` with the factors they speak of and, in the last "
        "stage, WordNet's synonyms (text tower), "
        "12 000 renders of each domain (seed 0), and in the last stage 1 500 pictures of each "
        "generator (image tower, which meets the vectors of a factor encoder that the text tower "
        "taught)",
        "256 renders of other scenes; `top1` zero-shot event, `top1_views` the same on strong "
        "augmentations, `strength` rank correlation with the event's strength; `val/kept` and "
        "`val/synonym` cosine distance of captions, as they are and in WordNet's words, to the "
        "place they had before the last stage",
        (
            "clip_text.yaml",
            "clip_teacher.yaml",
            "clip_world.yaml",
            "clip_world_stage2.yaml",
            "clip_synonyms.yaml",
        ),
    ),
    "audio_encoder_world": Subject(
        "Audio encoder",
        "Log-mel pictures of sounds to the joint space of `clip_world`.",
        "synthesised sounds of 25 classes; ESC-10, folds 1-4 (docs/esc10_attribution.md); "
        "explosions, happy and sad music of the first stage were those of commit 8b491d6",
        "synthesised clips of other seeds",
        ("../train_audio_encoder/world.yaml", "../train_audio_encoder/world_stage2.yaml"),
    ),
}


def card(name: str, path: Path, facts: Mapping[str, Any]) -> str:
    """The card of a weights file, Markdown.

    Args:
        name: bundled name.
        path: the file.
        facts: its metadata.
    """
    subject = SUBJECTS[name]
    seconds = facts.get("seconds", facts.get("wall_seconds", 0))
    configs = ", ".join(f"`{os.path.normpath(f'configs/world/{c}')}`" for c in subject.configs)
    figures = facts.get("figures") or facts.get("measured") or {}
    lines = [f"# {subject.title} (`{name}`)", "", subject.what, ""]
    rows = {
        "command": f"`{facts.get('command', 'make weights')}`",
        "config": configs,
        "seed": facts.get("seed"),
        "steps": facts.get("steps"),
        "hardware": f"CPU, {facts.get('hardware')}, shared with other work",
        "wall time": f"{float(seconds) / 60:.0f} min (last stage)",
        "torch": facts.get("torch"),
        "data": subject.data,
        "licence": "MIT",
        "file": f"{path.stat().st_size} bytes, fp16, SHA-256 `{sha256(path)}`",
    }
    lines += [f"- {key}: {value}" for key, value in rows.items()]
    lines += ["", f"Figures ({subject.held_out}):", "", "| figure | value |", "|---|---|"]
    lines += [f"| {key} | {float(value):.4f} |" for key, value in sorted(figures.items())]
    return "\n".join(lines) + "\n"


def bundle(name: str, source: Path, folder: Path = BUNDLED) -> Path:
    """Copy a weights file into the package and write its card.

    Args:
        name: bundled name, one of `SUBJECTS`.
        source: the exported file.
        folder: the package's folder of weights.

    Raises:
        WeightsError: unknown name, or a file that cannot be read.
    """
    if name not in SUBJECTS:
        raise WeightsError(f"Unknown network '{name}'; choose one of {', '.join(SUBJECTS)}.")
    _, facts = load_state(source)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{name}.safetensors"
    partial = target.with_name(f".{target.name}.part")
    shutil.copyfile(source, partial)
    os.replace(partial, target)
    target.with_suffix(".md").write_text(card(name, target, facts), encoding="utf-8")
    return target


if __name__ == "__main__":
    print(bundle(sys.argv[1], Path(sys.argv[2])))
