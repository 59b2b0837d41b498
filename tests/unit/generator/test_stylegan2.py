"""The generator: shapes, what the layers mean, and the refusals."""

import pytest
import torch
import torch.nn.functional as F

from emostyle.errors import LatentError, WeightsError
from emostyle.generator.latent import w_axes, z_from_seed
from emostyle.generator.layers import ModulatedConv, fir_kernel, upsample
from emostyle.generator.load import load_generator
from emostyle.generator.stylegan2 import StyleGAN2Config
from emostyle.testing import tiny_clip, tiny_generator
from emostyle.weights.store import save_network
from emostyle.world.domain import DOMAINS


@pytest.mark.parametrize(("resolution", "layers"), [(32, 8), (256, 14), (1024, 18)])
def test_layer_count_follows_from_resolution(resolution, layers):
    assert StyleGAN2Config(resolution=resolution).num_layers == layers


def test_modulated_convolution_equals_scaling_the_weights():
    torch.manual_seed(0)
    layer = ModulatedConv(5, 7, 3, 4)
    x, w = torch.randn(2, 5, 8, 8), torch.randn(2, 4)
    got = layer(x, w)
    style = layer.affine(w)
    for item in range(2):
        weight = layer.weight * layer.weight_gain * style[item][None, :, None, None]
        weight = weight / (weight.square().sum((1, 2, 3), keepdim=True) + 1e-8).sqrt()
        expected = F.conv2d(x[item : item + 1], weight, padding=1)
        torch.testing.assert_close(got[item : item + 1], expected, rtol=1e-4, atol=1e-5)


def test_upsampling_keeps_a_constant_and_doubles_the_side():
    picture = torch.full((1, 3, 8, 8), 0.7)
    doubled = upsample(picture, fir_kernel())
    assert doubled.shape == (1, 3, 16, 16)
    torch.testing.assert_close(doubled[..., 2:-2, 2:-2], torch.full((1, 3, 12, 12), 0.7))


def test_pictures_do_not_depend_on_the_batch():
    generator = tiny_generator("portrait")
    z = torch.cat([z_from_seed(seed, generator.config.z_dim) for seed in range(3)])
    together = generator(z)
    alone = generator(z[1:2])
    assert together.shape == (3, 3, 32, 32)
    torch.testing.assert_close(together[1:2], alone, rtol=1e-4, atol=1e-5)


def test_warp_is_the_domains_own_coordinates():
    generator, domain = tiny_generator("landscape"), DOMAINS["landscape"]
    knots_x, knots_y = domain.warp_knots()
    for k, knot in enumerate(knots_x):
        z = knot.expand(1, domain.z_dim)
        torch.testing.assert_close(
            generator.mapping.warp(z)[0], knots_y[:, k], rtol=1e-4, atol=1e-5
        )


def test_truncation_pulls_to_the_mean():
    generator = tiny_generator()
    generator.mapping.w_avg.fill_(0.5)
    z = torch.randn(2, generator.config.z_dim)
    torch.testing.assert_close(generator.to_w_plus(z, 0.0), torch.full((2, 8, 64), 0.5))


def test_growing_stops_at_the_asked_side():
    generator = tiny_generator()
    w_plus = generator.to_w_plus(torch.randn(1, generator.config.z_dim))
    assert generator.synthesis(w_plus, resolution=16).shape[-1] == 16


def test_a_latent_without_batch_axis_is_refused_with_the_remedy():
    generator = tiny_generator()
    with pytest.raises(LatentError, match=r"without a batch axis.*w_plus\[None\]"):
        generator.synthesis(torch.zeros(8, 64))
    with pytest.raises(LatentError, match="expects \\(N, 8, 64\\)"):
        generator.synthesis(torch.zeros(1, 18, 512))


def test_weights_round_trip(tmp_path):
    generator = tiny_generator("portrait")
    path = save_network(tmp_path / "g.safetensors", generator, generator.describe())
    loaded = load_generator(path)
    z = torch.randn(2, generator.config.z_dim)
    torch.testing.assert_close(loaded(z), generator(z), rtol=0.02, atol=0.02)
    other = save_network(tmp_path / "c.safetensors", tiny_clip(), {"architecture": "clip"})
    with pytest.raises(WeightsError, match="expected 'stylegan2'"):
        load_generator(other)


def test_w_axes_are_the_root_of_the_covariance():
    generator = tiny_generator("landscape")
    axes = w_axes(generator, n=512)
    assert axes.shape == (64, 64)
    torch.testing.assert_close(axes, axes.t(), rtol=1e-4, atol=1e-5)
    assert torch.linalg.eigvalsh(axes).min() > -1e-5
