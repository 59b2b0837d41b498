"""The training entry point at toy size: fit, export, and the export can be used."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from emostyle.embedding.audio_encoder import load_audio_encoder
from emostyle.world.sound import SOUND_CLASSES

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_debug_training_exports_a_usable_encoder(tmp_path: Path) -> None:
    export = tmp_path / "audio.safetensors"
    subprocess.run(
        [sys.executable, str(ROOT / "train_audio_encoder.py"), "fit", "--config",
         str(ROOT / "configs/train_audio_encoder/debug.yaml"), "--export", str(export),
         "--data.init_args.cache", str(tmp_path / "cache")],
        check=True,
        cwd=tmp_path,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        timeout=280,
    )  # fmt: skip
    encoder, metadata = load_audio_encoder(export)
    assert metadata["classes"] == list(SOUND_CLASSES)
    assert metadata["steps"] == 6
    assert metadata["data"]["clips_per_class"] == 1
    noise = torch.randn(40000, generator=torch.Generator().manual_seed(0))
    assert encoder.encode([noise]).shape == (1, 512)
