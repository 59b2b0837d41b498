"""Generator training: losses in closed form, and a few real steps of both stages."""

import math

import pytest
import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader

from emostyle.generator import losses
from emostyle.generator.discriminator import Discriminator, minibatch_std
from emostyle.generator.module import GeneratorModule, widened
from emostyle.generator.plan import TrainingPlan
from emostyle.generator.stylegan2 import StyleGAN2Config, StyleGAN2Generator
from emostyle.world.domain import DOMAINS


def test_logistic_losses_at_zero_are_log_two():
    zero = torch.zeros(3)
    assert losses.generator_loss(zero).item() == pytest.approx(math.log(2))
    assert losses.discriminator_loss(zero, zero).item() == pytest.approx(2 * math.log(2))


def test_r1_is_half_the_squared_gradient():
    images = torch.randn(4, 3, 2, 2, requires_grad=True)
    scores = (images * 2).sum((1, 2, 3))
    assert losses.r1_penalty(images, scores).item() == pytest.approx(0.5 * 4 * 12)


def test_pyramid_loss_of_a_constant_shift_has_no_gradient_part():
    real = torch.rand(2, 3, 16, 16)
    assert losses.pyramid_loss(real, real).item() == 0
    assert losses.pyramid_loss(real + 0.1, real).item() == pytest.approx(0.4, rel=1e-4)


def test_learning_rate_warms_up_and_comes_down_to_a_tenth():
    factors = [losses.learning_rate_factor(step, 100, 10) for step in range(101)]
    assert factors[0] == pytest.approx(0.1)
    assert max(factors) == pytest.approx(1.0)
    assert factors[100] == pytest.approx(0.1)


def test_minibatch_std_is_zero_for_equal_items():
    x = torch.randn(1, 2, 4, 4).repeat(4, 1, 1, 1)
    appended = minibatch_std(x)
    assert appended.shape == (4, 3, 4, 4)
    torch.testing.assert_close(appended[:, 2], torch.full((4, 4, 4), 1e-4))


def test_discriminator_scores_each_picture():
    critic = Discriminator(32, 128, 16)
    assert critic(torch.randn(3, 3, 32, 32)).shape == (3,)


def test_both_stages_move_the_weights_and_the_average(tmp_path):
    domain = DOMAINS["portrait"]
    config = StyleGAN2Config(32, 1, 16, 1, 128, 8, 2)
    plan = TrainingPlan(steps=6, grow_at=2, adversarial_from=4, discriminator_base=64)
    module = GeneratorModule("portrait", config, plan)
    scenes = domain.sample(8, torch.Generator().manual_seed(0))
    pictures = ((domain.render(scenes.factors, scenes.shape, 32) + 1) * 127.5).byte()
    batches = [(pictures[:4], scenes.z[:4]), (pictures[4:], scenes.z[4:])] * 3
    before = module.ema.synthesis.const.clone()
    critic = module.discriminator.score.weight.clone()
    trainer = pl.Trainer(
        accelerator="cpu", max_epochs=1, logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False, default_root_dir=tmp_path,
    )  # fmt: skip
    trainer.fit(module, DataLoader(batches, batch_size=None))
    assert not torch.equal(module.ema.synthesis.const, before)
    assert not torch.equal(module.discriminator.score.weight, critic)
    network, facts = module.exported()
    assert facts["z_dim"] == domain.z_dim
    assert network.mapping.w_avg.abs().sum() > 0


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_the_exported_generator_lies_between_start_and_average(share):
    config = StyleGAN2Config(32, 1, 16, 1, 128, 8, 2)
    module = GeneratorModule("portrait", config, TrainingPlan(interpolation=share))
    start = module.net.synthesis.const.detach().clone()
    with torch.no_grad():
        module.ema.synthesis.const += 1
    kept, _ = module.exported()
    torch.testing.assert_close(kept.synthesis.const, start + share)


def test_a_condition_moves_the_score_by_projection():
    critic = Discriminator(32, 128, 16, condition_dim=3)
    pictures, scene = torch.randn(2, 3, 32, 32), torch.randn(2, 3)
    alone, seen = critic(pictures), critic(pictures, scene)
    assert not torch.allclose(alone, seen)
    bias_only = critic(pictures, torch.zeros(2, 3))
    torch.testing.assert_close(alone, bias_only)


def test_pyramid_loss_can_leave_single_pixels_free():
    real = torch.zeros(1, 3, 32, 32)
    board = torch.ones(32, 32)
    board[::2, ::2] = board[1::2, 1::2] = -1
    fake = board.expand(1, 3, 32, 32)
    assert losses.pyramid_loss(fake, real).item() > 1
    assert losses.pyramid_loss(fake, real, finest=1).item() == pytest.approx(0, abs=1e-6)


def test_detail_finds_the_thin_line_and_has_mean_one():
    picture = torch.zeros(1, 3, 32, 32)
    picture[..., 16] = 1
    found = losses.detail(picture)
    assert found.shape == (1, 1, 32, 32)
    assert found.mean().item() == pytest.approx(1, rel=1e-4)
    assert found[..., 16].min() > 3 > found[..., 4].max()


def test_more_maps_draw_the_same_picture():
    narrow = StyleGAN2Generator(StyleGAN2Config(16, 4, 8, 1, 64, 8, 2))
    wide = StyleGAN2Generator(StyleGAN2Config(16, 4, 8, 1, 64, 8, 5))
    wide.load_state_dict(widened(narrow.state_dict(), wide.state_dict()))
    z = torch.randn(2, 4)
    torch.testing.assert_close(wide(z), narrow(z))
