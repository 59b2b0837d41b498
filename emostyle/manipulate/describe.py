"""What an edit changed, in words: the events whose captions the pictures moved towards.

The words come from the text side of the joint space, not from a judge, so they exist for any stack
that has a CLIP; they say what the guide sees, and the guide can be wrong.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from emostyle.types import EditResult
from emostyle.world.captions import event_prompts
from emostyle.world.vocabulary import NEUTRAL

QUIET = "nothing"
"""The name under which scenes without an event compete."""


@dataclass(frozen=True)
class Change:
    """How much of a picture's meaning one event takes, before and after an edit.

    Attributes:
        name: the event, or `nothing` for a quiet scene.
        before: its share among all events before, in [0, 1].
        after: the same after.
    """

    name: str
    before: float
    after: float

    def __str__(self) -> str:
        """`rain 3→91%`, which no line break tears apart."""
        name = self.name.replace("_", " ")
        return f"{name} {round(100 * self.before)}→{round(100 * self.after)}%"


def prompt_vectors(
    prompts: Mapping[str, Sequence[str]], encode_text: Callable[[list[str]], Tensor]
) -> Float[Tensor, "E D"]:
    """One unit vector per event: the normalised mean of its prompts' vectors."""
    means = [encode_text(list(sentences)).float().mean(0) for sentences in prompts.values()]
    return torch.nn.functional.normalize(torch.stack(means), dim=-1)


def shares(
    pictures: Float[Tensor, "N D"], prompts: Float[Tensor, "E D"], scale: float
) -> Float[Tensor, "N E"]:
    """Softmax over events of scaled cosines, rows sum to one.

    Args:
        pictures: unit vectors.
        prompts: unit vectors.
        scale: factor on the cosines (inverse temperature).
    """
    return (scale * pictures.float() @ prompts.T).softmax(-1)


def describe_change(
    result: EditResult,
    encode_image: Callable[[Tensor], Tensor],
    encode_text: Callable[[list[str]], Tensor],
    scale: float = 30.0,
    most: int = 2,
) -> list[list[Change]]:
    """The events that changed most in each item of an edit.

    Args:
        result: the edit.
        encode_image: pictures (N, 3, H, W) in [-1, 1] to unit vectors (N, D).
        encode_text: sentences to unit vectors (len, D).
        scale: factor on the cosines.
        most: events named per item at most.

    Returns:
        Per item the greatest changes of share, rises before falls; those under five points are
        left out, so the list may be empty.
    """
    prompts = {**event_prompts(result.domain), QUIET: list(NEUTRAL[result.domain])}
    names = list(prompts)
    with torch.no_grad():
        vectors = prompt_vectors(prompts, encode_text)
        before = shares(encode_image(result.before), vectors, scale)
        after = shares(encode_image(result.after), vectors, scale)
    described = []
    for start, end in zip(before.tolist(), after.tolist(), strict=True):
        changes = [Change(n, b, a) for n, b, a in zip(names, start, end, strict=True)]
        changes = [c for c in changes if abs(c.after - c.before) >= 0.05]
        changes.sort(key=lambda c: abs(c.after - c.before), reverse=True)
        described.append(sorted(changes[:most], key=lambda c: c.before - c.after))
    return described
