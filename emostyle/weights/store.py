"""Our own weight files: fp16 safetensors whose header tells how to rebuild the network."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from emostyle.errors import WeightsError
from emostyle.weights.registry import BUNDLED


def bundled_path(name: str) -> Path:
    """Path of a bundled weights file.

    Args:
        name: file name without its ending, for example `clip_world`.

    Raises:
        WeightsError: no such file; the message lists those that are there.
    """
    path = BUNDLED / f"{name}.safetensors"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in BUNDLED.glob("*.safetensors"))) or "none"
        raise WeightsError(f"No bundled weights named '{name}'; those that are here: {known}.")
    return path


def resolve(name_or_path: str | Path) -> Path:
    """A path to a weights file, given either that path or the name of a bundled file.

    Raises:
        WeightsError: neither a file nor a bundled name.
    """
    path = Path(name_or_path)
    return path if path.is_file() else bundled_path(str(name_or_path))


def save_network(
    path: str | Path,
    module: nn.Module,
    metadata: Mapping[str, Any],
    dtype: torch.dtype = torch.float16,
) -> Path:
    """Write a network's state in one atomic step.

    Args:
        path: target file (`.safetensors`); its folder is made if need be.
        module: the network; floating-point tensors are stored as `dtype`.
        metadata: JSON-able facts (architecture, MelSpec, seed ...), stored in the header.
        dtype: storage type of floating-point tensors.

    Returns:
        The path written.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    state = {
        key: (value.to(dtype) if value.is_floating_point() else value).detach().cpu().contiguous()
        for key, value in module.state_dict().items()
    }
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    save_file(state, partial, metadata={"emostyle": json.dumps(dict(metadata), sort_keys=True)})
    os.chmod(partial, 0o666 & ~_umask())
    os.replace(partial, path)
    return path


def _umask() -> int:
    """What the user's files do not allow; safetensors writes for the user alone."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """A safetensors file, or one clear sentence."""
    if not path.is_file():
        raise WeightsError(f"No weights file at {path}; give an existing .safetensors file.")
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            yield file
    except SafetensorError as error:
        raise WeightsError(f"{path} is not a readable safetensors file ({error}).") from error


def _metadata(path: Path, file: Any) -> dict[str, Any]:
    """What `save_network` wrote into the header."""
    header = file.metadata() or {}
    if "emostyle" not in header:
        raise WeightsError(f"{path} carries no EmoStyle metadata; export it with save_network.")
    try:
        metadata = json.loads(header["emostyle"])
    except ValueError as error:
        raise WeightsError(f"The EmoStyle metadata of {path} are no JSON ({error}).") from error
    if not isinstance(metadata, dict):
        raise WeightsError(f"The EmoStyle metadata of {path} are no mapping; export it again.")
    return metadata


def is_ours(path: str | Path) -> bool:
    """True for a file of `save_network`."""
    if not Path(path).is_file() or Path(path).suffix != ".safetensors":
        return False
    with _opened(Path(path)) as file:
        return "emostyle" in (file.metadata() or {})


def read_metadata(path: str | Path) -> dict[str, Any]:
    """The metadata of a file of `save_network`, without its tensors.

    Raises:
        WeightsError: missing or damaged file, or one without our metadata.
    """
    with _opened(Path(path)) as file:
        return _metadata(Path(path), file)


def load_state(path: str | Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read a file of `save_network`.

    Returns:
        The state dict on the CPU (floating-point tensors as float32) and the metadata.

    Raises:
        WeightsError: missing or damaged file, or one without our metadata.
    """
    with _opened(Path(path)) as file:
        metadata = _metadata(Path(path), file)
        state = {key: file.get_tensor(key) for key in file.keys()}
    return {k: v.float() if v.is_floating_point() else v for k, v in state.items()}, metadata
