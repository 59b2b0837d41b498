"""Training augmentation: reproducible, shape-keeping, non-negative, and each does what it says."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from emostyle.waveform.augment import (
    AugmentSpec,
    augment,
    band_limit,
    coloured_noise,
    mixup,
    random_equaliser,
    reverb_smear,
    roll_and_loop,
)
from emostyle.waveform.mel import MelSpec, mel_centres_hz
from emostyle.waveform.spec_augment import spec_augment

SPEC = MelSpec(n_mels=32, frames=64)


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def power() -> Tensor:
    return torch.rand(8, 32, 64, generator=rng(1)) + 0.01


ALL: dict[str, Callable[[Tensor, torch.Generator], Tensor]] = {
    "roll": roll_and_loop,
    "reverb": reverb_smear,
    "equaliser": random_equaliser,
    "band": lambda p, g: band_limit(p, g, SPEC),
    "noise": lambda p, g: coloured_noise(p, g, SPEC),
    "mixup": lambda p, g: mixup(p, g).power,
    "chain": lambda p, g: augment(p, g, SPEC, AugmentSpec()).power,
}


@pytest.mark.parametrize("name", ALL)
def test_each_is_pure_reproducible_and_keeps_the_shape(name: str, power: Tensor) -> None:
    before = power.clone()
    first, second = ALL[name](power, rng()), ALL[name](power, rng())
    assert torch.equal(power, before)
    assert torch.equal(first, second)
    assert not torch.equal(first, ALL[name](power, rng(5)))
    assert first.shape == power.shape
    assert bool((first >= 0).all())
    assert bool(first.isfinite().all())


def test_rolling_only_moves_frames(power: Tensor) -> None:
    rolled = roll_and_loop(power, rng(), loop=0.0)
    torch.testing.assert_close(rolled.sort(-1).values, power.sort(-1).values)


def test_looping_repeats_a_stretch() -> None:
    ramp = torch.arange(64.0).expand(4, 32, 64)
    looped = roll_and_loop(ramp, rng(3), loop=1.0)
    assert all(len(item[0].unique()) < 64 for item in looped)


def test_a_room_only_adds_a_tail() -> None:
    click = torch.zeros(4, 32, 64)
    click[:, :, 10] = 1.0
    wet = reverb_smear(click, rng(), probability=1.0)
    torch.testing.assert_close(wet[:, :, :10], torch.zeros(4, 32, 10), atol=1e-5, rtol=0)
    assert bool((wet[:, :, 11:40].diff(dim=-1) <= 1e-6).all())
    assert bool((wet[:, :, 12] > 0).all())
    torch.testing.assert_close(reverb_smear(click, rng(), probability=0.0), click)


def test_low_pass_removes_highs_only(power: Tensor) -> None:
    cut = band_limit(power, rng(), SPEC, low_pass=1.0, high_pass=0.0)
    centres = mel_centres_hz(SPEC)
    torch.testing.assert_close(cut[:, centres < 3700], power[:, centres < 3700])
    assert bool((cut[:, -1] < 1e-2 * power[:, -1]).all())


def test_noise_stays_eight_decibels_below(power: Tensor) -> None:
    noisy = coloured_noise(power, rng(), SPEC, probability=1.0)
    added = (noisy - power).mean((1, 2)) / power.mean((1, 2))
    assert bool((added > 0).all())
    assert bool((added < 10**-0.75).all())


def test_mixup_shares(power: Tensor) -> None:
    mixed = mixup(power, rng(), probability=1.0)
    assert bool(((mixed.share >= 0.6) & (mixed.share <= 1.0)).all())
    alone = mixup(power, rng(), probability=0.0)
    assert bool((alone.share == 1.0).all())
    even = power / power.mean((1, 2), keepdim=True)
    torch.testing.assert_close(alone.power, even)
    expected = mixed.share[0] * even[0] + (1 - mixed.share[0]) * even[int(mixed.partner[0])]
    torch.testing.assert_close(mixed.power[0], expected)


def test_spec_augment_hides_at_most_its_ratios() -> None:
    picture = torch.ones(16, 1, 100, 200)
    hidden = spec_augment(picture, rng()) == 0.0
    bands, frames = hidden.all(3).sum((1, 2)), hidden.all(2).sum((1, 2))
    assert int(bands.max()) <= 2 * 16
    assert int(frames.max()) <= 2 * 61
    assert int(bands.sum()) > 0
    assert int(frames.sum()) > 0
    assert len({tuple(row) for row in frames[:, None].tolist()}) > 1
    assert torch.equal(picture, torch.ones_like(picture))
    assert torch.equal(spec_augment(picture, rng(), 0.0, 0.0), picture)
