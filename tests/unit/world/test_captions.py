"""Captions name what is there, differ from draw to draw, and grow with strength."""

import pytest
import torch

from emostyle.errors import EmoStyleError
from emostyle.world.captions import (
    caption,
    event_prompts,
    lyric_captions,
    sound_captions,
    strength_prompts,
)
from emostyle.world.domain import DOMAINS
from emostyle.world.sound import SOUND_CLASSES
from emostyle.world.vocabulary import EVENTS, LYRICS, STRUCTURE
from emostyle.world.vocabulary_sounds import SOUND_WORDS


def row(domain: str, **values: float) -> torch.Tensor:
    """A middling scene without events, but for the given factors."""
    world = DOMAINS[domain]
    factors = torch.zeros(len(world.factor_names))
    factors[: len(world.structure)] = 0.4
    for name, value in values.items():
        factors[world.index(name)] = value
    return factors


def draws(domain: str, factors: torch.Tensor, count: int = 60) -> list[str]:
    """Several captions of one picture."""
    random = torch.Generator().manual_seed(1)
    return [caption(domain, factors, random) for _ in range(count)]


def test_tables_cover_the_world() -> None:
    """Every event and every sound class has words; structure words name real factors."""
    for name, world in DOMAINS.items():
        assert tuple(EVENTS[name]) == world.events
        assert set(STRUCTURE[name]) <= set(world.structure)
    assert set(SOUND_WORDS) == set(SOUND_CLASSES)


def test_equal_generators_give_equal_captions() -> None:
    """A caption depends on the factors and the generator alone."""
    factors = row("landscape", rain=0.8)
    assert draws("landscape", factors) == draws("landscape", factors)
    assert len(set(draws("landscape", factors))) > 30


@pytest.mark.parametrize(("domain", "event"), [(d, e) for d in EVENTS for e in EVENTS[d]])
def test_event_is_named(domain: str, event: str) -> None:
    """Nearly every caption of a strong event uses its words."""
    words = EVENTS[domain][event]
    known = [*words.bare, *words.strong, *words.middle, *LYRICS.get(event, ())]
    if event in SOUND_WORDS:
        known += [*SOUND_WORDS[event].bare, *SOUND_WORDS[event].strong]
    texts = draws(domain, row(domain, **{event: 0.9}))
    named = [any(phrase in text for phrase in known) for text in texts]
    assert sum(named) >= 0.85 * len(named)


def test_absent_events_are_not_named() -> None:
    """A quiet scene never rains."""
    assert not any("rain" in text for text in draws("landscape", row("landscape")))


def test_strength_changes_the_words() -> None:
    """Light and heavy rain share only the bare words and the frames."""
    light, heavy = set(sound_captions("rain", 0.2)), set(sound_captions("rain", 0.95))
    assert "a light drizzle" in light
    assert "the sound of heavy rain" in heavy
    assert light & heavy == {"rain", "the sound of rain", "rainfall", "raindrops"}
    assert not set(strength_prompts("portrait", "anger", 0.2)) & set(
        strength_prompts("portrait", "anger", 0.9)
    )


@pytest.mark.parametrize("sound_class", SOUND_WORDS)
def test_sound_captions(sound_class: str) -> None:
    """Every class has a dozen captions or more at every strength, without repetition."""
    for strength in (0.0, 0.5, 1.0):
        captions = sound_captions(sound_class, strength)
        assert len(captions) == len(set(captions)) >= 12


def test_verses_belong_to_valence() -> None:
    """Happy and sad music may be captioned by a verse of their mood."""
    assert LYRICS["joy"][0] in sound_captions("happy_music", 0.5)
    assert not set(lyric_captions("joy")) & set(lyric_captions("gloom"))


def test_event_prompts_follow_the_domain() -> None:
    """One list per event, in the domain's order."""
    for name, world in DOMAINS.items():
        prompts = event_prompts(name)
        assert tuple(prompts) == world.events
        assert all(len(texts) >= 12 for texts in prompts.values())


def test_mistakes_are_told() -> None:
    """Unknown names and rows of another length end with one sentence."""
    random = torch.Generator()
    with pytest.raises(EmoStyleError, match="Unknown domain 'city'"):
        caption("city", torch.zeros(3), random)
    with pytest.raises(EmoStyleError, match="row of 21 factors"):
        caption("landscape", torch.zeros(3), random)
    with pytest.raises(EmoStyleError, match="Unknown sound class 'whale'"):
        sound_captions("whale", 0.5)
    with pytest.raises(EmoStyleError, match="no event 'rain'"):
        strength_prompts("portrait", "rain", 0.5)
    with pytest.raises(EmoStyleError, match="not for 'anger'"):
        lyric_captions("anger")
