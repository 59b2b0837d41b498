"""Words for what changed."""

import torch

from emostyle.manipulate.describe import Change, describe_change, shares


def test_shares_sum_to_one() -> None:
    vectors = torch.nn.functional.normalize(torch.randn(3, 8), dim=-1)
    found = shares(vectors, vectors, 10.0)
    assert torch.allclose(found.sum(1), torch.ones(3))
    assert (found.argmax(1) == torch.arange(3)).all()


def test_the_event_that_rose_is_named_first(make_result) -> None:
    result = make_result(2)

    def axis(sentence: str) -> int:
        """Sentences about rain on one axis, about snow on another, the rest on a third."""
        return 0 if "rain" in sentence else 1 if "snow" in sentence else 2

    def encode_text(sentences: list[str]) -> torch.Tensor:
        return torch.eye(4)[[axis(s) for s in sentences]]

    def encode_image(images: torch.Tensor) -> torch.Tensor:
        bright = images.mean() > result.before.mean() + 0.1
        return torch.eye(4)[[0 if bright else 1] * len(images)]

    described = describe_change(result, encode_image, encode_text)
    assert len(described) == 2
    assert described[0][0].name == "rain"
    assert described[0][0].after > 0.9
    assert described[0][1].name == "snow"


def test_nothing_changed_is_an_empty_list(make_result) -> None:
    result = make_result()
    still = describe_change(
        result, lambda x: torch.eye(4)[:1], lambda s: torch.eye(4)[[3] * len(s)]
    )
    assert still == [[]]


def test_a_change_reads_as_words() -> None:
    assert str(Change("happy_song", 0.031, 0.914)) == "happy song 3→91%"
