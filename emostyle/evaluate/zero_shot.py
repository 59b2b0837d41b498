"""Zero-shot recognition of sounds: the nearest prompt names the class."""

from collections.abc import Sequence
from dataclasses import dataclass

from jaxtyping import Float, Int
from torch import Tensor


@dataclass(frozen=True)
class ZeroShot:
    """What came out of one zero-shot measurement.

    Attributes:
        top1: share of sounds whose nearest prompt is their class's.
        top3: share of sounds with their class among the nearest three.
        per_class: top-1 share of each class that occurs, in the order of the classes.
        mistaken_for: per class, the class it was most often mistaken for, or "" if never.
        n: number of sounds.
    """

    top1: float
    top3: float
    per_class: dict[str, float]
    mistaken_for: dict[str, str]
    n: int


def zero_shot(
    audio: Float[Tensor, "N D"],
    text: Float[Tensor, "C D"],
    labels: Int[Tensor, " N"],
    classes: Sequence[str],
) -> ZeroShot:
    """Compare sounds with one prompt vector per class.

    Args:
        audio: unit vectors of the sounds (N, D).
        text: unit vectors of the classes' prompts (C, D).
        labels: true class of each sound (N,), index into `classes`.
        classes: names of the C classes.

    Returns:
        Shares over all sounds and per class.
    """
    similarity = audio @ text.T
    found = similarity.argmax(dim=1)
    nearest = similarity.topk(min(3, len(classes)), dim=1).indices
    per_class, mistaken = {}, {}
    for index, name in enumerate(classes):
        mine = found[labels == index]
        if len(mine) == 0:
            continue
        per_class[name] = float((mine == index).float().mean())
        wrong = mine[mine != index]
        mistaken[name] = classes[int(wrong.mode().values)] if len(wrong) else ""
    return ZeroShot(
        top1=float((found == labels).float().mean()),
        top3=float((nearest == labels[:, None]).any(dim=1).float().mean()),
        per_class=per_class,
        mistaken_for=mistaken,
        n=len(labels),
    )


def table(result: ZeroShot) -> str:
    """Per-class shares as aligned lines of text."""
    width = max(map(len, result.per_class))
    return "\n".join(
        f"{name:<{width}}  {share:6.1%}  {result.mistaken_for[name] and 'mostly taken for '}"
        f"{result.mistaken_for[name]}".rstrip()
        for name, share in result.per_class.items()
    )
