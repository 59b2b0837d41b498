"""The published audio encoders and their mel front end against numbers of the originals.

The folder of the fixtures is that of EMOSTYLE_PARITY (default ../shared/parity); every file of a
kind is read, and the networks are built from what the file says about itself. Tolerances are those
of the fixtures' README: largest error over the largest expected value, unless it says absolute.
"""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from torch import nn

from emostyle.embedding.published_audio.audioclip import AudioCLIPEncoder, audioclip_from_state
from emostyle.embedding.published_audio.lee import LeeAudioEncoder, lee_from_state
from emostyle.embedding.published_audio.swin import SwinAudioEncoder
from emostyle.embedding.published_audio.wav2clip import Wav2CLIP
from emostyle.waveform.mel import MelSpec
from emostyle.waveform.mel_original import (
    ORIGINAL,
    fit_frames,
    fold,
    original_decibel,
    original_log_mel,
    original_power,
)
from tests.parity.fixtures import files, relative_error

INT16 = 32768.0


def key_lists(pattern: str) -> list[Any]:
    """The networks of the key lists of a kind: name, and key -> shape."""
    cases = []
    for case in files(pattern):
        if case.values[0] is None:
            return [pytest.param(None, None, id="none", marks=case.marks)]
        for name, content in json.loads(case.values[0].read_text()).items():
            cases.append(pytest.param(name, content["keys"], id=name))
    return cases


class Fixture:
    """One file: state, inputs, config, and the outputs that are still to be checked."""

    def __init__(self, path: Path) -> None:
        groups: dict[str, dict[str, torch.Tensor]] = {"state": {}, "in": {}, "out": {}}
        with safe_open(path, framework="pt") as file:
            self.config = json.loads(file.metadata()["config"])
            for key in file.keys():
                group, name = key.split(".", 1)
                groups[group][name] = file.get_tensor(key)
        self.name = path.stem
        self.state, self.inputs, self.outputs = groups["state"], groups["in"], groups["out"]
        self.left = set(self.outputs)

    def load(self, network: nn.Module) -> None:
        """Load the state strictly, in evaluation mode."""
        network.load_state_dict(self.state, strict=True)
        network.eval()

    def check(
        self, name: str, value: torch.Tensor, tolerance: float, absolute: bool = False
    ) -> None:
        """Compare one output."""
        expected = self.outputs[name].float()
        assert value.shape == expected.shape
        off = float((value.detach() - expected).abs().max())
        error = off if absolute else relative_error(value, expected)
        print(f"{self.name} {name}: {error:.1e}")
        assert error <= tolerance, f"{name}: {error:.1e} > {tolerance:.0e}"
        self.left.discard(name)

    def finish(self) -> None:
        """No output may have been passed over."""
        assert not self.left, f"outputs without a check: {sorted(self.left)}"


def audio_encoder(config: dict[str, Any]) -> LeeAudioEncoder | SwinAudioEncoder:
    """The network a fixture of section 2 describes."""
    if "block" not in config:
        return SwinAudioEncoder(**config["kwargs"])
    return LeeAudioEncoder(
        block={"BasicBlock": "basic", "Bottleneck": "bottleneck"}[config["block"]],
        layers=config["layers"],
        channels=config["channels"],
        embed_dim=config["num_classes"],
    )


@torch.no_grad()
@pytest.mark.parametrize("path", files("audio_encoder_*.safetensors"))
def test_audio_encoder(path: Path) -> None:
    fixture = Fixture(path)
    network = audio_encoder(fixture.config)
    fixture.load(network)
    mel = fixture.inputs["mel"].float()
    fixture.check("embedding", network(mel), 2e-5)
    if isinstance(network, SwinAudioEncoder):
        fixture.check("features", network.features(mel), 2e-5)
    else:
        rows, columns = fixture.outputs["conv_slice"].shape[-2:]
        fixture.check("conv_slice", network.conv(mel)[..., :rows, :columns], 2e-5)
        fixture.check("trunk", network.features(mel), 2e-5)
        parallel = {f"module.{key}": value for key, value in fixture.state.items()}
        assert torch.equal(lee_from_state(parallel)(mel), network(mel))
    fixture.finish()


@torch.no_grad()
@pytest.mark.parametrize("path", files("wav2clip*.safetensors"))
def test_wav2clip(path: Path) -> None:
    fixture = Fixture(path)
    config = fixture.config
    network = Wav2CLIP(
        config["planes"], config["layers"], config["mlp_units"], config["n_fft"], config["hop"]
    )
    fixture.load(network)
    waveforms = fixture.inputs["waveform_int16"].float() / INT16
    fixture.check("encoder", network.audio_encoder(waveforms), 1e-4)
    fixture.check("embedding", network(waveforms), 1e-4)
    fixture.check("embedding_first_alone", network.embed(waveforms[0]), 1e-4)
    cuts = network.embed_frames(waveforms, config["frame_length"], config["hop_length"])
    fixture.check("frames", cuts, 1e-4)
    # The logarithm of near-silent bins is noise in float32: the reference itself differs from its
    # float64 run by more than 1e-4 there. Ours in float64 must differ from it by no more than that.
    natural = config["fp64_dev"]["spec_normalised"][1]
    spectrogram = network.double().audio_encoder.standardised(waveforms.double())
    frames = fixture.outputs["spec_normalised"].shape[-1]
    fixture.check("spec_normalised", spectrogram[..., :frames], max(1e-4, 1.01 * natural))
    fixture.finish()


