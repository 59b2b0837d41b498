"""The zip archives of `torch.save` and `torch.jit.save`: records whose sizes are checked."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from jaxtyping import Shaped
from torch import Tensor

from emostyle.errors import WeightsError
from emostyle.weights.readers.tensors import storage_bytes, storage_from_bytes

BLOCK_BYTES = 2**24
PICKLE_LIMIT_BYTES = 2**28
"""No honest archive has a pickle or a code file of this size."""


class TorchArchive:
    """An open archive; records are named without the folder that encloses them all."""

    def __init__(self, archive: zipfile.ZipFile, file_bytes: int) -> None:
        self.archive = archive
        infos = archive.infolist()
        self.records = {info.filename.partition("/")[2]: info for info in infos}
        if len({info.filename.partition("/")[0] for info in infos}) > 1:
            raise WeightsError("its records lie in more than one folder")
        if len(self.records) < len(infos):
            raise WeightsError("two of its records have the same name")
        stored = [info for name, info in self.records.items() if not name.startswith("code/")]
        if any(info.compress_type != zipfile.ZIP_STORED for info in stored):
            raise WeightsError("its data are compressed, which torch never does")
        if sum(info.file_size for info in stored) > file_bytes:
            raise WeightsError("its records claim more bytes than the file has")
        if "byteorder" in self.records and self.pickle("byteorder").read().strip() != b"little":
            raise WeightsError("its numbers are not little-endian")

    def pickle(self, name: str) -> io.BytesIO:
        """A small record (pickle or code) as a stream.

        Raises:
            WeightsError: it is missing, damaged or far too large.
        """
        info = self.records.get(name)
        if info is None:
            raise WeightsError(f"it has no record '{name}'")
        if info.file_size > PICKLE_LIMIT_BYTES:
            raise WeightsError(f"its record '{name}' claims {info.file_size} bytes")
        return io.BytesIO(self.archive.read(info))

    def check_storage(self, pid: object, folder: str = "data") -> tuple[torch.dtype, str]:
        """Type and record name of a persistent id, whose record has the announced length.

        Raises:
            WeightsError: no such record, or one of another length.
        """
        dtype, key, length = storage_bytes(pid)
        name = f"{folder}/{key}"
        held = self.records[name].file_size if name in self.records else None
        if held != length:
            raise WeightsError(f"a tensor announces {length} bytes in '{name}', which holds {held}")
        return dtype, name

    def storage(self, pid: object, folder: str = "data") -> Shaped[Tensor, " n"]:
        """The numbers of a persistent id."""
        dtype, name = self.check_storage(pid, folder)
        data = bytearray(self.records[name].file_size)
        filled = 0
        with self.archive.open(self.records[name]) as record:
            while block := record.read(BLOCK_BYTES):
                data[filled : filled + len(block)] = block
                filled += len(block)
        if filled != len(data):
            raise WeightsError(f"its record '{name}' ends early")
        return storage_from_bytes(data, dtype)


@contextmanager
def open_archive(path: str | Path) -> Iterator[TorchArchive]:
    """Open an archive of torch.

    Raises:
        WeightsError: damaged, here or while it is open.
    """
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            yield TorchArchive(archive, path.stat().st_size)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
        raise WeightsError(f"its archive is damaged ({error})") from error
