"""The published generators: shapes, the surface of an edit, labels, and the refusals."""

import json
from dataclasses import replace

import pytest
import torch
from safetensors import safe_open
from torch.overrides import TorchFunctionMode

from emostyle.errors import LatentError, WeightsError
from emostyle.generator.latent import w_axes, z_axes, z_from_seed
from emostyle.generator.load import load_generator
from emostyle.generator.published.stylegan2 import PublishedStyleGAN2
from emostyle.generator.published.stylegan2_config import PublishedStyleGAN2Config, stylegan2_widths
from emostyle.generator.published.stylegan3 import StyleGAN3Generator
from emostyle.generator.published.stylegan3_config import StyleGAN3Config, stylegan3_widths
from emostyle.generator.stylegan2 import StyleGAN2Config, StyleGAN2Generator
from emostyle.weights.store import save_network

SECOND = PublishedStyleGAN2Config(
    channels=(8, 8, 8, 4), z_dim=6, w_dim=8, mapping_layers=2, conv_clamp=256.0
)
THIRD = StyleGAN3Config(
    resolution=16, channels=stylegan3_widths(16, 64, 8, 5), z_dim=6, w_dim=8, image_channels=3
)
ROTATING = replace(THIRD, conv_kernel=1, radial=True)


def build(config):
    network = PublishedStyleGAN2 if isinstance(config, PublishedStyleGAN2Config) else None
    return (network or StyleGAN3Generator)(config).eval().requires_grad_(False)


every_kind = pytest.mark.parametrize("config", [SECOND, THIRD, ROTATING], ids=["2", "3t", "3r"])


@every_kind
def test_the_surface_of_an_edit(config):
    generator = build(config)
    z = torch.cat([z_from_seed(seed, config.z_dim) for seed in range(3)])
    w_plus = generator.to_w_plus(z)
    assert w_plus.shape == (3, config.num_layers, config.w_dim)
    together = generator.synthesis(w_plus)
    assert together.shape == (3, 3, config.resolution, config.resolution)
    torch.testing.assert_close(generator.synthesis(w_plus[1:2]), together[1:2], rtol=0, atol=1e-5)
    assert not torch.allclose(together[0], together[1])
    assert w_axes(generator, n=64).shape == z_axes(generator, n=64).shape == (8, 8)


@every_kind
def test_every_style_vector_matters_and_receives_a_gradient(config):
    generator = build(config)
    w_plus = torch.randn(1, config.num_layers, config.w_dim, requires_grad=True)
    weights = torch.randn(1, 3, config.resolution, config.resolution)
    (generator.synthesis(w_plus) * weights).sum().backward()
    moved = w_plus.grad.abs().amax((0, 2)) > 0
    # The input's affine layer starts at zero: a fresh network does not yet turn or shift.
    assert moved.tolist() == [isinstance(config, PublishedStyleGAN2Config)] + [True] * (
        config.num_layers - 1
    )


@every_kind
def test_truncation(config):
    generator = build(config)
    generator.mapping.w_avg.fill_(0.5)
    z = torch.randn(2, config.z_dim)
    whole = generator.to_w_plus(z)
    assert torch.equal(generator.to_w_plus(z, 0.0), torch.full_like(whole, 0.5))
    torch.testing.assert_close(generator.to_w_plus(z, 0.7), 0.5 + 0.7 * (whole - 0.5))
    cut = generator.to_w_plus(z, 0.0, truncation_cutoff=3)
    assert torch.equal(cut[:, 3:], whole[:, 3:])
    assert torch.equal(cut[:, :3], torch.full_like(cut[:, :3], 0.5))


@every_kind
def test_a_latent_that_does_not_fit_is_refused(config):
    generator, layers = build(config), config.num_layers
    with pytest.raises(LatentError, match=r"without a batch axis.*w_plus\[None\]"):
        generator.synthesis(torch.zeros(layers, 8))
    with pytest.raises(LatentError, match=f"expects \\(N, {layers}, 8\\)"):
        generator.synthesis(torch.zeros(1, layers + 1, 8))


class Doubles(TorchFunctionMode):
    """Notes every result in double precision."""

    def __init__(self):
        super().__init__()
        self.found = []

    def __torch_function__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        if isinstance(result, torch.Tensor) and result.dtype == torch.float64:
            self.found.append(func.__name__)
        return result


@every_kind
def test_float32_stays_float32(config):
    generator = build(config)
    assert {v.dtype for v in generator.state_dict().values()} == {torch.float32}
    with Doubles() as doubles:
        picture = generator(torch.randn(1, config.z_dim), 0.7)
    assert picture.dtype == torch.float32
    assert not doubles.found
    generator.double()
    assert generator(torch.randn(1, config.z_dim).double()).dtype == torch.float64


def test_labels_choose_the_class():
    config = replace(SECOND, c_dim=3)
    generator, z = build(config), torch.randn(2, config.z_dim)
    one_hot = torch.eye(3)
    first, second = (generator.mapping(z, one_hot[[k, k]]) for k in (0, 1))
    assert not torch.allclose(first, second)
    mixed = generator.mapping(z, one_hot[[0, 1]])
    torch.testing.assert_close(mixed, torch.stack([first[0], second[1]]))
    chosen = build(replace(config, class_index=1))
    chosen.load_state_dict(generator.state_dict())
    torch.testing.assert_close(chosen.mapping(z), second)
    torch.testing.assert_close(chosen(z), generator(z, labels=one_hot[[1, 1]]))


