"""The training module: all terms of equation 13, masks, and that a few steps learn."""

import pytest
import torch

from emostyle.embedding.audio_encoder import AudioEncoder
from emostyle.embedding.module import AudioEncoderModule
from emostyle.embedding.targets import random_targets
from emostyle.waveform.mel import MelSpec

MEL = MelSpec(sample_rate_hz=16000, n_fft=512, hop_length=250, n_mels=32, f_max_hz=7800, frames=32)
NAMES = {"audio_text", "audio_image", "audio_self", "weak_kl"}


@pytest.fixture
def module() -> AudioEncoderModule:
    torch.manual_seed(0)
    built = AudioEncoderModule(AudioEncoder(4, 32, 0.0, MEL), self_items=4)
    built.targets = random_targets(
        ("rain", "fire", "dog"), (True, True, False), torch.Generator().manual_seed(0), dim=32
    )
    return built


def batch(labels: list[int]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    label = torch.tensor(labels)
    power = torch.rand(len(labels), 32, 32, generator=torch.Generator().manual_seed(1)) * 0.05
    for item, mine in zip(power, labels, strict=True):
        item[8 * mine : 8 * mine + 8] += 1.0
    return power, label, torch.linspace(0.3, 1.0, len(labels))


def test_all_terms_are_there(module: AudioEncoderModule) -> None:
    terms = module.terms(batch([0, 1, 2, 0, 1, 2, 0, 1]))
    assert set(terms) == NAMES
    assert all(bool(value.isfinite()) for value in terms.values())


def test_items_without_picture_have_no_image_terms(module: AudioEncoderModule) -> None:
    assert set(module.terms(batch([2, 2, 2, 2]))) == {"audio_text", "audio_self"}


def test_weight_zero_leaves_the_second_view_out(module: AudioEncoderModule) -> None:
    module.weights["audio_self"] = 0.0
    assert "audio_self" not in module.terms(batch([0, 1, 2, 0]))


def test_the_binary_form_joins_when_it_has_a_weight(module: AudioEncoderModule) -> None:
    module.weights["cosine_bce"] = 1.0
    assert module.terms(batch([0, 1, 2, 0]))["cosine_bce"].isfinite()


def test_a_few_steps_learn(module: AudioEncoderModule) -> None:
    data = batch([0, 1, 2] * 6)
    module.train()
    optimizer = torch.optim.AdamW(module.encoder.parameters(), 5e-3)
    values = []
    for _ in range(25):
        loss = sum(module.terms(data).values())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        values.append(float(loss.detach()))
    assert sum(values[-3:]) < 0.85 * sum(values[:3])
