"""The edit with real, untrained networks of toy size."""

from dataclasses import replace

import pytest
import torch

from emostyle.errors import AudioError, EmoStyleError, LatentError, StackError, WeightsError
from emostyle.generator.latent import z_axes
from emostyle.generator.stylegan2 import StyleGAN2Config, StyleGAN2Generator
from emostyle.guidance.proximity import (
    l1_proximity,
    l2_proximity,
    layer_mask,
    masked_proximity,
)
from emostyle.manipulate import EditRequest, EditSettings, edit, edit_many
from emostyle.manipulate.module import LatentEditModule
from emostyle.manipulate.prepare import prepare
from emostyle.manipulate.schedule import learning_rate, noise_scale
from emostyle.manipulate.settings import PRESETS, preset
from emostyle.manipulate.stack import EditNetworks, load_stack
from emostyle.manipulate.step import EditTargets, apply_step, edit_terms
from emostyle.testing import tiny_stack


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    return str(tiny_stack(tmp_path_factory.mktemp("stack")))


@pytest.fixture(scope="module")
def sound():
    return torch.randn(44100, generator=torch.Generator().manual_seed(5)) * 0.1


def ask(stack, sound, **changes):
    return EditRequest(**{"waveform": sound, "stack": stack, "steps": 6, **changes})


@pytest.mark.parametrize("name", list(PRESETS))
def test_an_item_of_a_batch_is_the_item_alone(stack, sound, name):
    together = edit(ask(stack, sound, count=3, preset=name))
    alone = edit(ask(stack, sound, seed=1, preset=name))
    torch.testing.assert_close(together.w_plus[1], alone.w_plus[0], rtol=1e-3, atol=1e-4)
    joined = edit_many([ask(stack, sound, preset=name), ask(stack, sound, seed=1, preset=name)])
    torch.testing.assert_close(joined[1].w_plus, alone.w_plus, rtol=1e-3, atol=1e-4)


def test_the_same_request_gives_the_same_picture_bit_for_bit(stack, sound):
    first, second = (edit(ask(stack, sound)) for _ in range(2))
    assert torch.equal(first.after, second.after)


def test_the_fit_is_the_plain_loop(stack, sound):
    request, settings = ask(stack, sound, preset="robust"), preset("robust", "landscape")
    networks = load_stack(stack, "landscape")
    targets = prepare(networks, [request], settings).targets
    w_plus = targets.w_start.clone().requires_grad_()
    g = torch.zeros(w_plus.shape[:2], requires_grad=True)
    optimiser = torch.optim.Adam([{"params": [w_plus]}, {"params": [g]}])
    for step in range(request.steps):
        for group, peak in zip(
            optimiser.param_groups, (settings.lr, settings.lr_mask), strict=True
        ):
            group["lr"] = learning_rate(step + 1, request.steps + 1, peak)
        terms = edit_terms(
            w_plus, g, targets=targets, settings=settings,
            synthesise=networks.generator.synthesis, encode_image=networks.clip.encode_image,
        )  # fmt: skip
        optimiser.zero_grad()
        terms["total"].sum().backward()
        optimiser.step()
    result = edit(request)
    torch.testing.assert_close(result.w_plus, w_plus.detach(), rtol=1e-5, atol=1e-5)


def test_result_tells_everything(stack, sound):
    result = edit(ask(stack, sound, count=2, text="a grey sky"))
    assert set(result.history) >= {"audio", "text", "proximity", "total", "lr"}
    assert all(values.shape == (6, 2) for values in result.history.values())
    torch.testing.assert_close(result.mask.sum(1), torch.ones(2))
    assert {stage.name: stage.state for stage in result.stages}["music"] == "skipped"
    assert result.frames.shape[0] >= 2
    assert set(result.weights) == {"generator", "clip", "audio_encoder"}
    assert result.seconds > 0
    assert result.peak_memory_mib > 0


def targets_of(layers=4, width=3):
    start = torch.randn(2, layers, width)
    return EditTargets(start, {}, torch.zeros(2, 8), axes=2 * torch.eye(width))


def test_targets_move_to_another_device_as_a_whole():
    targets = replace(targets_of(), identity_start=torch.ones(1, 2), axes=torch.eye(3))
    there = targets.to("meta")
    tensors = [there.w_start, there.image_start, there.identity_start, there.axes]
    assert all(tensor.is_meta for tensor in [*tensors, *there.guides.values()])
    assert there.chosen is None


def test_an_identity_term_without_its_network_is_said(stack, sound):
    settings = EditSettings(lambda_id=0.1)
    result = edit(ask(stack, sound, steps=1), settings=settings)
    [stage] = [stage for stage in result.stages if stage.name == "identity"]
    assert stage.state == "skipped"
    assert "identity network" in stage.why


def test_papers_settings_leave_the_latent_alone():
    targets = targets_of()
    w_plus = targets.w_start + torch.randn(2, 4, 3)
    got = apply_step(w_plus, torch.randn(2, 4), targets, EditSettings())
    torch.testing.assert_close(got, w_plus)


