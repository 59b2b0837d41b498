"""Files of others into the local cache: resumed after a cut, verified, one process at a time.

A file appears under its name only when all of its bytes are on the disk and their SHA-256 is the
expected one; where the publisher states none, the first download pins it (`pins`).
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
from emostyle.weights.pins import hold, read_receipt, receipt_path, sha256, write_receipt
from emostyle.weights.readers.detect import is_cut
from emostyle.weights.registry import cache_folder
from emostyle.weights.transfer import Patience, Remote, Transfer, discard


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


def _is_verified(path: Path, remote: Remote) -> bool:
    """True if the file is there and right; its bytes are hashed only when its receipt is outdated.

    Raises:
        WeightsError: it is there and wrong.
    """
    if not path.is_file():
        return False
    size = path.stat().st_size
    if remote.size_bytes not in (None, size):
        raise WeightsError(
            f"'{path}' has {size} bytes, but {remote.size_bytes} were expected; delete it to have "
            "it downloaded again."
        )
    hold(path, remote.url, remote.sha256)
    return True


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
    receipt = read_receipt(path)
    wanted = remote.sha256 or (receipt.sha256 if receipt else None)
    with _bar(remote, console) as show:
        Transfer(remote, partial, wanted is not None, patience, show).run()
    if wanted is None and is_cut(partial):
        discard(partial)
        raise WeightsError(f"What {remote.url} sent ends before the file does; fetch it again.")
    digest = sha256(partial)
    if wanted and digest != wanted.lower():
        discard(partial)
        if remote.sha256:
            why = f"but {wanted} is the published one; try again later or tell the publisher"
        else:
            why = (
                f"but it was {wanted} at the first download; if the publisher did change the file, "
                f"delete '{receipt_path(path)}'"
            )
        raise WeightsError(f"What {remote.url} sent has SHA-256 {digest}, {why}.")
    os.replace(partial, path)
    discard(partial)
    write_receipt(path, remote.url, digest)


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
