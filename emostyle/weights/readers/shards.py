"""Folders of the Hugging Face form: `config.json` and weights in one file or in shards."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor

from emostyle.errors import WeightsError
from emostyle.weights.readers.detect import require_format
from emostyle.weights.readers.torch_file import read_torch_file

INDEXES = ("model.safetensors.index.json", "pytorch_model.bin.index.json")
"""Which shard holds which tensor."""
WHOLE = ("model.safetensors", "pytorch_model.bin")
"""Names of unsharded weights."""


def read_folder_config(folder: str | Path) -> dict[str, Any]:
    """The `config.json` of a folder.

    Raises:
        WeightsError: none, or one that holds no JSON object.
    """
    return _read_object(Path(folder) / "config.json")


def read_folder_state(folder: str | Path) -> dict[str, Tensor]:
    """All tensors of a folder; safetensors are preferred to `.bin`. Tensors stay mapped to disk.

    Args:
        folder: with an index and its shards, or with one file of weights.

    Raises:
        WeightsError: no weights, a file that is damaged or of another format, or shards that do
            not hold exactly what the index says.
    """
    folder = Path(folder)
    for name in INDEXES:
        if (folder / name).is_file():
            return _read_shards(folder, name)
    for name in WHOLE:
        if (folder / name).is_file():
            return read_tensors(folder / name)
    raise WeightsError(
        f"'{folder}' holds no weights; expected one of {', '.join(INDEXES + WHOLE)}, give the "
        "folder of a downloaded network."
    )


def read_tensors(path: str | Path) -> dict[str, Tensor]:
    """The tensors of one file of safetensors or of `torch.save`, by name.

    Raises:
        WeightsError: another format, damaged, or something else than named tensors.
    """
    if require_format(path, "safetensors", "torch_zip", "torch_legacy") != "safetensors":
        state = read_torch_file(path, mmap=True)
        if not isinstance(state, dict) or not all(isinstance(v, Tensor) for v in state.values()):
            raise WeightsError(f"'{path}' holds no state dict; expected tensors by name.")
        return state
    try:
        with safe_open(path, framework="pt") as file:
            return {key: file.get_tensor(key) for key in file.keys()}
    except SafetensorError as error:
        raise WeightsError(f"'{path}' is damaged ({error}); get it again.") from error


def _read_shards(folder: Path, index: str) -> dict[str, Tensor]:
    """The tensors of all shards, each checked against the index."""
    places = _read_object(folder / index).get("weight_map")
    if not isinstance(places, dict) or not places:
        raise WeightsError(f"'{folder / index}' has no weight_map; get the file again.")
    announced: dict[str, set[str]] = defaultdict(set)
    for key, name in places.items():
        if not isinstance(name, str) or Path(name).name != name:
            raise WeightsError(
                f"'{folder / index}' places '{key}' in {name!r:.80}, expected the name of a file "
                "beside it."
            )
        announced[name].add(key)
    state: dict[str, Tensor] = {}
    for name in sorted(announced):
        tensors = read_tensors(folder / name)
        odd = sorted(tensors.keys() ^ announced[name])
        if odd:
            raise WeightsError(
                f"'{folder / name}' and {index} disagree about '{odd[0]}' and {len(odd) - 1} "
                "others; get both again from the same place."
            )
        state |= tensors
    return state


def _read_object(path: Path) -> dict[str, Any]:
    """A JSON object."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WeightsError(f"'{path}' cannot be read as JSON ({error}).") from error
    if not isinstance(content, dict):
        raise WeightsError(f"'{path}' holds a {type(content).__name__}, expected a JSON object.")
    return content
