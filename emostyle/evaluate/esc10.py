"""`emostyle evaluate esc10`: zero-shot top-1 on the recordings of ESC-10's official folds."""

from pathlib import Path

import torch

from emostyle.embedding.clip import load_clip
from emostyle.embedding.load import load_sound_encoder
from emostyle.embedding.world_targets import class_prompts
from emostyle.errors import AudioError
from emostyle.evaluate.report import report
from emostyle.evaluate.zero_shot import ZeroShot, table, zero_shot
from emostyle.waveform.esc10 import ESC10, list_esc10
from emostyle.waveform.load import load_audio
from emostyle.weights.store import resolve
from emostyle.world.vocabulary_sounds import SOUND_TEMPLATES

GOAL = ">= 0.85"


def esc10_prompts() -> dict[str, list[str]]:
    """ESC-10's own class names in the world's sound templates, by ESC's folder name."""
    return {item.folder: [frame.format(item.prompt) for frame in SOUND_TEMPLATES] for item in ESC10}


def evaluate_esc10(
    root: str | Path,
    folds: tuple[int, ...] = (4,),
    encoder: str | Path = "audio_encoder_world",
    clip: str | Path = "clip_world",
    seed: int = 0,
    record: bool = False,
) -> ZeroShot:
    """Print per-class shares and, last, top-1 as one JSON line.

    The bundled encoder was trained on folds named in its card; a fold it has seen tells nothing.

    Args:
        root: folder of ESC-10 (or of ESC-50 with its audio).
        folds: official folds to measure.
        encoder: name or path of audio encoder weights.
        clip: name or path of the CLIP weights the encoder was trained with.
        seed: written into the JSON line; the measurement itself is deterministic.
        record: append the line to `benchmarks/results/top1.jsonl`.

    Raises:
        AudioError: no clip of these folds can be read.
        WeightsError: weights are missing or of another kind.
    """
    network, metadata = load_sound_encoder(resolve(encoder))
    prompts = esc10_prompts()
    text = class_prompts(tuple(prompts), load_clip(resolve(clip)).encode_text, prompts)
    vectors, labels = [], []
    for item in list_esc10(root, folds):
        try:
            waveform = load_audio(item.path, network.sample_rate_hz, network.resampler)
        except AudioError as error:
            print(f"Skipped: {error}")
            continue
        vectors.append(network.encode([waveform])[0])
        labels.append(item.label)
    if not vectors:
        raise AudioError(
            f"None of the clips of folds {sorted(folds)} under '{root}' could be read; "
            "pass another copy of ESC-10 to --root."
        )
    result = zero_shot(torch.stack(vectors), text, torch.tensor(labels), tuple(prompts))
    seen = sorted(set(folds) & set(metadata.get("data", {}).get("esc10_folds", [])))
    if seen and metadata["data"].get("esc10_root"):
        print(f"Note: these weights were trained on fold(s) {', '.join(map(str, seen))}.")
    print(table(result))
    report("top1", result.top1, "share", GOAL, result.n, seed, record=record)
    return result
