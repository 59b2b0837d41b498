"""Edits with real recordings: does the judge see the right factor rise?

python benchmarks/real_sounds.py --root DIR [--starts 2] [--record]

DIR/classes.csv has the columns file, class and domain (landscape, portrait, both or none). Files of
domain none are out of vocabulary: they are counted apart, by whether they are heard as unknown. A
recording that cannot be read counts as edits that did not work.
"""

import argparse
import csv
import sys
from collections import defaultdict
from pathlib import Path

from jobs import (
    HELD_OUT_START_SEED,
    SAMPLE_RATE_HZ,
    Job,
    Measured,
    add_common_options,
    apply_threads,
    factor_of,
    run_jobs,
)
from sheet import Cell, save_sheet

from emostyle.errors import AudioError, EmoStyleError
from emostyle.evaluate.report import report
from emostyle.evaluate.world_edits import hit
from emostyle.manipulate import EditRequest, edit_many
from emostyle.waveform.load import load_audio
from emostyle.world.domain import DOMAINS
from emostyle.world.sound import SOUND_CLASSES

GOAL = 0.70
START_OFFSET = 700


def read_classes(root: Path) -> list[tuple[Path, str, str]]:
    """File, class and domain of each recording.

    Raises:
        EmoStyleError: no table, a missing column, or an unknown class or domain in it.
    """
    table = root / "classes.csv"
    if not table.is_file():
        raise EmoStyleError(f"There is no {table}; give a folder that has one (--root).")
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    entries = []
    for row in rows:
        if not {"file", "class", "domain"} <= set(row):
            raise EmoStyleError(f"{table} has columns {list(row)}; expected file, class, domain.")
        domain = row["domain"].strip()
        if domain not in (*DOMAINS, "both", "none"):
            raise EmoStyleError(
                f"{table} names domain '{domain}' for {row['file']}; expected landscape, portrait,"
                " both or none."
            )
        if domain != "none" and row["class"].strip() not in SOUND_CLASSES:
            raise EmoStyleError(
                f"{table} names class '{row['class']}' for {row['file']}; expected one of"
                f" {', '.join(SOUND_CLASSES)}."
            )
        entries.append((root / row["file"].strip(), row["class"].strip(), domain))
    return entries


def unreadable(entries: list[tuple[Path, str, str]]) -> set[Path]:
    """The recordings that cannot be used; each gets a row that says why."""
    bad = set()
    for path, name, where in entries:
        try:
            load_audio(path, SAMPLE_RATE_HZ)
        except AudioError as error:
            print(f"{path.name:24s} {where:10s} {name:13s} cannot be used: {error}")
            bad.add(path)
    return bad


def plan(entries: list[tuple[Path, str, str]], domain: str, starts: int, seed: int) -> list[Job]:
    """The edits of one domain, one per recording and starting picture.

    A class that has no picture in a domain is left out there, with a row that says so.
    """
    jobs = []
    for path, name, where in entries:
        if where not in (domain, "both"):
            continue
        factor = factor_of(name, domain)
        if factor is None:
            print(f"{path.name:24s} {domain:10s} {name:13s} has no picture there: left out")
            continue
        for item in range(starts):
            start_seed = HELD_OUT_START_SEED + START_OFFSET + 1000 * seed + item
            jobs.append(Job(domain, name, factor, float("nan"), start_seed, audio=path))
    return jobs


def print_rows(done: list[Measured], out: Path) -> list[bool]:
    """One row per file; returns the truth value of each edit."""
    domain = DOMAINS[done[0].job.domain]
    by_file: dict[Path, list[Measured]] = defaultdict(list)
    for edit in done:
        by_file[edit.job.audio or Path()].append(edit)
    worked = []
    cells = []
    for path, edits in by_file.items():
        job = edits[0].job
        column = domain.index(job.factor)
        hits = [
            bool(hit(edit.factors_before[None], edit.factors_after[None], column)) for edit in edits
        ]
        worked += hits
        rises = [(e.factors_after - e.factors_before)[column].item() for e in edits]
        heard, probability = edits[0].heard[0] if edits[0].heard else ("?", 0.0)
        print(
            f"{path.name:24s} {domain.name:10s} {job.sound_class:13s} heard {heard:13s}"
            f" p {probability:4.2f}  {job.factor} rises {' '.join(f'{r:+.2f}' for r in rises)}"
            f"  worked {sum(hits)}/{len(hits)}"
        )
        label = f"{path.name}: {job.factor} {rises[0]:+.2f}"
        cells.append([Cell(label, (edit.before, edit.after)) for edit in edits])
    print(f"before, after: {save_sheet(cells, out / f'real_sounds_{domain.name}.png')}")
    return worked


def print_unknown(entries: list[tuple[Path, str, str]]) -> None:
    """One row per recording that is out of vocabulary: is it heard as something unknown?"""
    paths = [(path, name) for path, name, where in entries if where == "none"]
    requests = [EditRequest(audio=path, domain="landscape", steps=1) for path, _ in paths]
    results = edit_many(requests) if requests else []
    recognised = 0
    for (path, name), result in zip(paths, results, strict=True):
        heard, probability = result.heard[0] if result.heard else ("nothing", 0.0)
        known = heard in SOUND_CLASSES and SOUND_CLASSES[heard].group != "other"
        recognised += not known
        print(
            f"{path.name:24s} {'none':10s} {name:13s} heard {heard:13s} p {probability:4.2f}"
            f"  {'taken for a known sound' if known else 'unknown, as it should be'}"
        )
    if paths:
        print(
            f"out of vocabulary, heard as unknown: {recognised} of {len(paths)} (not in the share)"
        )


def main() -> int:
    """Run the edits and print rows and figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, required=True, help="folder with classes.csv")
    parser.add_argument("--starts", type=int, default=2, help="starting pictures per recording")
    parser.add_argument("--seed", type=int, default=0, help="seed of the starting pictures")
    add_common_options(parser)
    options = parser.parse_args()
    apply_threads(options)
    entries = read_classes(options.root)
    bad = unreadable(entries)
    worked: list[bool] = []
    for domain in DOMAINS:
        jobs = plan(entries, domain, options.starts, options.seed)
        worked += [False for job in jobs if job.audio in bad]
        jobs = [job for job in jobs if job.audio not in bad][: options.limit or None]
        done = list(run_jobs(jobs, options.steps, options.per_fit))
        if done:
            worked += print_rows(done, options.out)
    if not options.limit:
        print_unknown([entry for entry in entries if entry[0] not in bad])
    report(
        metric="real_sounds",
        value=sum(worked) / max(1, len(worked)),
        unit="share",
        goal=f">= {GOAL:g}",
        n=len(worked),
        seed=options.seed,
        device="cpu",
        record=options.record,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
