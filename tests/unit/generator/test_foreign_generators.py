"""Foreign state dicts: what their shapes tell, strictness, and the whole checkpoint."""

import re
from dataclasses import replace

import pytest
import torch

from emostyle.errors import LatentError, WeightsError
from emostyle.generator.published import stylegan2_state, stylegan3_state
from emostyle.generator.published.foreign import generator_from_checkpoint, generator_from_record
from emostyle.generator.published.stylegan2 import PublishedStyleGAN2
from emostyle.generator.published.stylegan2_config import PublishedStyleGAN2Config
from emostyle.generator.published.stylegan3 import StyleGAN3Generator
from emostyle.generator.published.stylegan3_config import StyleGAN3Config, stylegan3_widths
from emostyle.weights.readers.nvidia_pickle import PersistentRecord

SECOND = PublishedStyleGAN2Config((8, 8, 4), z_dim=8, w_dim=8, mapping_layers=2)
LABELLED = replace(SECOND, z_dim=6, c_dim=3, image_channels=1)
THIRD = StyleGAN3Config(16, stylegan3_widths(16, 64, 8, 5), z_dim=6, w_dim=8)
KINDS = {
    "rosinality": (SECOND, stylegan2_state),
    "ada": (SECOND, stylegan2_state),
    "labelled": (LABELLED, stylegan2_state),
    "third": (THIRD, stylegan3_state),
    "rotating": (replace(THIRD, conv_kernel=1, radial=True, c_dim=2), stylegan3_state),
}
every_kind = pytest.mark.parametrize("kind", KINDS)


def foreign(kind):
    """A network, and its tensors as the origin would store them."""
    config, _ = KINDS[kind]
    if isinstance(config, StyleGAN3Config):
        network = StyleGAN3Generator(config)
        layout = stylegan3_state.stylegan3_layout(network)
    else:
        network = PublishedStyleGAN2(config)
        layout = stylegan2_state.stylegan2_layout(network, kind == "rosinality")
    own = network.state_dict()
    state = {p.key: own[k].reshape(p.shape) / p.gain for k, p in layout.places.items()}
    state |= {key: torch.zeros(shape) for key, shape in layout.unused.items()}
    return network.eval(), state


def load(kind, state, config=None):
    module = KINDS[kind][1]
    if module is stylegan3_state:
        return module.stylegan3_from_state(state, config)
    return module.stylegan2_from_state(state, config)


@every_kind
def test_shapes_tell_the_architecture_and_every_tensor_has_its_place(kind):
    network, state = foreign(kind)
    loaded = load(kind, state)
    assert loaded.config == network.config
    assert not loaded.training
    assert not any(p.requires_grad for p in loaded.parameters())
    w_plus = torch.randn(1, network.config.num_layers, 8)
    torch.testing.assert_close(loaded.synthesis(w_plus), network.synthesis(w_plus).detach())


@every_kind
def test_loading_is_strict(kind):
    _, state = foreign(kind)
    config = KINDS[kind][0]
    bias = next(key for key in state if re.search(r"(modulation|affine)\.bias", key))
    faults = {
        "missing": {k: v for k, v in state.items() if k != bias},
        "of another shape": {**state, bias: torch.zeros(5)},
    }
    for told, damaged in faults.items():
        with pytest.raises(WeightsError, match=f"{told}: {re.escape(bias)}"):
            load(kind, damaged, config)
    with pytest.raises(WeightsError, match="unexpected: extra"):
        load(kind, {**state, "extra": torch.zeros(1)})


def test_an_unused_filter_belongs_to_the_layout_too():
    _, state = foreign("ada")
    del state["synthesis.b8.conv1.resample_filter"]
    with pytest.raises(WeightsError, match=r"missing: synthesis\.b8\.conv1\.resample_filter"):
        load("ada", state)


@pytest.mark.parametrize("kind", ["ada", "third"])
def test_another_network_is_refused(kind):
    with pytest.raises(WeightsError, match=r"generator.*name another checkpoint"):
        load(kind, {"encoder.weight": torch.zeros(2, 2)})


def test_average_of_a_rosinality_checkpoint():
    network, state = foreign("rosinality")
    average = torch.arange(8.0)
    for stored in (average, average[None], average.repeat(6, 1)):
        loaded = generator_from_checkpoint({"g_ema": state, "latent_avg": stored, "d": {}})
        assert torch.equal(loaded.mapping.w_avg, average)
    z = torch.randn(4096, 8, generator=torch.Generator().manual_seed(0))
    computed = generator_from_checkpoint({"g_ema": state}).mapping.w_avg
    torch.testing.assert_close(computed, network.mapping(z).mean(0).detach())
    for wrong in (torch.zeros(9), torch.randn(6, 8)):
        with pytest.raises(WeightsError, match="latent_avg has shape"):
            stylegan2_state.stylegan2_from_state(state, latent_avg=wrong)
    _, nvidia = foreign("ada")
    with pytest.raises(WeightsError, match="leave latent_avg out"):
        stylegan2_state.stylegan2_from_state(nvidia, latent_avg=average)


def record(state, **arguments):
    """The record of a network whose tensors all lie at its root."""
    return PersistentRecord("Generator", {"_init_kwargs": arguments, "_parameters": state})


def test_constructor_arguments_complete_what_shapes_tell():
    _, state = foreign("labelled")
    options = {"channel_base": 64, "conv_clamp": 256, "num_fp16_res": 4}
    mapping = {"num_layers": 2, "lr_multiplier": 0.02}
    nested = record(state, mapping_kwargs=mapping, synthesis_kwargs=options)
    flat = record(state, mapping_kwargs=mapping, **options)
    for found in (nested, flat):
        loaded = generator_from_record(found, class_index=2)
        expected = replace(LABELLED, mapping_lr=0.02, conv_clamp=256, class_index=2)
        assert loaded.config == expected
    with pytest.raises(LatentError, match="class_index is 7"):
        generator_from_record(nested, class_index=7)
    _, third = foreign("third")
    content = {"G_ema": record(third, output_scale=0.5, conv_clamp=None, channel_base=64)}
    loaded = generator_from_checkpoint(content)
    assert loaded.config == replace(THIRD, output_scale=0.5, conv_clamp=None)


def test_a_checkpoint_without_generator_is_refused():
    with pytest.raises(WeightsError, match="holds d, opt, expected a generator under 'G_ema'"):
        generator_from_checkpoint({"d": {}, "opt": 1})
