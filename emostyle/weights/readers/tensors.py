"""Tensors and arrays from the arguments that pickles carry; every size is checked first."""

import io
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Shaped
from torch import Tensor

from emostyle.errors import WeightsError
from emostyle.weights.readers.pickle_machine import (
    Maker,
    no_globals,
    plain_key,
    run_pickle,
    short,
)

STORAGES: dict[str, torch.dtype] = {
    "torch.DoubleStorage": torch.float64,
    "torch.FloatStorage": torch.float32,
    "torch.HalfStorage": torch.float16,
    "torch.BFloat16Storage": torch.bfloat16,
    "torch.LongStorage": torch.int64,
    "torch.IntStorage": torch.int32,
    "torch.ShortStorage": torch.int16,
    "torch.CharStorage": torch.int8,
    "torch.ByteStorage": torch.uint8,
    "torch.BoolStorage": torch.bool,
    "torch.ComplexFloatStorage": torch.complex64,
    "torch.ComplexDoubleStorage": torch.complex128,
}
"""Storage classes by their pickled names."""

LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
"""The number that opens a file of `torch.save` before the zip format."""
LEGACY_PROTOCOL = 1001


def storage_from_bytes(data: bytes | bytearray, dtype: torch.dtype) -> Shaped[Tensor, " n"]:
    """A writable 1-D tensor over a copy of little-endian bytes."""
    if not data:
        return torch.empty(0, dtype=dtype)
    return torch.frombuffer(bytearray(data) if isinstance(data, bytes) else data, dtype=dtype)


def storage_bytes(pid: object) -> tuple[torch.dtype, str, int]:
    """Type, key and byte count announced by a persistent id.

    Args:
        pid: `("storage", dtype, key, location, number of elements)`, with `None` behind it in files
            of the legacy format.

    Raises:
        WeightsError: it is something else.
    """
    match pid:
        case ("storage", torch.dtype() as dtype, str(key), _, int(count), *rest) if count >= 0:
            if not any(part is not None for part in rest):
                return dtype, key, count * dtype.itemsize
    raise WeightsError(f"its persistent id {short(pid)} is not that of a tensor's storage")


def rebuild_tensor(
    storage: Shaped[Tensor, " n"],
    offset: int,
    size: tuple[Any, ...],
    stride: tuple[Any, ...],
    *_: object,
) -> Tensor:
    """The view of a storage that a pickled tensor was; gradients and hooks are left out.

    Raises:
        WeightsError: it reaches outside its storage or claims more elements than that holds.
    """
    numbers = (offset, *size, *stride)
    whole = all(isinstance(n, int) and n >= 0 for n in numbers) and len(size) == len(stride)
    count = math.prod(size) if whole else -1
    last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=False))
    if not whole or (count and last >= storage.numel()) or count > storage.numel():
        raise WeightsError(
            f"a tensor of size {short(size)}, stride {short(stride)} and offset "
            f"{short(offset)} does not fit into its storage of {storage.numel()} elements"
        )
    return storage.as_strided(size, stride, offset if count else 0)


def rebuild_parameter(data: Tensor, *_: object) -> Tensor:
    """A parameter as the plain tensor it holds."""
    return data


def storage_from_legacy(data: bytes) -> Shaped[Tensor, " n"]:
    """The storage inside the bytes of `torch.storage._load_from_bytes`.

    That function runs a full unpickler over them; here they are read as the five small pickles and
    the one block of numbers that an honest file has.

    Raises:
        WeightsError: anything else, or a block whose length is not the one announced.
    """
    stream = io.BytesIO(data)
    magic, protocol, system = (run_pickle(stream, no_globals) for _ in range(3))
    if magic != LEGACY_MAGIC or protocol != LEGACY_PROTOCOL or not isinstance(system, dict):
        raise WeightsError("a storage in it does not start like one")
    if system.get("little_endian") is not True:
        raise WeightsError("a storage in it is not little-endian")
    announced = run_pickle(stream, STORAGES.__getitem__, storage_bytes)
    keys = run_pickle(stream, no_globals)
    if not isinstance(announced, tuple) or keys != [announced[1]]:
        raise WeightsError("it has a storage of several parts")
    dtype, _, length = announced
    count, block = int.from_bytes(stream.read(8), "little"), stream.read()
    if count * dtype.itemsize != length or len(block) != length:
        raise WeightsError(f"a storage announces {length} bytes and holds {len(block)}")
    return storage_from_bytes(block, dtype)


