"""Archives of `torch.jit.save`, such as OpenAI's CLIP: their tensors, without running them."""

import re
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from torch import Tensor

from emostyle.errors import WeightsError
from emostyle.weights.readers.archive import TorchArchive, open_archive
from emostyle.weights.readers.detect import require_format
from emostyle.weights.readers.pickle_machine import Maker, run_pickle, safely
from emostyle.weights.readers.tensors import TENSOR_GLOBALS, fill_numpy

MODULE_LIMIT = 100_000
DEPTH_LIMIT = 64

_JIT = {
    f"torch.jit._pickle.{name}": Maker(lambda value, *_: value)
    for name in (
        "build_intlist",
        "build_doublelist",
        "build_boollist",
        "build_tensorlist",
        "restore_type_tag",
    )
}
_CLASS = re.compile(r"^class (\w+)\(Module\):\n((?:  __\w+__ = .*\n)*)", re.MULTILINE)


@dataclass(frozen=True)
class ScriptArchive:
    """What a TorchScript archive holds beside its code.

    Attributes:
        state: parameters and buffers by dotted name, on the CPU, in their stored types.
        attributes: every other value by dotted name (numbers, lists, tensors that are neither).
        constants: the values of its table of constants.
    """

    state: dict[str, Tensor]
    attributes: dict[str, Any]
    constants: tuple[Any, ...]


@dataclass
class _Module:
    """One module object of the archive."""

    class_name: str
    values: dict[str, Any] = field(default_factory=dict)


def read_torchscript(path: str | Path) -> ScriptArchive:
    """Read the tensors and plain attributes of a TorchScript archive.

    Args:
        path: a file of `torch.jit.save`.

    Raises:
        WeightsError: another format, damaged, tensors larger than their bytes, or an object that
            is not data; the message names it.
    """
    require_format(path, "torchscript")
    try:
        with open_archive(path) as archive:
            root = run_pickle(
                archive.pickle("data.pkl"), _lookup, partial(archive.storage, folder="data"), _fill
            )
            constants = run_pickle(
                archive.pickle("constants.pkl"),
                _lookup,
                partial(archive.storage, folder="constants"),
                _fill,
            )
            if not isinstance(root, _Module) or not isinstance(constants, tuple):
                raise WeightsError("its root is not a module")
            return _flatten(archive, root, constants)
    except WeightsError as error:
        raise safely(path, error) from error


def _lookup(name: str) -> Any:
    """Globals of TorchScript: classes of the archive become inert modules."""
    if name.startswith("__torch__."):
        return Maker(partial(_Module, name))
    return _JIT[name] if name in _JIT else TENSOR_GLOBALS[name]


def _fill(target: object, state: object) -> None:
    """Give a module its attributes."""
    if isinstance(target, _Module) and isinstance(state, dict):
        target.values = {str(key): value for key, value in state.items()}
    else:
        fill_numpy(target, state)


def _flatten(archive: TorchArchive, root: _Module, constants: tuple[Any, ...]) -> ScriptArchive:
    """Walk the tree of modules in the order of `nn.Module.state_dict`."""
    state: dict[str, Tensor] = {}
    attributes: dict[str, Any] = {}
    declared: dict[str, list[str] | None] = {}
    waiting = [("", root, 0)]
    for _ in range(MODULE_LIMIT):
        if not waiting:
            return ScriptArchive(state, attributes, constants)
        prefix, module, depth = waiting.pop()
        if depth > DEPTH_LIMIT:
            break
        if module.class_name not in declared:
            declared[module.class_name] = _declared_state(archive, module.class_name)
        listed = declared[module.class_name]
        tensors = [name for name, value in module.values.items() if isinstance(value, Tensor)]
        own = tensors if listed is None else [name for name in listed if name in tensors]
        children = []
        for name in own:
            state[prefix + name] = module.values[name]
        for name, value in module.values.items():
            if isinstance(value, _Module):
                children.append((f"{prefix}{name}.", value, depth + 1))
            elif name not in own:
                attributes[prefix + name] = value
        waiting += reversed(children)
    raise WeightsError("its modules contain one another without end")


def _declared_state(archive: TorchArchive, class_name: str) -> list[str] | None:
    """Parameters, then buffers of a class, read as text from its source; None if not declared.

    Archives of torch before 1.7 do not list their buffers: all their tensors are state.
    """
    *places, short = class_name.split(".")
    record = f"code/{'/'.join(places)}.py"
    if record not in archive.records:
        return None
    text = archive.pickle(record).read().decode("utf-8", "replace")
    for name, lists in _CLASS.findall(text):
        if name == short and "__buffers__" in lists:
            lines = {line.split("=")[0].strip(): line for line in lists.splitlines()}
            wanted = [lines.get(key, "") for key in ("__parameters__", "__buffers__")]
            return [found for line in wanted for found in re.findall(r'"([^"]*)"', line)]
    return None
