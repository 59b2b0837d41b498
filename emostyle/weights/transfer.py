"""The bytes of a remote file into a partial file, over as many connections as it takes."""

import http.client
import json
import os
import re
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emostyle.errors import WeightsError
from emostyle.weights.pins import write_json

BLOCK_BYTES = 2**18
PASSING_CODES = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers of a server that may be another one a moment later."""


@dataclass(frozen=True)
class Remote:
    """A file that others publish.

    Attributes:
        url: its http(s) address.
        name: its file name in the cache.
        sha256: published SHA-256 in hexadecimal, or None.
        size_bytes: published length, or None.
    """

    url: str
    name: str
    sha256: str | None = None
    size_bytes: int | None = None


@dataclass(frozen=True)
class Patience:
    """How long to bear with a bad connection.

    Attributes:
        timeout_seconds: longest silence of the server.
        attempts: attempts in a row that bring no new byte before giving up.
        pause_seconds: wait after the first of these; it doubles each time.
    """

    timeout_seconds: float = 30.0
    attempts: int = 5
    pause_seconds: float = 1.0


class Cut(Exception):
    """The bytes stopped before the end; worth another attempt."""


@dataclass
class Transfer:
    """One download.

    Attributes:
        remote: what to fetch.
        partial: where its bytes go; a note beside it names the version they are the start of.
        hash_known: the whole will be checked, so a start of unknown version may be kept.
        patience: time limits.
        show: takes bytes so far and in all (None if unknown).
    """

    remote: Remote
    partial: Path
    hash_known: bool
    patience: Patience
    show: Callable[[int, int | None], None]

    def run(self) -> None:
        """Connect until the file is whole or patience ends.

        Raises:
            WeightsError: refused by the server, another length than published, or no more bytes.
            OSError: the partial file cannot be written.
        """
        furthest, idle = self._kept(), 0
        while True:
            try:
                return self._connect()
            except (http.client.HTTPException, Cut) as error:
                reason = str(error) or type(error).__name__
            reached = self.partial.stat().st_size if self.partial.is_file() else 0
            idle = 0 if reached > furthest else idle + 1
            furthest = max(furthest, reached)
            if idle >= self.patience.attempts:
                raise WeightsError(
                    f"{self.remote.url} could not be fetched: {reason}; {reached} bytes are kept, "
                    "run the same command again to go on from there."
                )
            time.sleep(self.patience.pause_seconds * 2 ** max(idle - 1, 0))

    def _notes(self) -> dict[str, Any] | None:
        """Address and version of the kept bytes; None if they are not of this address."""
        try:
            notes = json.loads(_notes_path(self.partial).read_text(encoding="utf-8"))
            return {"validator": notes["validator"]} if notes["url"] == self.remote.url else None
        except (OSError, ValueError, LookupError, TypeError):
            return None

    def _kept(self) -> int:
        """Bytes to go on from; a start that might belong to another version is dropped."""
        notes = self._notes()
        if notes is None or (notes["validator"] is None and not self.hash_known):
            discard(self.partial)
        return self.partial.stat().st_size if self.partial.is_file() else 0

    def _connect(self) -> None:
        """One connection."""
        start = self._kept()
        notes = self._notes() or {"validator": None}
        headers = {"User-Agent": "emostyle", "Accept-Encoding": "identity"}
        if start:
            headers["Range"] = f"bytes={start}-"
            if notes["validator"]:
                headers["If-Range"] = notes["validator"]
        request = urllib.request.Request(self.remote.url, headers=headers)
        opener = urllib.request.build_opener()  # made anew: it reads the proxies when it is made
        try:
            answer = opener.open(request, timeout=self.patience.timeout_seconds)
        except urllib.error.HTTPError as error:
            with error:
                self._refused(error, start)
            return
        except OSError as error:
            raise Cut(str(getattr(error, "reason", None) or error)) from error
        with answer as response:
            self._check_headers(response)
            self._receive(response, start, notes["validator"])

    def _refused(self, error: urllib.error.HTTPError, start: int) -> None:
        """Judge an answer that is not a file; returns if the kept bytes were all there is."""
        if error.code == 416 and start:
            if error.headers.get("Content-Range") == f"bytes */{start}":
                self._check_length(start)
                return
            discard(self.partial)
            raise Cut("the kept bytes do not belong to the file there")
        if error.code in PASSING_CODES:
            raise Cut(f"it answered {error.code} {error.reason}")
        raise WeightsError(
            f"{self.remote.url} answered {error.code} {error.reason}; check the address or "
            "download the file by hand."
        )

    def _receive(
        self, response: http.client.HTTPResponse, start: int, validator: str | None
    ) -> None:
        """Write the body behind the bytes that are kept."""
        start, total = self._place(response, start, validator)
        self._check_length(total)
        total = total or self.remote.size_bytes
        if total and shutil.disk_usage(self.partial.parent).free < total - start:
            raise WeightsError(
                f"'{self.partial.parent}' has no room for {total - start} more bytes of "
                f"{self.remote.name}; make room or set EMOSTYLE_CACHE to another folder."
            )
        done = start
        with open(self.partial, "ab" if start else "wb") as file:
            self.show(done, total)
            while block := _read(response):
                file.write(block)
                done += len(block)
                self.show(done, total)
                if total and done > total:
                    self._check_length(done)
            file.flush()
            os.fsync(file.fileno())
        if total and done < total:
            raise Cut(f"the connection ended after {done} of {total} bytes")
        self._check_length(done)

    def _place(
        self, response: http.client.HTTPResponse, start: int, validator: str | None
    ) -> tuple[int, int | None]:
        """Where the body begins in the file, and the length of the file as the server has it."""
        sent = _validator_of(response)
        if response.status == 206:
            found = re.match(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
            if found and int(found[1]) == start and sent in (None, validator):
                return start, None if found[2] == "*" else int(found[2])
            discard(self.partial)
            raise Cut("it sent another part than the one asked for")
        discard(self.partial)
        write_json(_notes_path(self.partial), {"url": self.remote.url, "validator": sent})
        length = response.headers.get("Content-Length", "")
        return 0, int(length) if length.isdigit() else None

    def _check_headers(self, response: http.client.HTTPResponse) -> None:
        """Refuse what is not the file itself."""
        url = self.remote.url
        if url.startswith("https:") and not response.url.startswith("https:"):
            raise WeightsError(f"{url} leads to the unprotected address {response.url}; refused.")
        if response.headers.get_content_type() == "text/html":
            raise WeightsError(
                f"{url} sent a web page instead of a file; open it in a browser to see why, or "
                "download the file by hand."
            )
        coding = response.headers.get("Content-Encoding", "identity")
        if coding != "identity":
            raise WeightsError(f"{url} sent {coding}-coded bytes where the plain file was asked.")

    def _check_length(self, announced: int | None) -> None:
        """Refuse a file of another length than the published one."""
        expected = self.remote.size_bytes
        if None not in (expected, announced) and announced != expected:
            discard(self.partial)
            raise WeightsError(
                f"{self.remote.url} sends {announced} bytes, but the file has {expected}; it is "
                "another file than the one meant, and nothing of it was kept."
            )


def discard(partial: Path) -> None:
    """Delete a partial file and the note beside it."""
    partial.unlink(missing_ok=True)
    _notes_path(partial).unlink(missing_ok=True)


def _notes_path(partial: Path) -> Path:
    return partial.with_name(f"{partial.name}.json")


def _read(response: http.client.HTTPResponse) -> bytes:
    """The next bytes; whatever goes wrong on the way is a cut."""
    try:
        return response.read1(BLOCK_BYTES)
    except OSError as error:
        raise Cut(str(error) or type(error).__name__) from error


def _validator_of(response: http.client.HTTPResponse) -> str | None:
    """A strong ETag, else the date of the last change."""
    tag = response.headers.get("ETag")
    return tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified")
