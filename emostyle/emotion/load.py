"""Whisper, the heads of Whisper-AT and the networks of GRU-EBS from converted files."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from torch import Tensor, nn
from transformers import WhisperModel

from emostyle.emotion.melody_classifier import classifier_from_state
from emostyle.emotion.melody_generator import generator_from_state
from emostyle.emotion.whisper_at import head_from_state, whisper_config
from emostyle.weights.state import load_exactly
from emostyle.weights.store import load_state

Network = TypeVar("Network", bound=nn.Module)


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


def from_converted(build: Callable[[dict[str, Tensor]], Network]) -> Callable[[Path], Network]:
    """The loader of a network whose sizes its tensors tell.

    Args:
        build: state dict to network, frozen, in evaluation mode.

    Returns:
        From a `.safetensors` file that `emostyle weights convert` made to the network; raises
        WeightsError for a missing or damaged file, or one that holds something else.
    """

    def load(path: Path) -> Network:
        return build(load_state(path)[0])

    return load


load_head = from_converted(head_from_state)
"""A head of Whisper-AT from its converted file."""
load_composer = from_converted(generator_from_state)
"""The lyric-melody generator of GRU-EBS from its converted file."""
load_song_classifier = from_converted(classifier_from_state)
"""The song classifier of GRU-EBS from its converted file."""
