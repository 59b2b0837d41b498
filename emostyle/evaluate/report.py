"""One JSON line per measured figure, printed last and kept on request."""

import json
import subprocess
from pathlib import Path

RESULTS = Path(__file__).resolve().parents[2] / "benchmarks" / "results"
"""Where `--record` keeps figures in a checkout of the project."""


def current_commit() -> str:
    """Short hash of the checked-out commit, with `+` if files differ from it, or `unknown`."""
    git = ["git", "-C", str(Path(__file__).parent)]
    try:
        head = subprocess.run(
            [*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True
        )
        changed = subprocess.run(
            [*git, "status", "--porcelain", "--untracked-files=no"],
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return head.stdout.strip() + ("+" if changed.stdout.strip() else "")


def report(
    metric: str,
    value: float,
    unit: str,
    goal: str,
    n: int,
    seed: int,
    device: str = "cpu",
    record: bool = False,
    folder: Path = RESULTS,
) -> dict[str, str | float | int]:
    """Print a figure as one JSON line; with `record` append it to `folder/<metric>.jsonl`.

    Args:
        metric: its name, e.g. `top1`.
        value: the figure.
        unit: its unit, e.g. `share` or `s`.
        goal: what it should reach, e.g. `>= 0.85`.
        n: number of items measured.
        seed: seed of the measurement.
        device: where it was measured.
        record: keep the line.
        folder: folder of the kept lines.

    Returns:
        The line as a dict.
    """
    line: dict[str, str | float | int] = {
        "metric": metric,
        "value": round(float(value), 4),
        "unit": unit,
        "goal": goal,
        "n": n,
        "seed": seed,
        "commit": current_commit(),
        "device": device,
    }
    if record:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f"{metric}.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
    print(json.dumps(line), flush=True)
    return line
