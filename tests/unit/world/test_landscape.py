"""The landscape renderer: shape, range, smoothness, and events that can be seen."""

import pytest
import torch
from torch import Tensor

from emostyle.errors import EmoStyleError
from emostyle.world.domain import DOMAINS
from emostyle.world.factors import LandscapeFactors, factor_names, to_tensor
from emostyle.world.landscape import N_SHAPE, render_landscape
from emostyle.world.sheet import contact_sheet, domain_sheet

NAMES = factor_names(LandscapeFactors)
EVENTS = NAMES[10:]


def _scenes(count: int = 4, seed: int = 5) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    factors = torch.zeros(count, len(NAMES))
    factors[:, :10] = torch.rand(count, 10, generator=generator)
    return factors, torch.randn(count, N_SHAPE, generator=generator)


def _raised(factors: Tensor, name: str, strength: float) -> Tensor:
    raised = factors.clone()
    raised[:, NAMES.index(name)] = strength
    return raised


@pytest.mark.parametrize("size", [64, 96, 256])
def test_pictures_have_the_asked_size_and_range(size: int) -> None:
    factors, shape = _scenes(2)
    pictures = render_landscape(factors, shape, size)
    assert pictures.shape == (2, 3, size, size)
    assert pictures.isfinite().all()
    assert pictures.min() >= -1 and pictures.max() <= 1


def test_same_input_same_picture_whatever_the_batch() -> None:
    factors, shape = _scenes(4)
    factors[2] = _raised(factors[2:3], "fire", 0.8)[0]
    together = render_landscape(factors, shape, 64)
    for row in range(4):
        alone = render_landscape(factors[row : row + 1], shape[row : row + 1], 64)
        torch.testing.assert_close(alone[0], together[row], atol=2e-5, rtol=0)


@pytest.mark.parametrize("event", ["none", *EVENTS])
def test_composition_is_the_same_at_every_size(event: str) -> None:
    factors, shape = _scenes(3)
    if event != "none":
        factors = _raised(factors, event, 0.9)
    small = render_landscape(factors, shape, 128)
    large = torch.nn.functional.avg_pool2d(render_landscape(factors, shape, 256), 2)
    assert (small - large).abs().mean() < 0.03


def test_factors_outside_the_range_are_clamped() -> None:
    factors, shape = _scenes(2)
    beyond = _raised(_raised(factors, "rain", 1.7), "snow", -0.8)
    within = _raised(_raised(factors, "rain", 1.0), "snow", 0.0)
    assert torch.equal(render_landscape(beyond, shape, 64), render_landscape(within, shape, 64))


@pytest.mark.parametrize("event", EVENTS)
def test_event_grows_with_strength_on_any_scene(event: str) -> None:
    factors, shape = _scenes(6, seed=9)
    plain = render_landscape(factors, shape, 64)
    change = [
        (render_landscape(_raised(factors, event, s), shape, 64) - plain).abs().mean((1, 2, 3))
        for s in (0.35, 0.65, 1.0)
    ]
    assert (change[0] > 0.015).all()
    assert (change[1] > change[0]).all() and (change[2] > change[1]).all()


def test_events_differ_from_each_other() -> None:
    factors, shape = _scenes(1, seed=11)
    plain = render_landscape(factors, shape, 64)
    change = torch.stack(
        [render_landscape(_raised(factors, e, 0.9), shape, 64)[0] - plain[0] for e in EVENTS]
    )
    coarse = torch.nn.functional.avg_pool2d(change, 8).flatten(1)
    alike = torch.corrcoef(coarse) - torch.eye(len(EVENTS))
    assert alike.max() < 0.95


@pytest.mark.parametrize("name", NAMES)
def test_picture_is_smooth_in_every_factor(name: str) -> None:
    factors, shape = _scenes(2, seed=3)
    near = [render_landscape(_raised(factors, name, v), shape, 64) for v in (0.300, 0.304)]
    assert (near[1] - near[0]).abs().mean() < 0.02


def test_picture_is_smooth_in_the_free_form() -> None:
    factors, shape = _scenes(2)
    moved = shape + 0.01 * torch.ones_like(shape)
    step = render_landscape(factors, moved, 64) - render_landscape(factors, shape, 64)
    assert 0 < step.abs().mean() < 0.02


def test_gradients_reach_the_factors() -> None:
    factors = to_tensor(LandscapeFactors(rain=0.5, daylight=0.7))[None].requires_grad_()
    render_landscape(factors, torch.ones(1, N_SHAPE), 64).mean().backward()
    assert factors.grad is not None and factors.grad.isfinite().all()
    assert factors.grad[0, NAMES.index("rain")] != 0


def test_wrong_columns_are_refused() -> None:
    factors, shape = _scenes(2)
    with pytest.raises(EmoStyleError, match="expected"):
        render_landscape(factors[:, :5], shape)
    with pytest.raises(EmoStyleError, match="N_SHAPE"):
        render_landscape(factors, shape[:, :3])


@pytest.mark.parametrize("name", ["landscape", "portrait"])
def test_the_sheet_of_a_domain_has_a_row_for_each_event(name: str) -> None:
    sheet = domain_sheet(name, size=16)
    assert sheet.size == (9 * 18 + 2, (1 + len(DOMAINS[name].events)) * 18 + 2)


def test_contact_sheet_lays_pictures_in_rows() -> None:
    sheet = contact_sheet(torch.zeros(5, 3, 16, 20), columns=3)
    assert sheet.size == (3 * 22 + 2, 2 * 18 + 2)
