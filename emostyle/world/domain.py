"""The two picture domains: their factors, how gaussian z becomes a scene, and how a scene is drawn.

A scene is a row of factors in [0, 1] and a row of gaussian shape numbers. Both come from one
gaussian vector z by fixed monotone functions, so that a generator which takes z has a known truth:
`DOMAINS["landscape"].from_z(z)` names exactly the scene that `z` stands for.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from emostyle.errors import StackError
from emostyle.world.factors import LandscapeFactors, PortraitFactors, factor_names
from emostyle.world.landscape import N_SHAPE as N_LANDSCAPE_SHAPE
from emostyle.world.landscape import render_landscape
from emostyle.world.portrait import N_SHAPE as N_PORTRAIT_SHAPE
from emostyle.world.portrait import render_portrait

DomainName = Literal["landscape", "portrait"]

EVENT_ONSET = 1.8
"""The value of a gaussian z at which an event begins to show."""
EVENT_SPAN = 1.5
"""How much further z must go for the event to reach full strength."""


@dataclass(frozen=True)
class Scenes:
    """A batch of scenes.

    Attributes:
        factors: (B, F) in [0, 1], columns as `Domain.factor_names`.
        shape: (B, S) gaussian, the free form.
        z: (B, F + S), the gaussian vector both come from.
    """

    factors: Tensor
    shape: Tensor
    z: Tensor


@dataclass(frozen=True)
class Domain:
    """One picture domain.

    Attributes:
        name: `landscape` or `portrait`.
        factor_names: all factors, structure first, then events.
        structure: factors that a sound does not speak of.
        events: factors that a sound can raise.
        binary: structure factors that are either there or not (threshold 0.5).
        rarity: how far below the middle z a structure factor starts (0: uniform in [0, 1]).
        spoken: per event, the structure factors it may rightly change or hide.
        n_shape: number of shape numbers.
        draw: the renderer.
        event_odds: probability of none, one, two events in a training scene.
    """

    name: str
    factor_names: tuple[str, ...]
    structure: tuple[str, ...]
    events: tuple[str, ...]
    binary: frozenset[str]
    rarity: Mapping[str, float]
    spoken: Mapping[str, frozenset[str]]
    n_shape: int
    draw: Callable[..., Tensor]
    event_odds: tuple[float, float, float]

    @property
    def z_dim(self) -> int:
        """Length of z: one number per factor and per shape number."""
        return len(self.factor_names) + self.n_shape

    def index(self, factor: str) -> int:
        """Column of a factor. Raises StackError for an unknown name."""
        if factor not in self.factor_names:
            known = ", ".join(self.factor_names)
            raise StackError(f"{self.name} has no factor '{factor}'; it has {known}.")
        return self.factor_names.index(factor)

    def from_z(self, z: Float[Tensor, "B Z"]) -> Scenes:
        """The scenes that gaussian vectors stand for.

        Structure factors are the gaussian's own quantile (shifted down by `rarity`), events are
        zero up to `EVENT_ONSET` and rise to one over `EVENT_SPAN`, shape numbers are z itself.

        Args:
            z: (B, z_dim), standard normal.
        """
        n = len(self.structure)
        shift = torch.tensor([self.rarity.get(name, 0.0) for name in self.structure]).to(z)
        structure = torch.special.ndtr(z[:, :n] - shift)
        events = ((z[:, n : len(self.factor_names)] - EVENT_ONSET) / EVENT_SPAN).clamp(0, 1)
        return Scenes(torch.cat([structure, events], 1), z[:, len(self.factor_names) :], z)

    def sample_z(self, n: int, generator: torch.Generator) -> Float[Tensor, "B Z"]:
        """Gaussian z whose event numbers are redrawn below the onset: quiet scenes (B, z_dim)."""
        z = torch.randn(n, self.z_dim, generator=generator)
        columns = slice(len(self.structure), len(self.factor_names))
        onset = torch.special.ndtr(torch.tensor(EVENT_ONSET))
        quantile = torch.special.ndtr(z[:, columns]) * onset
        z[:, columns] = torch.special.ndtri(quantile.clamp(1e-4, 1 - 1e-4))
        return z

    def sample(self, n: int, generator: torch.Generator) -> Scenes:
        """Training scenes: none, one or two events each, with strengths over the whole range.

        Args:
            n: number of scenes.
            generator: source of all randomness.
        """
        z = self.sample_z(n, generator)
        none, one, _ = self.event_odds
        draw = torch.rand(n, generator=generator)
        rows = torch.arange(n)
        for threshold in (none, none + one):
            event = torch.randint(0, len(self.events), (n,), generator=generator)
            strength = 0.15 + 0.95 * torch.rand(n, generator=generator)
            column = len(self.structure) + event
            z[rows, column] = torch.where(
                draw >= threshold, EVENT_ONSET + EVENT_SPAN * strength, z[rows, column]
            )
        return self.from_z(z)

    def warp_knots(self) -> tuple[Float[Tensor, " K"], Float[Tensor, "Z K"]]:
        """Piecewise-linear coordinates of z in which the world is close to linear.

        Returns:
            knots (K,) on the z axis and, per z dimension, the value at each knot (Z, K).
            Structure: the quantile, scaled to unit variance. Events: -0.8 .. 0 while absent,
            0 .. 2.5 while rising, so that "absent" is a range and not an edge. Shape: z itself.
        """
        knots = torch.tensor([-5, -3, -2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, EVENT_ONSET, 2.2, 2.7,
                              EVENT_ONSET + EVENT_SPAN, 5])  # fmt: skip
        rows = []
        for name in self.structure:
            quantile = torch.special.ndtr(knots - self.rarity.get(name, 0.0))
            rows.append((quantile - 0.5) * 12**0.5)
        absent = -0.8 * (EVENT_ONSET - knots) / (EVENT_ONSET + 4)
        present = 2.5 * (knots - EVENT_ONSET) / EVENT_SPAN
        rows += [torch.where(knots < EVENT_ONSET, absent, present.clamp(max=3.2))] * len(
            self.events
        )
        rows += [knots] * self.n_shape
        return knots, torch.stack(rows)

    def render(self, factors: Tensor, shape: Tensor, size: int = 128) -> Float[Tensor, "B 3 H W"]:
        """Draw scenes.

        Args:
            factors: (B, F) in [0, 1].
            shape: (B, S).
            size: side of the square picture in pixels.

        Returns:
            Pictures (B, 3, size, size) in [-1, 1].
        """
        return self.draw(factors, shape, size)


_LANDSCAPE = factor_names(LandscapeFactors)
_PORTRAIT = factor_names(PortraitFactors)

DOMAINS: dict[str, Domain] = {
    "landscape": Domain(
        name="landscape",
        factor_names=_LANDSCAPE,
        structure=_LANDSCAPE[:10],
        events=_LANDSCAPE[10:],
        binary=frozenset({"sea", "church", "village"}),
        rarity={"church": 0.8, "village": 0.7},
        spoken={
            "rain": frozenset({"clouds"}),
            "thunderstorm": frozenset({"clouds", "daylight"}),
            "snow": frozenset({"clouds", "season"}),
            "wind": frozenset({"clouds"}),
            "fire": frozenset({"clouds", "trees"}),
            "explosion": frozenset(),
            "waves": frozenset({"sea"}),
            "underwater": frozenset(_LANDSCAPE[:10]),
            "birds": frozenset(),
            "joy": frozenset({"clouds", "season", "daylight"}),
            "gloom": frozenset({"clouds", "season", "daylight"}),
        },
        n_shape=N_LANDSCAPE_SHAPE,
        draw=render_landscape,
        event_odds=(0.25, 0.50, 0.25),
    ),
    "portrait": Domain(
        name="portrait",
        factor_names=_PORTRAIT,
        structure=_PORTRAIT[:15],
        events=_PORTRAIT[15:],
        binary=frozenset({"glasses"}),
        rarity={"glasses": 0.5, "beard": 0.4},
        spoken={
            "giggling": frozenset({"eye_colour", "eye_size"}),
            "sobbing": frozenset({"eye_size"}),
            "screaming": frozenset({"eye_size", "brow"}),
            "anger": frozenset({"eye_size", "brow"}),
            "coughing": frozenset({"eye_colour", "eye_size", "nose", "beard", "jaw"}),
            "calm": frozenset({"eye_colour", "eye_size"}),
            "joy": frozenset({"background"}),
            "gloom": frozenset({"background", "eye_size"}),
        },
        n_shape=N_PORTRAIT_SHAPE,
        draw=render_portrait,
        event_odds=(0.25, 0.60, 0.15),
    ),
}


def get_domain(name: str) -> Domain:
    """A domain by name. Raises StackError that lists the known ones."""
    if name not in DOMAINS:
        raise StackError(f"Unknown domain '{name}'; choose one of {', '.join(DOMAINS)} (--domain).")
    return DOMAINS[name]