def test_labels_that_do_not_fit_are_refused():
    z = torch.randn(2, 6)
    generator = build(replace(SECOND, c_dim=3))
    with pytest.raises(LatentError, match=r"one of 3 classes and was told none.*class_index"):
        generator(z)
    with pytest.raises(LatentError, match=r"labels have shape \(2, 4\); expected \(2, 3\)"):
        generator(z, labels=torch.zeros(2, 4))
    with pytest.raises(LatentError, match="without classes"):
        build(SECOND)(z, labels=torch.zeros(2, 3))
    with pytest.raises(LatentError, match="class_index is 3; this generator has 3 classes"):
        build(replace(SECOND, c_dim=3, class_index=3))


def test_noise_can_be_left_out_or_given():
    generator = build(SECOND)
    for layer in generator.synthesis.layers:
        layer.noise_strength.fill_(0.5)
    draw, w_plus = generator.synthesis, torch.randn(2, 8, 8)
    stored = draw(w_plus)
    own = [layer.noise_const[None, None] for layer in draw.layers]
    torch.testing.assert_close(draw(w_plus, noise=own), stored)
    none = draw(w_plus, noise_mode="none")
    assert not torch.allclose(none, stored)
    torch.testing.assert_close(draw(w_plus, noise=[0 * n for n in own]), none)
    with pytest.raises(LatentError, match=r"noise has 6 tensors; .* expects 7"):
        draw(w_plus, noise=own[:-1])


def test_the_clamp_bounds_the_picture():
    w_plus, state = torch.randn(1, 7, 8), build(THIRD).state_dict()
    for config, bound in ((replace(THIRD, conv_clamp=0.1), 0.025), (THIRD, None)):
        generator = build(config)
        generator.load_state_dict(state)
        peak = float(generator.synthesis(w_plus).abs().max())
        assert peak <= 0.025 + 1e-6 if bound else peak > 0.03


def test_same_numbers_as_the_bundled_design():
    """Where both say the same, the two StyleGAN2 networks draw the same picture."""
    bundled = StyleGAN2Generator(StyleGAN2Config(32, 6, 8, 2, channel_base=128, channel_max=8))
    published = build(PublishedStyleGAN2Config((8, 8, 8, 4), 6, 8, 2))
    own = published.state_dict()
    shared = {key: value for key, value in bundled.state_dict().items() if key in own}
    published.load_state_dict({**own, **shared})
    z = torch.randn(2, 6)
    torch.testing.assert_close(published(z), bundled(z).detach(), rtol=1e-4, atol=1e-5)


def test_an_input_transform_moves_the_picture():
    generator, w_plus = build(THIRD), torch.randn(1, 7, 8)
    plane = generator.synthesis.input
    before = plane(w_plus[:, 0])
    plane.transform[0, 2] = 1 / plane.band.rate  # one sample to the right
    after = plane(w_plus[:, 0])
    torch.testing.assert_close(after[..., :-1], before[..., 1:], rtol=0, atol=1e-4)


@every_kind
def test_weights_round_trip(config, tmp_path):
    generator = build(replace(config, c_dim=3, class_index=2))
    path = save_network(tmp_path / "g.safetensors", generator, generator.describe(), torch.float32)
    loaded = load_generator(path)
    assert loaded.config == generator.config
    assert not loaded.training
    z = torch.randn(2, config.z_dim)
    torch.testing.assert_close(loaded(z), generator(z))
    with safe_open(path, framework="pt") as file:
        header = json.loads(file.metadata()["emostyle"])
    assert header["architecture"] == generator.architecture
    header["channels"] = [9, *header["channels"][1:]]
    wrong = save_network(tmp_path / "w.safetensors", generator, header)
    with pytest.raises(WeightsError, match="of another shape"):
        load_generator(wrong)


@pytest.mark.parametrize(
    ("config", "told"),
    [
        (replace(SECOND, channels=(8,)), "channels="),
        (replace(THIRD, resolution=24), "resolution=24"),
        (replace(THIRD, num_critical=5), "num_critical=5"),
        (replace(THIRD, lrelu_upsampling=1), "lrelu_upsampling=1"),
    ],
)
def test_sizes_without_a_network_are_refused(config, told):
    with pytest.raises(WeightsError, match=told):
        build(config)


@pytest.mark.parametrize(("resolution", "levels"), [(16, 3), (256, 7), (1024, 9)])
def test_sizes_follow_from_the_resolution(resolution, levels):
    widths = stylegan2_widths(resolution)
    config = PublishedStyleGAN2Config(widths)
    assert (len(widths), config.resolution, config.num_layers) == (levels, resolution, 2 * levels)
    with torch.device("meta"):
        for network in (
            PublishedStyleGAN2(config),
            StyleGAN3Generator(StyleGAN3Config(resolution, stylegan3_widths(resolution))),
        ):
            w_plus = torch.empty(1, network.config.num_layers, 512)
            assert network.synthesis(w_plus).shape == (1, 3, resolution, resolution)
    with pytest.raises(WeightsError, match="resolution=48"):
        stylegan2_widths(48)
