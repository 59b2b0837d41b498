"""Checkpoints of full size with random numbers, in the formats of their publishers."""

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import torch
from torch import Tensor

from emostyle.generator.layers import fir_kernel
from tests.parity.fixtures import found

ENCODER, EQUALISED = 0.02, 1.0
"""Deviation of the weights of encoders, and of generators, whose layers divide by their width."""
MAPPING = 100.0
"""The mapping network stores its weights divided by its learning-rate multiplier of 0.01."""
FILTERS = ("kernel", "resample_filter", "up_filter", "down_filter")
State = dict[str, Tensor]


@cache
def key_list(name: str) -> Any:
    """The content of a key list in the folder of the fixtures."""
    (path,) = found(name)
    return json.loads(path.read_text(encoding="utf-8"))


def low_pass(shape: tuple[int, ...]) -> Tensor:
    """A filter that sums to one, one- or two-dimensional."""
    row = torch.hann_window(shape[0], periodic=False) + 0.01
    taps = row if len(shape) == 1 else torch.outer(row, row)
    return taps / taps.sum()


def random_tensor(key: str, shape: tuple[int, ...], deviation: float) -> Tensor:
    """Random numbers where a network learns them, sound values where it does not."""
    *home, leaf = key.split(".")
    fixed = {
        "num_batches_tracked": lambda: torch.tensor(1000),
        "kernel": lambda: 4 * fir_kernel(),
        "resample_filter": fir_kernel,
        "up_filter": lambda: low_pass(shape),
        "down_filter": lambda: low_pass(shape),
        "window": lambda: torch.hann_window(*shape),
        "transform": lambda: torch.eye(3),
        "magnitude_ema": lambda: torch.ones(()),
        "m": lambda: torch.zeros(shape),
        "fb": lambda: torch.ones(shape),
        "fc": lambda: torch.arange(shape[0]).float(),
    }
    if leaf in fixed:
        return fixed[leaf]()
    numbers = torch.randn(shape) * deviation
    if leaf == "running_var":
        return 1 + numbers.abs()
    if (leaf == "weight" and len(shape) == 1) or (leaf == "bias" and home[-1] in STYLES):
        return 1 + numbers
    mapping = home and (home[0] == "style" or home[-1].startswith("fc")) and len(shape) == 2
    return numbers * MAPPING if mapping and deviation == EQUALISED else numbers


STYLES = ("modulation", "affine")
"""Layers from w to a style, whose bias starts at one."""


def random_state(keys: Any, deviation: float = ENCODER) -> State:
    """A state dict with the names and shapes of a key list.

    Args:
        keys: name to shape, as a mapping or as pairs.
        deviation: of the weights.
    """
    pairs = keys.items() if isinstance(keys, Mapping) else keys
    return {key: random_tensor(key, tuple(shape), deviation) for key, shape in pairs}


def fingerprints(tensors: Iterable[tuple[str, Tensor]]) -> Counter[tuple[int, str]]:
    """Size and length of every learned tensor, which no renaming or reshaping changes.

    Filters are passed over: some layouts store them with another gain.
    """
    return Counter(
        (value.numel(), f"{math.sqrt(float(value.double().square().sum())):.6g}")
        for key, value in tensors
        if value.is_floating_point() and key.rpartition(".")[2] not in FILTERS
    )
