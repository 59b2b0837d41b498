"""Published networks in the slots of a stack: the edit runs as with the bundled ones."""

from pathlib import Path

import pytest
import torch
import yaml

from emostyle.embedding.published_audio.lee import LeeAudioEncoder
from emostyle.generator.published.stylegan2 import PublishedStyleGAN2
from emostyle.generator.published.stylegan2_config import PublishedStyleGAN2Config
from emostyle.generator.published.stylegan3 import StyleGAN3Generator
from emostyle.generator.published.stylegan3_config import StyleGAN3Config, stylegan3_widths
from emostyle.guidance.arcface_ir import ArcFaceIR
from emostyle.inversion.blocks import TrunkConfig
from emostyle.manipulate import EditRequest, edit
from emostyle.testing import tiny_stack
from emostyle.weights.store import save_network

SECOND = PublishedStyleGAN2(PublishedStyleGAN2Config((8, 8, 8, 4), 6, 8, 2, c_dim=3, class_index=1))
THIRD = StyleGAN3Generator(StyleGAN3Config(32, stylegan3_widths(32, 64, 8, 5), 6, 8))
TRUNK = TrunkConfig(stem_width=4, widths=(4, 8, 16), units=(1, 2, 1), reduction=2)


def sound() -> torch.Tensor:
    """A second of noise."""
    return torch.randn(44100, generator=torch.Generator().manual_seed(5)) * 0.1


@pytest.mark.parametrize("generator", [SECOND, THIRD], ids=["stylegan2", "stylegan3"])
def test_generator(generator, tmp_path: Path) -> None:
    stack = tiny_stack(tmp_path)
    save_network(tmp_path / "generator.safetensors", generator, generator.describe(), torch.float32)
    result = edit(EditRequest(waveform=sound(), stack=str(stack), steps=2))
    layers = generator.config.num_layers
    assert result.w_plus.shape == result.w_start.shape == (1, layers, 8)
    assert result.mask.shape == (1, layers)
    assert result.after.shape == (1, 3, 32, 32)
    assert not torch.equal(result.w_plus, result.w_start)


def test_audio_encoder_and_identity(tmp_path: Path) -> None:
    """A published encoder names no classes, so nothing is said to be heard; ArcFace is cropped."""
    stack = tiny_stack(tmp_path, "portrait")
    encoder = LeeAudioEncoder("basic", (1, 1, 1, 1), (4, 4, 8, 8), embed_dim=512)
    save_network(tmp_path / "audio_encoder.safetensors", encoder, encoder.describe())
    network = ArcFaceIR(TRUNK, input_size=16, embedding=6)
    save_network(tmp_path / "identity.safetensors", network, network.describe())
    slots = yaml.safe_load(stack.read_text())
    slots["slots"]["identity"] = str(tmp_path / "identity.safetensors")
    stack.write_text(yaml.safe_dump(slots))
    result = edit(EditRequest(waveform=sound(), domain="portrait", stack=str(stack), steps=2))
    assert result.heard == []
    assert {"audio", "identity"} <= set(result.history)
    assert not torch.equal(result.w_plus, result.w_start)
