"""Cross entropy of similarities both ways, in memory that grows with the batch and not its square.

As in Inf-CL (Cheng et al. 2024) the matrix of similarities is never whole: it is gone through by
blocks of rows, and the backward pass computes each block again from the vectors.
"""

from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

BLOCK_ELEMENTS = 2**22
"""Similarities that are held at a time."""
Rows = Callable[[int, int], Float[Tensor, "rows N"]]
"""From the first row and the one behind the last to how far each column is their right answer."""


def symmetric_cross_entropy(
    x: Float[Tensor, "N D"],
    y: Float[Tensor, "N D"],
    logit_scale: float | Float[Tensor, ""],
    positives: Rows | None = None,
    block_elements: int = BLOCK_ELEMENTS,
) -> Float[Tensor, ""]:
    """Mean of each row's and its column's cross entropy of `logit_scale x @ y.T`.

    In float32 at least, also where autocast is on. It can be differentiated once, with respect to
    x, y and the scale.

    Args:
        x: vectors (N, D), one row of the matrix each.
        y: vectors (N, D), one column each.
        logit_scale: factor on the products.
        positives: weights >= 0 of the right answers, brought to sum one in each row and in each
            column; None: row i's is column i.
        block_elements: similarities held at a time.
    """
    scale = torch.as_tensor(logit_scale, dtype=x.dtype, device=x.device)
    rows = max(block_elements // max(len(y), 1), 1)
    loss: Tensor = _SymmetricCrossEntropy.apply(x, y, scale, positives, rows)
    return loss


class _SymmetricCrossEntropy(torch.autograd.Function):
    """Keeps the vectors and one number per row and column, nothing of the matrix."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, y: Tensor, scale: Tensor, positives: Rows | None, rows: int
    ) -> Tensor:
        """Sum over all blocks, divided by the number of rows."""
        wide = torch.promote_types(x.dtype, torch.float32)
        starts = range(0, len(x), rows)
        sums = x.new_zeros(len(y), dtype=wide)
        if positives is not None:
            for start in starts:
                sums += positives(start, min(start + rows, len(x))).sum(0)
        below = x.new_full((len(y),), -torch.inf, dtype=wide)
        beside = x.new_empty(len(x), dtype=wide)
        right_in_row, right_in_column = torch.empty_like(beside), torch.zeros_like(below)
        with torch.autocast(x.device.type, enabled=False):
            columns = y.to(wide).T
            for start in starts:
                part = slice(start, start + rows)
                logits = scale.to(wide) * (x[part].to(wide) @ columns)
                beside[part] = logits.logsumexp(1)
                below = torch.logaddexp(below, logits.logsumexp(0))
                if positives is None:
                    right_in_row[part] = right_in_column[part] = logits.diagonal(start)
                else:
                    weights = positives(start, start + len(logits)).to(logits)
                    right_in_row[part] = (weights * logits).sum(1) / weights.sum(1)
                    right_in_column += (weights / sums * logits).sum(0)
        total = (beside - right_in_row).sum() + (below - right_in_column).sum()
        ctx.save_for_backward(x, y, scale, beside, below, sums)
        ctx.positives, ctx.rows = positives, rows
        return total / len(x)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        """Both softmaxes minus both right answers, block by block."""
        x, y, scale, beside, below, sums = ctx.saved_tensors
        left, right, factor = x.to(beside), y.to(beside), scale.to(beside)
        to_x, to_y = torch.empty_like(left), torch.zeros_like(right)
        to_scale = torch.zeros_like(factor)
        with torch.autocast(x.device.type, enabled=False):
            for start in range(0, len(x), ctx.rows):
                part = slice(start, start + ctx.rows)
                products = left[part] @ right.T
                logits = factor * products
                error = (logits - beside[part, None]).exp_()
                error += logits.sub_(below).exp_()
                if ctx.positives is None:
                    error.diagonal(start).sub_(2.0)
                else:
                    weights = ctx.positives(start, start + len(error)).to(error)
                    error -= weights / weights.sum(1, keepdim=True) + weights / sums
                error *= gradient / len(x)
                to_x[part] = factor * (error @ right)
                to_y += factor * (error.T @ left[part])
                to_scale += error.mul_(products).sum()
        return to_x.to(x), to_y.to(y), to_scale.to(scale), None, None
