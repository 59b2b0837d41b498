"""The file that fills a slot: ours as it is, a checkpoint of others converted at its first use."""

import glob
import os
from pathlib import Path

from filelock import FileLock
from rich.console import Console

from emostyle.errors import WeightsError
from emostyle.weights.pins import hold_entry, show_terms
from emostyle.weights.registry import Entry, cache_folder, converted_path, named
from emostyle.weights.store import is_ours, read_metadata

FOLDER_SLOT = "polarity"
"""The one slot whose network is read from a folder."""


def lacking(name_or_path: str) -> Entry | None:
    """The published file that must be fetched before a slot can use it; None if all is here.

    Args:
        name_or_path: what the slot names.
    """
    entry = named(name_or_path)
    if entry is None or entry.bundled or entry.path.exists() or entry.converted.is_file():
        return None
    return entry


def ready_file(name_or_path: str, slot: str) -> Path:
    """The file of ours, or the folder of others, that a slot loads.

    A checkpoint of others is converted beside itself (in the cache, if its folder cannot be
    written) the first time, and again when it has changed. Its licence is said once, before.

    Args:
        name_or_path: the name of a bundled file or of a published one, or a path.
        slot: the slot.

    Raises:
        WeightsError: no such file, none of a known kind, or one that its hash does not know.
    """
    entry = named(name_or_path)
    if entry is not None and entry.bundled:
        return entry.path
    source = entry.path if entry else Path(name_or_path).expanduser()
    if entry is not None and source.exists():
        show_terms(entry.name, entry.licence, hold_entry(entry))
    if source.is_dir():
        if slot != FOLDER_SLOT:
            raise WeightsError(f"The {slot} slot names '{source}', which is a folder; name a file.")
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
    if not source.is_file():
        raise WeightsError(
            f"The {slot} slot names '{entry.name if entry else source}', which is neither a known "
            "name (`emostyle weights list`) nor a file, and nothing made of it for this slot is "
            "here; name another one in the stack."
        )
    place = source if os.access(source.parent, os.W_OK) else elsewhere
    place.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(place.with_name(f".{place.name}.lock")):
        return _made_of(source, place, slot) or _convert(source, place.parent, slot, entry)


def _made_of(source: Path, place: Path, slot: str) -> Path | None:
    """What was made of a checkpoint, as it is now, for a slot; None if there is nothing.

    Args:
        source: the checkpoint; it may be gone.
        place: the checkpoint's name in the folder where to look.
        slot: the slot.
    """
    first = [converted_path(place), converted_path(place, whole=True)]
    others = sorted(place.parent.glob(f"{glob.escape(place.stem)}*-*.safetensors"))
    for made in (*first, *others):
        if is_made_of(made, source.name, slot) and _is_current(made, source):
            return made
    return None


def is_made_of(place: Path, source: str, slot: str) -> bool:
    """True for a file of ours that was made of a checkpoint of this name for this slot."""
    try:
        facts = read_metadata(place) if is_ours(place) else {}
    except WeightsError:
        return False
    return bool(facts.get("slot") == slot and facts.get("source", {}).get("file") == source)


def _is_current(made: Path, source: Path) -> bool:
    """True if the checkpoint has not changed since, or is gone."""
    if not source.exists():
        return True
    facts, now = read_metadata(made)["source"], source.stat()
    return (facts.get("size_bytes"), facts.get("modified_ns")) == (now.st_size, now.st_mtime_ns)


def _convert(source: Path, folder: Path, slot: str, entry: Entry | None) -> Path:
    """Convert and say what became of it."""
    from emostyle.convert.file import convert_file

    console = Console(stderr=True)
    with console.status(f"Converting {source.name}, once ..."):
        done = convert_file(source, folder, slot=slot, entry=entry)
    console.print(done.report(), markup=False, highlight=False, soft_wrap=True)
    return done.path
