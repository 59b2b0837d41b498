"""Non-verbal voices: laughing, crying, screaming."""

from dataclasses import replace

import numpy as np

from emostyle.world.sound import noise
from emostyle.world.sound.take import Signal, Take
from emostyle.world.sound.voice import Utterance, speaker


def giggling(take: Take, strength: float) -> Signal:
    """Laughter; strength raises the rate of the syllables and how many there are.

    Args:
        take: the take.
        strength: in [0, 1], a chuckle to helpless laughter.

    Returns:
        (T,) float32, any scale.
    """
    out = take.silence()
    people = 1 + (take.count(0.25 + 0.5 * strength) if take.chance(0.4) else 0)
    for person in range(min(people, 3)):
        who = speaker(take, (1.2, 1.6, 1.2, 0.8))
        u = Utterance(take, who)
        rate = (3.6 + 3.0 * strength) * take.log_uniform(0.88, 1.14)
        vowel = take.choice(("a", "e", "i", "o", "schwa"), [4, 2, 2, 1, 2])
        breathy = take.uniform(0.15, 0.9)
        at = take.uniform(-0.5, 0.8)
        while at < take.seconds:
            number = 2 + take.count(2 + 6 * strength)
            high = take.uniform(1.1, 1.7 + 0.9 * strength)
            low = take.uniform(0.75, 1.1)
            for k in range(number):
                progress = k / max(number - 1, 1)
                pitch = high + (low - high) * progress**0.7
                length = take.uniform(0.45, 0.75) / rate
                level = (1 - 0.6 * progress) * take.uniform(0.7, 1)
                u.say(at, 0.4 / rate, pitch, vowel, 0.0, breath=0.5 * level * breathy)
                curve = pitch * np.array([0.95, take.uniform(1.0, 1.15), take.uniform(0.75, 0.95)])
                voiced = level * (1.0 if take.chance(0.9) else 0.1)
                u.say(
                    at + 0.3 / rate,
                    length,
                    curve,
                    vowel,
                    voiced,
                    0.3 * level * breathy,
                    rise=0.2,
                    fall=0.5,
                )
                at += take.uniform(0.92, 1.08) / rate * (1 + 0.25 * progress)
            if take.chance(0.5):
                u.say(
                    at + 0.05,
                    take.uniform(0.15, 0.4),
                    take.uniform(1.2, 2.2),
                    "a",
                    take.choice((0.0, 0.4)),
                    0.5,
                    rise=0.5,
                )
                at += 0.3
            at += take.log_uniform(0.15, 1.0) * (1.6 - 1.2 * strength)
        noise.add(out, 0, noise.unit(u.render()), 1.0 if person == 0 else take.uniform(0.2, 0.7))
    return out


def _baby_cry(take: Take, strength: float) -> Signal:
    base = speaker(take, (0, 0, 0.1, 1))
    pressed = replace(base, tilt=take.uniform(0.0, 0.9), focus=take.uniform(0.35, 0.7))
    u = Utterance(take, pressed)
    u.fall = take.uniform(0.3, 1.5)
    at = take.uniform(-0.8, 0.6)
    rough_chance = 0.05 + 0.75 * strength
    while at < take.seconds:
        length = take.log_uniform(0.6, 1.1) * (0.4 + 1.0 * strength)
        top = take.uniform(1.0, 1.15) * (0.9 + 0.5 * strength)
        curve = top * np.array(
            [
                take.uniform(0.7, 0.9),
                1.0,
                take.uniform(0.93, 1.03),
                take.uniform(0.9, 1.0),
                take.uniform(0.55, 0.85),
            ]
        )
        wobble = np.interp(np.linspace(0, 1, 60), np.linspace(0, 1, 5), curve)
        wobble *= 1 + take.uniform(0, 0.03) * np.sin(
            2 * np.pi * np.arange(60) / 60 * length * take.uniform(5, 9)
        )
        rough = take.uniform(0.3, 0.9) if take.chance(rough_chance) else 0.0
        vowels = take.choice((("a", "a"), ("e", "a"), ("schwa", "a"), ("a", "e"), ("u", "a")))
        u.say(
            at, length, wobble, vowels, take.uniform(0.6, 1), 0.1, rough=rough, rise=0.15, fall=0.25
        )
        at += length + 0.02
        gasp = take.uniform(0.12, 0.3)
        u.say(at + 0.05, gasp, take.uniform(1.2, 1.8), "a", take.choice((0.0, 0.25)), 0.2, rise=0.6)
        at += gasp + take.log_uniform(0.15, 0.5) * (2.2 - 2.0 * strength)
    return u.render()


