"""What a file of others was at its first use: a hash that is kept beside it, and its terms, once.

Beside a file lies a receipt (`NAME.receipt.json`) with its SHA-256. Where the publisher states
none, the first use pins it, and a later change is refused. This module loads no torch.
"""

import hashlib
import json
import os
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from emostyle.errors import WeightsError
from emostyle.weights.registry import NOT_PUBLISHED, Entry, cache_folder


@dataclass(frozen=True)
class Receipt:
    """What is known of a file that was verified once."""

    url: str
    sha256: str
    size_bytes: int
    modified_ns: int


def sha256(path: str | Path) -> str:
    """SHA-256 in hexadecimal of a file, or of the names and hashes of the files in a folder."""
    path = Path(path)
    if path.is_dir():
        rows = [f"{sha256(part)}  {part.relative_to(path)}\n" for part in _parts(path)]
        return hashlib.sha256("".join(rows).encode()).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _parts(path: Path) -> list[Path]:
    """The files of a folder, or the file itself; hidden ones are passed over."""
    if path.is_file():
        return [path]
    return sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith("."))


def _size_and_time(path: Path) -> tuple[int, int]:
    """Bytes, and the time of the last change in nanoseconds."""
    facts = [part.stat() for part in _parts(path)]
    return sum(f.st_size for f in facts), max((f.st_mtime_ns for f in facts), default=0)


def receipt_path(path: Path) -> Path:
    """Where the receipt of a file lies."""
    return path.with_name(f"{path.name}.receipt.json")


def read_receipt(path: Path) -> Receipt | None:
    """The receipt of a file, if there is one.

    Raises:
        WeightsError: it is damaged; since it is a pin, that is not passed over.
    """
    place = receipt_path(path)
    if not place.is_file():
        return None
    try:
        return Receipt(**json.loads(place.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise WeightsError(
            f"The receipt '{place}' is damaged; delete it to take the file as new."
        ) from error


def write_receipt(path: Path, url: str, digest: str) -> None:
    """Note what a file is, where its folder can be written."""
    if os.access(path.parent, os.W_OK):
        write_json(receipt_path(path), asdict(Receipt(url, digest, *_size_and_time(path))))


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a small JSON file in one atomic step."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_text(json.dumps(content, indent=1), encoding="utf-8")
    os.replace(partial, path)


def hold(
    path: Path,
    url: str,
    published: str | None = None,
    copies: Collection[str] = (),
    anew: bool = False,
) -> str:
    """Hold a file to its published hash, else to that of its first use, which may be this one.

    Args:
        path: the file, or a folder.
        url: where it comes from, for the receipt.
        published: its SHA-256 in hexadecimal, if its publisher states one.
        copies: hashes that are as good as the published one.
        anew: read all bytes even if size and time are those of the receipt.

    Returns:
        Its SHA-256.

    Raises:
        WeightsError: it is not what it should be.
        OSError: it cannot be read.
    """
    receipt = read_receipt(path)
    wanted = published.lower() if published else receipt.sha256 if receipt else None
    good = {wanted, *copies} - {None}
    if receipt and not anew and receipt.sha256 in good:
        if (receipt.size_bytes, receipt.modified_ns) == _size_and_time(path):
            return receipt.sha256
    digest = sha256(path)
    if good and wanted and digest not in good:
        kind = "the published one" if published else "that of its first use"
        raise WeightsError(
            f"'{path}' has SHA-256 {digest}, but {wanted} was expected ({kind}); delete it and "
            f"fetch it again, or name a file of your own by another path."
        )
    write_receipt(path, url, digest)
    return digest


def hold_entry(entry: Entry, anew: bool = False) -> str:
    """`hold` for a published file that is in the cache.

    A hash that only third-party copies have is no statement of the publisher: a file with another
    one is taken, with a line on the screen, and pinned.

    Args:
        entry: what the registry says of it.
        anew: as `hold`.
    """
    place, url = entry.path, entry.url or entry.page or ""
    if not entry.mirror:
        return hold(place, url, entry.sha256, entry.copies, anew)
    new = read_receipt(place) is None
    digest = hold(place, url, anew=anew)
    if new and digest not in (entry.sha256, *entry.copies):
        _say(
            f"{entry.name}: '{place}' is none of the copies that are known (SHA-256 {entry.sha256} "
            f"was expected, it has {digest}); it is pinned as it is."
        )
    return digest


def _say(line: str) -> None:
    """A line on the screen, beside the results."""
    from rich.console import Console

    Console(stderr=True).print(line, markup=False, highlight=False, soft_wrap=True)


def show_terms(name: str, licence: str | None, digest: str) -> None:
    """Say the licence of a file on the screen before its first use; not again for that cache.

    Args:
        name: of the file in the registry.
        licence: None if none is published.
        digest: SHA-256 of the publisher's file.
    """
    shown = cache_folder() / "terms" / digest
    if shown.is_file():
        return
    line = f"First use of {name}, licence: {licence or NOT_PUBLISHED}"
    _say(line)
    try:
        shown.parent.mkdir(parents=True, exist_ok=True)
        shown.write_text(f"{line}\n", encoding="utf-8")
    except OSError:
        return
