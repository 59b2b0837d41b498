"""A sitting: one sound after the other is edited and saved, whatever happens on the way.

The command line and the demo share it. What is finished stays, the rest is marked.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import Any

from emostyle.errors import EmoStyleError
from emostyle.manipulate.describe import Change
from emostyle.manipulate.progress import ProgressCallback
from emostyle.manipulate.record import Sound, json_bytes, unfinished_record
from emostyle.manipulate.save import RESULT, edit_files, write_files
from emostyle.manipulate.typeset import colour_of
from emostyle.types import EditResult

Edit = Callable[[Any, ProgressCallback | None], EditResult]
Describe = Callable[[Any, EditResult], list[list[Change]]]


@dataclass(frozen=True)
class Job:
    """One sound to be edited.

    Attributes:
        request: the settings, a dataclass (`EditRequest`).
        sound: how the sheets show its sound.
        folder: where its files go.
    """

    request: Any
    sound: Sound
    folder: Path


@dataclass(frozen=True)
class Saved:
    """An edit that is on the disk."""

    job: Job
    result: EditResult
    changed: list[list[Change]]
    files: dict[str, Path]


def settings_of(request: Any) -> dict[str, Any]:
    """A request as plain data, paths made absolute, the sound as a list: what a config holds."""
    settings = _plain(asdict(request) if is_dataclass(request) else dict(request))
    audio = settings.get("audio")
    settings["audio"] = [audio] if isinstance(audio, str) else audio or []
    return dict(settings)


def _plain(value: Any) -> Any:
    """Paths as absolute strings, tuples as lists, all through."""
    if isinstance(value, Path):
        return str(value.resolve())
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def save(
    job: Job, result: EditResult, changed: list[list[Change]], index: int = 0, gif: bool = False
) -> Saved:
    """Render and write one edit.

    Args:
        job: its request, sound and folder.
        result: what the edit produced.
        changed: per item what changed, in words.
        index: position in the sitting, chooses the ink of the sound.
        gif: also write `edit.gif`.
    """
    files = edit_files(
        result,
        settings_of(job.request),
        job.sound,
        changed,
        animate=gif,
        colour=colour_of(index),
    )
    return Saved(job, result, changed, write_files(job.folder, files))


def mark(jobs: Sequence[Job], state: str, why: str, interrupted: bool) -> None:
    """Write a `result.json` that says why there are no pictures into the folder of each job."""
    for job in jobs:
        record = unfinished_record(settings_of(job.request), job.sound, state, why, interrupted)
        write_files(job.folder, {RESULT: json_bytes(record)})


def run_jobs(
    jobs: Sequence[Job],
    edit: Edit,
    describe: Describe,
    progress: ProgressCallback | None = None,
    on_start: Callable[[Job], None] = lambda job: None,
    on_saved: Callable[[Saved], None] = lambda saved: None,
    gif: bool = False,
) -> list[Saved]:
    """Edit and save one job after the other.

    Args:
        jobs: at least one.
        edit: makes the edit of a request.
        describe: says what a request's edit changed.
        progress: called after each step.
        on_start: called before each edit.
        on_saved: called after the files of an edit are written.
        gif: also write animated GIFs.

    Returns:
        The saved edits in order.

    Raises:
        EmoStyleError: the only job failed, or, after the others were done, some of several.
        KeyboardInterrupt: the user stopped; finished edits are saved, the others are marked.
    """
    done: list[Saved] = []
    failed: list[str] = []
    for index, job in enumerate(jobs):
        on_start(job)
        try:
            result = edit(job.request, progress)
            saved = save(job, result, describe(job.request, result), index, gif)
        except KeyboardInterrupt:
            mark(jobs[index : index + 1], "failed", "stopped by Ctrl-C before a picture", True)
            mark(jobs[index + 1 :], "skipped", "stopped by Ctrl-C before its turn", True)
            raise
        except EmoStyleError as error:
            if len(jobs) == 1:
                raise
            mark(jobs[index : index + 1], "failed", str(error), False)
            failed.append(f"{job.sound.name}: {error}")
            continue
        done.append(saved)
        on_saved(saved)
        if result.interrupted:
            mark(jobs[index + 1 :], "skipped", "stopped by Ctrl-C before its turn", True)
            raise KeyboardInterrupt
    if failed:
        raise EmoStyleError(f"{len(failed)} of {len(jobs)} sounds failed; {'; '.join(failed)}")
    return done
