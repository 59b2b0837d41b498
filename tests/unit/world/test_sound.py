from dataclasses import fields

import numpy as np
import pytest
from scipy.signal import stft

from emostyle.errors import AudioError
from emostyle.world.factors import LandscapeFactors, PortraitFactors
from emostyle.world.sound import SOUND_CLASSES, noise, synthesize
from emostyle.world.sound.score import song
from emostyle.world.sound.speech import voice_over
from emostyle.world.sound.synthesis import _SYNTHESISERS
from emostyle.world.sound.take import Take

RATE = 16000


def log_spectrogram(x: np.ndarray) -> np.ndarray:
    """Level-free log spectrogram in dB, 40 dB deep."""
    power = np.abs(stft(x, RATE, nperseg=512)[2]) ** 2
    level = 10 * np.log10(power + 1e-12)
    return np.maximum(level - level.max(), -40)


def flux(sound_class: str, strength: float, seeds: range) -> float:
    """Mean rise of the dry sound's spectrum from frame to frame: how much happens in it."""
    values = []
    for seed in seeds:
        take = Take(np.random.default_rng(seed), 3 * RATE, RATE)
        rows = log_spectrogram(noise.peak(_SYNTHESISERS[sound_class](take, strength)))
        values.append(np.maximum(np.diff(rows.mean(0)), 0).mean())
    return float(np.mean(values))


def test_catalogue_matches_the_factors() -> None:
    assert set(SOUND_CLASSES) == set(_SYNTHESISERS)
    landscape = {f.name for f in fields(LandscapeFactors)}
    portrait = {f.name for f in fields(PortraitFactors)}
    for name, item in SOUND_CLASSES.items():
        assert item.name == name
        assert item.landscape is None or item.landscape in landscape
        assert item.portrait is None or item.portrait in portrait
        assert (item.group == "other") == (item.landscape is None and item.portrait is None)
    assert SOUND_CLASSES["tense_music"].portrait == "anger"
    assert SOUND_CLASSES["rain"].landscape == "rain"


@pytest.mark.parametrize("name", list(SOUND_CLASSES))
def test_every_class_is_a_sound(name: str) -> None:
    for seed, strength in ((0, 0.0), (1, 0.5), (2, 1.0)):
        x = synthesize(name, strength, seed, 1.5, RATE)
        assert x.shape == (1.5 * RATE,) and x.dtype == np.float32
        assert np.isfinite(x).all() and np.abs(x).max() <= 1.0
        assert x.std() > 1e-5


@pytest.mark.parametrize("name", list(SOUND_CLASSES))
def test_deterministic_and_seeded(name: str) -> None:
    first = synthesize(name, 0.7, 5, 1.0, RATE)
    assert np.array_equal(first, synthesize(name, 0.7, 5, 1.0, RATE))
    assert not np.array_equal(first, synthesize(name, 0.7, 6, 1.0, RATE))


@pytest.mark.parametrize("name", list(SOUND_CLASSES))
def test_strength_changes_more_than_gain(name: str) -> None:
    weak = log_spectrogram(synthesize(name, 0.1, 3, 3.0, RATE))
    strong = log_spectrogram(synthesize(name, 0.9, 3, 3.0, RATE))
    sounding = np.maximum(weak, strong) > -40
    assert np.abs(weak - strong)[sounding].mean() > 2.0


@pytest.mark.parametrize("name", ["giggling", "dog_bark", "wind"])
def test_strength_makes_more_happen(name: str) -> None:
    assert flux(name, 0.95, range(12)) > flux(name, 0.05, range(12))


@pytest.mark.parametrize("voice", ["spoken", "sung"])
@pytest.mark.parametrize("name", [n for n, c in SOUND_CLASSES.items() if c.group == "music"])
def test_syllables_lie_over_music(name: str, voice: str) -> None:
    """They add energy where voices are, and the music itself stays what it was."""
    alone = synthesize(name, 0.6, 4, 2.0, RATE)
    both = synthesize(name, 0.6, 4, 2.0, RATE, voice)
    assert both.shape == alone.shape and np.abs(both).max() <= 1.0
    assert not np.allclose(both, alone, atol=1e-3)
    person = Take(np.random.default_rng(9), 2 * RATE, RATE)
    syllables = voice_over(person, voice)
    spectrum = np.abs(np.fft.rfft(syllables)) ** 2
    hz = np.fft.rfftfreq(len(syllables), 1 / RATE)
    assert spectrum[(hz > 80) & (hz < 4000)].sum() > 0.8 * spectrum.sum()


