"""What is known by heart: vectors of texts, to which the vector of a sound is brought.

The vectors of sounds and those of texts do not quite lie in the same places of a joint space
(the modality gap), and what lies between both says nothing that a picture could show.
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from emostyle.embedding.clip import ClipEncoder
from emostyle.world.captions import LEVEL_EDGES, sound_captions

LEVELS = (LEVEL_EDGES[0] / 2, sum(LEVEL_EDGES) / 2, (LEVEL_EDGES[1] + 1) / 2)
"""A strength for each level of the captions: light, middle, strong."""


def recall(
    vectors: Float[Tensor, "N D"], memory: Float[Tensor, "M D"], temperature: float
) -> Float[Tensor, "N D"]:
    """The mean of a memory, weighted by likeness, in the place of each vector.

    `sum_i softmax_i(<v, m_i> / tau) m_i`, brought to length one: the projection of DeCap (Li et al.
    2023, "DeCap: Decoding CLIP latents for zero-shot captioning via text-only training", section
    3.2). A sound between two classes, or between two strengths, stays between them.

    Args:
        vectors: unit vectors, of sounds.
        memory: unit vectors of texts.
        temperature: tau > 0; the smaller, the nearer to the one most alike.

    Returns:
        Unit vectors (N, D).
    """
    shares = (vectors @ memory.T / temperature).softmax(dim=-1)
    return functional.normalize(shares @ memory, dim=-1)


@torch.no_grad()
def text_memory(clip: ClipEncoder, classes: tuple[str, ...]) -> Float[Tensor, "M D"]:
    """One vector for each sound class and level of strength: the mean over its captions.

    Args:
        clip: the pair whose text tower is asked.
        classes: sound classes of `emostyle.world.sound`.

    Returns:
        (3 * classes, D), class by class.
    """
    groups = [sound_captions(name, strength) for name in classes for strength in LEVELS]
    lines = sorted({line for group in groups for line in group})
    device = clip.model.token_embedding.weight.device
    parts = [clip.tokenizer(lines[i : i + 256]).to(device) for i in range(0, len(lines), 256)]
    vectors = torch.cat([clip.encode_tokens(part) for part in parts])
    row = {line: index for index, line in enumerate(lines)}
    means = [vectors[[row[line] for line in group]].mean(0) for group in groups]
    return functional.normalize(torch.stack(means), dim=-1)
