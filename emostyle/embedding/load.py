"""The audio encoder of a stack, ours or a published one, from whichever file fills the slot."""

from pathlib import Path
from typing import Any

from emostyle.embedding.audio_encoder import AudioEncoder, load_audio_encoder
from emostyle.embedding.published_audio.load import ENCODERS, load_published_audio
from emostyle.embedding.published_audio.sound_encoder import SoundEncoder
from emostyle.weights.store import read_metadata


def load_sound_encoder(path: str | Path) -> tuple[AudioEncoder | SoundEncoder, dict[str, Any]]:
    """A network with `encode` and `sample_rate_hz`, in evaluation mode, frozen.

    Args:
        path: a `.safetensors` file of `train_audio_encoder.py` or of `emostyle weights convert`.

    Returns:
        The network and the file's metadata (`classes` only where it was trained on named ones).

    Raises:
        WeightsError: the file is missing, damaged or of another kind.
    """
    if read_metadata(path).get("architecture") in ENCODERS:
        return load_published_audio(path)
    return load_audio_encoder(path)
