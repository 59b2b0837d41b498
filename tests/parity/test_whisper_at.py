"""Whisper-AT against numbers of the original: heads, encoder features, names.

The folder of the fixtures is that of EMOSTYLE_PARITY (default ../shared/parity); every file of a
kind is read, and the networks are built from what the file says about itself.
"""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from transformers import WhisperConfig
from transformers.models.whisper.modeling_whisper import WhisperEncoder, sinusoids

from emostyle.emotion.whisper_at import (
    HEAD_PREFIX,
    TaggingHead,
    layer_features,
    split_windows,
    steps_per_window,
    transformers_names,
)
from tests.parity.fixtures import files, read, relative_error

TOLERANCE = 2e-5


def check(seen: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    """Every output of the file, its largest error relative to its largest value."""
    assert expected.keys() <= seen.keys()
    for name, value in expected.items():
        assert seen[name].shape == value.shape, name
        error = relative_error(seen[name], value)
        print(f"{name}: {float(error):.1e}")
        assert error <= TOLERANCE, f"{name}: {float(error):.2e} > {TOLERANCE}"


def head_of(arguments: dict[str, Any]) -> TaggingHead:
    """The head from the original's constructor arguments."""
    return TaggingHead.from_mode(
        arguments["mode"], arguments["rep_dim"], arguments["label_dim"]
    ).eval()


def encoder_config(n_mels: int, n_ctx: int, n_state: int, n_head: int, n_layer: int) -> Any:
    """transformers' configuration from the original encoder's constructor arguments."""
    return WhisperConfig(
        num_mel_bins=n_mels,
        max_source_positions=n_ctx,
        d_model=n_state,
        encoder_attention_heads=n_head,
        encoder_layers=n_layer,
        encoder_ffn_dim=4 * n_state,
    )


@pytest.mark.parametrize("path", files("whisper_at_head_*.safetensors"))
@torch.no_grad()
def test_head_of_the_package(path: Path) -> None:
    """Windows of the asked length, and the default of ten seconds."""
    config, groups = read(path)
    head, features = head_of(config["kwargs"]), groups["in"]["audio_rep"]
    head.load_state_dict(groups["state"])
    steps = int(2.5 * config["time_resolution"])
    seen = {
        "pred": head(split_windows(features, steps)),
        "pred_10s": head(split_windows(features, steps_per_window(10))),
        "down": head.down_layer(features[:, :4]),
    }
    check(seen, groups["out"])


@pytest.mark.parametrize("path", files("whisper_at_tltr_*.safetensors"))
@torch.no_grad()
def test_head_of_the_training_code(path: Path) -> None:
    """Same names, a batch of windows."""
    config, groups = read(path)
    head = head_of(config["kwargs"])
    head.load_state_dict(groups["state"])
    check({"pred": head(groups["in"]["audio_rep"])}, groups["out"])


@pytest.mark.parametrize("path", files("whisper_at_encoder*.safetensors"))
@torch.no_grad()
def test_encoder_features_and_tags(path: Path) -> None:
    """From log-mel to tags, the encoder's tensors read under OpenAI's names."""
    config, groups = read(path)
    sizes = config["encoder"]
    encoder = WhisperEncoder(encoder_config(**sizes)).eval()
    names = transformers_names(groups["state"])
    table = {"encoder.embed_positions.weight": sinusoids(sizes["n_ctx"], sizes["n_state"])}
    state = {name.removeprefix("encoder."): value for name, value in {**table, **names}.items()}
    encoder.load_state_dict(state)
    head = head_of(config["head"])
    own = {k.removeprefix(HEAD_PREFIX): v for k, v in groups["state"].items() if k[:3] == "at_"}
    head.load_state_dict(own)
    mel, expected = groups["in"]["mel"], groups["out"]
    pooled = layer_features(encoder, mel)[0]
    last, wanted = encoder(mel).last_hidden_state, expected["encoder_out"]
    steps = [k for k in range(1, sizes["n_ctx"] + 1) if last[:, ::k].shape == wanted.shape]
    step = min(steps, key=lambda k: relative_error(last[:, ::k], wanted))
    seen = {
        "encoder_out": last[:, ::step],
        "pooled": pooled,
        "pred": head(split_windows(pooled, steps_per_window(10))),
    }
    check(seen, expected)


@pytest.mark.parametrize("path", files("whisper_at_head_keys*.json"))
def test_every_published_tensor_has_its_place(path: Path) -> None:
    """Names and shapes of full-size heads and of the encoder."""
    for name, facts in json.loads(path.read_text()).items():
        published = {key: tuple(shape) for key, shape in facts["keys"].items()}
        with torch.device("meta"):
            if "mode" in facts:
                network = TaggingHead.from_mode(facts["mode"], facts["rep_dim"])
                prefix = HEAD_PREFIX
                assert sum(p.numel() for p in network.parameters()) == facts["params"]
            else:
                published, prefix = encoder_shapes(published), "encoder."
                width = published["encoder.conv1.bias"][0]
                layers = len({key.split(".")[2] for key in published if ".layers." in key})
                positions = published["encoder.embed_positions.weight"][0]
                mels = published["encoder.conv1.weight"][1]
                sizes = encoder_config(mels, positions, width, facts["n_head"], layers)
                network = WhisperEncoder(sizes)
        ours = {prefix + key: tuple(value.shape) for key, value in network.state_dict().items()}
        assert ours == published, name


def encoder_shapes(published: dict[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    """The published shapes under transformers' names."""
    tensors = {name: torch.empty(shape, device="meta") for name, shape in published.items()}
    return {name: tuple(value.shape) for name, value in transformers_names(tensors).items()}
