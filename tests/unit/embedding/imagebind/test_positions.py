"""The position table of a grid of patches."""

import pytest
import torch
import torch.nn.functional as functional

from emostyle.embedding.imagebind.positions import resize_positions
from emostyle.errors import EmoStyleError


def test_the_own_grid_is_left_alone() -> None:
    """No arithmetic on the published table at the published size."""
    table = torch.randn(1, 1 + 2 * 5, 3)
    assert resize_positions(table, (2, 5), (2, 5)) is table


def test_a_smaller_grid_is_bicubic_and_keeps_the_class_token() -> None:
    """Halving equals interpolation by the factor 0.5; rows come before columns."""
    table = torch.randn(1, 1 + 16, 3)
    small = resize_positions(table, (1, 4, 4), (1, 2, 2))
    grid = table[:, 1:].view(1, 4, 4, 3).permute(0, 3, 1, 2)
    expected = functional.interpolate(grid, scale_factor=0.5, mode="bicubic")
    assert torch.equal(small[:, 0], table[:, 0])
    torch.testing.assert_close(small[0, 1:], expected[0].flatten(1).T)


def test_a_still_takes_the_first_step_of_a_film_table() -> None:
    """Steps in time are dropped from the end, space is stretched."""
    table = torch.randn(1, 1 + 2 * 4, 3)
    torch.testing.assert_close(resize_positions(table, (2, 2, 2), (1, 2, 2)), table[:, :5])
    wide = resize_positions(table, (2, 2, 2), (2, 3, 4))
    assert wide.shape == (1, 1 + 2 * 12, 3)


@pytest.mark.parametrize(
    ("layout", "wanted"), [((2, 5), (2, 4)), ((1, 4, 4), (2, 4, 4))], ids=["oblong", "longer"]
)
def test_what_cannot_be_stretched_is_refused(
    layout: tuple[int, ...], wanted: tuple[int, ...]
) -> None:
    """Spectrograms of another length, and films longer than the table."""
    table = torch.randn(1, 1 + int(torch.tensor(layout).prod()), 3)
    with pytest.raises(EmoStyleError, match="cannot be stretched"):
        resize_positions(table, layout, wanted)
