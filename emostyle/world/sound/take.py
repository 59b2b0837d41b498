"""A take: the length and rate of a recording, and the random numbers it is made of."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float32]
Curve = NDArray[np.float64]
_T = TypeVar("_T")


class Take:
    """Length, sample rate and random source of one synthetic recording.

    Args:
        rng: source of every random number of the take.
        n_samples: length T of the recording.
        rate_hz: sample rate.
    """

    def __init__(self, rng: np.random.Generator, n_samples: int, rate_hz: int) -> None:
        self.rng = rng
        self.n_samples = n_samples
        self.rate_hz = rate_hz

    @property
    def seconds(self) -> float:
        """Length of the take in seconds."""
        return self.n_samples / self.rate_hz

    @property
    def top_hz(self) -> float:
        """Highest frequency that filters and tones may use (just below Nyquist)."""
        return 0.47 * self.rate_hz

    def uniform(self, low: float, high: float) -> float:
        """One number, uniform in [low, high)."""
        return float(self.rng.uniform(low, high))

    def log_uniform(self, low: float, high: float) -> float:
        """One number whose logarithm is uniform; low and high are positive."""
        return float(np.exp(self.rng.uniform(np.log(low), np.log(high))))

    def normal(self, scale: float = 1.0) -> float:
        """One Gaussian number of the given standard deviation."""
        return float(scale * self.rng.standard_normal())

    def chance(self, probability: float) -> bool:
        """True with the given probability."""
        return bool(self.rng.random() < probability)

    def integer(self, low: int, high: int) -> int:
        """One whole number, uniform in low..high inclusive."""
        return int(self.rng.integers(low, high + 1))

    def choice(self, items: Sequence[_T], weights: Sequence[float] | None = None) -> _T:
        """One of the items, optionally with relative weights."""
        p = None if weights is None else np.asarray(weights, float) / np.sum(weights)
        return items[int(self.rng.choice(len(items), p=p))]

    def count(self, mean: float) -> int:
        """One Poisson number."""
        return int(self.rng.poisson(max(mean, 0.0)))

    def part(self, seconds: float) -> "Take":
        """A shorter (or longer) take that draws from the same random source."""
        return Take(self.rng, max(int(seconds * self.rate_hz), 16), self.rate_hz)

    def silence(self) -> Signal:
        """Zeros, (T,)."""
        return np.zeros(self.n_samples, np.float32)
