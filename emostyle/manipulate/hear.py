"""What a sound is heard as, and whether the picture can show it at all."""

from torch import Tensor

from emostyle.embedding.audio_encoder import classify
from emostyle.embedding.world_targets import class_prompts
from emostyle.manipulate.stack import EditNetworks
from emostyle.types import Stage
from emostyle.world.captions import sound_captions
from emostyle.world.sound import SOUND_CLASSES

HEARD_CLASSES = 3
"""Classes that a result names."""
PROMPTS = 5
"""Captions per class that stand for it."""


def hear(networks: EditNetworks, vector: Tensor) -> list[tuple[str, float]]:
    """The sound classes nearest to a sound, with probabilities, most likely first.

    Args:
        networks: a stack whose audio encoder knows its classes; empty for one that does not.
        vector: unit vector of the sound (512,).
    """
    classes = networks.classes
    if not classes:
        return []
    if networks.class_vectors is None:
        prompts = {name: sound_captions(name, 0.7)[:PROMPTS] for name in classes}
        networks.class_vectors = class_prompts(classes, networks.clip.encode_text, prompts)
    temperature = float(networks.audio_metadata.get("temperature", 0.07))
    shares = classify(vector[None], networks.class_vectors, temperature)[0]
    best = shares.topk(min(HEARD_CLASSES, len(classes)))
    return [
        (classes[int(index)], float(share))
        for share, index in zip(best.values, best.indices, strict=True)
    ]


def heard_stage(heard: list[tuple[str, float]], domain: str, seconds: float) -> Stage:
    """Say what was heard; a sound that the domain has no factor for is said to be unknown to it.

    Args:
        heard: as `hear` gives it.
        domain: `landscape` or `portrait`.
        seconds: time it took.
    """
    if not heard:
        return Stage("hear", "skipped", "the audio encoder of this stack names no classes")
    name, share = heard[0]
    words = f"{name.replace('_', ' ')} ({share:.0%})"
    if getattr(SOUND_CLASSES[name], domain) is None:
        return Stage(
            "hear", "failed", f"unknown to this {domain}: sounds like {words}, which it cannot show"
        )
    return Stage("hear", "ran", f"sounds like {words}", seconds)