@dataclass
class DtypeNote:
    """What a pickle says of a NumPy type; `fill_numpy` adds the byte order."""

    code: str
    order: str = "="

    def dtype(self) -> np.dtype[Any]:
        """The type itself: numbers and truth values only."""
        return np.dtype(self.order + self.code)


def make_dtype(code: object, *_: object) -> DtypeNote:
    """A note of the type `code`, such as `f8`.

    Raises:
        WeightsError: not a plain number type.
    """
    found = re.fullmatch(r"[<>=|]?([biufc]\d{1,2})", code) if isinstance(code, str) else None
    if not found:
        raise WeightsError(f"it has a NumPy type {short(code)}, which is not a plain number type")
    return DtypeNote(found[1])


def make_scalar(note: DtypeNote, data: bytes) -> object:
    """A Python number from a pickled NumPy scalar."""
    return np.frombuffer(data, note.dtype(), count=1)[0].item()


def make_empty_array(*_: object) -> np.ndarray:
    """The empty array that a pickle fills in its next step."""
    return np.empty(0, np.uint8)


def make_array(
    data: bytes | bytearray, note: DtypeNote, shape: tuple[int, ...], order: str
) -> np.ndarray:
    """A copy of an array pickled as one buffer."""
    flat = np.frombuffer(bytearray(data), note.dtype())
    return flat.reshape(shape, order="F" if order == "F" else "C")


def fill_numpy(target: object, state: object) -> None:
    """Set the state of a NumPy array or type.

    Raises:
        WeightsError: any other target, or a state that is not one of numbers.
    """
    match target, state:
        case np.ndarray(), (int(), tuple(shape), DtypeNote() as note, bool(fortran), bytes(data)):
            whole: Any = (1, shape, note.dtype(), fortran, data)
            target.__setstate__(whole)
        case DtypeNote(), (int(), "<" | ">" | "|" | "=" as order, *_):
            target.order = order
        case dict(), _:
            return  # attributes of a dict subclass, such as a state dict's version notes
        case _:
            raise WeightsError(f"it sets the state of a {type(target).__name__}")


def make_dict(*items: Any) -> dict[Any, Any]:
    """A plain dictionary for the dictionary classes of pickles."""
    pairs = items[0].items() if items and isinstance(items[0], Mapping) else (items or ((),))[0]
    return {plain_key(key): value for key, value in pairs}


def make_device(*parts: object) -> str:
    """The name of a device, such as `cuda:0`.

    Raises:
        WeightsError: neither text nor a number.
    """
    if not all(isinstance(part, str | int) for part in parts):
        raise WeightsError("it has a device whose name is no text")
    return ":".join(map(str, parts))


def make_set(items: Any = ()) -> set[Any]:
    """A set of plain values."""
    return set(map(plain_key, items))


_NUMPY = {
    "multiarray._reconstruct": Maker(make_empty_array),
    "multiarray.scalar": Maker(make_scalar),
    "numeric._frombuffer": Maker(make_array),
}
TENSOR_GLOBALS: dict[str, Any] = {
    **STORAGES,
    **{f"torch.{name}": getattr(torch, name) for name in ("float16", "float32", "float64")},
    **{
        f"numpy.{core}.{name}": maker
        for core in ("core", "_core")
        for name, maker in _NUMPY.items()
    },
    "numpy.ndarray": "numpy.ndarray",
    "numpy.dtype": Maker(make_dtype),
    "torch._utils._rebuild_tensor": Maker(rebuild_tensor),
    "torch._utils._rebuild_tensor_v2": Maker(rebuild_tensor),
    "torch._utils._rebuild_parameter": Maker(rebuild_parameter),
    "torch._utils._rebuild_parameter_with_state": Maker(rebuild_parameter),
    "torch.Size": Maker(tuple),
    "torch.device": Maker(make_device),
    "collections.OrderedDict": Maker(make_dict),
    "builtins.set": Maker(make_set),
    "__builtin__.set": Maker(make_set),
}
"""The globals that tensors, arrays, shapes and containers need; they hold no code of the file."""
