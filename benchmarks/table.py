"""Write the README's table of figures from the recorded lines of `benchmarks/results/*.jsonl`.

python benchmarks/table.py [--check]
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
BEGIN, END = "<!-- results:begin -->", "<!-- results:end -->"

MEANING = {
    "hit_landscape": "landscape edits whose factor the judge sees rise by half its range",
    "hit_portrait": "the same for portraits",
    "kept": "factors the sound does not speak of that stay",
    "truth_closer": "edits that come closer to the world's own picture of the changed scene",
    "strength_spearman": "rank correlation of a sound's strength and the factor after the edit",
    "real_sounds": "edits by real recordings that worked",
    "top1": "real recordings of ESC-10 named right by the audio encoder, zero-shot",
    "top1_synthesised": "held-out synthesised clips named right by the audio encoder, zero-shot",
    "edit_seconds_1": "one edit of 300 steps at 128 x 128",
    "edit_seconds_8": "eight of them in one fit",
    "real_rejected": "recordings outside the vocabulary that are heard as such",
    "real_top1": "recordings in the vocabulary whose class is the nearest text",
    "synth_strength": "rank correlation of a sound's strength with its place between the texts",
    "synth_top1": "held-out synthesised clips, 25 classes, nearest text",
    "synth_voice_top1": "music under spoken or sung syllables whose mood is the nearest text",
    "load_memory": "peak memory of loading the 1024 x 1024 generator, beyond the empty process",
    "parity_error": "worst error of published networks against the originals' numbers",
    "import_seconds_over_torch": "`import emostyle`, beyond `import torch`",
}


def read_lines(folder: Path) -> list[dict[str, Any]]:
    """All recorded lines, in the order of file names and of recording.

    Args:
        folder: folder of `.jsonl` files, one JSON object per line.

    Returns:
        The objects, each with its file's stem under `file`.

    Raises:
        ValueError: if a line is not a JSON object with `metric` and `value`.
    """
    found = []
    for path in sorted(folder.glob("*.jsonl")):
        for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if not text.strip():
                continue
            line = json.loads(text)
            if not isinstance(line, dict) or not {"metric", "value"} <= line.keys():
                raise ValueError(
                    f"{path}:{number} is not a figure with metric and value: {text[:80]}"
                )
            found.append({**line, "file": path.stem})
    return found


def latest(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The last recorded line of each metric, in order of first appearance."""
    by_metric: dict[str, dict[str, Any]] = {}
    for line in lines:
        by_metric[line["metric"]] = line
    return list(by_metric.values())


def show(value: Any, unit: str) -> str:
    """A value with its unit as a reader expects it: shares in percent, the rest in three digits."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return "" if value is None else str(value)
    if unit == "share":
        return f"{100 * value:.1f} %"
    suffix = "" if unit in {"", "1", "rho", "none"} else f" {unit}"
    return f"{value:.3g}{suffix}"


def show_goal(goal: Any, unit: str) -> str:
    """A goal with its direction: times are to stay under it, everything else is to reach it."""
    if not isinstance(goal, int | float) or isinstance(goal, bool):
        return show(goal, unit)
    return f"{'<=' if unit in {'s', 'MiB', 'MB'} else '>='} {show(goal, unit)}"


def table(lines: list[dict[str, Any]]) -> str:
    """The Markdown table of figures.

    Args:
        lines: recorded figures, one per row.

    Returns:
        Markdown, or one sentence when nothing was recorded.
    """
    if not lines:
        return "Nothing recorded yet: run a benchmark with `--record`."
    rows = ["| figure | value | goal | n | device | commit |", "|---|---|---|---|---|---|"]
    for line in lines:
        unit = str(line.get("unit") or "")
        metric = str(line["metric"])
        cells = (
            f"{MEANING.get(metric, 'see the command')} (`{metric}`)",
            show(line["value"], unit),
            show_goal(line.get("goal"), unit),
            str(line.get("n", "")),
            str(line.get("device", "")),
            str(line.get("commit") or "")[:9],
        )
        rows.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    return "\n".join(rows)


def insert(text: str, body: str) -> str:
    """Replace what stands between the two markers.

    Args:
        text: the README.
        body: what to put between the markers.

    Returns:
        The new README.

    Raises:
        ValueError: if the markers are not there, once each and in order.
    """
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ValueError(f"the README needs one {BEGIN} and, after it, one {END}")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n{body}\n{END}{after}"


def main(arguments: list[str] | None = None) -> int:
    """Write the table, or with --check say whether it is up to date (exit code 1 if not)."""
    parser = argparse.ArgumentParser(description="Write the README's figures from the results.")
    parser.add_argument("--results", type=Path, default=ROOT / "benchmarks" / "results")
    parser.add_argument("--readme", type=Path, default=ROOT / "README.md")
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if out of date")
    options = parser.parse_args(arguments)
    old = options.readme.read_text(encoding="utf-8")
    new = insert(old, table(latest(read_lines(options.results))))
    if options.check:
        return int(old != new)
    if old != new:
        options.readme.write_text(new, encoding="utf-8")
    print(f"{options.readme}: {'unchanged' if old == new else 'written'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
