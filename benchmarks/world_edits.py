"""Edits with held-out synthesised sounds, measured against the truth of the world.

python benchmarks/world_edits.py [--domain landscape] [--classes rain fire] [--seeds 10] [--record]

Prints hit_landscape, hit_portrait, kept, truth_closer and strength_spearman, one JSON line each;
contact sheets (before, after, truth) and one line per edit go to runs/benchmarks/. With --truth the
world draws perfect edits instead, and the figures are named *_ceiling: what the judge can see at
best. With --again the figures of the lines that an interrupted run left are printed, without edits.
--record takes whole runs only.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from jobs import (
    HELD_OUT_SOUND_SEED,
    HELD_OUT_START_SEED,
    Job,
    Measured,
    add_common_options,
    apply_threads,
    factor_of,
    run_jobs,
    true_jobs,
)
from sheet import Cell, save_sheet
from torch import Tensor

from emostyle.evaluate.judge import Judge, load_judge, read_factors
from emostyle.evaluate.report import report
from emostyle.evaluate.world_edits import closeness, hit, mean_spearman, raised, share, stayed
from emostyle.world.domain import DOMAINS
from emostyle.world.sound import SOUND_CLASSES

GOALS = {
    "hit_landscape": 0.85,
    "hit_portrait": 0.80,
    "kept": 0.85,
    "truth_closer": 0.75,
    "strength_spearman": 0.70,
}
STRENGTHS = (0.2, 0.4, 0.6, 0.8, 1.0)
STRENGTH_CLASSES = {
    "landscape": ("rain", "thunderstorm", "fire", "underwater"),
    "portrait": ("giggling", "sobbing", "screaming", "coughing"),
}
SHEET_SEEDS = 3


@dataclass(frozen=True)
class Row:
    """The figures of one edit, as written to the JSON lines file.

    Attributes:
        sound_class: class of the sound.
        factor: the factor it speaks of.
        strength: its strength.
        start_seed: seed of the starting picture.
        judge_before: the factor before, as the judge reads it.
        judge_after: and after.
        hit: whether it rose enough.
        kept: share of the structure that stayed.
        moved: structure factors that moved by more than 0.15, and how much.
        truth_closer: whether the picture came closer to the truth.
        pixels: distance to the truth in pixels, before and after.
        features: distance to the truth in the judge's features, before and after.
        heard: the nearest sound class and its probability.
    """

    sound_class: str
    factor: str
    strength: float
    start_seed: int
    judge_before: float
    judge_after: float
    hit: bool
    kept: float
    moved: dict[str, float]
    truth_closer: bool
    pixels: tuple[float, float]
    features: tuple[float, float]
    heard: list[tuple[str, float]]


def classes_of(domain: str, wanted: Iterable[str]) -> list[tuple[int, str, str]]:
    """Index, name and factor of the wanted sound classes that speak of something in a domain."""
    named = [(i, name, factor_of(name, domain)) for i, name in enumerate(SOUND_CLASSES)]
    chosen = set(wanted) or set(SOUND_CLASSES)
    return [(i, name, factor) for i, name, factor in named if factor and name in chosen]


def plan_hits(domain: str, classes: list[str], seeds: int, seed: int) -> list[Job]:
    """One strong held-out sound per start and class, strength uniform in [0.7, 1]."""
    jobs = []
    for item in range(seeds):
        for index, name, factor in classes_of(domain, classes):
            sound_seed = HELD_OUT_SOUND_SEED + 10_000 * seed + 100 * index + item
            random = torch.Generator().manual_seed(sound_seed)
            strength = 0.7 + 0.3 * torch.rand((), generator=random).item()
            start_seed = HELD_OUT_START_SEED + 1000 * seed + item
            jobs.append(Job(domain, name, factor, strength, start_seed, sound_seed))
    return jobs


def plan_strengths(domain: str, classes: list[str], seeds: int, seed: int) -> list[Job]:
    """The same start and kind of sound at growing strength, for several classes and starts."""
    jobs = []
    for item in range(seeds):
        for index, name, factor in classes_of(domain, classes or STRENGTH_CLASSES[domain]):
            for strength in STRENGTHS:
                sound_seed = HELD_OUT_SOUND_SEED + 500_000 + 10_000 * seed + 100 * index + item
                start_seed = HELD_OUT_START_SEED + 500 + 1000 * seed + item
                jobs.append(Job(domain, name, factor, strength, start_seed, sound_seed))
    return jobs


def measure_edit(edit: Measured, judge: Judge) -> tuple[Row, dict[str, Tensor], Tensor]:
    """Figures of one edit: its row, its truth values by name, and the true picture (1, 3, H, W)."""
    job, domain = edit.job, DOMAINS[edit.job.domain]
    column = domain.index(job.factor)
    factors = raised(edit.scene, column, torch.tensor([job.strength]))
    truth = domain.render(factors, edit.scene.shape, edit.before.shape[-1])
    _, features_truth = read_factors(judge, truth)
    before, after = edit.factors_before[None], edit.factors_after[None]
    keeps = stayed(before, after, domain, job.factor)
    near = closeness(
        (edit.before[None], edit.after[None], truth),
        (edit.features_before[None], edit.features_after[None], features_truth),
    )
    truths = {
        "hit": hit(before, after, column),
        "kept": keeps.flatten(),
        "closer": near.closer,
    }
    change = dict(zip(domain.factor_names, (after - before)[0].tolist(), strict=True))
    row = Row(
        sound_class=job.sound_class,
        factor=job.factor,
        strength=round(job.strength, 3),
        start_seed=job.start_seed,
        judge_before=round(before[0, column].item(), 3),
        judge_after=round(after[0, column].item(), 3),
        hit=bool(truths["hit"]),
        kept=round(share(keeps), 3),
        moved={
            name: round(change[name], 2) for name in domain.structure if abs(change[name]) > 0.15
        },
        truth_closer=bool(near.closer),
        pixels=(round(near.pixels_start.item(), 4), round(near.pixels_end.item(), 4)),
        features=(round(near.features_start.item(), 3), round(near.features_end.item(), 3)),
        heard=edit.heard[:1],
    )
    return row, truths, truth


def measure_hits(done: list[Measured], out: Path) -> dict[str, Tensor]:
    """Figures of the edits of one domain; writes the sheet and one line per edit."""
    name = done[0].job.domain
    judge = load_judge(name)
    figures: dict[str, list[Tensor]] = defaultdict(list)
    cells: dict[str, list[Cell]] = defaultdict(list)
    rows = []
    for edit in done:
        row, truths, truth = measure_edit(edit, judge)
        rows.append(row)
        for key, value in truths.items():
            figures[key].append(value)
        label = (
            f"{row.sound_class} {row.strength:.2f}: {row.judge_before:.2f} to {row.judge_after:.2f}"
            f"  kept {row.kept:.2f}  {'closer' if row.truth_closer else 'NOT closer'}"
        )
        if len(cells[row.sound_class]) < SHEET_SEEDS:
            cells[row.sound_class].append(Cell(label, (edit.before, edit.after, truth[0])))
    out.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(asdict(row)) + "\n" for row in rows)
    (out / f"world_edits_{name}.jsonl").write_text(text)
    print_table(name, rows)
    print(f"before, after, truth: {save_sheet(list(cells.values()), out / f'edits_{name}.png')}")
    return {key: torch.cat(parts) for key, parts in figures.items()}


def read_hits(domain: str, folder: Path) -> dict[str, Tensor]:
    """Figures of edits that an earlier run measured, from the lines it wrote.

    Args:
        domain: `landscape` or `portrait`.
        folder: where `world_edits_{domain}.jsonl` may lie; without it there are no figures.
    """
    path = folder / f"world_edits_{domain}.jsonl"
    if not path.is_file():
        return {}
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    keeps = []
    for row in rows:
        spoken = DOMAINS[domain].spoken.get(row["factor"], frozenset())
        asked = len(set(DOMAINS[domain].structure) - spoken)
        stays = torch.arange(asked) < round(row["kept"] * asked)
        keeps.append(stays)
    return {
        "hit": torch.tensor([row["hit"] for row in rows]),
        "kept": torch.cat(keeps),
        "closer": torch.tensor([row["truth_closer"] for row in rows]),
    }


def print_table(domain: str, rows: list[Row]) -> None:
    """Shares per sound class."""
    print(f"{domain:14s}   n   hit  kept closer   rise")
    for name in dict.fromkeys(row.sound_class for row in rows):
        mine = [row for row in rows if row.sound_class == name]
        n = len(mine)
        hits, kept = sum(row.hit for row in mine) / n, sum(row.kept for row in mine) / n
        closer = sum(row.truth_closer for row in mine) / n
        rise = sum(row.judge_after - row.judge_before for row in mine) / n
        print(f"{name:14s} {n:3d} {hits:5.2f} {kept:5.2f} {closer:6.2f} {rise:6.2f}")


def measure_strengths(done: list[Measured], out: Path) -> dict[str, tuple[Tensor, Tensor]]:
    """Strengths and the judge's factor after the edit, per sound class."""
    domain = DOMAINS[done[0].job.domain]
    pairs: dict[str, tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
    rows: dict[str, list[Cell]] = defaultdict(list)
    for edit in done:
        job = edit.job
        value = edit.factors_after[domain.index(job.factor)].item()
        pairs[job.sound_class][0].append(job.strength)
        pairs[job.sound_class][1].append(value)
        if len(rows[job.sound_class]) < len(STRENGTHS):
            label = f"{job.sound_class} {job.strength:.1f}: {value:.2f}"
            rows[job.sound_class].append(Cell(label, (edit.before, edit.after)))
    sheet = save_sheet(list(rows.values()), out / f"strength_{domain.name}.png")
    print(f"strength sheet: {sheet}")
    return {
        f"{domain.name}/{name}": (torch.tensor(x), torch.tensor(y))
        for name, (x, y) in pairs.items()
    }


def run(jobs: list[Job], options: argparse.Namespace) -> list[Measured]:
    """The edits, or with `--truth` the world's own pictures in their place."""
    if options.truth:
        return list(true_jobs(jobs))
    return list(run_jobs(jobs, options.steps, options.per_fit))


def main() -> int:
    """Run the edits and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--domain", choices=tuple(DOMAINS), help="one domain only")
    parser.add_argument("--classes", nargs="*", default=[], help="these sound classes only")
    parser.add_argument("--seeds", type=int, default=10, help="starting pictures per class")
    parser.add_argument("--strength-seeds", type=int, default=2, help="starts per strength row")
    parser.add_argument("--parts", nargs="*", default=["hits", "strengths"], help="what to run")
    parser.add_argument("--seed", type=int, default=0, help="seed of the whole protocol")
    parser.add_argument(
        "--truth", action="store_true", help="perfect edits drawn by the world: the judge's ceiling"
    )
    parser.add_argument(
        "--again", action="store_true", help="no edits: the figures of the lines in --out"
    )
    add_common_options(parser)
    options = parser.parse_args()
    if options.record and (options.domain or options.classes or options.limit):
        parser.error("--record keeps figures of all edits; leave --domain, --classes, --limit out")
    apply_threads(options)
    limit = options.limit or None
    figures: dict[str, dict[str, Tensor]] = {}
    pairs: dict[str, tuple[Tensor, Tensor]] = {}
    for domain in [options.domain] if options.domain else list(DOMAINS):
        if options.again:
            found = read_hits(domain, options.out)
            figures |= {domain: found} if found else {}
            continue
        if "hits" in options.parts:
            jobs = plan_hits(domain, options.classes, options.seeds, options.seed)[:limit]
            done = run(jobs, options)
            if done:
                figures[domain] = measure_hits(done, options.out)
        if "strengths" in options.parts:
            jobs = plan_strengths(domain, options.classes, options.strength_seeds, options.seed)
            done = run(jobs[:limit], options)
            if done:
                pairs |= measure_strengths(done, options.out)
    results = {f"hit_{domain}": mine["hit"] for domain, mine in figures.items()}
    if figures:
        results["kept"] = torch.cat([mine["kept"] for mine in figures.values()])
        results["truth_closer"] = torch.cat([mine["closer"] for mine in figures.values()])
    values = {name: (share(truths), len(truths), "share") for name, truths in results.items()}
    if pairs:
        for name, (strengths, factors) in pairs.items():
            print(f"{name:28s} spearman {mean_spearman({name: (strengths, factors)}):.2f}")
        count = sum(len(strengths) for strengths, _ in pairs.values())
        values["strength_spearman"] = (mean_spearman(pairs), count, "correlation")
    for name, (value, count, unit) in values.items():
        report(
            metric=f"{name}_ceiling" if options.truth else name,
            value=value,
            unit=unit,
            goal=f">= {GOALS[name]:g}",
            n=count,
            seed=options.seed,
            device="cpu",
            record=options.record,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
