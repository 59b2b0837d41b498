"""Blocks give the value and the gradients of the whole matrix."""

import pytest
import torch
from torch import Tensor
from torch.nn.functional import normalize

from emostyle.embedding.symmetric_cross_entropy import symmetric_cross_entropy


def vectors(count: int, seed: int, dtype: torch.dtype = torch.float64) -> Tensor:
    drawn = torch.randn(count, 6, generator=torch.Generator().manual_seed(seed))
    return normalize(drawn.to(dtype), dim=1).requires_grad_()


def whole(x: Tensor, y: Tensor, scale: Tensor, weights: Tensor) -> Tensor:
    """The same with the matrix in one piece."""
    logits = scale * x @ y.T
    rows = weights / weights.sum(1, keepdim=True) * logits.log_softmax(1)
    columns = weights / weights.sum(0) * logits.log_softmax(0)
    return -(rows + columns).sum() / len(x)


@pytest.mark.parametrize("block_elements", [1, 30, 10**6])
@pytest.mark.parametrize("soft", [False, True])
def test_value_and_gradients(block_elements: int, soft: bool) -> None:
    given = (vectors(9, 0), vectors(9, 1), torch.tensor(9.0, dtype=torch.float64))
    given[2].requires_grad_()
    weights = torch.rand(9, 9, dtype=torch.float64) if soft else torch.eye(9, dtype=torch.float64)
    rows = (lambda start, stop: weights[start:stop]) if soft else None
    found = symmetric_cross_entropy(*given, rows, block_elements)
    wanted = whole(*given, weights)
    torch.testing.assert_close(found, wanted)
    for ours, theirs in zip(
        torch.autograd.grad(found, given), torch.autograd.grad(wanted, given), strict=True
    ):
        torch.testing.assert_close(ours, theirs)


def test_autocast_and_half_vectors_do_not_round_the_logits() -> None:
    x, y = vectors(40, 0, torch.float32), vectors(40, 1, torch.float32)
    exact = symmetric_cross_entropy(x, y, 100.0)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(symmetric_cross_entropy(x, y, 100.0), exact)
    half = symmetric_cross_entropy(x.bfloat16(), y.bfloat16(), 100.0)
    assert half.dtype == torch.float32
    half.backward()
    assert x.grad is not None


def test_no_matrix_is_kept() -> None:
    """What the graph holds grows with the rows alone."""
    held: list[int] = []

    def pack(value: Tensor) -> Tensor:
        held.append(value.numel())
        return value

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda value: value):
        symmetric_cross_entropy(vectors(300, 0), vectors(300, 1), 5.0)
    assert sum(held) <= 2 * 300 * 6 + 3 * 300 + 1
