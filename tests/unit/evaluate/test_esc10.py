"""`evaluate esc10` end to end at toy size: prompts, broken files, the last line."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from emostyle.embedding.audio_encoder import AudioEncoder
from emostyle.embedding.clip import ClipConfig, build_clip, save_clip
from emostyle.errors import AudioError
from emostyle.evaluate.esc10 import esc10_prompts, evaluate_esc10
from emostyle.waveform.mel import MelSpec
from emostyle.weights.store import save_network

MEL = MelSpec(sample_rate_hz=16000, n_fft=512, hop_length=250, n_mels=32, f_max_hz=7800, frames=32)


@pytest.fixture
def weights(tmp_path: Path) -> dict[str, Path]:
    torch.manual_seed(0)
    clip = build_clip(
        ClipConfig(
            embed_dim=16,
            vision_cfg={"image_size": 32, "layers": (1, 1, 1, 1), "width": 8, "head_width": 8},
            text_cfg={"context_length": 16, "vocab_size": 49408, "width": 16, "heads": 2,
                      "layers": 1},
        )
    )  # fmt: skip
    encoder = AudioEncoder(4, 16, mel=MEL)
    card = {
        "kind": "audio_encoder",
        "config": encoder.config,
        "temperature": 0.07,
        "data": {"esc10_root": "somewhere", "esc10_folds": [1, 2]},
    }
    return {
        "encoder": save_network(tmp_path / "audio.safetensors", encoder, card),
        "clip": save_clip(tmp_path / "clip.safetensors", clip, {}),
    }


def test_prompts_use_the_data_sets_own_names() -> None:
    prompts = esc10_prompts()
    assert len(prompts) == 10
    assert "the sound of a baby crying" in prompts["Baby cry"]


def test_last_line_is_the_figure(
    tmp_path: Path, weights: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "esc"
    noise = np.random.default_rng(0)
    for folder, name in (("001 - Dog bark", "1-1-A.ogg"), ("002 - Rain", "4-2-A.ogg")):
        (root / folder).mkdir(parents=True)
        soundfile.write(root / folder / name, 0.1 * noise.standard_normal(16000), 16000)
    (root / "002 - Rain" / "4-3-A.ogg").write_bytes(b"broken")
    result = evaluate_esc10(root, (1, 4), **weights)
    assert result.n == 2
    printed = capsys.readouterr().out.splitlines()
    line = json.loads(printed[-1])
    assert line["metric"] == "top1"
    assert line["n"] == 2
    assert any("Skipped" in row and "4-3-A.ogg" in row for row in printed)
    assert any("trained on fold(s) 1" in row for row in printed)
    with pytest.raises(AudioError, match="--root"):
        evaluate_esc10(tmp_path / "none", (4,), **weights)
