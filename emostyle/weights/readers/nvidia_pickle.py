"""NVIDIA's pickles of stylegan2-ada-pytorch and stylegan3, which carry their own source code.

Each network in them is a record of `torch_utils.persistence`: the source of its module, the name
of its class and its state. NVIDIA's loader executes that source; here it stays a string, and the
record gives its tensors and constructor arguments, from which our own networks are built.
"""

import mmap
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor

from emostyle.errors import WeightsError
from emostyle.weights.readers.detect import require_format
from emostyle.weights.readers.pickle_machine import Maker, Mapped, run_pickle, safely
from emostyle.weights.readers.tensors import (
    TENSOR_GLOBALS,
    fill_numpy,
    make_dict,
    storage_from_legacy,
)

PERSISTENCE_VERSION = 6
MODULE_LIMIT = 100_000
DEPTH_LIMIT = 64
NAME_LIMIT = 1000
"""Characters of the dotted name of a tensor."""


@dataclass(frozen=True)
class PersistentRecord:
    """One object of `torch_utils.persistence`, as data.

    Attributes:
        class_name: its class, such as `Generator`.
        state: its attributes; of a network `_parameters`, `_buffers`, `_modules`, `_init_kwargs`
            and the plain ones (`img_resolution`, `num_ws`, `down_filter` shapes ...).
        module_src: the source code it came with; never executed.
    """

    class_name: str
    state: dict[str, Any]
    module_src: str = field(default="", repr=False)

    @property
    def init_args(self) -> tuple[Any, ...]:
        """Positional arguments of its constructor."""
        return tuple(self.state.get("_init_args", ()))

    @property
    def init_kwargs(self) -> dict[str, Any]:
        """Keyword arguments of its constructor."""
        return dict(self.state.get("_init_kwargs", {}))

    def modules(self) -> dict[str, "PersistentRecord"]:
        """This record (under the empty name) and all below it, by dotted name."""
        return dict(self._walk())

    def state_dict(self) -> dict[str, Tensor]:
        """Parameters and persistent buffers by dotted name, as `nn.Module.state_dict` lists them.

        Raises:
            WeightsError: an entry is no tensor.
        """
        tensors: dict[str, Tensor] = {}
        for path, record in self._walk():
            transient = record.state.get("_non_persistent_buffers_set", ())
            own = {**record.state.get("_parameters", {}), **record.state.get("_buffers", {})}
            for name, value in own.items():
                if value is None or name in transient:
                    continue
                if not isinstance(value, Tensor):
                    raise WeightsError(
                        f"'{name}' of {record.class_name} is a {type(value).__name__} where a "
                        "tensor was expected."
                    )
                tensors[f"{path}.{name}" if path else name] = value
        return tensors

    def _walk(self) -> Iterator[tuple[str, "PersistentRecord"]]:
        """Depth first; sharing and loops end at a limit."""
        waiting: list[tuple[str, PersistentRecord, int]] = [("", self, 0)]
        for _ in range(MODULE_LIMIT):
            if not waiting:
                return
            path, record, depth = waiting.pop()
            if depth > DEPTH_LIMIT or len(path) > NAME_LIMIT:
                break
            yield path, record
            children = record.state.get("_modules", {}).items()
            waiting += [
                (f"{path}.{name}" if path else str(name), child, depth + 1)
                for name, child in reversed(children)
                if isinstance(child, PersistentRecord)
            ]
        raise WeightsError(f"The modules of {self.class_name} contain one another without end.")


def read_nvidia_pickle(path: str | Path) -> dict[str, Any]:
    """Read a network pickle of stylegan2-ada-pytorch or stylegan3 without running its code.

    Args:
        path: the `.pkl`.

    Returns:
        What was pickled: `G`, `D`, `G_ema`, `augment_pipe` as `PersistentRecord` (or None) and
        `training_set_kwargs` as a dictionary; tensors on the CPU in their stored types.

    Raises:
        WeightsError: another format, damaged, sizes that do not fit, or a global that is neither
            tensor, array, container nor persistent record; the message names it.
    """
    require_format(path, "nvidia_pickle")
    try:
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            content = run_pickle(Mapped(data), _GLOBALS.__getitem__, fill=fill_numpy)
        if not isinstance(content, dict) or not any(
            isinstance(value, PersistentRecord) for value in content.values()
        ):
            raise WeightsError("it is not a dictionary of networks")
        return content
    except WeightsError as error:
        raise safely(path, error) from error


def _make_record(meta: object) -> PersistentRecord:
    """A record from the `meta` dictionary of `_reconstruct_persistent_obj`.

    Raises:
        WeightsError: not a class record of the known version.
    """
    match meta:
        case {
            "type": "class",
            "version": int(version),
            "module_src": str(source),
            "class_name": str(name),
            "state": dict(state),
        } if version == PERSISTENCE_VERSION:
            parts = [state.get(key, {}) for key in ("_parameters", "_buffers", "_modules")]
            if all(isinstance(part, dict) for part in parts):
                return PersistentRecord(name, {str(k): v for k, v in state.items()}, source)
    raise WeightsError(
        f"it has a persistent object that is not a class record of version {PERSISTENCE_VERSION}"
    )


_GLOBALS: dict[str, Any] = {
    **TENSOR_GLOBALS,
    "torch.storage._load_from_bytes": Maker(storage_from_legacy, spends=True),
    "torch_utils.persistence._reconstruct_persistent_obj": Maker(_make_record),
    "dnnlib.util.EasyDict": Maker(make_dict),
    "dnnlib.EasyDict": Maker(make_dict),
}
