"""`synthesize`: class, strength and seed to a waveform."""

from collections.abc import Callable
from zlib import crc32

import numpy as np

from emostyle.errors import AudioError
from emostyle.world.sound import (
    animals,
    bells,
    birds,
    coughs,
    cries,
    explosion,
    fire,
    machines,
    music,
    noise,
    rain,
    room,
    speech,
    thunder,
    water,
    wind,
)
from emostyle.world.sound.catalogue import SOUND_CLASSES
from emostyle.world.sound.take import Signal, Take

Synthesiser = Callable[[Take, float], Signal]

_SYNTHESISERS: dict[str, Synthesiser] = {
    "rain": rain.rain,
    "thunderstorm": thunder.thunderstorm,
    "wind": wind.wind,
    "fire": fire.fire,
    "explosion": explosion.explosion,
    "waves": water.waves,
    "underwater": water.underwater,
    "birds": birds.birds,
    "giggling": cries.giggling,
    "sobbing": cries.sobbing,
    "screaming": cries.screaming,
    "coughing": coughs.coughing,
    "happy_music": music.happy_music,
    "sad_music": music.sad_music,
    "tense_music": music.tense_music,
    "calm_music": music.calm_music,
    "chainsaw": machines.chainsaw,
    "drill": machines.drill,
    "dog_bark": animals.dog_bark,
    "clock_tick": bells.clock_tick,
    "helicopter": machines.helicopter,
    "rooster": animals.rooster,
    "speech": speech.speech,
    "church_bells": bells.church_bells,
    "crickets": animals.crickets,
}


def synthesize(
    sound_class: str,
    strength: float,
    seed: int,
    seconds: float = 5.0,
    sample_rate_hz: int = 44100,
    voice: speech.Voice | None = None,
) -> Signal:
    """A synthetic recording of one class of sound.

    The sound and the recording (room, microphone, gain) draw from separate random streams, so
    strength changes the time-frequency pattern while the recording stays the same for a seed.

    Args:
        sound_class: a key of `SOUND_CLASSES`.
        strength: in [0, 1]; more drops, cracks, calls, gusts, a more pronounced mood.
        seed: non-negative whole number; every seed is another sub-type, place and microphone.
        seconds: length, at least 0.25.
        sample_rate_hz: sample rate, at least 8000.
        voice: spoken or sung syllables over music, whatever its mood; None adds none.

    Returns:
        (T,) float32 with T = round(seconds * sample_rate_hz) and |x| <= 1, the same for the same
        arguments.

    Raises:
        AudioError: if the class is unknown or a number is out of range.
    """
    if sound_class not in SOUND_CLASSES:
        known = ", ".join(SOUND_CLASSES)
        raise AudioError(f"sound_class is {sound_class!r}; expected one of: {known}.")
    if not 0.0 <= strength <= 1.0:
        raise AudioError(f"strength is {strength}; expected a number in [0, 1].")
    if seed < 0:
        raise AudioError(f"seed is {seed}; expected a whole number from 0 upwards.")
    if seconds < 0.25 or sample_rate_hz < 8000:
        raise AudioError(
            f"seconds is {seconds} and sample_rate_hz is {sample_rate_hz}; "
            "expected at least 0.25 s and 8000 Hz."
        )
    if voice is not None and SOUND_CLASSES[sound_class].group != "music":
        raise AudioError(f"voice is {voice!r} with {sound_class!r}; expected a class of music.")
    n = round(seconds * sample_rate_hz)
    streams = np.random.SeedSequence([seed, crc32(sound_class.encode())]).spawn(3)
    sound, recording, person = (Take(np.random.default_rng(s), n, sample_rate_hz) for s in streams)
    dry = _SYNTHESISERS[sound_class](sound, float(strength))
    if voice is not None:
        level = np.float32(person.log_uniform(0.3, 1.0))
        dry = noise.unit(dry) + level * speech.voice_over(person, voice)
    return room.record(recording, dry)
