"""Equations 1 to 13 against loops written out here."""

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from emostyle.embedding.losses import (
    alignment,
    cosine_bce,
    info_nce,
    same_label_positives,
    similarity_matrix,
    strength_error,
    total_loss,
    weakly_paired_kl,
)
from emostyle.errors import EmoStyleError

TAU = 0.07


def unit(seed: int, n: int = 5, d: int = 8) -> Tensor:
    draw = torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return functional.normalize(draw, dim=-1)


def softmax_entry(x: Tensor, y: Tensor, i: int, j: int) -> float:
    scores = [math.exp(float(x[i] @ y[k]) / TAU) for k in range(len(y))]
    return scores[j] / sum(scores)


def test_similarity_matrix_is_equation_1() -> None:
    a, t = unit(0), unit(1)
    m = similarity_matrix(a, t, 1 / TAU)
    for i in range(5):
        for j in range(5):
            assert float(m[i, j]) == pytest.approx(softmax_entry(a, t, i, j))


def test_info_nce_is_equation_5() -> None:
    a, t = unit(0), unit(1)
    expected = sum(
        -math.log(softmax_entry(a, t, i, i)) - math.log(softmax_entry(t, a, i, i)) for i in range(5)
    )
    assert float(info_nce(a, t, 1 / TAU)) == pytest.approx(expected / 5)


def test_identity_positives_are_the_default() -> None:
    a, t = unit(0), unit(1)
    eye = torch.eye(5, dtype=torch.float64)
    found = info_nce(a, t, 1 / TAU, lambda start, stop: eye[start:stop])
    torch.testing.assert_close(found, info_nce(a, t, 1 / TAU))


def test_soft_positives_are_brought_to_sum_one_in_both_directions() -> None:
    a, t = unit(0), unit(1)
    weights = torch.rand(5, 5, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    total = 0.0
    for i in range(5):
        for j in range(5):
            row, column = float(weights[i].sum()), float(weights[:, i].sum())
            total -= float(weights[i, j]) / row * math.log(softmax_entry(a, t, i, j))
            total -= float(weights[j, i]) / column * math.log(softmax_entry(t, a, i, j))
    found = info_nce(a, t, 1 / TAU, lambda start, stop: weights[start:stop])
    assert float(found) == pytest.approx(total / 5)


def test_weakly_paired_kl_is_equations_9_to_12() -> None:
    a, v, t = unit(0), unit(1), unit(2)
    expected = sum(
        -softmax_entry(t, v, i, i) * math.log(softmax_entry(a, v, i, i)) for i in range(5)
    )
    assert float(weakly_paired_kl(a, v, t, TAU)) == pytest.approx(expected / 5)


def test_the_teacher_gets_no_gradient() -> None:
    a, v, t = (unit(seed).requires_grad_() for seed in range(3))
    weakly_paired_kl(a, v, t, TAU).backward()
    assert a.grad is not None
    assert t.grad is None


def test_positives_follow_label_and_strength() -> None:
    labels = torch.tensor([0, 0, 0, 1])
    strengths = torch.tensor([0.5, 0.75, torch.nan, 0.5])
    positives = same_label_positives(labels, strengths)
    assert positives.width == 0.25
    weights = positives(0, 4)
    expected = torch.tensor(
        [[1, math.exp(-1), 1, 0], [math.exp(-1), 1, 1, 0], [1, 1, 1, 0], [0, 0, 0, 1]]
    )
    torch.testing.assert_close(weights, expected.float())
    torch.testing.assert_close(positives(1, 3), expected.float()[1:3])


def test_positives_of_a_mixed_sound_count_its_background() -> None:
    labels, strengths = torch.tensor([0, 1]), torch.tensor([0.5, 0.5])
    partner, share = torch.tensor([1, 0]), torch.tensor([0.7, 1.0])
    positives = same_label_positives(labels, strengths, partner=partner, share=share)
    expected = torch.tensor([[0.7, 0.3], [0.0, 1.0]])
    torch.testing.assert_close(positives(0, 2), expected)
    alone = positives[torch.tensor([True, False])]
    torch.testing.assert_close(alone(0, 1), expected[:1, :1])


def test_total_is_the_weighted_sum_and_names_missing_weights() -> None:
    terms = {"audio_text": torch.tensor(2.0), "weak_kl": torch.tensor(3.0)}
    assert float(total_loss(terms, {"audio_text": 1.0, "weak_kl": 0.5, "more": 9.0})) == 3.5
    with pytest.raises(EmoStyleError, match="weak_kl"):
        total_loss(terms, {"audio_text": 1.0})


def test_cosine_bce_in_closed_form_and_where_the_printed_form_ends() -> None:
    """Paintings eq 1 by hand, and a right pair that points the other way."""
    a = torch.tensor([[1.0, 0.0], [0.6, 0.8]])
    t = torch.tensor([[0.8, 0.6], [0.0, 1.0]])
    right, wrong = (0.8, 0.8), (0.0, 0.96)
    by_hand = -sum(map(math.log, right)) - sum(math.log(1 - cosine) for cosine in wrong)
    assert float(cosine_bce(a, t, reduction="sum")) == pytest.approx(by_hand, rel=1e-5)
    assert float(cosine_bce(a, t)) == pytest.approx(by_hand / 4, rel=1e-5)
    assert float(cosine_bce(a, t, positives=1 - torch.eye(2))) > float(cosine_bce(a, t))
    assert cosine_bce(a, -a).isfinite()


def test_alignment_is_zero_at_the_text_and_at_the_mixed_text() -> None:
    """Our term in closed form, alone and with a background sound."""
    t = torch.eye(3)
    own, none = torch.ones(3), torch.tensor([1, 2, 0])
    assert float(alignment(t, t, none, own)) == pytest.approx(0.0, abs=1e-6)
    assert float(alignment(t, t[none], none, own)) == pytest.approx(1.0)
    half = torch.nn.functional.normalize(t + t[none], dim=1)
    assert float(alignment(half, t, none, 0.5 * own)) == pytest.approx(0.0, abs=1e-6)


def test_strength_error_looks_along_the_way_only() -> None:
    weak, strong = torch.tensor([[1.0, 0.0, 0.0]]), torch.tensor([[0.0, 1.0, 0.0]])
    place = torch.nn.functional.normalize(weak + strong, dim=1)
    aside = place + torch.tensor([[0.1, 0.1, 0.5]])
    counted, ignored = torch.tensor([True]), torch.tensor([False])
    assert float(strength_error(aside, place, weak, strong, counted)) == pytest.approx(0, abs=1e-9)
    assert float(strength_error(strong, place, weak, strong, counted)) == pytest.approx(0.5)
    assert float(strength_error(strong, place, weak, strong, ignored)) == 0
