"""What a person at a terminal sees of a sitting: a live bar, one table, the paths."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from emostyle.errors import EmoStyleError
from emostyle.manipulate.describe import Change, describe_change
from emostyle.manipulate.progress import LiveBar
from emostyle.manipulate.record import Sound
from emostyle.manipulate.session import Job, Saved, run_jobs
from emostyle.types import EditResult
from emostyle.waveform.load import load_audio

if TYPE_CHECKING:
    from emostyle.manipulate.request import EditRequest

THUMBNAIL_HZ = 8000


def edit_sounds(
    sounds: Sequence[Path], request: "EditRequest", out: Path | None, gif: bool
) -> list[Saved]:
    """Edit one picture (or `request.count`) per sound, save all, show table and paths.

    Args:
        sounds: sound files; may be empty when the request carries text or lyrics.
        request: the settings shared by all sounds.
        out: the folder of one sound, the parent of the folders of several; None takes `runs`.
        gif: also write animated GIFs.

    Raises:
        AudioError: a sound cannot be used; nothing has been edited then.
        EmoStyleError: nothing to guide the edit, or an edit failed.
    """
    from emostyle.manipulate import edit

    jobs = plan(sounds, request, out)
    console = Console()
    saved: list[Saved] = []
    bar = LiveBar(console)
    try:
        with bar:
            run_jobs(
                jobs,
                edit,
                describe,
                bar,
                on_start=lambda job: bar.start(job.sound.name, request.steps),
                on_saved=saved.append,
                gif=gif,
            )
    finally:
        if saved:
            console.print(change_table(saved))
            for line in stage_notes(saved):
                console.print(line, style="yellow", highlight=False)
            for edit_ in saved:
                console.print(f"{edit_.job.folder}/", highlight=False)
                console.print(f"  {'  '.join(edit_.files)}", style="dim", highlight=False)
    return saved


def plan(sounds: Sequence[Path], request: "EditRequest", out: Path | None) -> list[Job]:
    """One job per sound, every sound decoded once so that a bad one stops all before the start.

    Raises:
        AudioError: a sound cannot be used.
        EmoStyleError: neither sound nor words came.
    """
    if not sounds:
        if not (request.text or request.lyrics or request.music):
            raise EmoStyleError("No sound came; name a sound file, or give --text or --lyrics.")
        words = request.text or request.lyrics or "music"
        folder = out or Path("runs") / "text"
        return [Job(request, Sound(f"“{words}”"), folder)]
    jobs = []
    for path, name in zip(sounds, folder_names(sounds), strict=True):
        samples = load_audio(path, THUMBNAIL_HZ).numpy()
        alone = len(sounds) == 1 and out is not None
        folder = out if alone and out is not None else (out or Path("runs")) / name
        jobs.append(Job(replace(request, audio=path), Sound(path.name, path, samples), folder))
    return jobs


def folder_names(sounds: Sequence[Path]) -> list[str]:
    """The stems of files, numbered where two are alike: `rain`, `rain_2`."""
    seen: Counter[str] = Counter()
    names = []
    for path in sounds:
        seen[path.stem] += 1
        names.append(path.stem if seen[path.stem] == 1 else f"{path.stem}_{seen[path.stem]}")
    return names


def describe(request: "EditRequest", result: EditResult) -> list[list[Change]]:
    """What an edit changed, read by the CLIP of the request's stack."""
    from emostyle.manipulate.stack import load_stack

    clip = load_stack(request.stack, request.domain).clip
    return describe_change(
        result, clip.encode_image, clip.encode_text, scale=float(clip.logit_scale)
    )


def change_table(saved: Sequence[Saved]) -> Table:
    """Sound, picture, similarity at the start and the end, what changed: one row per item."""
    table = Table(header_style="dim", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name, justify in (("sound", "left"), ("picture", "left"), ("start", "right")):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
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
                f"{float(result.similarity_end[item]):.2f}",
                ", ".join(map(str, changes)) or "nothing that has a name",
            )
    return table


def stage_notes(saved: Sequence[Saved]) -> list[str]:
    """A line for each stage that was skipped or failed, with its reason."""
    return [
        f"{edit.job.sound.name}: {stage.name} {stage.state}: {stage.why}"
        for edit in saved
        for stage in edit.result.stages
        if stage.state != "ran"
    ]
