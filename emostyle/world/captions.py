"""English captions of pictures and sounds of the world: free text over a fixed set of facts.

A caption names a random part of what is there: events nearly always, the rest of the scene more
rarely. Strength becomes a strength word ("a light drizzle", "rain", "a heavy downpour"), mood may
become a verse. The words are in `vocabulary` and `vocabulary_sounds`.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from emostyle.errors import EmoStyleError
from emostyle.world.factors import LandscapeFactors, PortraitFactors, factor_names
from emostyle.world.vocabulary import (
    EVENTS,
    HIDDEN_BELOW_HALF,
    LYRICS,
    NEUTRAL,
    PERSON_BY_AGE,
    STRUCTURE,
    EventWords,
    Range,
)
from emostyle.world.vocabulary_sounds import SOUND_TEMPLATES, SOUND_WORDS

LEVEL_EDGES = (0.43, 0.72)
"""Strengths at which "light" becomes "middle" and "middle" becomes "strong"."""
PRESENT = 0.08
"""An event below this strength is not spoken of."""

_NAMES = {
    "landscape": factor_names(LandscapeFactors),
    "portrait": factor_names(PortraitFactors),
}
_SCENE_FRAMES = {
    "landscape": ("{}", "a landscape with {}", "a view of {}", "a picture of {}", "scenery: {}"),
    "portrait": ("{}", "a portrait of {}", "a picture of {}", "a photo of {}", "the face of {}"),
}
_EVENT_FRAMES = {
    "landscape": (
        "{scene}, {event}",
        "{event}, {scene}",
        "{scene} and {event}",
        "{scene}: {event}",
    ),
    "portrait": ("{scene}, {event}", "{event}, {scene}", "{scene}: {event}", "{event}: {scene}"),
}
_BARE_EVENT = {
    "landscape": ("{}", "{}", "a picture of {}", "a landscape with {}", "outdoors, {}"),
    "portrait": ("{}", "{}", "a person, {}", "a face: {}", "a portrait: {}"),
}
_SUNG = ("{}", "la la la, {}", "{}, oh oh", "a song: {}")
_WHEN = ("at ", "in ", "on ", "by ", "under ", "with ")
_VALENCE = {"happy_music": "joy", "sad_music": "gloom"}


def _pick(options: Sequence[str], generator: torch.Generator) -> str:
    return options[int(torch.randint(len(options), (), generator=generator))]


def _chance(probability: float, generator: torch.Generator) -> bool:
    return float(torch.rand((), generator=generator)) < probability


def _require_domain(domain: str) -> None:
    if domain not in EVENTS:
        raise EmoStyleError(f"Unknown domain '{domain}'; choose one of {', '.join(EVENTS)}.")


def _level(words: EventWords, strength: float) -> tuple[str, ...]:
    light, strong = LEVEL_EDGES
    if strength < light:
        return words.light
    return words.middle if strength < strong else words.strong


def _in_range(ranges: Sequence[Range], value: float) -> tuple[str, ...]:
    return next((r.phrases for r in ranges if value <= r.upper), ranges[-1].phrases)


def _event_phrase(
    domain: str, event: str, strength: float, generator: torch.Generator, bare: float = 0.25
) -> str:
    """A phrase for an event; near a level's edge either side's words may come."""
    words = EVENTS[domain][event]
    if _chance(bare, generator):
        return _pick(words.bare, generator)
    blurred = strength + 0.06 * float(torch.randn((), generator=generator))
    return _pick(_level(words, blurred), generator)


def _scene(
    domain: str, values: dict[str, float], mention: float, generator: torch.Generator
) -> str:
    """A noun phrase with a random part of the structure factors."""
    phrases = []
    for name, ranges in STRUCTURE[domain].items():
        hidden = name in HIDDEN_BELOW_HALF and values[name] < 0.5
        bald = name in ("hair_curl", "hair_colour") and values["hair_length"] < 0.15
        options = _in_range(ranges, values[name])
        if options and not hidden and not bald and _chance(mention, generator):
            phrases.append(_pick(options, generator))
    if phrases and all(p.startswith(_WHEN) for p in phrases):
        phrases[0] = f"a scene {phrases[0]}"
    if domain == "portrait":
        person = _pick(_in_range(PERSON_BY_AGE, values["age"]), generator)
        return f"{person} with {', '.join(phrases)}" if phrases else person
    return ", ".join(sorted(phrases, key=lambda p: p.startswith(_WHEN)))


def caption(
    domain: str, factors_row: Tensor, generator: torch.Generator, mention: float = 0.25
) -> str:
    """A free caption of one picture.

    Args:
        domain: `landscape` or `portrait`.
        factors_row: (F,) factors in [0, 1], columns as in the domain's dataclass.
        generator: source of all randomness.
        mention: probability that a structure factor is named.

    Returns:
        One line of lower-case English (verses keep their capital I).

    Raises:
        EmoStyleError: unknown domain, or a row of another length.
    """
    _require_domain(domain)
    names = _NAMES[domain]
    if factors_row.shape != (len(names),):
        raise EmoStyleError(
            f"A {domain} has a row of {len(names)} factors, but {tuple(factors_row.shape)} came."
        )
    values = dict(zip(names, factors_row.tolist(), strict=True))
    present = [name for name in EVENTS[domain] if values[name] > PRESENT]
    if present and _chance(0.3, generator):
        weights = torch.tensor([values[name] for name in present])
        event = present[int(torch.multinomial(weights, 1, generator=generator))]
        return _short_caption(domain, event, values[event], generator)
    if not present and _chance(0.25, generator):
        return _pick(NEUTRAL[domain], generator)
    scene = _scene(domain, values, mention, generator)
    told = [e for e in present if _chance(0.95, generator)]
    if not scene and not told:
        return _pick(NEUTRAL[domain], generator)
    events = " and ".join(_event_phrase(domain, e, values[e], generator) for e in told)
    if not scene:
        return events
    scene = _pick(_SCENE_FRAMES[domain], generator).format(scene)
    if not told:
        return scene
    return _pick(_EVENT_FRAMES[domain], generator).format(scene=scene, event=events)


def _short_caption(domain: str, event: str, strength: float, generator: torch.Generator) -> str:
    """A caption of the event alone: a verse, the words for its sound, or its plain words."""
    if event in LYRICS and _chance(0.35, generator):
        return _pick(lyric_captions(event), generator)
    if event in SOUND_WORDS and _chance(0.5, generator):
        return _pick(sound_captions(event, strength), generator)
    phrase = _event_phrase(domain, event, strength, generator, bare=0.35)
    return _pick(_BARE_EVENT[domain], generator).format(phrase)


def sound_captions(sound_class: str, strength: float) -> list[str]:
    """All captions of a sound: bare words of its class and the words of its strength.

    Args:
        sound_class: one of the classes of `emostyle.world.sound`.
        strength: in [0, 1].

    Returns:
        Captions in a fixed order, such as "the sound of heavy rain"; happy and sad music add
        verses.

    Raises:
        EmoStyleError: unknown class.
    """
    if sound_class not in SOUND_WORDS:
        known = ", ".join(SOUND_WORDS)
        raise EmoStyleError(f"Unknown sound class '{sound_class}'; choose one of {known}.")
    words = SOUND_WORDS[sound_class]
    captions = [f.format(p) for p in _level(words, strength) for f in SOUND_TEMPLATES]
    captions += [f.format(words.bare[0]) for f in SOUND_TEMPLATES[:2]] + list(words.bare[1:])
    if sound_class in _VALENCE:
        captions += lyric_captions(_VALENCE[sound_class])[:: len(_SUNG)]
    return captions


def lyric_captions(mood: str) -> list[str]:
    """Sung verses of a mood, `joy` or `gloom`, each in several frames.

    Raises:
        EmoStyleError: another mood.
    """
    if mood not in LYRICS:
        raise EmoStyleError(f"There are verses for {', '.join(LYRICS)}, not for '{mood}'.")
    return [frame.format(verse) for verse in LYRICS[mood] for frame in _SUNG]


def event_prompts(domain: str) -> dict[str, list[str]]:
    """Zero-shot prompts per event: its bare words in plain frames.

    Args:
        domain: `landscape` or `portrait`.

    Returns:
        Event name -> prompts, in the order of the domain's events.

    Raises:
        EmoStyleError: unknown domain.
    """
    _require_domain(domain)
    frames = _BARE_EVENT[domain][1:]
    return {
        event: [frame.format(phrase) for phrase in words.bare for frame in frames]
        for event, words in EVENTS[domain].items()
    }


def strength_prompts(domain: str, event: str, strength: float) -> list[str]:
    """Phrases that say an event has about this strength.

    Args:
        domain: `landscape` or `portrait`.
        event: one of the domain's events.
        strength: in [0, 1].

    Raises:
        EmoStyleError: unknown domain or event.
    """
    _require_domain(domain)
    if event not in EVENTS[domain]:
        known = ", ".join(EVENTS[domain])
        raise EmoStyleError(f"A {domain} has no event '{event}'; choose one of {known}.")
    phrases = _level(EVENTS[domain][event], strength)
    return [frame.format(phrase) for phrase in phrases for frame in _BARE_EVENT[domain][1:]]