def test_shared_step_moves_all_layers_alike_and_the_gate_scales_each():
    targets = targets_of()
    w_plus = targets.w_start + torch.randn(2, 4, 3)
    settings = EditSettings(layer_freedom=0.0, axes="w", mask_role="gate")
    even = apply_step(w_plus, torch.zeros(2, 4), targets, settings) - targets.w_start
    shared = 2 * (w_plus - targets.w_start).mean(1, keepdim=True)
    torch.testing.assert_close(even, shared.expand(-1, 4, -1), rtol=1e-4, atol=1e-5)
    g = torch.log(torch.tensor([[1.0, 2.0, 3.0, 4.0]])).expand(2, -1)
    gated = apply_step(w_plus, g, targets, settings) - targets.w_start
    share = torch.tensor([0.4, 0.8, 1.2, 1.6])[None, :, None]
    torch.testing.assert_close(gated, even * share, rtol=1e-4, atol=1e-5)


def test_printed_mask_flees_to_the_layer_that_moves_least():
    """What the trivial reading of eq 8 does: descent on g alone empties the regulariser."""
    start = torch.zeros(1, 3, 2)
    moved = torch.tensor([[[0.1, 0.0], [1.0, 0.0], [2.0, 0.0]]])
    g = torch.zeros(1, 3, requires_grad=True)
    optimiser = torch.optim.SGD([g], lr=5.0)
    for _ in range(200):
        optimiser.zero_grad()
        masked_proximity(moved, start, g).sum().backward()
        optimiser.step()
    assert layer_mask(g.detach())[0, 0] > 0.95


def test_schedule_ramps():
    values = [learning_rate(step, 100, 1.0) for step in range(101)]
    assert values[0] == 0
    assert values[5] == pytest.approx(1)
    assert values[75] == pytest.approx(1)
    assert values[100] == pytest.approx(0, abs=1e-9)


def test_users_mistakes_have_one_sentence(stack, sound, tmp_path):
    with pytest.raises(EmoStyleError, match="Nothing to be guided by"):
        edit(EditRequest(stack=stack))
    with pytest.raises(AudioError, match="silent"):
        edit(ask(stack, torch.zeros(44100)))
    with pytest.raises(AudioError, match=r"lasts 0\.1"):
        edit(ask(stack, sound[:4410]))
    with pytest.raises(EmoStyleError, match="--count is 0"):
        ask(stack, sound, count=0)
    with pytest.raises(EmoStyleError, match="Unknown preset 'best'"):
        edit(ask(stack, sound, preset="best"))
    with pytest.raises(StackError, match="Unknown stack 'nowhere'"):
        edit(ask("nowhere", sound))
    with pytest.raises(EmoStyleError, match="different kinds"):
        edit_many([ask(stack, sound), ask(stack, sound, steps=7)])
    lacking = tmp_path / "lacking.yaml"
    lacking.write_text("slots: {generator: here, clip: there}")
    with pytest.raises(StackError, match="has no audio_encoder"):
        EditNetworks(str(lacking))
    lacking.write_text("slots: {generator: here, clip: there, audio_encoder: x}")
    with pytest.raises(WeightsError, match="names 'here', which is neither a known name"):
        EditNetworks(str(lacking))


def test_module_without_targets_says_so(stack):
    module = LatentEditModule(load_stack(stack, "landscape"), EditSettings())
    with pytest.raises(EmoStyleError, match="no targets yet"):
        module.on_fit_start()


def test_noise_is_gone_after_three_quarters():
    scales = [noise_scale(step, 100, 0.4) for step in range(100)]
    assert scales[0] == pytest.approx(0.4)
    assert scales == sorted(scales, reverse=True)
    assert scales[75:] == [0.0] * 25


def test_axes_of_z_are_the_linear_part_of_the_mapping():
    generator = StyleGAN2Generator(
        StyleGAN2Config(32, 3, 8, 1, 128, 8, z_normalise=False, z_knots=2)
    )
    generator.mapping.set_warp(torch.tensor([-5.0, 5.0]), torch.tensor([[-5.0, 5.0]]).repeat(3, 1))
    for layer in generator.mapping.layers:
        torch.nn.init.zeros_(layer.weight)
    axes = z_axes(generator)
    linear = generator.mapping.skip.weight * generator.mapping.skip.weight_gain
    spread = axes[:3] / linear.detach().t()
    even = spread.mean(1, keepdim=True).expand_as(spread)
    torch.testing.assert_close(spread, even, rtol=1e-3, atol=1e-3)
    assert axes[3:].abs().max() == 0
    with pytest.raises(LatentError, match="z_dim <= w_dim"):
        z_axes(StyleGAN2Generator(StyleGAN2Config(32, 9, 8, 1, 128, 8)))


def test_l1_prefers_one_long_step_to_many_short_ones():
    start = torch.zeros(1, 1, 4)
    one, many = start.clone(), torch.full((1, 1, 4), 0.5)
    one[..., 0] = 1.0
    assert l2_proximity(one, start) == l2_proximity(many, start)
    assert l1_proximity(one, start) < l1_proximity(many, start)


def test_the_chosen_axis_does_not_count_as_distance():
    start = torch.zeros(2, 3, 4)
    w_plus = start + torch.tensor([5.0, 0.5, 0.0, 0.25])
    spared = torch.tensor([[True, False, False, False], [False] * 4])
    assert l1_proximity(w_plus, start, spared).tolist() == [0.75, 5.75]
