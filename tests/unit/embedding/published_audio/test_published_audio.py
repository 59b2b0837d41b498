"""The published audio encoders at toy size: encode, sizes, export and back, refusals."""

from pathlib import Path

import pytest
import torch

from emostyle.embedding.published_audio.audioclip import AudioCLIPEncoder, audioclip_from_state
from emostyle.embedding.published_audio.lee import LeeAudioEncoder, lee_from_state
from emostyle.embedding.published_audio.load import load_published_audio
from emostyle.embedding.published_audio.residual import ResidualTrunk
from emostyle.embedding.published_audio.sound_encoder import SoundEncoder
from emostyle.embedding.published_audio.swin import SwinAudioEncoder
from emostyle.embedding.published_audio.wav2clip import Wav2CLIP, wav2clip_from_state
from emostyle.errors import AudioError, WeightsError
from emostyle.weights.store import save_network

TINY_SWIN = {"embed_dim": 8, "depths": (1, 1, 1, 1), "num_heads": (1, 1, 2, 2), "num_classes": 6}


def lee() -> LeeAudioEncoder:
    return LeeAudioEncoder("basic", (1, 1, 1, 1), (4, 4, 8, 8), embed_dim=6)


def swin() -> SwinAudioEncoder:
    return SwinAudioEncoder(**TINY_SWIN)


def wav2clip() -> Wav2CLIP:
    return Wav2CLIP((4, 4, 8, 8), (1, 1, 1, 1), (8, 7, 6))


def audioclip() -> AudioCLIPEncoder:
    return AudioCLIPEncoder(
        16, (1, 1, 1, 1), groups=4, width_per_group=8, embed_dim=6, n_fft=128, win_length=100,
        hop_length=64,
    )  # fmt: skip


def sound(samples: int, seed: int) -> torch.Tensor:
    return 0.1 * torch.randn(samples, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("build", [lee, swin, wav2clip, audioclip])
def test_encode_gives_unit_vectors_that_ignore_their_neighbours(build) -> None:
    network: SoundEncoder = build()
    sounds = [sound(30000, 0), sound(20000, 1)]
    network.train()
    vectors = network.encode(sounds)
    assert network.training
    assert vectors.shape == (2, 6)
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(2))
    assert torch.equal(network.encode(sounds[1:]), vectors[1:])
    assert float((vectors[0] - vectors[1]).abs().max()) > 1e-5


@pytest.mark.parametrize("build", [lee, swin, wav2clip, audioclip])
def test_export_and_back(build, tmp_path: Path) -> None:
    network: SoundEncoder = build().eval()
    path = save_network(tmp_path / "a.safetensors", network, network.describe(), torch.float32)
    loaded, metadata = load_published_audio(path)
    assert type(loaded) is type(network)
    assert metadata["architecture"] == network.architecture
    assert not loaded.training
    assert not any(weight.requires_grad for weight in loaded.parameters())
    heard = [sound(20000, 2)]
    assert torch.equal(loaded.encode(heard), network.encode(heard))


def test_files_of_another_kind_are_refused(tmp_path: Path) -> None:
    path = save_network(tmp_path / "a.safetensors", lee(), {"architecture": "judge"})
    with pytest.raises(WeightsError, match=r"'judge'.*lee_resnet"):
        load_published_audio(path)


def test_damaged_weights_are_named(tmp_path: Path) -> None:
    network = lee()
    described = network.describe()
    network.conv = torch.nn.Conv2d(1, 3, 5)
    path = save_network(tmp_path / "a.safetensors", network, described)
    with pytest.raises(WeightsError, match=r"another shape: conv\.weight"):
        load_published_audio(path)


@pytest.mark.parametrize("block", ["basic", "bottleneck"])
def test_sizes_of_a_checkpoint_are_read_from_its_shapes(block) -> None:
    network = LeeAudioEncoder(block, (1, 2, 1, 1), (4, 4, 8, 12), embed_dim=6)
    state = {f"module.{key}": value for key, value in network.state_dict().items()}
    loaded = lee_from_state(state)
    assert loaded.arguments == network.arguments
    assert torch.equal(loaded.conv.weight, network.conv.weight)


def test_checkpoints_of_other_networks_are_refused() -> None:
    stranger = torch.nn.Linear(2, 2).state_dict()
    with pytest.raises(WeightsError, match=r"'weight', expected 'conv\.\*'"):
        lee_from_state(stranger)
    with pytest.raises(WeightsError, match=r"'weight', expected 'audio\.\*'"):
        audioclip_from_state(stranger)
    with pytest.raises(WeightsError, match=r"Wav2CLIP network .*missing"):
        wav2clip_from_state(stranger)


def test_sizes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(WeightsError, match="one width per stage"):
        LeeAudioEncoder(layers=(2, 2, 2))
    with pytest.raises(WeightsError, match="four of each"):
        Wav2CLIP(widths=(8, 8, 8))
    with pytest.raises(WeightsError, match="win_length"):
        AudioCLIPEncoder(win_length=4096)
    with pytest.raises(WeightsError, match="224x224"):
        SwinAudioEncoder(**TINY_SWIN, img_size=224).encode([sound(20000, 0)])


def test_sounds_too_short_are_refused() -> None:
    with pytest.raises(AudioError, match="more than 256"):
        wav2clip().encode([sound(256, 0)])
    with pytest.raises(AudioError, match="frame_length=500"):
        wav2clip().embed_frames(sound(400, 0)[None], 500, 100)
    with pytest.raises(AudioError, match="no samples"):
        audioclip().encode([torch.zeros(0)])


def test_wav2clip_shares_its_scale_within_a_batch() -> None:
    network = wav2clip().eval()
    pair = torch.stack([sound(8000, 0), 20.0 * sound(8000, 1)])
    pictures = network.audio_encoder.standardised(pair)
    torch.testing.assert_close(pictures.mean(), torch.zeros(()), atol=1e-4, rtol=0)
    torch.testing.assert_close(pictures.std(), torch.ones(()), atol=1e-3, rtol=0)
    assert float(pictures[0].mean()) < -0.5


def test_wav2clip_frames_are_cuts_of_the_sound() -> None:
    network = wav2clip().eval()
    pair = torch.stack([sound(3000, 0), sound(3000, 1)])
    cuts = torch.stack([row[i : i + 1000] for row in pair for i in (0, 900, 1800)])
    frames = network.embed_frames(pair, 1000, 900)
    assert frames.shape == (2, 6, 3)
    torch.testing.assert_close(frames, network(cuts).view(2, 3, 6).transpose(1, 2))


def test_trunk_divides_both_axes_by_thirty_two() -> None:
    from torchvision.models.resnet import Bottleneck

    trunk = ResidualTrunk(Bottleneck, 3, (4, 4, 8, 8), (1, 2, 1, 1))
    features = trunk.stem(torch.zeros(1, 3, 64, 128))
    for stage in trunk.stages():
        features = stage(features)
    assert features.shape == (1, 32, 2, 4)
