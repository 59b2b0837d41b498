"""Where the fixtures of the originals lie, which there are, and how one is read."""

import fnmatch
import json
import os
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from torch import Tensor

FOLDER = Path(
    os.environ.get("EMOSTYLE_PARITY") or Path(__file__).resolve().parents[3] / "shared" / "parity"
)
"""EMOSTYLE_PARITY, by default ../shared/parity beside the repository."""


def found(*patterns: str, folder: Path = FOLDER) -> set[Path]:
    """The files below a folder whose names fit one of some patterns; links are followed."""
    return {
        Path(place, name)
        for place, _, names in os.walk(folder, followlinks=True)
        for pattern in patterns
        for name in fnmatch.filter(names, pattern)
    }


def relative_error(value: Tensor, expected: Tensor) -> float:
    """Largest error over the largest absolute value that is expected."""
    peak = expected.abs().max().clamp(min=1e-30)
    return float((value.detach() - expected).abs().max() / peak)


def files(*patterns: str, without: str = "\0") -> list[Any]:
    """The fixtures of a kind; where there are none, one case that is skipped and says so."""
    paths = {path for path in found(*patterns) if without not in path.name}
    if not paths:
        reason = f"no {' or '.join(patterns)} in {FOLDER} (EMOSTYLE_PARITY)"
        return [pytest.param(None, id="none", marks=pytest.mark.skip(reason=reason))]
    return [pytest.param(path, id=path.stem) for path in sorted(paths)]


def read(path: Path) -> tuple[dict[str, Any], dict[str, dict[str, Tensor]]]:
    """A file's config and its tensors by group (`state`, `in`, `out`), half floats widened."""
    groups: dict[str, dict[str, Tensor]] = {"state": {}, "in": {}, "out": {}}
    with safe_open(path, framework="pt") as file:
        config = json.loads(file.metadata()["config"])
        for key in file.keys():
            group, name = key.split(".", 1)
            value = file.get_tensor(key)
            groups[group][name] = value.float() if value.dtype == torch.float16 else value
    return config, groups
