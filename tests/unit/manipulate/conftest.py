"""A hand-made edit, so that sheets, records and files can be tested without any network."""

from collections.abc import Callable

import numpy as np
import pytest
import torch


@pytest.fixture
def make_result() -> Callable[..., "object"]:
    """A factory of `EditResult`s of N items, S steps, K frames: grey ramps growing brighter."""
    from emostyle.types import EditResult, Stage

    def make(items: int = 1, steps: int = 40, frames: int = 9, size: int = 32) -> EditResult:
        generator = torch.Generator().manual_seed(3)
        layers, width = 8, 16
        ramp = torch.linspace(-1, 0.2, size).expand(items, 3, size, size).clone()
        after = (ramp + 0.6).clamp(-1, 1)
        mix = torch.linspace(0, 1, frames)[:, None, None, None]
        falling = torch.linspace(0.9, 0.4, steps)[:, None].expand(steps, items)
        w_start = torch.randn(items, layers, width, generator=generator)
        movement = torch.rand(items, layers, generator=generator)
        return EditResult(
            domain="landscape",
            before=ramp,
            after=after,
            w_start=w_start,
            w_plus=w_start + 0.1,
            mask=torch.softmax(torch.randn(items, layers, generator=generator), 1),
            movement=movement,
            history={
                "total": falling,
                "audio": falling - 0.1,
                "text": torch.zeros(steps, items),
                "lr": torch.full((steps, items), 0.1),
            },
            similarity_start=torch.full((items,), 0.123),
            similarity_end=torch.full((items,), 0.456),
            seeds=list(range(7, 7 + items)),
            frames=(1 - mix) * ramp[:1] + mix * after[:1],
            stages=[Stage("load", "ran", "", 0.1), Stage("lyrics", "skipped", "no lyrics came")],
            weights={"clip": "ab" * 32},
            heard=[("rain", 0.93), ("waves", 0.04)],
            seconds=12.5,
            peak_memory_mib=900.0,
        )

    return make


@pytest.fixture
def samples() -> np.ndarray:
    """One second of a swelling tone at 8 kHz."""
    t = np.linspace(0, 1, 8000)
    return (np.sin(2 * np.pi * 440 * t) * t).astype(np.float32)
