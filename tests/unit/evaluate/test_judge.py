"""The judge, its augmentation and its figures."""

import pytest
import torch

from emostyle.errors import StackError
from emostyle.evaluate.judge import Judge, load_judge, read_factors
from emostyle.evaluate.judge_training.augment import augment, blur, shift
from emostyle.evaluate.judge_training.figures import (
    correlation,
    factor_targets,
    mean_absolute_error,
)


def pictures(count: int, size: int = 32) -> torch.Tensor:
    return torch.rand(count, 3, size, size, generator=torch.Generator().manual_seed(3)) * 2 - 1


def small_judge() -> Judge:
    torch.manual_seed(0)
    return Judge(factor_count=5, width=4, stages=3, features=8, image_size=32).eval()


def test_answers_are_factors() -> None:
    answers = small_judge()(pictures(4))
    assert answers.shape == (4, 5)
    assert ((answers >= 0) & (answers <= 1)).all()


def test_reading_in_parts_equals_reading_at_once() -> None:
    judge, images = small_judge(), pictures(5, 48)
    factors, features = read_factors(judge, images, batch_size=2)
    torch.testing.assert_close(factors, judge(images).detach(), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(features, judge.features(images).detach(), atol=1e-5, rtol=1e-4)


def test_judge_is_rebuilt_from_its_arguments() -> None:
    judge = small_judge()
    Judge(**judge.arguments).load_state_dict(judge.state_dict())


def test_unknown_domain_is_refused() -> None:
    with pytest.raises(StackError, match="seascape"):
        load_judge("seascape")


def test_targets_of_binary_factors_are_classes() -> None:
    targets = factor_targets(torch.tensor([[0.6, 0.6], [0.4, 0.4]]), ("sea", "hills"), {"sea"})
    torch.testing.assert_close(targets, torch.tensor([[1.0, 0.6], [0.0, 0.4]]))


def test_error_and_correlation() -> None:
    truth = torch.tensor([[0.0, 0.5], [0.5, 0.5], [1.0, 0.5]])
    answers = torch.tensor([[0.1, 0.4], [0.5, 0.6], [0.9, 0.5]])
    assert mean_absolute_error(answers, truth)[0].item() == pytest.approx(0.2 / 3)
    assert correlation(answers, truth)[0].item() == pytest.approx(1.0)
    assert correlation(answers, truth)[1].item() == 0.0


def test_augmentation_is_seeded_and_stays_in_range() -> None:
    images = pictures(6)
    first = augment(images, torch.Generator().manual_seed(5))
    second = augment(images, torch.Generator().manual_seed(5))
    assert torch.equal(first, second)
    assert not torch.equal(first, images)
    assert first.abs().max() <= 1


def test_shift_moves_whole_pixels() -> None:
    images = pictures(2)
    moved = shift(images, [(0, 0), (1, -2)])
    assert torch.equal(moved[0], images[0])
    assert torch.equal(moved[1, :, :-1, 2:], images[1, :, 1:, :-2])


def test_blur_of_nothing_changes_nothing() -> None:
    images = pictures(2)
    torch.testing.assert_close(blur(images, torch.zeros(2, 1, 1, 1)), images)
