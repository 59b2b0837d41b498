"""Everything an edit leaves behind, first rendered to bytes, then written file by file.

A folder is complete only when it holds `result.json`: an older one is removed first, the new one is
written last, and each file appears under its name only when all of its bytes are on the disk.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from emostyle.errors import EmoStyleError
from emostyle.manipulate.animate import animation_frames, gif_bytes
from emostyle.manipulate.artifacts import Cell, caption_of, grid, strip
from emostyle.manipulate.describe import Change
from emostyle.manipulate.plots import curves_figure, mask_figure
from emostyle.manipulate.provenance import SourceType, png_bytes
from emostyle.manipulate.record import (
    Sound,
    edit_record,
    json_bytes,
    latents_bytes,
    yaml_bytes,
)
from emostyle.manipulate.typeset import PALETTE, to_picture
from emostyle.types import EditResult

RESULT = "result.json"


def write_atomic(path: Path, data: bytes) -> Path:
    """Write a file under a temporary name beside its place, then rename it.

    Raises:
        OSError: no space or no permission; nothing is left behind and an older file stays.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(partial, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def check_folder(folder: Path) -> Path:
    """The same path, if it or its parents are not in the way.

    Raises:
        EmoStyleError: the path, or a folder on the way to it, is a file.
    """
    for part in (folder, *folder.parents):
        if part.exists() and not part.is_dir():
            raise EmoStyleError(f"'{part}' is a file, but --out must name a folder.")
    return folder


def prepare_folder(folder: Path) -> Path:
    """Make a folder ready for an edit; one from an earlier run is no longer marked complete.

    Raises:
        EmoStyleError: the path is a file.
    """
    check_folder(folder).mkdir(parents=True, exist_ok=True)
    (folder / RESULT).unlink(missing_ok=True)
    return folder


def write_files(folder: Path, files: Mapping[str, bytes]) -> dict[str, Path]:
    """Write rendered files into a prepared folder, in their order.

    Returns:
        Name to path.
    """
    prepare_folder(folder)
    return {name: write_atomic(folder / name, data) for name, data in files.items()}


def edit_files(
    result: EditResult,
    request: Mapping[str, Any],
    sound: Sound,
    changed: Sequence[Sequence[Change]] = (),
    source: SourceType = "generated",
    animate: bool = False,
    colour: str = PALETTE[0],
) -> dict[str, bytes]:
    """Render all files of an edit; `result.json` comes last.

    Args:
        result: the edit.
        request: the resolved settings, JSON-able.
        sound: the sound used.
        changed: per item what changed, in words.
        source: `generated` from a latent or `edited` from a real picture.
        animate: also render `edit.gif` of item 0.
        colour: ink of the sound's thumbnail, `#rrggbb`.

    Returns:
        File name to bytes: `before.png`, `after.png` (numbered, and `grid.png`, when there are
        several items), `strip.png`, `curves.png`, `mask.png`, `w_plus.safetensors`, `config.yaml`,
        `result.json`.
    """
    count = len(result.after)
    notes = [", ".join(map(str, item)) for item in changed] or [""] * count
    captions = [
        caption_of(result, sound.name, n, notes[n], sound.samples, colour) for n in range(count)
    ]
    befores, afters = ([to_picture(x) for x in batch] for batch in (result.before, result.after))
    start = f"A {result.domain} made by a generator"
    what = f"A {result.domain} changed by the sound {sound.name}"
    files: dict[str, bytes] = {}
    for n in range(count):
        ending = "" if count == 1 else f"_{n:02d}"
        facts: dict[str, str | int | float] = {
            "seed": result.seeds[n],
            "sound": sound.name,
            "domain": result.domain,
        }
        files[f"before{ending}.png"] = png_bytes(befores[n], source, start, **facts)
        files[f"after{ending}.png"] = png_bytes(afters[n], source, what, **facts)
    sheet_facts = {"seed": ", ".join(map(str, result.seeds)), "sound": sound.name}
    sheets = {"strip.png": strip(result, captions[0])}
    if count > 1:
        cells = [Cell(*cell) for cell in zip(befores, afters, captions, strict=True)]
        rows = [("", cells[k : k + 4]) for k in range(0, count, 4)]
        sheets["grid.png"] = grid(rows)
    for name, sheet in sheets.items():
        files[name] = png_bytes(sheet, source, what, **sheet_facts)
    title = chart_title(result, sound.name)
    for name, chart in (("curves", curves_figure), ("mask", mask_figure)):
        files[f"{name}.png"] = png_bytes(chart(result, title), "chart", title, **sheet_facts)
    if animate:
        files["edit.gif"] = gif_bytes(animation_frames(result, captions[0]), source, what)
    files["w_plus.safetensors"] = latents_bytes(result)
    files["config.yaml"] = yaml_bytes(request)
    record = edit_record(result, request, sound, changed)
    files[RESULT] = json_bytes({**record, "files": [*files, RESULT]})
    return files


def chart_title(result: EditResult, sound: str) -> str:
    """`rain.wav on a landscape, seed 7` or `rain.wav on 8 landscapes, seeds 7 to 14`."""
    seeds = result.seeds
    if result.latents_file:
        what = f"a {result.domain}" if len(seeds) == 1 else f"{len(seeds)} {result.domain}s"
        return f"{sound} on {what} of {result.latents_file}"
    if len(seeds) == 1:
        return f"{sound} on a {result.domain}, seed {seeds[0]}"
    return f"{sound} on {len(seeds)} {result.domain}s, seeds {seeds[0]} to {seeds[-1]}"
