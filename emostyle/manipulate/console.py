"""What a person at a terminal sees of a sitting: a live bar, one table, the paths."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from emostyle.errors import EmoStyleError
from emostyle.manipulate.describe import Change, describe_change
from emostyle.manipulate.progress import LiveBar
from emostyle.manipulate.record import Sound
from emostyle.manipulate.request import EditRequest
from emostyle.manipulate.save import check_folder
from emostyle.manipulate.session import Job, Saved, plain_config, run_jobs
from emostyle.manipulate.settings import EditSettings
from emostyle.types import EditResult
from emostyle.waveform.load import load_audio

THUMBNAIL_HZ = 8000


def edit_sounds(
    sounds: Sequence[Path],
    wishes: Mapping[str, Any],
    overrides: Mapping[str, Any],
    out: Path | None,
    gif: bool,
) -> list[Saved]:
    """Edit one picture (or `count`) per sound, save all, show table and paths.

    Args:
        sounds: sound files; may be empty when there are words or music.
        wishes: the fields of `EditRequest` shared by all sounds.
        overrides: single settings that differ from the preset.
        out: the folder of one sound, the parent of the folders of several; None takes `runs`.
        gif: also write animated GIFs.

    Raises:
        AudioError: a sound cannot be used; nothing has been edited then.
        EmoStyleError: nothing to guide the edit, an unknown setting, or an edit failed.
    """
    jobs, settings = plan(sounds, wishes, overrides, out)
    console = Console()
    saved: list[Saved] = []
    try:
        gifs = len(jobs) if gif else 0
        run_with_bar(jobs, settings, console, saved, gifs)
    finally:
        if saved:
            show(console, saved)
            for edit in saved:
                console.print(f"{edit.job.folder}/", highlight=False, soft_wrap=True)
                console.print(f"  {'  '.join(edit.files)}", style="dim", highlight=False)
    return saved


def run_with_bar(
    jobs: Sequence[Job],
    settings: EditSettings | None,
    console: Console,
    saved: list[Saved],
    gifs: int,
) -> None:
    """Run jobs with a live bar, one line each; saved edits are appended to `saved`.

    Each is a fit of its own, so that its `config.yaml` repeats it bit for bit.
    """
    from emostyle.manipulate import edit_many
    from emostyle.manipulate.stack import read_stack

    for stack, domain in dict.fromkeys((job.request.stack, job.request.domain) for job in jobs):
        read_stack(stack, domain)  # what is missing or must be converted is said before the bar
    bar = LiveBar(console)

    def start(jobs: Sequence[Job]) -> None:
        names = ", ".join(job.sound.name for job in jobs)
        bar.start(f"{jobs[0].request.domain}: {names}", jobs[0].request.steps)

    with bar:
        run_jobs(
            [[job] for job in jobs],
            lambda requests: edit_many(requests, bar, settings),
            describe,
            on_start=start,
            on_saved=saved.append,
            gifs=gifs,
        )


def plan(
    sounds: Sequence[Path],
    wishes: Mapping[str, Any],
    overrides: Mapping[str, Any],
    out: Path | None,
) -> tuple[list[Job], EditSettings]:
    """One job per sound, and the resolved settings.

    Every sound is decoded once here, so that a bad one stops all before the first edit.

    Raises:
        AudioError: a sound cannot be used.
        EmoStyleError: nothing to be guided by, an unknown setting, or --out is no folder.
    """
    samples = [load_audio(path, THUMBNAIL_HZ).numpy() for path in sounds]
    requests = [EditRequest(audio=path, **wishes) for path in sounds]
    requests = requests or [EditRequest(**wishes)]
    for request in requests:
        request.require_guide()
    from emostyle.manipulate.stack import settings_of

    settings = override(settings_of(requests[0]), overrides)
    configs = [plain_config(request, settings=asdict(settings)) for request in requests]
    if not sounds:
        words = requests[0].words or Path(str(requests[0].music)).name
        folder = check_folder(out or Path("runs") / "words")
        return [Job(requests[0], Sound(f"“{words}”"), folder, configs[0])], settings
    names = folder_names(sounds)
    folders = [(out or Path("runs")) / name for name in names]
    if len(sounds) == 1 and out is not None:
        folders = [out]
    for folder in folders:
        check_folder(folder)
    shown = [Sound(path.name, path, wave) for path, wave in zip(sounds, samples, strict=True)]
    return [Job(*parts) for parts in zip(requests, shown, folders, configs, strict=True)], settings


def override(settings: EditSettings, overrides: Mapping[str, Any]) -> EditSettings:
    """A preset with single settings changed.

    Raises:
        EmoStyleError: a setting that does not exist or a value of another kind.
    """
    known = {field.name: getattr(settings, field.name) for field in fields(settings)}
    for name, value in overrides.items():
        if name not in known:
            raise EmoStyleError(
                f"Unknown setting '{name}'; choose one of {', '.join(known)} (--settings.NAME)."
            )
        kind = type(known[name])
        if not isinstance(value, (int, float) if kind is float else kind):
            raise EmoStyleError(
                f"The setting '{name}' is {value!r}, but a {kind.__name__} was expected "
                f"(--settings.{name})."
            )
    return replace(settings, **overrides)


def folder_names(sounds: Sequence[Path]) -> list[str]:
    """The stems of files, numbered where two are alike: `rain`, `rain_2`."""
    seen: Counter[str] = Counter()
    names = []
    for path in sounds:
        seen[path.stem] += 1
        names.append(path.stem if seen[path.stem] == 1 else f"{path.stem}_{seen[path.stem]}")
    return names


def describe(request: EditRequest, result: EditResult) -> list[list[Change]]:
    """What an edit changed, read by the CLIP of the request's stack."""
    from emostyle.manipulate.stack import load_stack

    clip = load_stack(request.stack, request.domain).clip
    return describe_change(
        result, clip.encode_image, clip.encode_text, scale=float(clip.logit_scale)
    )


def show(console: Console, saved: Sequence[Saved]) -> None:
    """The table of edits and, below it, the stages that failed or were left out."""
    console.print()
    console.print(change_table(saved))
    console.print()
    for line in stage_notes(saved):
        console.print(line, style="dim", highlight=False)


def change_table(saved: Sequence[Saved]) -> Table:
    """Sound, picture, similarity at the start and the end, what changed: one row per item."""
    table = Table(header_style="dim", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("sound", no_wrap=True)
    table.add_column("picture", no_wrap=True)
    table.add_column("start", justify="right")
    table.add_column("end", justify="right")
    table.add_column("what changed")
    for edit in saved:
        result = edit.result
        for item, seed in enumerate(result.seeds):
            changes = edit.changed[item] if edit.changed else []
            table.add_row(
                edit.job.sound.name,
                f"{result.domain} {seed}",
                f"{float(result.similarity_start[item]):.2f}",
                f"[bold]{float(result.similarity_end[item]):.2f}[/bold]",
                ", ".join(map(str, changes)) or "[dim]nothing that has a name[/dim]",
            )
    return table


def stage_notes(saved: Sequence[Saved]) -> list[str]:
    """One line per stage that was skipped or failed and why, with the sounds it concerns."""
    sounds: dict[tuple[str, str, str], list[str]] = {}
    for edit in saved:
        for stage in edit.result.stages:
            if stage.state != "ran":
                key = (stage.name, stage.state, stage.why)
                sounds.setdefault(key, []).append(edit.job.sound.name)
    everywhere = len(saved)
    return [
        f"{name} {state}: {why}" + ("" if len(names) == everywhere else f" ({', '.join(names)})")
        for (name, state, why), names in sounds.items()
    ]
