"""The networks of a stack beyond those of the edit itself: retrieval, words, polarity, melodies."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from torch import nn

from emostyle.embedding.imagebind import load_imagebind
from emostyle.emotion.chatglm import load_chatglm
from emostyle.emotion.load import load_composer, load_head, load_song_classifier, load_whisper
from emostyle.errors import StackError, WeightsError
from emostyle.inversion.e4e import ENCODERS, load_inverter
from emostyle.manipulate.stack import slot_file
from emostyle.weights.store import read_metadata

FOLDER = "chatglm"
"""The one network that is read from a folder."""
SLOTS: Mapping[str, Mapping[str, Callable[[Path], Any]]] = {
    "inverter": dict.fromkeys(ENCODERS, load_inverter),
    "retrieval": {"imagebind": load_imagebind},
    "transcriber": {"whisper": load_whisper, "whisper_at_head": load_head},
    "polarity": {FOLDER: load_chatglm},
    "composer": {"melody_generator": load_composer, "melody_classifier": load_song_classifier},
}
"""Slot -> architecture that its file names -> how it is loaded."""


def load_slot(stack: str | Path, slot: str, domain: str = "landscape") -> nn.Module:
    """The network in a slot, frozen, in evaluation mode.

    Args:
        stack: a stack's name or a YAML file.
        slot: one of `SLOTS`; those of the edit itself are loaded by `load_stack`.
        domain: picks the file where a slot has one per domain.

    Raises:
        StackError: unknown stack or slot, or a stack without it.
        WeightsError: the file is not there, or holds what does not belong into the slot.
    """
    if slot not in SLOTS:
        raise StackError(f"Unknown slot '{slot}'; choose one of {', '.join(SLOTS)}.")
    path = slot_file(stack, slot, domain)
    found = FOLDER if path.is_dir() else str(read_metadata(path).get("architecture"))
    if found not in SLOTS[slot]:
        known = ", ".join(SLOTS[slot])
        raise WeightsError(
            f"The {slot} slot names '{path}', which holds a '{found}', expected one of {known}; "
            "name another file in the stack."
        )
    network: nn.Module = SLOTS[slot][found](path)
    return network
