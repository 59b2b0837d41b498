"""A sitting: sounds are edited and saved one fit after the other, whatever happens on the way.

The command line and the demo share it. What is finished stays, the rest is marked.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from torch import Tensor

from emostyle.errors import EmoStyleError
from emostyle.manipulate.describe import Change
from emostyle.manipulate.record import Sound, json_bytes, unfinished_record
from emostyle.manipulate.request import EditRequest
from emostyle.manipulate.save import RESULT, edit_files, write_files
from emostyle.manipulate.typeset import colour_of
from emostyle.types import EditResult

NOT_REACHED = "stopped by Ctrl-C before its turn"
NO_PICTURE = "stopped by Ctrl-C before a picture was made"


@dataclass(frozen=True)
class Job:
    """One sound to be edited.

    Attributes:
        request: what is asked.
        sound: how the sheets show its sound.
        folder: where its files go.
        config: the resolved settings as plain data, as `config.yaml` holds them.
    """

    request: EditRequest
    sound: Sound
    folder: Path
    config: Mapping[str, Any]


@dataclass(frozen=True)
class Saved:
    """An edit that is on the disk: its job, its pictures, what changed, and its files by name."""

    job: Job
    result: EditResult
    changed: list[list[Change]]
    files: dict[str, Path]


EditMany = Callable[[list[EditRequest]], list[EditResult]]
Describe = Callable[[EditRequest, EditResult], list[list[Change]]]


def plain_config(request: EditRequest, **more: Any) -> dict[str, Any]:
    """A request as plain data: paths absolute, the sound as a list, nothing that is not set.

    Args:
        request: what is asked.
        **more: further plain settings, for example the resolved `settings`.
    """
    held = {field.name: getattr(request, field.name) for field in fields(request)}
    given = {k: v for k, v in {**held, **more}.items() if v is not None}
    if request.waveform is None:
        given.pop("sample_rate_hz", None)
    if request.audio is not None:
        given["audio"] = [request.audio]
    return {k: _plain(v) for k, v in given.items() if not isinstance(v, Tensor)}


def _plain(value: Any) -> Any:
    """Paths as absolute strings, tuples as lists."""
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value.resolve()) if isinstance(value, Path) else value


def mark(jobs: Sequence[Job], state: str, why: str, interrupted: bool) -> None:
    """Write a `result.json` that says why there is no picture into the folder of each job."""
    for job in jobs:
        record = unfinished_record(job.config, job.sound, state, why, interrupted)
        write_files(job.folder, {RESULT: json_bytes(record)})


def run_jobs(
    groups: Sequence[Sequence[Job]],
    edit_many: EditMany,
    describe: Describe,
    on_start: Callable[[Sequence[Job]], None] = lambda jobs: None,
    on_saved: Callable[[Saved], None] = lambda saved: None,
    gifs: int = 0,
) -> None:
    """Edit and save one group of jobs after the other; a group is one fit.

    Args:
        groups: jobs that share a fit, group by group.
        edit_many: makes the edits of the requests of a group.
        describe: says what an edit changed.
        on_start: called before each fit.
        on_saved: called after the files of each edit are written.
        gifs: so many of the edits, from the first, also get an animated GIF.

    Raises:
        EmoStyleError: the only group failed, or, after the others were done, some of several.
        OSError: the disk refused a file; the edits that are not on it are marked where it can.
        KeyboardInterrupt: the user stopped; finished edits are saved, the others are marked.
    """
    failed: list[str] = []
    count = 0
    for number, jobs in enumerate(groups):
        later = [job for group in groups[number + 1 :] for job in group]
        waiting = list(jobs)
        on_start(jobs)
        try:
            results = edit_many([job.request for job in jobs])
            for job, result in zip(jobs, results, strict=True):
                changed = describe(job.request, result)
                on_saved(save(job, result, changed, count, count < gifs))
                waiting.remove(job)
                count += 1
        except KeyboardInterrupt:
            mark(waiting, "failed", NO_PICTURE, True)
            mark(later, "skipped", NOT_REACHED, True)
            raise
        except OSError as error:
            with suppress(OSError):
                mark([*waiting, *later], "failed", f"not written: {error.strerror}", False)
            raise
        except EmoStyleError as error:
            if len(groups) == 1:
                raise
            mark(waiting, "failed", str(error), False)
            failed.append(str(error))
            continue
        if any(result.interrupted for result in results):
            mark(later, "skipped", NOT_REACHED, True)
            raise KeyboardInterrupt
    if failed:
        raise EmoStyleError(f"{len(failed)} of {len(groups)} edits failed: {' '.join(failed)}")


def save(
    job: Job, result: EditResult, changed: list[list[Change]], index: int = 0, gif: bool = False
) -> Saved:
    """Render and write one edit; `index` chooses the ink of its sound."""
    files = edit_files(result, job.config, job.sound, changed, animate=gif, colour=colour_of(index))
    return Saved(job, result, changed, write_files(job.folder, files))
