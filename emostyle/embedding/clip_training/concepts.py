"""The concepts of the world: everything a sound or a picture can be about, with texts by strength.

A concept is a sound class together with the factor it speaks of in each domain, an event without a
sound, the absence of all events, or a sound without a picture. Free captions alone leave the last
kind without a place in the joint space and see each strength word rarely; a bank of concept texts,
drawn anew at every step, gives each of them a place of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from emostyle.world.captions import PRESENT, event_prompts, sound_captions, strength_prompts
from emostyle.world.domain import DOMAINS
from emostyle.world.sound import SOUND_CLASSES
from emostyle.world.vocabulary import NEUTRAL


@dataclass(frozen=True)
class Concept:
    """Something a text can be about.

    Attributes:
        name: unique name.
        sound_class: its sound, if it has one.
        factors: event factor by domain; empty where no picture shows it.
        neutral: the domain whose pictures without events it describes, or an empty string.
    """

    name: str
    sound_class: str | None = None
    factors: dict[str, str] = field(default_factory=dict)
    neutral: str = ""


def _concepts() -> tuple[Concept, ...]:
    concepts = []
    spoken = set()
    for name, sound in SOUND_CLASSES.items():
        said = {"landscape": sound.landscape, "portrait": sound.portrait}
        factors = {domain: factor for domain, factor in said.items() if factor}
        concepts.append(Concept(name, name, factors))
        spoken |= {(d, f) for d, f in factors.items() if f == name}
    for name, domain in DOMAINS.items():
        for event in domain.events:
            if (name, event) not in spoken:
                concepts.append(Concept(f"{name}_{event}", None, {name: event}))
        concepts.append(Concept(f"{name}_neutral", neutral=name))
    return tuple(concepts)


CONCEPTS = _concepts()
UNSEEN = tuple(i for i, c in enumerate(CONCEPTS) if not c.factors and not c.neutral)
"""Places in `CONCEPTS` of those that no picture shows."""


def concept_texts(concept: Concept, strength: float) -> list[str]:
    """All texts of a concept at a strength.

    Args:
        concept: one of `CONCEPTS`.
        strength: in [0, 1].
    """
    if concept.neutral:
        return list(NEUTRAL[concept.neutral])
    texts = sound_captions(concept.sound_class, strength) if concept.sound_class else []
    for domain, event in concept.factors.items():
        if concept.sound_class in (None, event):
            texts = texts + strength_prompts(domain, event, strength)
            texts = texts + event_prompts(domain)[event][:: len(texts) // 4 or 1]
    return texts


def draw_bank(
    generator: torch.Generator, concepts: Sequence[Concept] = CONCEPTS
) -> tuple[list[str], Float[Tensor, " K"]]:
    """Two texts per concept, a weaker and a stronger one.

    Args:
        generator: source of all randomness.
        concepts: C concepts.

    Returns:
        K = 2 C texts (all weaker ones first) and the strength each was drawn at.
    """
    count = len(concepts)
    uniform = torch.rand(2 * count, generator=generator)
    strengths = torch.cat([0.12 + 0.45 * uniform[:count], 0.57 + 0.43 * uniform[count:]])
    texts = []
    for concept, strength in zip([*concepts, *concepts], strengths.tolist(), strict=True):
        options = concept_texts(concept, strength)
        texts.append(options[int(torch.randint(len(options), (), generator=generator))])
    return texts, strengths


def bank_targets(
    domain: str,
    factors: Float[Tensor, "B F"],
    strengths: Float[Tensor, " K"],
    concepts: Sequence[Concept] = CONCEPTS,
    width: float = 0.25,
) -> Float[Tensor, "B K"]:
    """How far each text of a bank is a right answer for each picture.

    The events of a picture share the answer by their strength; within an event, texts drawn at a
    like strength get more, exp(-((f - s) / width)^2). A picture without events is neutral.

    Args:
        domain: domain of the pictures.
        factors: (B, F) in [0, 1].
        strengths: (K,), as `draw_bank` returned them.
        concepts: C concepts, K = 2 C.
        width: difference of strength at which a text's share has fallen to 1/e.

    Returns:
        (B, K), rows sum to one.
    """
    world = DOMAINS[domain]
    both = [*concepts, *concepts]
    events = factors[:, [world.index(event) for event in world.events]]
    neutral = (1 - events.amax(1) / 0.25).clamp_min(0)
    is_neutral = torch.tensor([float(c.neutral == domain) for c in both]).to(factors)
    weights = neutral[:, None] * is_neutral / is_neutral.sum()
    for column, event in enumerate(world.events):
        speaks = torch.tensor([float(c.factors.get(domain) == event) for c in both]).to(factors)
        value = events[:, column, None]
        share = speaks * (torch.exp(-(((value - strengths.to(factors)) / width) ** 2)) + 1e-3)
        weights = weights + value * share / share.sum(1, keepdim=True)
    return weights / weights.sum(1, keepdim=True)


def spoken_values(
    domain: str, factors: Float[Tensor, "B F"], concepts: Sequence[Concept]
) -> Float[Tensor, "B C"]:
    """The value of the factor each concept speaks of, 0 where the domain has none.

    Args:
        domain: domain of the scenes.
        factors: (B, F) in [0, 1].
        concepts: C concepts.
    """
    world = DOMAINS[domain]
    columns = [world.index(c.factors[domain]) if domain in c.factors else -1 for c in concepts]
    return torch.cat([factors, torch.zeros_like(factors[:, :1])], 1)[:, columns]


def level_targets(
    domain: str,
    factors: Float[Tensor, "B F"],
    strengths: Float[Tensor, " K"],
    concepts: Sequence[Concept] = CONCEPTS,
    softness: float = 0.1,
) -> Float[Tensor, "B K"]:
    """For each concept a picture shows: is its weaker or its stronger text the better one?

    Args:
        domain: domain of the pictures.
        factors: (B, F) in [0, 1].
        strengths: (K,), as `draw_bank` returned them.
        concepts: C concepts, K = 2 C.
        softness: distance of strength over which the answer turns from one text to the other.

    Returns:
        (B, K): the two columns of a concept sum to one where the picture shows it, else to zero.
    """
    value = spoken_values(domain, factors, concepts)
    weak, strong = strengths.to(factors).chunk(2)
    stronger = torch.sigmoid((value - (weak + strong) / 2) / softness)
    shown = (value > PRESENT).to(factors)
    return torch.cat([shown * (1 - stronger), shown * stronger], 1)


def alone(
    domain: str,
    factors: Float[Tensor, "B F"],
    strengths: Float[Tensor, " K"],
    concepts: Sequence[Concept] = CONCEPTS,
) -> tuple[Float[Tensor, "B K"], Bool[Tensor, "B K"]]:
    """Scenes with a single event against the texts of that event.

    Args:
        domain: domain of the scenes.
        factors: (B, F) in [0, 1].
        strengths: (K,), as `draw_bank` returned them.
        concepts: C concepts, K = 2 C.

    Returns:
        The difference of strength of scene and text (B, K), and where a text speaks of the one
        event its scene shows (B, K).
    """
    world = DOMAINS[domain]
    events = factors[:, [world.index(event) for event in world.events]]
    single = (events > PRESENT).sum(1) == 1
    value = spoken_values(domain, factors, concepts).repeat(1, 2)
    return value - strengths.to(factors), (value > PRESENT) & single[:, None]
