"""ImageBind against numbers of the original: each modality's network, its names, its sounds.

The folder of the fixtures is that of EMOSTYLE_PARITY (default ../shared/parity); every file of a
kind is read, and the networks are built from what the file says about itself.
"""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from emostyle.embedding.imagebind.audio import FilterBankSpec, audio_clips, clip_bounds
from emostyle.embedding.imagebind.config import IMAGEBIND_HUGE, ImageBindConfig, TowerConfig
from emostyle.embedding.imagebind.model import ImageBind
from emostyle.embedding.imagebind.words import tokenize
from emostyle.waveform.load import resample
from tests.parity.fixtures import files, read, relative_error

NETWORK_TOLERANCE = 2e-5
FILTER_BANK_TOLERANCE = 2e-3
DEFAULTS = {  # of the original constructor: width, blocks, heads
    "vision": (1024, 24, 16),
    "text": (768, 12, 12),
    "audio": (768, 12, 12),
    "depth": (384, 12, 8),
    "thermal": (768, 12, 12),
    "imu": (512, 6, 8),
}
GEOMETRY = {  # the original's constructor arguments that are no sizes of a tower
    "kernel_size": ("vision", "kernel"),
    "video_frames": ("vision", "frames"),
    "audio_kernel_size": ("audio", "kernel"),
    "audio_stride": ("audio", "stride"),
    "audio_num_mel_bins": ("audio", "n_mels"),
    "audio_target_len": ("audio", "frames"),
    "depth_kernel_size": ("depth", "kernel"),
    "thermal_kernel_size": ("thermal", "kernel"),
}
SPEC_NAMES = {
    "sample_rate": "sample_rate_hz",
    "num_mel_bins": "n_mels",
    "target_length": "frames",
    "clip_duration": "clip_seconds",
    "clips_per_video": "clips",
    "mean": "mean",
    "std": "std",
}


def close(name: str, value: Tensor, expected: Tensor, tolerance: float, of_peak: bool) -> None:
    """Largest error within tolerance, relative to the largest expected value if `of_peak`."""
    assert value.shape == expected.shape, name
    off = float((value - expected).abs().max())
    error = relative_error(value, expected) if of_peak else off
    print(f"{name}: {error:.1e}")
    assert error <= tolerance, f"{name}: {error:.2e} > {tolerance}"


def build(modality: str, kwargs: dict[str, Any]) -> ImageBind:
    """The network of one modality from the original's constructor arguments."""
    names = ("embed_dim", "num_blocks", "num_heads")
    sizes = [
        kwargs.get(f"{modality}_{name}", default)
        for name, default in zip(names, DEFAULTS[modality], strict=True)
    ]
    geometry = {
        ours: tuple(kwargs[name]) if isinstance(kwargs[name], list) else kwargs[name]
        for name, (of, ours) in GEOMETRY.items()
        if of == modality and name in kwargs
    }
    tower = TowerConfig(*sizes, geometry=geometry)
    return ImageBind(ImageBindConfig(kwargs.get("out_embed_dim", 768), {modality: tower})).eval()


@pytest.mark.parametrize("path", files("imagebind_*.safetensors", without="preprocess"))
@torch.no_grad()
def test_network(path: Path) -> None:
    """Tokens, trunk, head and embedding of one modality."""
    config, groups = read(path)
    (modality,) = {name.split(".")[1] for name in groups["state"]}
    network = build(modality, config["kwargs"])
    network.load_state_dict(groups["state"])
    seen: dict[str, Tensor] = {}
    network.modality_preprocessors[modality].register_forward_hook(
        lambda _module, _inputs, output: seen.update(tokens=output.tokens)
    )
    for name, place in (("trunk", network.modality_trunks), ("head", network.modality_heads)):
        place[modality].register_forward_hook(
            lambda _module, _inputs, output, name=name: seen.update({name: output})
        )
    (inputs,) = groups["in"].values()
    seen["embedding"] = network({modality: inputs})[modality]
    assert groups["out"].keys() <= seen.keys()
    for name, expected in groups["out"].items():
        value = seen[name]
        if name in ("tokens", "trunk"):
            value = value[:, : expected.shape[1]]
        close(name, value, expected, NETWORK_TOLERANCE, of_peak=True)


@pytest.mark.parametrize("path", files("imagebind_text*.safetensors"))
def test_texts_become_the_same_ids(path: Path) -> None:
    """open_clip's encoding is ImageBind's."""
    config, groups = read(path)
    if "prompts" not in config:
        pytest.skip(f"{path.name} names no prompts")
    assert torch.equal(tokenize(config["prompts"]), groups["in"]["text"])


@pytest.mark.parametrize("path", files("imagebind_audio_preprocess_*.safetensors"))
def test_filter_banks(path: Path) -> None:
    """Resampling, clips and filter banks, with and without the original's side effect."""
    config, groups = read(path)
    waveform = groups["in"]["waveform_int16"].float() / 32768
    rate, fbank = config["sr_native"], config["fbank"]
    values = {ours: config[name] for name, ours in SPEC_NAMES.items()}
    values["frame_length_ms"] = float(fbank["frame_length_ms"])
    values["frame_shift_ms"] = float(fbank["frame_shift_ms"])
    values["clip_seconds"] = float(values["clip_seconds"])
    spec = FilterBankSpec(**values)
    resampled = resample(waveform, rate, spec.sample_rate_hz)
    ours = clip_bounds(resampled.shape[1], spec)
    for (start, end), seconds in zip(ours, config["timepoints"], strict=True):
        first, last = (second * spec.sample_rate_hz for second in seconds)
        assert abs(start - first) <= 1
        assert abs(end - min(last, resampled.shape[1])) <= 1
    original = audio_clips(waveform, rate, FilterBankSpec(**values, shift_recording=True))[None]
    seen = {
        "resampled": resampled[0, : len(groups["out"]["resampled"])],
        "audio": original,
        "audio_clip0_f32": original[0, 0],
        "audio_independent": audio_clips(waveform, rate, spec)[None],
    }
    assert groups["out"].keys() <= seen.keys()
    for name, expected in groups["out"].items():
        raw = name == "resampled"
        tolerance = NETWORK_TOLERANCE if raw else FILTER_BANK_TOLERANCE
        close(name, seen[name], expected, tolerance, of_peak=raw)


@pytest.mark.parametrize("path", files("imagebind_huge_keys*.json"))
def test_every_published_tensor_has_its_place(path: Path) -> None:
    """Names, shapes and number of parameters of the full-size network."""
    facts = json.loads(path.read_text())
    with torch.device("meta"):
        network = ImageBind(IMAGEBIND_HUGE)
    ours = {name: list(value.shape) for name, value in network.state_dict().items()}
    assert ours == facts["keys"]
    assert len(ours) == facts["n_keys"]
    assert sum(p.numel() for p in network.parameters()) == facts["params"]
