"""How much longer `import emostyle` takes than `import torch`, and what it must not load.

python benchmarks/import_time.py [--repeats 5] [--record]
"""

import argparse
import json
import statistics
import subprocess
import sys

from emostyle.evaluate.report import report

GOAL_SECONDS = 0.3
HEAVY = ("lightning", "pytorch_lightning", "transformers", "gradio")
PROBE = f"""
import json, sys, time
import torch
start = time.perf_counter()
import emostyle
seconds = time.perf_counter() - start
print(json.dumps([seconds, [name for name in {HEAVY!r} if name in sys.modules]]))
"""


def measure() -> tuple[float, list[str]]:
    """Seconds that `import emostyle` adds to a fresh interpreter with torch, and heavy modules."""
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    seconds, heavy = json.loads(done.stdout.splitlines()[-1])
    return float(seconds), list(heavy)


def main() -> int:
    """Print the figure; exit code 1 if a heavy module was loaded."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5, help="fresh interpreters to time")
    parser.add_argument("--record", action="store_true", help="append to benchmarks/results")
    options = parser.parse_args()
    runs = [measure() for _ in range(options.repeats)]
    heavy = sorted({name for _, names in runs for name in names})
    print(f"seconds over torch: {', '.join(f'{seconds:.3f}' for seconds, _ in runs)}")
    print(f"heavy modules loaded: {', '.join(heavy) or 'none'}")
    report(
        metric="import_seconds_over_torch",
        value=statistics.median(seconds for seconds, _ in runs),
        unit="s",
        goal=f"< {GOAL_SECONDS}",
        n=options.repeats,
        seed=0,
        device="cpu",
        record=options.record,
    )
    return 1 if heavy else 0


if __name__ == "__main__":
    sys.exit(main())
