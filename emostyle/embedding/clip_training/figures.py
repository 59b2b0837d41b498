"""Held-out figures of an image-text pair on pictures whose factors are known."""

import math

import torch
import torch.nn.functional as functional
from jaxtyping import Bool, Float, Int
from scipy.stats import spearmanr
from torch import Tensor

from emostyle.embedding.clip import ClipEncoder
from emostyle.world.captions import event_prompts, strength_prompts
from emostyle.world.domain import DOMAINS


def recall_at_1(images: Float[Tensor, "N D"], texts: Float[Tensor, "N D"]) -> float:
    """Share of pictures whose own caption is the nearest of the N."""
    nearest = (images @ texts.T).argmax(1)
    return float((nearest == torch.arange(len(images)).to(nearest)).float().mean())


def main_event(
    events: Float[Tensor, "N E"], least: float = 0.4, lead: float = 0.3
) -> tuple[Int[Tensor, " N"], Bool[Tensor, " N"]]:
    """The strongest event of each picture, and whether it is clear enough to be asked for.

    Args:
        events: event factors in [0, 1].
        least: smallest strength of a clear event.
        lead: smallest distance to the second strongest.
    """
    top = events.topk(2, dim=1)
    clear = (top.values[:, 0] >= least) & (top.values[:, 0] - top.values[:, 1] >= lead)
    return top.indices[:, 0], clear


def event_accuracy(
    images: Float[Tensor, "N D"], prompts: Float[Tensor, "E D"], events: Float[Tensor, "N E"]
) -> float:
    """Zero-shot accuracy over pictures with one clear event.

    Args:
        images: picture vectors.
        prompts: one vector per event.
        events: event factors of the pictures.
    """
    truth, clear = main_event(events)
    right = (images @ prompts.T).argmax(1) == truth
    return float(right[clear].float().mean())


def strength_correlation(
    images: Float[Tensor, "N D"], directions: Float[Tensor, "E D"], events: Float[Tensor, "N E"]
) -> Float[Tensor, " E"]:
    """Per event, rank correlation of its strength and how far its pictures lie in a direction.

    Only pictures that show the event count, so that presence alone earns nothing.

    Args:
        images: picture vectors.
        directions: one per event, from texts of its light to texts of its strong form.
        events: event factors of the pictures.
    """
    along = images @ directions.T
    shown = events > 0.08
    pairs = [(events[shown[:, e], e], along[shown[:, e], e]) for e in range(events.shape[1])]
    return torch.tensor(
        [spearmanr(x.cpu(), y.cpu()).statistic if len(x) > 2 else math.nan for x, y in pairs]
    )


def prompt_vectors(clip: ClipEncoder, domain: str) -> Float[Tensor, "E D"]:
    """One unit vector per event: the mean of its zero-shot prompts.

    Args:
        clip: the pair.
        domain: `landscape` or `portrait`.
    """
    means = [clip.encode_text(prompts).mean(0) for prompts in event_prompts(domain).values()]
    return functional.normalize(torch.stack(means), dim=-1)


def strength_directions(clip: ClipEncoder, domain: str) -> Float[Tensor, "E D"]:
    """Per event, the mean vector of its strong texts minus that of its light ones.

    Args:
        clip: the pair.
        domain: `landscape` or `portrait`.
    """

    def level(event: str, strength: float) -> Tensor:
        return clip.encode_text(strength_prompts(domain, event, strength)).mean(0)

    return torch.stack([level(e, 1.0) - level(e, 0.2) for e in event_prompts(domain)])


def held_out_figures(
    clip: ClipEncoder,
    domain: str,
    plain: Float[Tensor, "N D"],
    augmented: Float[Tensor, "N D"],
    captions: Float[Tensor, "N D"],
    factors: Float[Tensor, "N F"],
) -> dict[str, float]:
    """All figures of one domain.

    Args:
        clip: the pair.
        domain: `landscape` or `portrait`.
        plain: vectors of held-out pictures.
        augmented: vectors of one strong view of each.
        captions: vectors of one caption of each.
        factors: the truth, in [0, 1].

    Returns:
        Zero-shot accuracy plain (`top1`) and on views (`top1_views`), mean rank correlation with
        strength (`strength`), and retrieval of captions (`recall_at_1_of_64`).
    """
    world = DOMAINS[domain]
    events = factors[:, [world.index(event) for event in world.events]]
    prompts, directions = prompt_vectors(clip, domain), strength_directions(clip, domain)
    return {
        "top1": event_accuracy(plain, prompts, events),
        "top1_views": event_accuracy(augmented, prompts, events),
        "strength": float(strength_correlation(plain, directions, events).nanmean()),
        "recall_at_1_of_64": recall_at_1(plain[:64], captions[:64]),
    }
