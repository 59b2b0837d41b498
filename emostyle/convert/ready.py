"""The file that fills a slot: ours as it is, a checkpoint of others converted at its first use."""

import glob
import os
from pathlib import Path

from filelock import FileLock
from rich.console import Console

from emostyle.weights.pins import hold_entry, show_terms
from emostyle.weights.registry import Entry, cache_folder, converted_path, find
from emostyle.weights.store import is_ours, read_metadata, resolve


def lacking(name_or_path: str) -> Entry | None:
    """The published file that must be fetched before a slot can use it; None if all is here.

    Args:
        name_or_path: what the slot names.
    """
    if Path(name_or_path).exists():
        return None
    entry = find(name_or_path)
    if entry is None or entry.bundled or entry.path.exists() or entry.converted.is_file():
        return None
    return entry


def ready_file(name_or_path: str, slot: str) -> Path:
    """The file of ours, or the folder of others, that a slot loads.

    A checkpoint of others is converted beside itself (in the cache, if its folder cannot be
    written) the first time, and again when it has changed. Its licence is said once.

    Args:
        name_or_path: a path, the name of a bundled file or that of a published one.
        slot: the slot.

    Raises:
        WeightsError: no such file, none of a known kind, or one that its hash does not know.
    """
    path = Path(name_or_path)
    entry = None if path.exists() else find(name_or_path)
    source = path if entry is None else entry.path
    if entry.bundled if entry else not path.exists():
        return resolve(name_or_path)
    if source.is_dir():
        if entry is not None:
            show_terms(entry.name, entry.licence, hold_entry(entry))
        return source
    ready = source if is_ours(source) else _converted(source, slot, entry)
    known = read_metadata(ready).get("source", {})
    if "registry" in known:
        show_terms(known["registry"], known["licence"], known["sha256"])
    return ready


def _converted(source: Path, slot: str, entry: Entry | None) -> Path:
    """The file of ours made of a checkpoint, made now if there is none or only an older one."""
    elsewhere = cache_folder() / "converted" / Path(*source.absolute().parts[1:])
    for place in (source, elsewhere):
        if made := _made_of(source, place, slot):
            return made
    if entry is not None:
        hold_entry(entry)
    place = source if os.access(source.parent, os.W_OK) else elsewhere
    place.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(place.with_name(f".{place.name}.lock")):
        return _made_of(source, place, slot) or _convert(source, place.parent, slot)


def _made_of(source: Path, place: Path, slot: str) -> Path | None:
    """What was made of a checkpoint for a slot and is not older; None if there is nothing.

    Args:
        source: the checkpoint; it may be gone.
        place: the checkpoint's name in the folder where to look.
        slot: the slot.
    """
    usual = converted_path(place)
    others = sorted(place.parent.glob(f"{glob.escape(usual.stem)}-*.safetensors"))
    for made in filter(is_ours, (usual, *others)):
        facts = read_metadata(made)
        right = facts.get("source", {}).get("file") == source.name and facts.get("slot") == slot
        old = source.exists() and made.stat().st_mtime_ns < source.stat().st_mtime_ns
        if right and not old:
            return made
    return None


def _convert(source: Path, folder: Path, slot: str) -> Path:
    """Convert and say what became of it."""
    from emostyle.convert.file import convert_file

    console = Console(stderr=True)
    with console.status(f"Converting {source.name}, once ..."):
        done = convert_file(source, folder, slot=slot)
    console.print(done.report(), markup=False, highlight=False, soft_wrap=True)
    return done.path
