"""Networks of different spaces are refused before they compare vectors."""

import pytest
import torch

from emostyle.embedding.space import TEXT_SPACE, check_space, text_space
from emostyle.errors import StackError


def test_the_hash_does_not_depend_on_precision() -> None:
    state = {"text_projection": torch.randn(4, 6).half()}
    single = {"text_projection": state["text_projection"].float()}
    other = {"text_projection": single["text_projection"] + 0.1}
    assert text_space(state) == text_space(single) != text_space(other)


def test_lengths_are_told() -> None:
    with pytest.raises(StackError, match="vectors of 512 numbers but the audio encoder of 1024"):
        check_space({}, 512, {}, 1024)


@pytest.mark.parametrize(
    ("clip", "audio", "fits"),
    [
        ({}, {}, True),
        ({"source": {"registry": "ViT-B-16"}}, {}, True),
        ({"source": {"registry": "ViT-B-32"}}, {"source": {"space": "ViT-B-32"}}, True),
        ({"source": {"registry": "ViT-B-16"}}, {"source": {"space": "ViT-B-32"}}, False),
        ({TEXT_SPACE: "a"}, {TEXT_SPACE: "a"}, True),
        ({TEXT_SPACE: "a"}, {TEXT_SPACE: "b"}, False),
        (
            {TEXT_SPACE: "a", "source": {"registry": "RN50"}},
            {TEXT_SPACE: "b", "source": {"space": "RN50"}},
            True,
        ),
    ],
)
def test_what_the_files_say(clip, audio, fits: bool) -> None:
    if fits:
        check_space(clip, 512, audio, 512)
    else:
        with pytest.raises(StackError, match="name the right one there"):
            check_space(clip, 512, audio, 512)
