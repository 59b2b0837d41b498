"""Zero-shot top-1 of the audio encoder on held-out synthesised clips of all classes.

    python benchmarks/synth_zero_shot.py [--encoder NAME_OR_PATH] [--clips 10] [--record]

Seeds of these clips are never used in training. Also printed: whether a stronger sound of the same
seed lies further along the class's text direction from weak to strong (Spearman per class, mean),
and how often the mood of music is still heard under spoken or sung syllables (synth_voice_top1).
"""

import argparse
import logging
from typing import get_args

import torch
from scipy.stats import spearmanr

from emostyle.embedding.audio_encoder import load_audio_encoder
from emostyle.embedding.clip import load_clip
from emostyle.embedding.world_targets import class_prompts
from emostyle.evaluate.report import report
from emostyle.evaluate.zero_shot import table, zero_shot
from emostyle.waveform.load import resample
from emostyle.weights.store import resolve
from emostyle.world.captions import sound_captions
from emostyle.world.sound import SOUND_CLASSES, synthesize
from emostyle.world.sound.speech import Voice

HELD_OUT_SEED = 2_000_000
"""Beyond the seeds of training (from 0) and of validation (from 1 000 000)."""
RATE_HZ = 44100
STRENGTHS = (0.3, 0.5, 0.7, 0.9)


def plan(count: int) -> list[tuple[float, int]]:
    """Strength and seed of each clip of a class."""
    return [
        (STRENGTHS[i % len(STRENGTHS)], HELD_OUT_SEED + i // len(STRENGTHS)) for i in range(count)
    ]


def clips(name: str, count: int, rate_hz: int, voice: Voice | None = None) -> list[torch.Tensor]:
    """Held-out clips of a class, perhaps with syllables over them."""
    return [
        resample(
            torch.from_numpy(synthesize(name, strength, seed, 5.0, RATE_HZ, voice)),
            RATE_HZ,
            rate_hz,
        )
        for strength, seed in plan(count)
    ]


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoder", default="audio_encoder_world")
    parser.add_argument("--clip", default="clip_world")
    parser.add_argument("--clips", type=int, default=12, help="clips per class")
    parser.add_argument("--record", action="store_true")
    args = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    encoder, _ = load_audio_encoder(resolve(args.encoder))
    encode_text = load_clip(resolve(args.clip)).encode_text
    classes, rate_hz = tuple(SOUND_CLASSES), encoder.mel.sample_rate_hz
    strengths = [strength for strength, _ in plan(args.clips)]
    vectors, labels, correlations = [], [], {}
    voiced, moods = [], []
    for label, name in enumerate(classes):
        audio = encoder.encode(clips(name, args.clips, rate_hz))
        if SOUND_CLASSES[name].group == "music":
            for voice in get_args(Voice):
                voiced.append(encoder.encode(clips(name, args.clips, rate_hz, voice)))
                moods += [label] * args.clips
        weak, strong = (encode_text(sound_captions(name, s)).mean(0) for s in (0.2, 1.0))
        correlations[name] = float(spearmanr(strengths, (audio @ (strong - weak)).numpy())[0])
        vectors.append(audio)
        labels += [label] * args.clips
    prompts = class_prompts(classes, encode_text)
    result = zero_shot(torch.cat(vectors), prompts, torch.tensor(labels), classes)
    songs = zero_shot(torch.cat(voiced), prompts, torch.tensor(moods), classes)
    print(table(result))
    print("strength along text direction: ", end="")
    print(", ".join(f"{name} {value:.2f}" for name, value in correlations.items()))
    pictured = [v for k, v in correlations.items() if SOUND_CLASSES[k].group != "other"]
    mean = sum(pictured) / len(pictured)
    report(
        "synth_strength", mean, "spearman", ">= 0.7", result.n, HELD_OUT_SEED, record=args.record
    )
    report(
        "synth_top1", result.top1, "share", ">= 0.95", result.n, HELD_OUT_SEED, record=args.record
    )
    report(
        "synth_voice_top1", songs.top1, "share", "none", songs.n, HELD_OUT_SEED, record=args.record
    )


if __name__ == "__main__":
    main()
