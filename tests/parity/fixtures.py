"""Where the fixtures of the originals lie, which there are, and how one is read."""

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


def files(*patterns: str, without: str = "\0") -> list[Any]:
    """The fixtures of a kind; where there are none, one case that is skipped and says so."""
    found = {path for pattern in patterns for path in FOLDER.rglob(pattern)}
    found = {path for path in found if without not in path.name}
    if not found:
        reason = f"no {' or '.join(patterns)} in {FOLDER} (EMOSTYLE_PARITY)"
        return [pytest.param(None, id="none", marks=pytest.mark.skip(reason=reason))]
    return [pytest.param(path, id=path.stem) for path in sorted(found)]


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
