"""Wall-clock time of an edit: one picture, and eight in one fit.

python benchmarks/edit_time.py [--domain landscape] [--threads 2] [--record]

The whole call is timed, from the file of the sound to the result, loading of the networks included
in the first run of each size.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import soundfile
import torch
from jobs import HELD_OUT_SOUND_SEED, HELD_OUT_START_SEED, SAMPLE_RATE_HZ

from emostyle.evaluate.report import report
from emostyle.manipulate import EditRequest, edit
from emostyle.world.domain import DOMAINS
from emostyle.world.sound import synthesize

GOALS = {1: 25.0, 8: 90.0}
SOUNDS = {"landscape": "rain", "portrait": "giggling"}


def seconds_of(domain: str, count: int, steps: int, audio: Path) -> float:
    """Wall-clock seconds of one edit of `count` pictures."""
    seeds = tuple(HELD_OUT_START_SEED + item for item in range(count))
    start = time.perf_counter()
    edit(EditRequest(audio=audio, domain=domain, seeds=seeds, steps=steps))
    return time.perf_counter() - start


def main() -> int:
    """Time the edits and print the figures; of several domains the slower one counts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--domain", choices=tuple(DOMAINS), help="one domain only")
    parser.add_argument("--steps", type=int, default=300, help="steps per edit")
    parser.add_argument("--counts", type=int, nargs="*", default=[1, 8], help="pictures per fit")
    parser.add_argument("--threads", type=int, default=2, help="torch threads")
    parser.add_argument("--record", action="store_true", help="append to benchmarks/results")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    domains = [options.domain] if options.domain else list(DOMAINS)
    slowest = dict.fromkeys(options.counts, 0.0)
    with tempfile.TemporaryDirectory() as folder:
        for domain in domains:
            audio = Path(folder) / f"{SOUNDS[domain]}.wav"
            sound = synthesize(SOUNDS[domain], 0.9, HELD_OUT_SOUND_SEED)
            soundfile.write(audio, sound, SAMPLE_RATE_HZ, subtype="FLOAT")
            for count in options.counts:
                seconds = seconds_of(domain, count, options.steps, audio)
                slowest[count] = max(slowest[count], seconds)
                print(f"{domain}: {count} in one fit, {options.steps} steps: {seconds:.1f} s")
    for count, seconds in slowest.items():
        report(
            metric=f"edit_seconds_{count}",
            value=seconds,
            unit="s",
            goal=f"<= {GOALS[count]:g}" if count in GOALS else "none",
            n=len(domains),
            seed=0,
            device=f"cpu, {options.threads} threads",
            record=options.record,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
