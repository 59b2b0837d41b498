"""The portrait renderer: range, smoothness, determinism and readable emotions."""

from collections.abc import Iterator

import pytest
import torch

from emostyle.errors import EmoStyleError
from emostyle.world.factors import PortraitFactors, factor_names
from emostyle.world.portrait import N_SHAPE, render_portrait

NAMES = factor_names(PortraitFactors)
EMOTIONS = NAMES[15:]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Pictures this small are painted faster by one thread than by many."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    with torch.no_grad():
        yield
    torch.set_num_threads(before)


def _people(count: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    factors = torch.rand(count, len(NAMES), generator=generator)
    factors[:, 15:] = 0
    return factors, torch.randn(count, N_SHAPE, generator=generator)


def _with(factors: torch.Tensor, name: str, strength: float) -> torch.Tensor:
    changed = factors.clone()
    changed[:, NAMES.index(name)] = strength
    return changed


@pytest.mark.parametrize("size", [64, 100])
def test_range_and_shape(size: int) -> None:
    factors, shape = _people(3)
    for name in (None, *EMOTIONS):
        picture = render_portrait(_with(factors, name, 1.0) if name else factors, shape, size)
        assert picture.shape == (3, 3, size, size)
        assert torch.isfinite(picture).all()
        assert picture.min() >= -1 and picture.max() <= 1
        assert picture.std() > 0.15


def test_extreme_inputs_stay_finite() -> None:
    factors = torch.stack([torch.full((23,), -3.0), torch.full((23,), 4.0)])
    shape = torch.stack([torch.full((16,), -9.0), torch.full((16,), 9.0)])
    picture = render_portrait(factors, shape, 64)
    assert torch.isfinite(picture).all()
    assert torch.equal(picture, render_portrait(factors.clamp(0, 1), shape, 64))


def test_item_does_not_depend_on_its_batch() -> None:
    factors, shape = _people(4)
    together = render_portrait(factors, shape, 64)
    alone = torch.cat([render_portrait(factors[i : i + 1], shape[i : i + 1], 64) for i in range(4)])
    torch.testing.assert_close(together, alone, atol=1e-4, rtol=0)
    assert torch.equal(together, render_portrait(factors, shape, 64))


def test_same_composition_at_every_size() -> None:
    factors, shape = _people(4)
    small = render_portrait(factors, shape, 64)
    large = torch.nn.functional.avg_pool2d(render_portrait(factors, shape, 128), 2)
    assert (small - large).abs().mean() < 0.06


def test_smooth_in_every_number() -> None:
    factors, shape = _people(2, seed=4)
    factors = factors.clamp(0.02, 0.98)
    start = render_portrait(factors, shape, 64)
    for i in range(factors.shape[1]):
        moved = factors.clone()
        moved[:, i] += 0.01
        assert (render_portrait(moved, shape, 64) - start).abs().mean() < 0.03, NAMES[i]
    for i in range(N_SHAPE):
        moved = shape.clone()
        moved[:, i] += 0.02
        assert (render_portrait(factors, moved, 64) - start).abs().mean() < 0.03, i


@pytest.mark.parametrize("name", NAMES)
def test_every_factor_is_seen(name: str) -> None:
    factors, shape = _people(4, seed=2)
    factors = _with(factors, "hair_length", 0.6)
    apart = render_portrait(_with(factors, name, 0.0), shape, 64) - render_portrait(
        _with(factors, name, 1.0), shape, 64
    )
    assert apart.abs().mean() > 0.0015
    assert apart.abs().amax() > 0.2


@pytest.mark.parametrize("name", EMOTIONS)
def test_emotions_grow_with_strength(name: str) -> None:
    factors, shape = _people(4, seed=3)
    plain = render_portrait(factors, shape, 64)
    change = [
        (render_portrait(_with(factors, name, s), shape, 64) - plain).abs().mean().item()
        for s in (0.2, 0.35, 0.6, 0.8, 1.0)
    ]
    assert change == sorted(change)
    assert change[1] > 0.02


def test_emotions_differ_from_each_other() -> None:
    factors, shape = _people(4, seed=5)
    pictures = [render_portrait(_with(factors, name, 0.9), shape, 64) for name in EMOTIONS]
    for i, one in enumerate(pictures):
        for other in pictures[:i]:
            assert (one - other).abs().mean() > 0.03


def test_wrong_columns_are_refused() -> None:
    factors, shape = _people(1)
    with pytest.raises(EmoStyleError, match="23"):
        render_portrait(factors[:, :20], shape)
    with pytest.raises(EmoStyleError, match="16"):
        render_portrait(factors, shape[:, :3])
