"""The audio encoder: unit vectors, determinism, independence of the batch, export and back."""

from pathlib import Path

import pytest
import torch

from emostyle.embedding.audio_encoder import AudioEncoder, classify, load_audio_encoder
from emostyle.errors import WeightsError
from emostyle.waveform.mel import MelSpec
from emostyle.weights.store import save_network

SMALL = MelSpec(
    sample_rate_hz=16000, n_fft=512, hop_length=250, n_mels=32, f_max_hz=7800, frames=64
)


@pytest.fixture
def encoder() -> AudioEncoder:
    torch.manual_seed(0)
    return AudioEncoder(width=4, embed_dim=16, mel=SMALL).eval()


def sound(seconds: float, seed: int) -> torch.Tensor:
    return torch.randn(round(16000 * seconds), generator=torch.Generator().manual_seed(seed))


def test_vectors_have_length_one(encoder: AudioEncoder) -> None:
    vectors = encoder(torch.randn(3, 1, 32, 64))
    assert vectors.shape == (3, 16)
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(3))


def test_a_sounds_vector_does_not_depend_on_its_neighbours(encoder: AudioEncoder) -> None:
    sounds = [sound(0.5, 0), sound(1.0, 1), sound(4.3, 2)]
    together = encoder.encode(sounds)
    alone = torch.cat([encoder.encode([item]) for item in sounds])
    assert torch.equal(together, alone)
    torch.testing.assert_close(together.norm(dim=1), torch.ones(3))


def test_encode_leaves_the_mode_as_it_was(encoder: AudioEncoder) -> None:
    encoder.train()
    first = encoder.encode([sound(1.0, 0)])
    assert encoder.training
    assert torch.equal(first, encoder.encode([sound(1.0, 0)]))


def test_export_and_back(encoder: AudioEncoder, tmp_path: Path) -> None:
    metadata = {"kind": "audio_encoder", "config": encoder.config, "temperature": 0.07}
    path = save_network(tmp_path / "audio.safetensors", encoder, metadata)
    loaded, facts = load_audio_encoder(path)
    assert facts["temperature"] == 0.07
    assert loaded.mel == SMALL
    assert not any(weight.requires_grad for weight in loaded.parameters())
    similar = (loaded.encode([sound(2.0, 0)]) * encoder.encode([sound(2.0, 0)])).sum()
    assert float(similar) > 0.999


def test_weights_of_another_kind_are_refused(encoder: AudioEncoder, tmp_path: Path) -> None:
    path = save_network(tmp_path / "judge.safetensors", encoder, {"kind": "judge"})
    with pytest.raises(WeightsError, match="judge"):
        load_audio_encoder(path)


def test_classify_prefers_the_nearest_prompt() -> None:
    text = torch.eye(3)
    odds = classify(text[1:2], text, 0.07)
    torch.testing.assert_close(odds.sum(1), torch.ones(1))
    assert int(odds.argmax()) == 1
