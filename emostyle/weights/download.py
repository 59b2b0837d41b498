"""Files of others into the local cache: resumed after a cut, verified, one process at a time.

A file appears under its name only when all of its bytes are on the disk and their SHA-256 is the
expected one. Beside it lies a receipt (`NAME.receipt.json`) with that hash: where the publisher
states none, the first download pins it, and a later change is refused.
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from emostyle.errors import WeightsError
from emostyle.weights.registry import cache_folder
from emostyle.weights.store import sha256 as sha256_of
from emostyle.weights.transfer import Patience, Remote, Transfer, discard, write_json


@dataclass(frozen=True)
class Receipt:
    """What is known of a file that was verified once."""

    url: str
    sha256: str
    size_bytes: int
    modified_ns: int


def is_offline() -> bool:
    """True if `EMOSTYLE_OFFLINE` forbids the network."""
    return os.environ.get("EMOSTYLE_OFFLINE", "").lower() not in {"", "0", "false", "no", "off"}


def fetch(
    remote: Remote,
    cache: Path | None = None,
    patience: Patience | None = None,
    console: Console | None = None,
) -> Path:
    """The verified local copy of a file, downloaded if it is not in the cache.

    A download that was cut goes on where it stopped (HTTP Range), in this call and in later ones.
    Proxies are those of the usual environment variables (`HTTPS_PROXY`, `NO_PROXY`, ...).

    Args:
        remote: what to fetch.
        cache: folder of the file; by default `weights` in `cache_folder()`.
        patience: time limits.
        console: where the progress bar goes; by default the standard error stream.

    Raises:
        WeightsError: not in the cache and offline, unreachable, refused by the server, of the wrong
            length or hash, or changed since its hash was pinned.
    """
    if not re.fullmatch(r"https?://[^\s]+", remote.url):
        raise WeightsError(f"'{remote.url}' is no http(s) address, so nothing was downloaded.")
    if not re.fullmatch(r"[\w][\w.+=-]*", remote.name):
        raise WeightsError(f"'{remote.name}' is no plain file name for the cache.")
    path = (cache or cache_folder() / "weights") / remote.name
    console = console or Console(stderr=True)
    try:
        if _is_verified(path, remote):
            return path
        if is_offline():
            raise WeightsError(
                f"'{remote.name}' is not in the cache and EMOSTYLE_OFFLINE is set; unset it, or "
                f"put the file from {remote.url} at '{path}'."
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        with _lock(path, console):
            if not _is_verified(path, remote):
                _fetch_locked(path, remote, patience or Patience(), console)
    except OSError as error:
        raise WeightsError(
            f"'{path}' cannot be read or written ({error.strerror or error}); mend that or set "
            "EMOSTYLE_CACHE to another folder."
        ) from error
    return path


def _receipt_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.receipt.json")


def _read_receipt(path: Path) -> Receipt | None:
    """The receipt of a file, if there is one; a damaged one is an error, since it is a pin."""
    place = _receipt_path(path)
    if not place.is_file():
        return None
    try:
        return Receipt(**json.loads(place.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise WeightsError(
            f"The receipt '{place}' is damaged; delete it to take the file as new."
        ) from error


def _write_receipt(path: Path, remote: Remote, digest: str) -> None:
    facts = path.stat()
    receipt = Receipt(remote.url, digest, facts.st_size, facts.st_mtime_ns)
    write_json(_receipt_path(path), asdict(receipt))


def _is_verified(path: Path, remote: Remote) -> bool:
    """True if the file is there and right; its bytes are hashed only when its receipt is outdated.

    Raises:
        WeightsError: it is there and wrong.
    """
    if not path.is_file():
        return False
    receipt, facts = _read_receipt(path), path.stat()
    wanted = _wanted(remote, receipt)
    if remote.size_bytes not in (None, facts.st_size):
        raise WeightsError(
            f"'{path}' has {facts.st_size} bytes, but {remote.size_bytes} were expected; delete it "
            "to have it downloaded again."
        )
    if receipt and (receipt.sha256, receipt.size_bytes) == (wanted, facts.st_size):
        if receipt.modified_ns == facts.st_mtime_ns:
            return True
    digest = sha256_of(path)
    if wanted not in (None, digest):
        raise WeightsError(
            f"'{path}' has SHA-256 {digest}, but {wanted} was expected; delete it to have it "
            "downloaded again."
        )
    if os.access(path.parent, os.W_OK):
        _write_receipt(path, remote, digest)
    return True


def _wanted(remote: Remote, receipt: Receipt | None) -> str | None:
    """The hash a file must have: the published one, else the pinned one."""
    if remote.sha256:
        return remote.sha256.lower()
    return receipt.sha256 if receipt else None


@contextmanager
def _lock(path: Path, console: Console) -> Iterator[None]:
    """Only one process downloads a file; the others wait and say so."""
    lock = FileLock(path.with_name(f".{path.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        console.print(f"Waiting for another process that downloads {path.name} ...")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _fetch_locked(path: Path, remote: Remote, patience: Patience, console: Console) -> None:
    """Download, verify, rename, write the receipt."""
    partial = path.with_name(f".{path.name}.part")
    wanted = _wanted(remote, _read_receipt(path))
    with _bar(remote, console) as show:
        Transfer(remote, partial, wanted is not None, patience, show).run()
    digest = sha256_of(partial)
    if wanted not in (None, digest):
        discard(partial)
        if remote.sha256:
            why = f"but {wanted} is the published one; try again later or tell the publisher"
        else:
            why = (
                f"but it was {wanted} at the first download; if the publisher did change the file, "
                f"delete '{_receipt_path(path)}'"
            )
        raise WeightsError(f"What {remote.url} sent has SHA-256 {digest}, {why}.")
    os.replace(partial, path)
    discard(partial)
    _write_receipt(path, remote, digest)


@contextmanager
def _bar(remote: Remote, console: Console) -> Iterator[Callable[[int, int | None], None]]:
    """A progress bar; the function it gives takes bytes so far and in all."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(remote.name, total=remote.size_bytes)
        yield lambda done, total: progress.update(task, completed=done, total=total)
