"""The training objective of the audio encoder: Robust sound-guided image manipulation, eqs 1-13.

Also eq 1 of Audio-guided manipulation of artistic paintings ("Paintings").

`a` audio, `t` text, `v` picture vectors, all of unit length. `logit_scale` is 1 / tau.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from emostyle.embedding.symmetric_cross_entropy import Rows, symmetric_cross_entropy
from emostyle.errors import EmoStyleError

Vectors = Float[Tensor, "N D"]
Matrix = Float[Tensor, "N N"]
Reduction = Literal["mean", "sum"]
KLForm = Literal["diagonal", "rows"]
LIKE_STRENGTH = 0.25
"""Difference of strength at which two sounds of a class are alike to 1/e."""
LEAST_COSINE = 1e-6
"""Smallest argument of a logarithm in `cosine_bce`."""


def similarity_matrix(x: Vectors, y: Vectors, logit_scale: float | Tensor) -> Matrix:
    """Row-wise softmax of cosine similarities, M^{x->y} (eqs 1, 3, 7 and 9).

    Args:
        x: unit vectors (N, D), one row of M each.
        y: unit vectors (N, D), one column of M each.
        logit_scale: 1 / tau, > 0.

    Returns:
        (N, N), rows sum to one.
    """
    return (logit_scale * x @ y.T).softmax(dim=1)


def info_nce(
    a: Vectors, b: Vectors, logit_scale: float | Tensor, positives: Rows | None = None
) -> Float[Tensor, ""]:
    """Symmetric InfoNCE (eqs 2, 4 and 5; 6 with pictures, 8 with augmented sounds).

    Without `positives` this is the paper's form: row i's only right answer is column i. Our
    extension: the target of each direction is `positives` with its rows (or its columns) brought to
    sum one. A batch of 64 from 25 classes holds several items of each class; the paper's form would
    push those apart from each other's texts although the texts say the same.

    Args:
        a: unit vectors (N, D).
        b: unit vectors (N, D).
        logit_scale: 1 / tau, > 0.
        positives: weights by rows, with a positive sum in each row and column, or None for
            identity.

    Returns:
        Mean over items of both directions' losses.
    """
    return symmetric_cross_entropy(a, b, logit_scale, positives)


@dataclass(frozen=True)
class SameLabel:
    """Positives (ours): same label and like strength count as right answers.

    positives[i, j] = [label_i = label_j] exp(-((s_i - s_j) / width)^2); a pair in which a strength
    is unknown (NaN) counts fully. With mixup, row i is `share_i` of its own row plus the rest of
    that of its background.

    Attributes:
        labels: class index of each item (N,).
        strengths: strength in [0, 1] of each item (N,), NaN where unknown.
        background_labels: of the sound in each item's background (N,).
        background_strengths: its strength (N,).
        share: of the item's own sound (N,), in [0, 1].
        width: difference of strength at which the weight has fallen to 1/e.
    """

    labels: Int[Tensor, " N"]
    strengths: Float[Tensor, " N"]
    background_labels: Int[Tensor, " N"]
    background_strengths: Float[Tensor, " N"]
    share: Float[Tensor, " N"]
    width: float = LIKE_STRENGTH

    def __getitem__(self, items: Tensor) -> "SameLabel":
        """The positives among some of the items, whatever lies in their backgrounds."""
        names = [field.name for field in fields(self) if field.name != "width"]
        return replace(self, **{name: getattr(self, name)[items] for name in names})

    def __call__(self, start: int, stop: int) -> Float[Tensor, "rows N"]:
        """Weights of all items for some."""
        part = slice(start, stop)
        share = self.share[part, None].to(self.strengths)
        own = self._alike(self.labels[part], self.strengths[part], self.labels, self.strengths)
        behind = self._alike(
            self.background_labels[part],
            self.background_strengths[part],
            self.labels,
            self.strengths,
        )
        return share * own + (1.0 - share) * behind

    def _alike(
        self, labels: Tensor, strengths: Tensor, others: Tensor, theirs: Tensor
    ) -> Float[Tensor, "rows N"]:
        """Weight of each pair."""
        same = labels[:, None] == others[None, :]
        difference = torch.nan_to_num(strengths[:, None] - theirs[None, :], nan=0.0)
        return same.to(strengths.dtype) * torch.exp(-((difference / self.width) ** 2))


def same_label_positives(
    labels: Int[Tensor, " N"],
    strengths: Float[Tensor, " N"],
    partner: Int[Tensor, " N"] | None = None,
    share: Float[Tensor, " N"] | None = None,
) -> SameLabel:
    """Positives of a batch.

    Args:
        labels: class index of each item (N,).
        strengths: strength in [0, 1] of each item (N,), NaN where unknown.
        partner: index of the sound in each item's background (N,), or None.
        share: share of the item's own sound (N,), in [0, 1], or None.
    """
    if partner is None or share is None:
        return SameLabel(labels, strengths, labels, strengths, torch.ones_like(strengths))
    return SameLabel(labels, strengths, labels[partner], strengths[partner], share)


def weakly_paired_kl(
    a: Vectors,
    v_tilde: Vectors,
    t: Vectors,
    tau: float | Tensor,
    form: KLForm = "diagonal",
) -> Float[Tensor, ""]:
    """Weakly paired contrastive loss (eqs 9 to 12); the frozen CLIP's M^{t->v~} is the teacher.

    `diagonal`, as printed: -M^{t->v~}_ii log M^{a->v~}_ii. `rows` (ours): the divergence of whole
    rows, sum_j M^{t->v~}_ij (log M^{t->v~}_ij - log M^{a->v~}_ij), what the words around the
    equation describe.

    Args:
        a: audio vectors (N, D).
        v_tilde: vectors of pictures of the same label from other items (N, D).
        t: text vectors (N, D); they get no gradient.
        tau: temperature, > 0.
        form: which of the two.

    Returns:
        Mean over items.
    """
    student = (a @ v_tilde.T / tau).log_softmax(dim=1)
    teacher = (t @ v_tilde.T / tau).log_softmax(dim=1).detach()
    if form == "diagonal":
        return -(teacher.diagonal().exp() * student.diagonal()).mean()
    return (teacher.exp() * (teacher - student)).sum(1).mean()


def cosine_bce(
    a: Vectors, t: Vectors, positives: Matrix | None = None, reduction: Reduction = "mean"
) -> Float[Tensor, ""]:
    """Binary cross-entropy with the cosine as the probability (Paintings eq 1), negated.

    y log(a_i . t_j) + (1 - y) log(1 - a_i . t_j) over all pairs. The logarithms stop at
    `LEAST_COSINE`, where the printed form ends: a right pair at a cosine of zero or less.

    Args:
        a: unit vectors (N, D).
        t: unit vectors (N, D).
        positives: y in [0, 1] for each pair (N, N); None: row i belongs to column i alone.
        reduction: over the N * N pairs; the paper prints the sum.

    Returns:
        At least 0.
    """
    cosines = a @ t.T
    y = torch.eye(len(a)).to(cosines) if positives is None else positives.clamp(0, 1)
    right, wrong = (
        cosines.clamp_min(LEAST_COSINE).log(),
        (1 - cosines).clamp_min(LEAST_COSINE).log(),
    )
    pairs = -(y * right + (1 - y) * wrong)
    return pairs.sum() if reduction == "sum" else pairs.mean()


def alignment(
    a: Vectors, t: Vectors, partner: Int[Tensor, " N"], share: Float[Tensor, " N"]
) -> Float[Tensor, ""]:
    """Mean cosine distance of sounds to where their texts are (ours): the place, not the order.

    InfoNCE is content when the right text is nearer than the others, at any distance. An edit goes
    all the way to the sound's vector, so the vector must lie where pictures can lie.

    Args:
        a: unit vectors of sounds (N, D).
        t: unit vectors of the places of their texts (N, D), `TargetTable.place`.
        partner: index of the sound in each item's background (N,).
        share: share of the item's own sound (N,), in [0, 1].

    Returns:
        Mean over items, in [0, 2].
    """
    own = share[:, None].to(t)
    mixed = torch.nn.functional.normalize(own * t + (1.0 - own) * t[partner], dim=1)
    return 1.0 - (a * mixed).sum(1).mean()


def strength_error(
    a: Vectors, place: Vectors, weak: Vectors, strong: Vectors, counted: Bool[Tensor, " N"]
) -> Float[Tensor, ""]:
    """Squared error of sounds along the way from their class's weak to its strong texts (ours).

    `alignment` is nearly content when the class is right; this asks for the place on its arc.

    Args:
        a: unit vectors of sounds (N, D).
        place: where each should be (N, D), `TargetTable.place`.
        weak: the same for each class at its weakest (N, D).
        strong: and at its strongest (N, D).
        counted: items of known strength that are heard alone (N,).

    Returns:
        Mean over the items counted, 0 if there are none.
    """
    way = torch.nn.functional.normalize(strong - weak, dim=1)
    error = ((a - place) * way).sum(1).square() * counted
    return error.sum() / counted.sum().clamp_min(1)


def total_loss(
    terms: Mapping[str, Float[Tensor, ""]], weights: Mapping[str, float]
) -> Float[Tensor, ""]:
    """Weighted sum of the terms (eq 13; the paper's weights are all 1).

    Args:
        terms: value of each term by name.
        weights: weight of each term by name; names without a term in this step are passed over.

    Returns:
        The sum.

    Raises:
        EmoStyleError: a term has no weight.
    """
    missing = sorted(set(terms) - set(weights))
    if missing:
        raise EmoStyleError(
            f"The loss terms {missing} have no weight, expected one for each of {sorted(terms)}; "
            "add them to --model.weights."
        )
    return torch.stack([weights[name] * value for name, value in terms.items()]).sum()
