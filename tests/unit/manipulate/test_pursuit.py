"""The axis that an edit first walks along."""

from dataclasses import replace

import pytest
import torch

from emostyle.errors import EmoStyleError
from emostyle.manipulate import EditRequest, EditSettings
from emostyle.manipulate.fit import fit
from emostyle.manipulate.module import LatentEditModule
from emostyle.manipulate.prepare import prepare
from emostyle.manipulate.pursuit import REACH, best_axis, candidates, item_targets
from emostyle.manipulate.settings import preset
from emostyle.manipulate.stack import load_stack
from emostyle.manipulate.step import EditTargets
from emostyle.testing import tiny_stack


def targets_of(items=2, layers=4, width=5):
    generator = torch.Generator().manual_seed(1)
    start = torch.randn(items, layers, width, generator=generator)
    axes = torch.eye(width)
    axes[-1] = 0
    guides = {"audio": torch.randn(items, 8, generator=generator)}
    return EditTargets(start, guides, torch.zeros(items, 8), axes=axes)


def test_every_axis_with_a_length_is_tried_both_ways():
    steps = candidates(targets_of().axes)
    assert len(steps) == 1 + 4 * 2
    assert (steps[:, -1] == 0).all()
    assert steps[0].abs().sum() == 0
    assert sorted(steps[steps[:, 2] != 0][:, 2].tolist()) == [-REACH, REACH]


def test_each_item_gets_the_step_that_its_objective_asks_for():
    targets = targets_of()
    wanted = torch.tensor([[0, 0, 2.6, 0, 0], [-1.4, 0, 0, 0, 0]])
    goals = targets.w_start + wanted[:, None]

    def score(w_plus, mine):
        goal = goals[0 if torch.equal(mine.guides["audio"][0], targets.guides["audio"][0]) else 1]
        return (w_plus - goal).square().sum((1, 2))

    found = best_axis(targets, score)
    assert found.tolist() == [[0, 0, 3.0, 0, 0], [-1.5, 0, 0, 0, 0]]


def test_where_no_axis_helps_there_is_no_step():
    targets = targets_of()
    found = best_axis(targets, lambda w, mine: (w - mine.w_start).abs().sum((1, 2)))
    assert found.abs().sum() == 0
    assert item_targets(targets, 1, 3).w_start.shape == (3, 4, 5)


def test_pursuit_without_axes_is_refused():
    with pytest.raises(EmoStyleError, match=r"settings\.axes is none"):
        EditSettings(pursuit=True)
    with pytest.raises(ValueError, match="axes"):
        best_axis(replace(targets_of(), axes=None), lambda w, mine: w.sum((1, 2)))


def test_the_edit_arrives_at_the_end_of_the_walk(tmp_path):
    """With a learning rate of zero nothing else moves it."""
    stack = str(tiny_stack(tmp_path))
    sound = torch.randn(44100, generator=torch.Generator().manual_seed(5)) * 0.1
    settings = replace(preset("world", "landscape"), lr=0.0, lr_mask=0.0, noise=0.0, lambda_sim=0.0)
    networks = load_stack(stack, "landscape")
    prepared = prepare(networks, [EditRequest(waveform=sound, stack=stack, steps=10)], settings)
    module = LatentEditModule(networks, settings)
    module.start(prepared.targets, prepared.seeds)
    fit(module, 10)
    assert module.walk.abs().sum() > 0
    moved = (module.w_plus - prepared.targets.w_start).detach()
    torch.testing.assert_close(moved, module.walk[:, None].expand_as(moved), rtol=1e-4, atol=1e-4)
    totals = module.history["total"]
    assert totals[-1] < totals[0]
