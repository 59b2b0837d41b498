"""What the audio encoder hears in real recordings: one row per file of a folder's classes.csv.

    python benchmarks/real_zero_shot.py --root DIR [--encoder NAME_OR_PATH] [--record]

`DIR/classes.csv` has the columns file, class, domain. A file whose class has no picture in the
world counts as right if the classes of the group 'other' together are likelier than all others.
"""

import argparse
import csv
from pathlib import Path

from emostyle.embedding.audio_encoder import classify, load_audio_encoder
from emostyle.embedding.clip import load_clip
from emostyle.embedding.world_targets import class_prompts
from emostyle.errors import AudioError
from emostyle.evaluate.report import report
from emostyle.waveform.load import load_audio
from emostyle.weights.store import resolve
from emostyle.world.sound import SOUND_CLASSES


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--encoder", default="audio_encoder_world")
    parser.add_argument("--clip", default="clip_world")
    parser.add_argument("--record", action="store_true")
    args = parser.parse_args()
    encoder, metadata = load_audio_encoder(resolve(args.encoder))
    classes = tuple(SOUND_CLASSES)
    text = class_prompts(classes, load_clip(resolve(args.clip)).encode_text)
    other = [SOUND_CLASSES[name].group == "other" for name in classes]
    known, unknown = [], []
    with (args.root / "classes.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        try:
            sound = load_audio(args.root / row["file"], encoder.mel.sample_rate_hz)
        except AudioError as error:
            print(f"Skipped: {error}")
            continue
        odds = classify(encoder.encode([sound]), text, metadata["temperature"])[0]
        rejected = float(
            sum(p for p, is_other in zip(odds.tolist(), other, strict=True) if is_other)
        )
        best = odds.topk(3)
        heard = ", ".join(
            f"{classes[i]} {p:.2f}"
            for i, p in zip(best.indices.tolist(), best.values.tolist(), strict=True)
        )
        has_picture = row["class"] in classes and SOUND_CLASSES[row["class"]].group != "other"
        right = classes[int(odds.argmax())] == row["class"] if has_picture else rejected > 0.5
        (known if has_picture else unknown).append(right)
        print(f"{row['file']:<20} {row['class']:<14} {'ok' if right else '--'}  "
              f"other {rejected:.2f}  {heard}")  # fmt: skip
    if unknown:
        share = sum(unknown) / len(unknown)
        report("real_rejected", share, "share", ">= 0.7", len(unknown), 0, record=args.record)
    if known:
        share = sum(known) / len(known)
        report("real_top1", share, "share", ">= 0.7", len(known), 0, record=args.record)


if __name__ == "__main__":
    main()
