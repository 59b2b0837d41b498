"""Files of `torch.save`: tensors and plain containers only, never code."""

import argparse
import pickle
import re
from pathlib import Path
from typing import Any

import torch

from emostyle.errors import WeightsError
from emostyle.weights.readers.archive import open_archive
from emostyle.weights.readers.detect import require_format
from emostyle.weights.readers.pickle_machine import Maker, run_pickle, safely
from emostyle.weights.readers.tensors import STORAGES

DATA_CLASSES: list[Any] = [argparse.Namespace]
"""Classes that training scripts leave in their files and that hold values only."""

_STORAGES = {**STORAGES, "torch.storage.UntypedStorage": torch.uint8}


class _Anything(Maker, dict):
    """Stands for any object or function while only the sizes of a file are looked at."""

    def __init__(self, *_: object) -> None:
        dict.__init__(self)
        Maker.__init__(self, _Anything)


def read_torch_file(path: str | Path, mmap: bool = False) -> Any:
    """Read a `.pt`, `.pth` or `.ckpt` of `torch.save`, new or old format, on the CPU.

    Nests such as `state_dict`, `params_ema` or `g_ema` are the caller's to open.

    Args:
        path: the file.
        mmap: leave the tensors in the file until they are used (new format only); the file must
            not change while they are.

    Returns:
        What was saved.

    Raises:
        WeightsError: another format, damaged, tensors larger than their bytes, or an object that
            is not data; the message names it.
    """
    found = require_format(path, "torch_zip", "torch_legacy")
    try:
        if found == "torch_zip":
            check_sizes(path)
        with torch.serialization.safe_globals(DATA_CLASSES):
            return torch.load(
                path, map_location="cpu", weights_only=True, mmap=mmap and found == "torch_zip"
            )
    except WeightsError as error:
        raise safely(path, error) from error
    except pickle.UnpicklingError as error:
        named = re.search(r"GLOBAL (\S+)", str(error))
        asked = f"it asks for '{named[1]}', which is no data" if named else _telling_line(error)
        raise safely(path, WeightsError(asked)) from error
    except (RuntimeError, ValueError, TypeError, LookupError, EOFError, OSError) as error:
        raise safely(path, WeightsError(f"it is damaged ({_telling_line(error)})")) from error


def check_sizes(path: str | Path) -> None:
    """Compare what each tensor of a zip archive announces with the bytes it has.

    Older releases of torch trust the announcement and read beyond the end of the record.

    Raises:
        WeightsError: a record is missing, compressed or of another length.
    """

    def lookup(name: str) -> Any:
        return _STORAGES.get(name) or _Anything()

    with open_archive(path) as archive:
        run_pickle(archive.pickle("data.pkl"), lookup, archive.check_storage, lambda *_: None)


def _telling_line(error: BaseException) -> str:
    """The telling part of torch's long messages."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    telling = [line for line in lines if "GLOBAL" in line or "rror" in line]
    return (telling or lines or [type(error).__name__])[0][:200]
