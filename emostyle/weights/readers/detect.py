"""Which format a weights file has, judged by its bytes; names and endings are not asked."""

import zipfile
from pathlib import Path
from typing import Literal, get_args

from emostyle.errors import WeightsError

Format = Literal["safetensors", "torch_zip", "torch_legacy", "torchscript", "nvidia_pickle"]
"""The formats that can be read without running them."""

HEAD_BYTES = 2**20
_LEGACY_START = b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
_PERSISTENT = (b"torch_utils.persistence", b"_reconstruct_persistent_obj")
_STRANGERS = (
    (b"version https://git-lfs", "a Git LFS pointer, not the file it points to"),
    (b"<!doctype html", "a web page (a download page or a quota notice), not a file of weights"),
    (b"<html", "a web page (a download page or a quota notice), not a file of weights"),
    (b"\x89HDF", "an HDF5 file"),
    (b"GGUF", "a GGUF file"),
    (b"\x1f\x8b", "a gzip archive; unpack it first"),
)


def detect_format(path: str | Path) -> Format:
    """Recognise the format of a weights file by its content.

    Args:
        path: any file.

    Returns:
        `safetensors`, `torch_zip` (`torch.save`), `torch_legacy` (`torch.save` before 1.6),
        `torchscript` (`torch.jit.save`) or `nvidia_pickle` (stylegan2-ada-pytorch, stylegan3).

    Raises:
        WeightsError: no file, or none of these formats; the message says what it seems to be.
    """
    path = Path(path)
    if not path.is_file():
        raise WeightsError(f"No weights file at '{path}'; give the path of an existing file.")
    with open(path, "rb") as file:
        head = file.read(HEAD_BYTES)
    found = _from_head(head, path.stat().st_size) or _from_zip(path, head)
    if found is None:
        known = ", ".join(get_args(Format))
        raise WeightsError(f"'{path}' is {_describe(head)}; readable formats are {known}.")
    return found


def require_format(path: str | Path, *wanted: Format) -> Format:
    """The format of a file, if it is one of those wanted.

    Raises:
        WeightsError: as `detect_format`, or the file has another format.
    """
    found = detect_format(path)
    if found not in wanted:
        raise WeightsError(
            f"'{path}' is a {found} file, but {' or '.join(wanted)} was expected here."
        )
    return found


def is_cut(path: str | Path) -> bool:
    """True for an archive or a pickle whose end is missing; other formats tell no end.

    Args:
        path: an existing file.
    """
    with open(path, "rb") as file:
        head = file.read(2 + len(_LEGACY_START))
        file.seek(-1, 2) if head else None
        last = file.read(1)
    if head.startswith(b"PK"):
        return not zipfile.is_zipfile(path)
    return head[:1] == b"\x80" and head[2:] != _LEGACY_START and last != b"."


def _from_head(head: bytes, size_bytes: int) -> Format | None:
    """Formats that show in their first bytes."""
    header_bytes = int.from_bytes(head[:8], "little")
    if head[8:9] == b"{" and header_bytes <= size_bytes - 8:
        return "safetensors"
    if head[:1] == b"\x80" and head[2 : 2 + len(_LEGACY_START)] == _LEGACY_START:
        return "torch_legacy"
    if head[:1] == b"\x80" and all(word in head for word in _PERSISTENT):
        return "nvidia_pickle"
    return None


def _from_zip(path: Path, head: bytes) -> Format | None:
    """Archives: TorchScript has constants and code beside the data."""
    if not head.startswith(b"PK"):
        return None
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.partition("/")[2] for name in archive.namelist()}
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise WeightsError(f"'{path}' is a damaged zip archive ({error}); get it again.") from error
    if "data.pkl" not in names:
        return None
    return "torchscript" if "constants.pkl" in names else "torch_zip"


def _describe(head: bytes) -> str:
    """A guess at what a file of no known format is."""
    if not head:
        return "empty"
    start = head[:512].lstrip().lower()
    for sign, what in _STRANGERS:
        if start.startswith(sign.lower()):
            return what
    if head.startswith(b"PK"):
        return "a zip archive without the data of torch.save or torch.jit.save"
    if head[257:262] == b"ustar":
        return "a tar archive; unpack it first"
    if b"dnnlib.tflib" in head:
        return "a TensorFlow pickle of StyleGAN; take the PyTorch release of the same network"
    if head[:1] == b"\x80":
        return "a pickle of unknown content, which is never executed"
    return "of an unknown format"
