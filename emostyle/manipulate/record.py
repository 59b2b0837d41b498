"""What is written about an edit: `result.json`, `config.yaml` and `w_plus.safetensors` as data."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from safetensors.torch import save
from torch import Tensor

from emostyle.manipulate.describe import Change
from emostyle.manipulate.provenance import software, versions
from emostyle.types import EditResult, Stage

FORMAT = "emostyle-edit/1"


@dataclass(frozen=True)
class Sound:
    """The sound of an edit as the sheets show it.

    Attributes:
        name: what people read, for example `rain.wav`.
        path: its file, None for a text-only edit.
        samples: the waveform `(T,)` at any rate, for thumbnails; None draws none.
    """

    name: str
    path: Path | None = None
    samples: NDArray[np.floating] | None = None

    def facts(self) -> dict[str, str | None]:
        """Name, absolute path and SHA-256 of the file's bytes."""
        digest = None
        if self.path is not None and self.path.is_file():
            digest = hashlib.sha256(self.path.read_bytes()).hexdigest()
        path = None if self.path is None else str(self.path.resolve())
        return {"name": self.name, "path": path, "sha256": digest}


def _number(value: float) -> float | None:
    """Seven significant digits; None for what JSON cannot hold (nan, inf)."""
    return float(f"{value:.7g}") if math.isfinite(value) else None


def _numbers(values: Tensor) -> list[Any]:
    """A tensor as nested lists of JSON numbers."""
    rows = values.detach().float().cpu()
    return [_numbers(row) if row.dim() else _number(row.item()) for row in rows]


def edit_record(
    result: EditResult,
    request: Mapping[str, Any],
    sound: Sound,
    changed: Sequence[Sequence[Change]] = (),
) -> dict[str, Any]:
    """The content of `result.json` but for the list of files.

    Args:
        result: the edit.
        request: the resolved settings (JSON-able).
        sound: the sound used.
        changed: per item what changed, in words.

    Returns:
        JSON-able facts; `terms[name][item][step]` holds each term of each step.
    """
    return {
        "format": FORMAT,
        "interrupted": result.interrupted,
        "domain": result.domain,
        "sound": sound.facts(),
        "heard": [{"sound": name, "probability": _number(p)} for name, p in result.heard],
        "seeds": list(result.seeds),
        "similarity_start": _numbers(result.similarity_start),
        "similarity_end": _numbers(result.similarity_end),
        "changed": [[asdict(change) for change in item] for item in changed],
        "steps": len(next(iter(result.history.values()), ())),
        "terms": {name: _numbers(values.T) for name, values in result.history.items()},
        "mask": _numbers(result.mask),
        "movement": _numbers(result.movement),
        "stages": [asdict(stage) for stage in result.stages],
        "weights": dict(result.weights),
        "seconds": _number(result.seconds),
        "peak_memory_mib": _number(result.peak_memory_mib),
        "versions": versions(),
        "request": dict(request),
    }


def unfinished_record(
    request: Mapping[str, Any], sound: Sound, state: str, why: str, interrupted: bool
) -> dict[str, Any]:
    """`result.json` of an edit that made no picture.

    Args:
        request: the resolved settings (JSON-able).
        sound: the sound that was to be used.
        state: `skipped` or `failed`.
        why: the reason in one sentence.
        interrupted: true if the user stopped it.
    """
    stage = Stage("optimise", "failed" if state == "failed" else "skipped", why)
    return {
        "format": FORMAT,
        "interrupted": interrupted,
        "sound": sound.facts(),
        "stages": [asdict(stage)],
        "versions": versions(),
        "request": dict(request),
        "files": [],
    }


def json_bytes(record: Mapping[str, Any]) -> bytes:
    """Indented UTF-8 JSON whose innermost lists of numbers stay on one line each."""
    text = json.dumps(_packed(record), indent=1, ensure_ascii=False, allow_nan=False)
    return (_unpacked(text) + "\n").encode()


_OPEN, _CLOSE = "\u241fnumbers:", "\u241f"


def _packed(value: Any) -> Any:
    """Replace flat lists of numbers by marked strings, so that `indent` leaves them alone."""
    if isinstance(value, Mapping):
        return {key: _packed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        if value and all(isinstance(v, int | float | None) for v in value):
            return _OPEN + json.dumps(list(value), allow_nan=False) + _CLOSE
        return [_packed(item) for item in value]
    return value


def _unpacked(text: str) -> str:
    """Take the marks and quotes off again."""
    return text.replace(f'"{_OPEN}', "").replace(f'{_CLOSE}"', "")


def yaml_bytes(request: Mapping[str, Any]) -> bytes:
    """The resolved settings as YAML: what `emostyle edit` or `manipulate.py fit` reads again."""
    command = "python manipulate.py fit" if "trainer" in request else "emostyle edit"
    head = f"# Written by an edit; `{command} --config <this file>` makes the same picture.\n"
    body = yaml.safe_dump(dict(request), sort_keys=False, allow_unicode=True)
    return (head + body).encode()


def latents_bytes(result: EditResult) -> bytes:
    """Start and end latents (N, L, D) and mask (N, L), float32, as safetensors."""
    tensors = {"start": result.w_start, "end": result.w_plus, "mask": result.mask}
    facts = {
        "format": FORMAT,
        "software": software(),
        "domain": result.domain,
        "seeds": list(result.seeds),
        "weights": dict(result.weights),
    }
    held = {name: value.detach().float().cpu().contiguous() for name, value in tensors.items()}
    return save(held, metadata={"emostyle": json.dumps(facts, sort_keys=True)})