def _adult_cry(take: Take, strength: float) -> Signal:
    u = Utterance(take, speaker(take, (1, 1.6, 1, 0)))
    at = take.uniform(-0.8, 0.5)
    tremor = take.uniform(4.5, 8.5)
    while at < take.seconds:
        style = take.choice(
            ("wail", "sobs", "sniff"), [0.3 + 2 * strength, 2.0, 1.2 * (1 - strength)]
        )
        vowel = take.choice(("a", "u", "schwa", "e", "o"), [2, 1, 2, 1, 1])
        if style == "wail":
            length = take.uniform(0.7, 1.2) * (0.5 + 0.9 * strength)
            curve = np.interp(
                np.linspace(0, 1, 80),
                [0, 0.2, 1],
                [take.uniform(1.1, 1.6), take.uniform(1.4, 2.0), take.uniform(0.8, 1.2)],
            )
            depth = take.uniform(0.02, 0.07) * (0.5 + strength)
            curve *= 1 + depth * np.sin(2 * np.pi * tremor * np.linspace(0, length, 80))
            u.say(
                at,
                length,
                curve,
                vowel,
                take.uniform(0.6, 1),
                take.uniform(0.1, 0.5),
                rough=float(np.clip(take.uniform(-0.2, 0.2) + 0.7 * strength, 0, 1)),
                fall=0.5,
            )
            at += length
        elif style == "sobs":
            rate = (1.6 + 2.2 * strength) * take.uniform(0.9, 1.1)
            for k in range(take.integer(2, 4) + round(3 * strength)):
                pitch = take.uniform(0.9, 1.2) * (1 + 0.5 * strength) * np.array([1.1, 1.0, 0.8])
                u.say(
                    at,
                    0.5 / rate,
                    pitch,
                    vowel,
                    take.uniform(0.3, 0.9) * 0.9**k,
                    take.uniform(0.2, 0.6),
                    rise=0.3,
                    fall=0.6,
                )
                u.say(
                    at + 0.55 / rate,
                    0.35 / rate,
                    take.uniform(1.2, 1.8),
                    "a",
                    take.choice((0.0, 0.3)),
                    take.uniform(0.2, 0.5),
                    rise=0.6,
                )
                at += 1 / rate
        else:
            for _ in range(take.integer(1, 3)):
                u.say(
                    at,
                    take.uniform(0.12, 0.3),
                    1.0,
                    "i",
                    0.0,
                    0.2,
                    take.uniform(0.1, 0.4),
                    rise=0.7,
                )
                at += take.uniform(0.25, 0.45)
        long_gasp = take.uniform(0.25, 0.7)
        if take.chance(0.6):
            u.say(
                at + 0.05,
                long_gasp,
                take.uniform(1.2, 2),
                ("schwa", "a"),
                take.choice((0.0, 0.2)),
                0.5,
                rise=0.7,
            )
            at += long_gasp
        at += take.log_uniform(0.1, 0.5) * (2.2 - 2.0 * strength)
    return u.render()


def sobbing(take: Take, strength: float) -> Signal:
    """Crying, of babies and adults; strength raises the number, length and pitch of the cries.

    Args:
        take: the take.
        strength: in [0, 1], whimpering to bawling.

    Returns:
        (T,) float32, any scale.
    """
    return (_baby_cry if take.chance(0.5) else _adult_cry)(take, strength)


def screaming(take: Take, strength: float) -> Signal:
    """Screams; strength raises pitch, roughness, length and number.

    Args:
        take: the take.
        strength: in [0, 1], a shout to a shriek.

    Returns:
        (T,) float32, any scale.
    """
    out = take.silence()
    people = 1 if take.chance(0.8) else take.integer(2, 3)
    for person in range(people):
        base = speaker(take, (1, 2, 0.7, 0))
        tilt = take.uniform(0.9, 1.2) - 0.6 * strength
        who = replace(base, tilt=tilt, focus=take.uniform(0.45, 0.85))
        u = Utterance(take, who)
        at = take.uniform(0.0, 0.7)
        while at < take.seconds:
            length = take.log_uniform(0.6, 1.2) * (0.4 + 1.2 * strength)
            top = take.uniform(1.7, 2.2) * (1 + 1.1 * strength)
            top = min(top, 1700 / who.f0_hz)
            shape = take.choice(
                ([0.6, 1, 1, 0.9], [0.9, 1, 0.95, 0.6], [0.5, 0.8, 1, 1], [1, 0.7, 1, 0.5])
            )
            curve = np.interp(np.linspace(0, 1, 60), np.linspace(0, 1, 4), top * np.array(shape))
            curve *= 1 + take.uniform(0, 0.04) * np.sin(
                np.linspace(0, 2 * np.pi * length * take.uniform(4, 8), 60)
            )
            rough = np.clip(take.uniform(-0.1, 0.2) + 0.9 * strength, 0, 1)
            vowel = take.choice(
                (("a", "a"), ("e", "a"), ("i", "i"), ("a", "o"), ("e", "e")), [4, 2, 1, 1, 1]
            )
            u.say(
                at,
                length,
                curve,
                vowel,
                1.0,
                take.uniform(0.1, 0.5),
                rough=float(rough),
                rise=0.06,
                fall=0.2,
            )
            at += length
            if take.chance(0.5):
                u.say(at + 0.05, 0.35, 1.2, "a", 0.0, 0.25, rise=0.7)
                at += 0.4
            at += take.log_uniform(0.3, 0.9) * (2.0 - 1.8 * strength)
        noise.add(out, 0, noise.unit(u.render()), 1.0 if person == 0 else take.uniform(0.2, 0.8))
    return np.asarray(np.tanh(out * take.log_uniform(0.3, 2.0)), np.float32)
