"""Verification figures: can the embedding tell whether two pictures show the same person?"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


def pairs(
    embeddings: Float[Tensor, "B D"], labels: Int[Tensor, " B"]
) -> tuple[Float[Tensor, " P"], Bool[Tensor, " P"]]:
    """Cosine of every pair of pictures and whether the pair is one person.

    Args:
        embeddings: unit vectors.
        labels: identity of each picture.

    Returns:
        Cosines in [-1, 1] and truth, one per unordered pair.
    """
    rows, columns = torch.triu_indices(len(labels), len(labels), 1, device=labels.device)
    cosines = (embeddings @ embeddings.T)[rows, columns]
    return cosines, labels[rows] == labels[columns]


def verification_auc(cosines: Float[Tensor, " P"], same: Bool[Tensor, " P"]) -> float:
    """Area under the ROC curve: how often a pair of one person scores above a pair of two.

    Args:
        cosines: score per pair; ties count by their order.
        same: truth per pair; both kinds must occur.

    Returns:
        Area in [0, 1]; 0.5 is chance.
    """
    order = cosines.argsort()
    ranks = torch.empty(len(order), dtype=torch.float64)
    ranks[order.cpu()] = torch.arange(1, len(order) + 1, dtype=torch.float64)
    truth = same.cpu()
    positive, negative = int(truth.sum()), int((~truth).sum())
    return float((ranks[truth].sum() - positive * (positive + 1) / 2) / (positive * negative))


def verification_accuracy(cosines: Float[Tensor, " P"], same: Bool[Tensor, " P"]) -> float:
    """Best balanced accuracy over all thresholds: the mean of both rates of being right.

    Args:
        cosines: score per pair.
        same: truth per pair; both kinds must occur.

    Returns:
        Accuracy in [0.5, 1].
    """
    truth = same[cosines.argsort(descending=True)].double()
    accepted = truth.cumsum(0) / truth.sum()
    wrongly = (1 - truth).cumsum(0) / (1 - truth).sum()
    return max(0.5, float(((accepted + 1 - wrongly) / 2).max()))
