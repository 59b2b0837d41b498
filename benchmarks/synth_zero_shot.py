"""Zero-shot top-1 of the audio encoder on held-out synthesised clips of all classes.

    python benchmarks/synth_zero_shot.py [--encoder NAME_OR_PATH] [--clips 10] [--record]

Seeds of these clips are never used in training. Also printed: whether a stronger sound of the same
seed lies further along the class's text direction from weak to strong (Spearman per class, mean).
"""

import argparse
import logging

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

HELD_OUT_SEED = 2_000_000
"""Beyond the seeds of training (from 0) and of validation (from 1 000 000)."""
RATE_HZ = 44100
STRENGTHS = (0.3, 0.5, 0.7, 0.9)


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
    classes = tuple(SOUND_CLASSES)
    vectors, labels, correlations = [], [], {}
    for label, name in enumerate(classes):
        strengths = [STRENGTHS[i % len(STRENGTHS)] for i in range(args.clips)]
        sounds = [
            resample(
                torch.from_numpy(
                    synthesize(name, strength, HELD_OUT_SEED + i // len(STRENGTHS), 5.0, RATE_HZ)
                ),
                RATE_HZ,
                encoder.mel.sample_rate_hz,
            )
            for i, strength in enumerate(strengths)
        ]
        audio = encoder.encode(sounds)
        weak, strong = (encode_text(sound_captions(name, s)).mean(0) for s in (0.2, 1.0))
        correlations[name] = float(spearmanr(strengths, (audio @ (strong - weak)).numpy())[0])
        vectors.append(audio)
        labels += [label] * len(sounds)
    result = zero_shot(
        torch.cat(vectors), class_prompts(classes, encode_text), torch.tensor(labels), classes
    )
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


if __name__ == "__main__":
    main()
