"""Animals that are neither songbirds nor people: dogs, cocks, crickets."""

import numpy as np

from emostyle.world.sound import noise
from emostyle.world.sound.take import Signal, Take
from emostyle.world.sound.voice import Speaker, Utterance


def dog_bark(take: Take, strength: float) -> Signal:
    """A barking dog; strength raises the number of barks and their sharpness."""
    size = take.uniform(0, 1)
    who = Speaker(
        700 - 520 * size + take.uniform(0, 120),
        1.3 - 0.6 * size,
        take.uniform(0.7, 1.3),
        0.2,
        take.uniform(0.6, 1.0),
    )
    u = Utterance(take, who)
    at = take.uniform(0.0, 0.8)
    left = 1 + take.count(6 * strength)
    while left > 0 and at < take.seconds:
        length = take.uniform(0.09, 0.22)
        curve = [take.uniform(0.7, 0.9), take.uniform(1.1, 1.4), take.uniform(0.6, 0.9)]
        u.say(
            at,
            length,
            curve,
            ("schwa", "a"),
            1.0,
            take.uniform(0.2, 0.7),
            rough=take.uniform(0.2, 0.8),
            rise=0.1,
            fall=0.6,
        )
        gap = take.uniform(0.12, 0.45) if take.chance(0.75) else take.uniform(0.5, 1.2)
        at += length + gap * (1.4 - 0.7 * strength)
        left -= 1
    return u.render()


def rooster(take: Take, strength: float) -> Signal:
    """A crowing cock; strength lengthens the last note and raises the number of crows."""
    who = Speaker(
        take.log_uniform(420, 720),
        take.uniform(1.1, 1.6),
        take.uniform(0.6, 1.4),
        0.03,
        take.uniform(0.5, 0.9),
    )
    u = Utterance(take, who)
    at = take.uniform(-0.1, 0.25 * take.seconds)
    for _ in range(1 + (take.chance(0.35 * strength))):
        rough = take.uniform(0.05, 0.5) if take.chance(0.4) else 0.0
        for length, curve in (
            (take.uniform(0.12, 0.25), [0.9, 1.1, 1.0]),
            (take.uniform(0.08, 0.2), [1.1, 1.25, 1.15]),
            (take.uniform(0.2, 0.5), [1.2, 1.55, 1.5]),
            (take.uniform(0.5, 0.9) + 0.7 * strength, [1.4, 1.5, 1.35, 1.2, 0.7]),
        ):
            vowels = take.choice((("o", "a"), ("a", "a"), ("e", "a"), ("a", "u")))
            u.say(
                at,
                length,
                curve,
                vowels,
                take.uniform(0.7, 1),
                0.1,
                rough=rough,
                rise=0.1,
                fall=0.2,
            )
            at += length + take.uniform(-0.03, 0.05)
        at += take.uniform(0.7, 2.0)
    return u.render()


def crickets(take: Take, strength: float) -> Signal:
    """Crickets or cicadas; strength raises chirp rate and the number of insects."""
    out = take.silence()
    t = noise.times(take)
    for insect in range(1 + take.count(2.5 * strength)):
        f = take.log_uniform(2600, 6500)
        pulse_hz = take.uniform(15, 45)
        chirp_hz = take.uniform(0.8, 1.8) * (1 + 1.5 * strength)
        duty = take.uniform(0.25, 0.6) if take.chance(0.75) else 1.0
        gate = ((t * chirp_hz + take.uniform(0, 1)) % 1.0) < duty
        pulses = np.maximum(np.sin(2 * np.pi * pulse_hz * t), 0) ** take.uniform(0.6, 2)
        carrier = noise.tone(f * (1 + 0.004 * noise.wander(take, 3, 40)), take)
        if take.chance(0.25):
            carrier = noise.band(noise.white(take), take, f, 1.4 * f)
        level = 1.0 if insect == 0 else take.log_uniform(0.1, 0.7)
        out += np.float32(level) * carrier * (gate * pulses).astype(np.float32)
    return noise.mix([(out, 1.0), (noise.coloured(take, -4), take.log_uniform(0.02, 0.3))])
