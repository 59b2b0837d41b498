"""The vocabulary of the world's sounds and what each class says about a picture."""

from dataclasses import dataclass
from typing import Literal

Group = Literal["event", "music", "voice", "other"]


@dataclass(frozen=True)
class SoundClass:
    """One class of sounds and the factor it speaks of in each domain.

    Attributes:
        name: name of the class, e.g. `"rain"`.
        group: `event` (a happening outdoors), `voice` (a person), `music`, or `other` (speaks of
            nothing that the pictures show; there to be rejected).
        landscape: factor of `LandscapeFactors` the sound raises, or None.
        portrait: factor of `PortraitFactors` the sound raises, or None.
    """

    name: str
    group: Group
    landscape: str | None
    portrait: str | None


_EVENTS = ("rain", "thunderstorm", "wind", "fire", "explosion", "waves", "underwater", "birds")
_VOICES = ("giggling", "sobbing", "screaming", "coughing")
_MUSIC: dict[str, tuple[str | None, str | None]] = {
    "happy_music": ("joy", "joy"),
    "sad_music": ("gloom", "gloom"),
    "tense_music": ("thunderstorm", "anger"),
    "calm_music": (None, "calm"),
}
_OTHERS = (
    "chainsaw",
    "drill",
    "dog_bark",
    "clock_tick",
    "helicopter",
    "rooster",
    "speech",
    "church_bells",
    "crickets",
)

_LIST = (
    *(SoundClass(name, "event", name, None) for name in _EVENTS),
    *(SoundClass(name, "voice", None, name) for name in _VOICES),
    *(SoundClass(name, "music", *factors) for name, factors in _MUSIC.items()),
    *(SoundClass(name, "other", None, None) for name in _OTHERS),
)

SOUND_CLASSES: dict[str, SoundClass] = {item.name: item for item in _LIST}
