"""The target table of the bundled world: captions and rendered pictures through the frozen CLIP."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from emostyle.embedding.targets import TargetTable
from emostyle.world.captions import sound_captions
from emostyle.world.domain import DOMAINS, Domain
from emostyle.world.sound import SOUND_CLASSES

STRENGTHS = (0.3, 0.4, 0.55, 0.7, 0.85, 1.0)
"""Strengths of captions and pictures; two for each of the captions' three levels."""

ImageEncoder = Callable[[Tensor], Tensor]
TextEncoder = Callable[[list[str]], Tensor]


def factor_pictures(
    domain: Domain, factor: str, strength: float, count: int, generator: torch.Generator
) -> Tensor:
    """Renders of random quiet scenes in which one factor stands at a given strength.

    Args:
        domain: picture domain.
        factor: the factor a sound speaks of.
        strength: its value in [0, 1].
        count: number of pictures.
        generator: source of the scenes.

    Returns:
        Pictures (count, 3, 128, 128) in [-1, 1].
    """
    scenes = domain.from_z(domain.sample_z(count, generator))
    factors = scenes.factors.clone()
    factors[:, domain.index(factor)] = strength
    return domain.draw(factors, scenes.shape)


@torch.no_grad()
def world_targets(
    encode_text: TextEncoder,
    encode_image: ImageEncoder,
    pictures: int = 8,
    captions: int = 20,
    seed: int = 0,
) -> TargetTable:
    """Captions and pictures of every sound class at every strength, as unit vectors.

    A class that speaks of a factor in both domains (music) gets `pictures` of each domain; one
    with a single domain gets `2 * pictures` of that one. Classes of the group 'other' get none.

    Args:
        encode_text: captions to unit vectors (n, D), the frozen CLIP's.
        encode_image: pictures in [-1, 1] to unit vectors (n, D), the frozen CLIP's.
        pictures: renders per class, strength and domain.
        captions: captions per class and strength (repeated in turn where there are fewer).
        seed: seed of the rendered scenes.
    """
    generator = torch.Generator().manual_seed(seed)
    texts, images, has_image = [], [], []
    for name, sound in SOUND_CLASSES.items():
        spoken = [(DOMAINS["landscape"], sound.landscape), (DOMAINS["portrait"], sound.portrait)]
        shown = [(domain, factor) for domain, factor in spoken if factor is not None]
        has_image.append(bool(shown))
        for strength in STRENGTHS:
            lines = sound_captions(name, strength)
            texts.append(encode_text([lines[i % len(lines)] for i in range(captions)]))
            count = 2 * pictures // max(len(shown), 1)
            renders = [
                encode_image(factor_pictures(domain, factor, strength, count, generator))
                for domain, factor in shown
            ]
            images.append(
                torch.cat(renders)
                if renders
                else texts[-1].new_zeros(2 * pictures, texts[-1].shape[1])
            )
    shape = (len(SOUND_CLASSES), len(STRENGTHS))
    text = functional.normalize(torch.stack(texts).unflatten(0, shape).float(), dim=-1)
    image = functional.normalize(torch.stack(images).unflatten(0, shape).float(), dim=-1)
    return TargetTable(
        tuple(SOUND_CLASSES), torch.tensor(STRENGTHS), text, image, torch.tensor(has_image)
    )


def class_prompts(
    classes: tuple[str, ...], encode_text: TextEncoder, prompts: dict[str, list[str]] | None = None
) -> Tensor:
    """One unit vector per class for zero-shot: the normalised mean over its prompts.

    Args:
        classes: sound classes.
        encode_text: captions to unit vectors (n, D).
        prompts: prompts by class, or None for the world's captions at all strengths.

    Returns:
        (C, D).
    """
    rows = []
    for name in classes:
        lines = (
            prompts[name]
            if prompts
            else [line for strength in (0.3, 0.55, 0.9) for line in sound_captions(name, strength)]
        )
        rows.append(encode_text(lines).mean(0))
    return functional.normalize(torch.stack(rows), dim=-1)