def audioclip_encoder(config: dict[str, Any]) -> AudioCLIPEncoder:
    """The network a fixture describes; traits that the published network lacks are refused."""
    kwargs = dict(config["kwargs"])
    fixed = {"apply_attention": True, "onesided": True, "spec_height": -1, "spec_width": -1}
    assert {name: kwargs.pop(name) for name in fixed} == fixed
    return AudioCLIPEncoder(
        width=config["base"],
        embed_dim=kwargs.pop("num_classes"),
        normalised=kwargs.pop("normalized"),
        **kwargs,
    )


@torch.no_grad()
@pytest.mark.parametrize("path", files("audioclip_*.safetensors"))
def test_audioclip(path: Path) -> None:
    fixture = Fixture(path)
    network = audioclip_encoder(fixture.config)
    fixture.load(network)
    samples = fixture.inputs["waveform_int16"].float()
    expected = fixture.outputs["fbsp_weights"]
    filters = network.fbsp.weights(network.n_fft)
    # Every so many filters one is stored: the right step is one of those that give that number.
    steps = [step for step in range(1, len(filters)) if len(filters[::step]) == len(expected)]
    step = min(steps, key=lambda step: float((filters[::step] - expected).abs().max()))
    fixture.check("fbsp_weights", filters[::step], 1e-3)
    pictures = network.decibel_map(samples)
    clips, _, channels, height, frames = fixture.outputs["db_map"].shape
    assert pictures.shape[1:3] == (channels, height)
    fixture.check("db_map", pictures[:clips, None, ..., :frames], 1e-3)
    fixture.check("reduced", network.reduced(pictures), 1e-3)
    fixture.check("embedding", network(samples), 1e-3)
    fixture.finish()


@pytest.mark.parametrize("path", files("mel_frontend_*.safetensors"))
def test_mel_front_end(path: Path) -> None:
    fixture = Fixture(path)
    config = fixture.config
    spec = MelSpec(
        sample_rate_hz=config["sr"],
        n_fft=config["n_fft"],
        hop_length=config["hop_length"],
        n_mels=config["n_mels"],
        f_min_hz=config["fmin"],
        f_max_hz=config["fmax"],
        frames=config["frames_target"],
        top_db=config["power_to_db"]["top_db"],
    )
    if config["set"] == "public":
        assert spec == ORIGINAL
    waveform = fixture.inputs["waveform_int16"].float() / INT16
    power = original_power(waveform, spec)
    decibel = original_decibel(power, spec)
    fixture.check("mel_power", power, 1e-4)
    fixture.check("db_norm", decibel, 2e-4, absolute=True)
    fixture.check("tensor_pad_j0", original_log_mel(waveform, 0, spec), 2e-4, absolute=True)
    trained = fold(fit_frames(decibel, config["pad_j_train"], spec)[None])
    fixture.check("tensor_pad_train", trained, 5e-4, absolute=True)
    tiled = waveform.repeat(config["crop_tile"])
    cropped = original_log_mel(tiled, config["crop_j"], spec)
    fixture.check("tensor_crop", cropped, 2e-4, absolute=True)
    fixture.finish()


def shapes(network: nn.Module, prefix: str = "") -> dict[str, list[int]]:
    """Key -> shape of a network's state."""
    return {prefix + key: list(value.shape) for key, value in network.state_dict().items()}


def full_size(name: str) -> dict[str, list[int]]:
    """Key -> shape of our full-size network of a name in a key list, built without memory."""
    with torch.device("meta"):
        if name == "AudioEncoder(resnet18)":
            return shapes(LeeAudioEncoder())
        if name == "AudioEncoder(resnet50)":
            return shapes(LeeAudioEncoder("bottleneck", (3, 4, 6, 3)))
        if name.startswith("swin_tiny_patch4_window7_224(") and "img_size=224" in name:
            return shapes(SwinAudioEncoder(img_size=224))
        if name.startswith("swin_tiny_patch4_window7_224(") and "img_size=(128,512)" in name:
            return shapes(SwinAudioEncoder())
        if name == "wav2clip":
            return shapes(Wav2CLIP())
        if name == "audioclip_audio":
            return shapes(AudioCLIPEncoder(), "audio.")
    raise AssertionError(f"no network of ours for the key list '{name}'")


@pytest.mark.parametrize(
    ("name", "keys"),
    key_lists("audio_encoder_keys*.json") + key_lists("wav2clip_audioclip_keys*.json"),
)
def test_full_size_keys(name: str, keys: dict[str, list[int]]) -> None:
    assert full_size(name) == keys


def test_audioclip_is_found_inside_the_whole_model() -> None:
    torch.manual_seed(0)
    network = AudioCLIPEncoder()
    whole = {f"audio.{key}": value for key, value in network.state_dict().items()}
    whole["logit_scale_ai"] = torch.zeros(())
    loaded = audioclip_from_state(whole)
    assert torch.equal(loaded.fc.weight, network.fc.weight)
