"""The figures of an edit, in closed form."""

import pytest
import torch

from emostyle.errors import EmoStyleError
from emostyle.evaluate.world_edits import (
    closeness,
    hit,
    mean_spearman,
    raised,
    share,
    spearman,
    stayed,
)
from emostyle.world.domain import DOMAINS

LANDSCAPE = DOMAINS["landscape"]


def factors(**values: float) -> torch.Tensor:
    row = torch.full((1, len(LANDSCAPE.factor_names)), 0.3)
    for name, value in values.items():
        row[0, LANDSCAPE.index(name)] = value
    return row


def test_hit_needs_half_of_the_range() -> None:
    column = LANDSCAPE.index("rain")
    before = torch.cat([factors(rain=0.0), factors(rain=0.25), factors(rain=0.0)])
    after = torch.cat([factors(rain=0.49), factors(rain=0.75), factors(rain=1.0)])
    assert hit(before, after, column).tolist() == [False, True, True]


def test_stayed_leaves_out_what_the_sound_speaks_of() -> None:
    before, after = factors(clouds=0.0), factors(clouds=1.0)
    assert stayed(before, after, LANDSCAPE, "rain").all()
    assert not stayed(before, after, LANDSCAPE, "birds").all()
    assert stayed(before, after, LANDSCAPE, "underwater").numel() == 0


def test_stayed_compares_binary_factors_by_class() -> None:
    asked = [n for n in LANDSCAPE.structure if n not in LANDSCAPE.spoken["rain"]]
    sea = asked.index("sea")
    inside = stayed(factors(sea=0.0), factors(sea=0.45), LANDSCAPE, "rain")
    across = stayed(factors(sea=0.45), factors(sea=0.55), LANDSCAPE, "rain")
    assert inside[0, sea] and not across[0, sea]
    moved = stayed(factors(hills=0.3), factors(hills=0.5), LANDSCAPE, "rain")
    assert not moved[0, asked.index("hills")]


def test_truth_raises_one_factor_and_never_lowers_it() -> None:
    scenes = LANDSCAPE.sample(3, torch.Generator().manual_seed(4))
    column = LANDSCAPE.index("fire")
    scenes.factors[:, column] = torch.tensor([0.0, 0.9, 0.2])
    truth = raised(scenes, column, torch.tensor([0.7, 0.7, 0.7]))
    assert truth[:, column].tolist() == pytest.approx([0.7, 0.9, 0.7])
    others = [c for c in range(truth.shape[1]) if c != column]
    assert torch.equal(truth[:, others], scenes.factors[:, others])
    assert scenes.factors[0, column] == 0.0


def test_closer_needs_both_distances() -> None:
    start, truth = torch.zeros(3, 3, 2, 2), torch.ones(3, 3, 2, 2)
    end = torch.tensor([0.5, 0.5, -0.5]).view(3, 1, 1, 1).expand(3, 3, 2, 2)
    f_start, f_truth = torch.zeros(3, 2), torch.ones(3, 2)
    f_end = torch.tensor([[0.5, 0.5], [-1.0, 0.0], [1.0, 1.0]])
    result = closeness((start, end, truth), (f_start, f_end, f_truth))
    assert result.closer.tolist() == [True, False, False]
    torch.testing.assert_close(result.pixels_end, torch.tensor([0.5, 0.5, 1.5]))


def test_spearman_shares_the_ranks_of_ties() -> None:
    """By hand: the ranks are 1, 2.5, 2.5, 4 and 1, 2, 3, 4."""
    a, b = torch.tensor([0.0, 1.0, 1.0, 5.0]), torch.tensor([1.0, 2.0, 3.0, 4.0])
    assert spearman(a, b) == pytest.approx(4.5 / (4.5 * 5.0) ** 0.5)


def test_spearman_of_constants_and_single_pairs() -> None:
    assert spearman(torch.ones(4), torch.arange(4.0)) == 0.0
    with pytest.raises(EmoStyleError, match="--seeds"):
        spearman(torch.ones(1), torch.ones(1))


def test_mean_spearman_weighs_classes_equally() -> None:
    up, down = torch.arange(5.0), -torch.arange(5.0)
    assert mean_spearman({"rain": (up, up), "fire": (up, down)}) == pytest.approx(0.0)


def test_share_of_nothing_is_one() -> None:
    assert share(torch.zeros(0, dtype=torch.bool)) == 1.0
    assert share(torch.tensor([True, False])) == 0.5
