"""The registry of weights: what each file is, where it comes from, its terms, and if it is here.

Facts of published files are in `registry.yaml`, those of the bundled ones in their cards. This
module loads no torch, so that questions about weights are answered at once.
"""

import difflib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml

from emostyle.errors import WeightsError

BUNDLED = Path(__file__).parent / "bundled"
"""The folder of the weights that come with the package."""
DATA = Path(__file__).with_name("registry.yaml")
NOT_PUBLISHED = "not published"

State = Literal["bundled", "converted", "fetched", "missing"]
"""`fetched`: the publisher's file is here; `converted`: and ours made of it."""


@dataclass(frozen=True)
class Entry:
    """One file of weights.

    Attributes:
        name: what commands and stacks call it.
        file: its file name in the cache (or in the package).
        slot: the slot of a stack it can fill.
        use: what it is good for.
        url: address of the file itself.
        page: address of its publisher.
        size_bytes: length.
        sha256: SHA-256 in hexadecimal; without one the first download pins it.
        mirror: the hash is that of agreeing third-party copies, not a publisher's statement.
        licence: terms of use.
        trained_on: its training data.
        space: of an audio encoder, the name of the CLIP whose vectors its own meet.
        note: anything else worth knowing.
        copies: SHA-256 and length of other known files of the same network.
        bundled: it comes with the package.
    """

    name: str
    file: str
    slot: str = ""
    use: str = ""
    url: str | None = None
    page: str | None = None
    size_bytes: int | None = None
    sha256: str | None = None
    mirror: bool = False
    licence: str | None = None
    trained_on: str | None = None
    space: str | None = None
    note: str = ""
    copies: Mapping[str, int] = field(default_factory=dict)
    bundled: bool = False

    @property
    def path(self) -> Path:
        """Where the file lies, or would lie."""
        return (BUNDLED if self.bundled else cache_folder() / "weights") / self.file

    @property
    def converted(self) -> Path:
        """Where `emostyle weights convert` puts what it makes of the file."""
        return converted_path(self.path)

    @property
    def state(self) -> State:
        """If the file is here, and in which form."""
        if self.bundled:
            return "bundled"
        if self.converted.is_file():
            return "converted"
        return "fetched" if self.path.exists() else "missing"

    @property
    def missing(self) -> str:
        """What to get, from where, how many bytes, under which licence."""
        origin = self.url or self.page
        return f"{self.file} from {origin}, {self.size}, licence: {self.licence or NOT_PUBLISHED}"

    @property
    def size(self) -> str:
        """Length with its unit, or that it is not published."""
        return f"{self.size_bytes:,} bytes" if self.size_bytes else f"size {NOT_PUBLISHED}"


def converted_path(source: Path, family: str = "", whole: bool = False) -> Path:
    """Where the file of ours lies that was made of a checkpoint of others: beside it.

    Args:
        source: the checkpoint.
        family: the network, where the checkpoint holds several and the first is not meant.
        whole: with the whole name of the checkpoint, where another has the same stem.
    """
    again = "ours" if source.suffix == ".safetensors" else ""
    words = [source.name if whole else source.stem, family, again]
    return source.with_name("-".join(word for word in words if word) + ".safetensors")


def cache_folder() -> Path:
    """`EMOSTYLE_CACHE`, else `emostyle` in the user's cache folder."""
    named = os.environ.get("EMOSTYLE_CACHE")
    parent = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return (Path(named) if named else Path(parent) / "emostyle").expanduser()


def entries() -> list[Entry]:
    """Every file the project knows: the bundled ones first, then the published ones."""
    slots = _data()["bundled"]
    bundled = sorted(BUNDLED.glob("*.safetensors"))
    return [*(_from_card(path, slots.get(path.stem, "")) for path in bundled), *_published()]


def find(name: str) -> Entry | None:
    """The entry of a name or of a published file's name; None if there is none."""
    return next((entry for entry in entries() if name in (entry.name, entry.file)), None)


def named(name_or_path: str | Path) -> Entry | None:
    """The entry that is meant: that of its own name always, that of its file's name if no such
    file lies here; None for a path.
    """
    entry = find(str(name_or_path))
    if entry is not None and str(name_or_path) != entry.name and Path(name_or_path).is_file():
        return None
    return entry


def get(name: str) -> Entry:
    """The entry of a name or of a published file's name.

    Raises:
        WeightsError: there is none; the message names similar ones.
    """
    entry = find(name)
    if entry is None:
        known = {other.name.lower(): other.name for other in entries()}
        close = difflib.get_close_matches(name.lower(), known, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(known[one] for one in close)}? " if close else ""
        raise WeightsError(f"No weights named '{name}'; {hint}`emostyle weights list` names all.")
    return entry


def by_hash(sha256: str) -> Entry | None:
    """The published file that has this SHA-256, itself or as a known copy."""
    return next((e for e in _published() if sha256 == e.sha256 or sha256 in e.copies), None)


def entry_of(file: Path, sha256: str) -> Entry | None:
    """The published file that a file on the disk is: by its hash; by its name if none is published.

    Args:
        file: where it lies.
        sha256: its own hash.
    """
    named = (e for e in _published() if e.file == file.name and e.sha256 is None)
    return by_hash(sha256) or next(named, None)


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    """The data file."""
    content: dict[str, Any] = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    return content


@lru_cache(maxsize=1)
def _published() -> tuple[Entry, ...]:
    """The entries of the data file."""
    return tuple(
        _entry(name, {**{k: v for k, v in group.items() if k != "files"}, **facts})
        for group in _data()["published"]
        for name, facts in group["files"].items()
    )


def _entry(name: str, facts: dict[str, Any]) -> Entry:
    """An entry, the placeholders of its address filled in."""
    if unknown := set(facts) - {known.name for known in fields(Entry)}:
        raise WeightsError(f"{DATA} gives '{name}' the unknown facts {', '.join(sorted(unknown))}.")
    if url := facts.get("url"):
        url = url.replace("{file}", facts["file"]).replace("{sha256}", facts.get("sha256", ""))
    return Entry(name, **{**facts, "url": url})


def _from_card(path: Path, slot: str) -> Entry:
    """The entry of a bundled file, from the card beside it."""
    card = path.with_suffix(".md")
    text = card.read_text(encoding="utf-8") if card.is_file() else ""
    facts = dict(re.findall(r"^\W*(licence|data|file)\s*:\s*(.+?)\W*$", text, re.MULTILINE))
    digest = re.search(r"[0-9a-f]{64}", facts.get("file", ""))
    size = re.match(r"\d+", facts.get("file", ""))
    use = re.search(r"^# .*\n+(.+)", text)
    return Entry(
        name=path.stem,
        file=path.name,
        slot=slot,
        use=use[1] if use else "",
        size_bytes=int(size[0]) if size else path.stat().st_size,
        sha256=digest[0] if digest else None,
        licence=facts.get("licence"),
        trained_on=facts.get("data"),
        bundled=True,
    )
