"""The additive angular margin in closed form."""

import math

import pytest
import torch

from emostyle.guidance.arc_margin import arc_margin_logits, arc_margin_loss


def angle_vectors(*degrees: float) -> torch.Tensor:
    """Unit vectors in the plane at the given angles."""
    radians = torch.tensor(degrees).deg2rad()
    return torch.stack([radians.cos(), radians.sin()], dim=1)


def test_logits_add_the_margin_to_the_true_angle_only() -> None:
    centres = angle_vectors(0.0, 90.0)
    logits = arc_margin_logits(
        angle_vectors(30.0), centres, torch.tensor([0]), margin=math.radians(20), scale=10.0
    )
    expected = [10 * math.cos(math.radians(50)), 10 * math.cos(math.radians(60))]
    assert logits[0].tolist() == pytest.approx(expected, abs=1e-4)


def test_without_margin_it_is_cross_entropy_of_scaled_cosines() -> None:
    generator = torch.Generator().manual_seed(0)
    embeddings = torch.randn(6, 8, generator=generator)
    centres = torch.randn(4, 8, generator=generator)
    labels = torch.tensor([0, 1, 2, 3, 0, 1])
    cosine = torch.nn.functional.cosine_similarity(embeddings[:, None], centres[None], dim=-1)
    expected = torch.nn.functional.cross_entropy(16 * cosine, labels)
    loss = arc_margin_loss(embeddings, centres, labels, margin=0.0, scale=16.0)
    torch.testing.assert_close(loss, expected, atol=1e-3, rtol=1e-4)


def test_true_logit_falls_with_the_angle_all_the_way_round() -> None:
    degrees = torch.linspace(0, 180, 91)
    embeddings = angle_vectors(*degrees.tolist())
    labels = torch.zeros(91, dtype=torch.long)
    logits = arc_margin_logits(embeddings, angle_vectors(0.0), labels, margin=0.5, scale=1.0)
    assert (logits[1:, 0] < logits[:-1, 0]).all()


def test_gradient_is_finite_on_the_centre_itself() -> None:
    embeddings = angle_vectors(0.0, 180.0).requires_grad_()
    loss = arc_margin_loss(embeddings, angle_vectors(0.0, 90.0), torch.tensor([0, 0]))
    loss.backward()
    assert embeddings.grad is not None
    assert embeddings.grad.isfinite().all()
