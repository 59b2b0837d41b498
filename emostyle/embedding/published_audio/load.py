"""Rebuild a published audio encoder from a weights file of ours."""

from pathlib import Path
from typing import Any

from emostyle.embedding.published_audio.audioclip import AudioCLIPEncoder
from emostyle.embedding.published_audio.lee import LeeAudioEncoder
from emostyle.embedding.published_audio.sound_encoder import SoundEncoder
from emostyle.embedding.published_audio.swin import SwinAudioEncoder
from emostyle.embedding.published_audio.wav2clip import Wav2CLIP
from emostyle.errors import WeightsError
from emostyle.weights.state import load_exactly
from emostyle.weights.store import load_state, resolve

ENCODERS: dict[str, type[SoundEncoder]] = {
    encoder.architecture: encoder
    for encoder in (LeeAudioEncoder, SwinAudioEncoder, Wav2CLIP, AudioCLIPEncoder)
}
"""The published encoders by the name that a weights file carries."""


def load_published_audio(name_or_path: str | Path) -> tuple[SoundEncoder, dict[str, Any]]:
    """An encoder from a file that `save_network` wrote with `describe()`.

    Args:
        name_or_path: name of a bundled file, or a path.

    Returns:
        The network in evaluation mode, frozen, and the file's metadata.

    Raises:
        WeightsError: no such file, one that holds something else, or damaged weights.
    """
    state, metadata = load_state(resolve(name_or_path))
    architecture = metadata.get("architecture")
    if architecture not in ENCODERS:
        raise WeightsError(
            f"'{name_or_path}' holds a '{architecture}', expected one of "
            f"{', '.join(sorted(ENCODERS))}; name another file for the audio_encoder slot."
        )
    network = ENCODERS[architecture](**metadata["arguments"])
    load_exactly(network, state, f"{architecture} network")
    return network.eval().requires_grad_(False), metadata