def cues(name: str) -> np.ndarray:
    """Loudness in dB, centroid in octaves, median pitch in octaves of several dry-run clips."""
    rows = []
    for seed in range(30):
        x = synthesize(name, 0.7, seed, 3.0, RATE)
        power = np.abs(np.fft.rfft(x)) ** 2
        hz = np.fft.rfftfreq(len(x), 1 / RATE)
        heard = hz > 60
        share = np.cumsum(power[heard]) / power[heard].sum()
        middle, top = (hz[heard][np.searchsorted(share, q)] for q in (0.5, 0.9))
        rows.append([20 * np.log10(x.std() + 1e-9), np.log2(top), np.log2(middle)])
    return np.array(rows)


def test_loudness_brightness_and_register_do_not_tell_the_mood() -> None:
    """Happy and sad music overlap in each: their means lie within one standard deviation."""
    happy, sad = cues("happy_music"), cues("sad_music")
    apart = np.abs(happy.mean(0) - sad.mean(0)) / np.sqrt((happy.var(0) + sad.var(0)) / 2)
    assert (apart < 1.0).all(), apart


def test_happy_is_busier_than_sad() -> None:
    def rate(bpm: float, busy: float, held: float) -> float:
        counts = []
        for seed in range(20):
            take = Take(np.random.default_rng(seed), 5 * RATE, RATE)
            notes = song(take, bpm, True, held, busy, 0.01)
            starts = {round(n.start_s, 1) for n in notes if 0 <= n.start_s < 5}
            counts.append(len(starts) / 5)
        return float(np.mean(counts))

    assert rate(115, 0.8, 0.6) > 1.4 * rate(48, 0.5, 1.4)


@pytest.mark.parametrize("rate", [8000, 22050, 48000])
def test_other_rates_and_lengths(rate: int) -> None:
    for name in ("birds", "sobbing", "crickets", "happy_music", "explosion"):
        assert synthesize(name, 0.5, 1, 0.3, rate).shape == (round(0.3 * rate),)


@pytest.mark.parametrize(
    "arguments",
    [
        ("hail", 0.5, 0),
        ("rain", 1.5, 0),
        ("rain", 0.5, -1),
        ("rain", 0.5, 0, 0.01),
        ("rain", 0.5, 0, 1.0, RATE, "sung"),
    ],
)
def test_user_mistakes_are_told(arguments: tuple) -> None:
    with pytest.raises(AudioError, match="expected"):
        synthesize(*arguments)


def test_shape_spectrum_with_gain_one_is_identity() -> None:
    take = Take(np.random.default_rng(0), 5000, RATE)
    x = noise.white(take)
    gain = np.ones((noise.frame_count(take), noise.frame_frequencies(take).size))
    assert np.allclose(noise.shape_spectrum(x, gain), x, atol=1e-5)


def test_modes_equal_the_naive_sum() -> None:
    f, d, a = np.array([440.0, 1000.0]), np.array([0.1, 0.05]), np.array([1.0, 0.5])
    t = np.arange(3000) / RATE
    naive = sum(
        a[k] * np.exp(-t / d[k]) * np.sin(2 * np.pi * f[k] * t + 0.3) for k in range(f.size)
    )
    assert np.allclose(noise.modes(f, d, a, 3000, RATE, 0.3), naive, atol=1e-4)


def test_coloured_noise_has_its_slope() -> None:
    take = Take(np.random.default_rng(0), 1 << 17, RATE)
    power = np.abs(np.fft.rfft(noise.coloured(take, -6.0))) ** 2
    low, high = power[4000:4400].mean(), power[8000:8800].mean()
    assert 10 * np.log10(high / low) == pytest.approx(-6.0, abs=0.6)
