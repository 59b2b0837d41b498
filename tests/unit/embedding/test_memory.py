"""Recall: a vector is brought to what a memory of texts says."""

import torch
from torch.nn import functional

from emostyle.embedding.memory import LEVELS, recall, text_memory
from emostyle.testing import tiny_clip
from emostyle.world.captions import sound_captions


def unit(*shape: int) -> torch.Tensor:
    """Random unit vectors."""
    random = torch.Generator().manual_seed(0)
    return functional.normalize(torch.randn(*shape, generator=random), dim=-1)


def test_recall_takes_the_most_alike_and_mixes_what_is_between() -> None:
    """Cold: the nearest row; a vector half-way between two rows stays half-way."""
    memory = torch.eye(4)
    near = functional.normalize(torch.tensor([[0.1, 0.9, 0.2, 0.0]]), dim=1)
    torch.testing.assert_close(recall(near, memory, 0.01), memory[1:2])
    between = functional.normalize(memory[:1] + memory[2:3], dim=1)
    torch.testing.assert_close(recall(between, memory, 0.02), between)


def test_recall_is_unit_and_per_item() -> None:
    """Each row has length one and does not depend on the others."""
    vectors, memory = unit(5, 16), unit(7, 16).flip(0)
    found = recall(vectors, memory, 0.1)
    torch.testing.assert_close(found.norm(dim=1), torch.ones(5))
    torch.testing.assert_close(recall(vectors[2:3], memory, 0.1), found[2:3])


def test_the_memory_holds_each_level_of_each_class() -> None:
    """Three rows per class, each the mean of the vectors of its captions."""
    clip = tiny_clip()
    memory = text_memory(clip, ("rain", "fire"))
    assert memory.shape == (6, 512)
    for row, strength in enumerate(LEVELS):
        mean = clip.encode_text(sound_captions("fire", strength)).mean(0)
        torch.testing.assert_close(
            memory[3 + row], functional.normalize(mean, dim=0), rtol=1e-4, atol=1e-4
        )
