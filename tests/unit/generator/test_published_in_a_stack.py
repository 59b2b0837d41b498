"""A published generator in the generator slot: the edit runs as with the bundled one."""

import pytest
import torch

from emostyle.generator.published.stylegan2 import PublishedStyleGAN2
from emostyle.generator.published.stylegan2_config import PublishedStyleGAN2Config
from emostyle.generator.published.stylegan3 import StyleGAN3Generator
from emostyle.generator.published.stylegan3_config import StyleGAN3Config, stylegan3_widths
from emostyle.manipulate import EditRequest, edit
from emostyle.testing import tiny_stack
from emostyle.weights.store import save_network

SECOND = PublishedStyleGAN2(PublishedStyleGAN2Config((8, 8, 8, 4), 6, 8, 2, c_dim=3, class_index=1))
THIRD = StyleGAN3Generator(StyleGAN3Config(32, stylegan3_widths(32, 64, 8, 5), 6, 8))


@pytest.mark.parametrize("generator", [SECOND, THIRD], ids=["stylegan2", "stylegan3"])
def test_an_edit_with_a_published_generator(generator, tmp_path):
    stack = tiny_stack(tmp_path)
    save_network(tmp_path / "generator.safetensors", generator, generator.describe(), torch.float32)
    sound = torch.randn(44100, generator=torch.Generator().manual_seed(5)) * 0.1
    result = edit(EditRequest(waveform=sound, stack=str(stack), steps=2))
    layers = generator.config.num_layers
    assert result.w_plus.shape == result.w_start.shape == (1, layers, 8)
    assert result.mask.shape == (1, layers)
    assert result.after.shape == (1, 3, 32, 32)
    assert not torch.equal(result.w_plus, result.w_start)
