"""Whisper, the heads of Whisper-AT and the networks of GRU-EBS from converted files."""

from pathlib import Path

from torch import nn
from transformers import WhisperModel

from emostyle.emotion.melody_classifier import MelodyClassifier, classifier_from_state
from emostyle.emotion.melody_generator import MelodyGenerator, generator_from_state
from emostyle.emotion.whisper_at import TaggingHead, head_from_state, whisper_config
from emostyle.weights.state import load_exactly
from emostyle.weights.store import load_state


def load_whisper(path: str | Path) -> nn.Module:
    """Whisper, frozen, in evaluation mode.

    Args:
        path: a `.safetensors` file that `emostyle weights convert` made of OpenAI's `.pt` file.

    Raises:
        WeightsError: missing or damaged file, or one that holds something else.
    """
    state, metadata = load_state(path)
    network: nn.Module = WhisperModel(whisper_config(metadata["dims"]))
    load_exactly(network, state, "Whisper that its dims describe")
    return network.eval().requires_grad_(False)


def load_head(path: str | Path) -> TaggingHead:
    """A head of Whisper-AT, frozen, in evaluation mode.

    Args:
        path: a `.safetensors` file that `emostyle weights convert` made of a published head.

    Raises:
        WeightsError: missing or damaged file, or one that holds something else.
    """
    return head_from_state(load_state(path)[0])


def load_composer(path: str | Path) -> MelodyGenerator:
    """The lyric-melody generator of GRU-EBS, frozen, in evaluation mode.

    Args:
        path: a `.safetensors` file that `emostyle weights convert` made of the published one.

    Raises:
        WeightsError: missing or damaged file, or one that holds something else.
    """
    return generator_from_state(load_state(path)[0])


def load_song_classifier(path: str | Path) -> MelodyClassifier:
    """The song classifier of GRU-EBS, frozen, in evaluation mode.

    Args:
        path: a `.safetensors` file that `emostyle weights convert` made of the published one.

    Raises:
        WeightsError: missing or damaged file, or one that holds something else.
    """
    return classifier_from_state(load_state(path)[0])
