"""The factors a picture of the world is made of: one frozen dataclass per domain.

Every factor is a float in [0, 1]. *Structure* factors (identity, for portraits) say which scene or
person it is; *event* factors (emotion, for portraits) say what happens in it, 0 being absent.
A sound speaks of events only, so an honest edit raises one event and leaves the structure alone.
"""

from dataclasses import dataclass, fields
from typing import TypeVar

import torch
from torch import Tensor


@dataclass(frozen=True)
class LandscapeFactors:
    """What a landscape shows. All values in [0, 1].

    Attributes:
        daylight: 0 deep night, 0.35 dusk (golden hour), 1 noon.
        season: 0 spring, 0.33 summer, 0.66 autumn, 1 winter (snow on the ground).
        mountains: height of the far ridges.
        hills: height of the near hills.
        sea: below 0.5 meadow, above 0.5 water up to the shore.
        trees: number and height of trees in front.
        church: above 0.5 a church stands in the middle ground.
        village: above 0.5 houses stand in the middle ground.
        clouds: cloud cover of fair weather.
        sun_side: horizontal place of sun and moon, 0 left, 1 right.
        rain: strength of rain (grey deck, mist, streaks).
        thunderstorm: strength of a storm (dark deck, forked lightning).
        snow: strength of snowfall.
        wind: strength of wind (bent trees, driven leaves and clouds).
        fire: strength of a burning tree line with smoke.
        explosion: strength of a fireball with its shock ring and smoke.
        waves: strength of surf (breaking crests and foam in the lower half).
        underwater: how far the view has sunk below the surface (blue-green, rays, bubbles).
        birds: number of birds in the sky.
        joy: positive mood: warm sun with rays, flowers, saturated colour.
        gloom: negative mood: cold, dim, desaturated, withered.
    """

    daylight: float = 0.8
    season: float = 0.33
    mountains: float = 0.5
    hills: float = 0.5
    sea: float = 0.0
    trees: float = 0.5
    church: float = 0.0
    village: float = 0.0
    clouds: float = 0.4
    sun_side: float = 0.5
    rain: float = 0.0
    thunderstorm: float = 0.0
    snow: float = 0.0
    wind: float = 0.0
    fire: float = 0.0
    explosion: float = 0.0
    waves: float = 0.0
    underwater: float = 0.0
    birds: float = 0.0
    joy: float = 0.0
    gloom: float = 0.0

    @property
    def valence(self) -> float:
        """Mood in [-1, 1]: joy minus gloom."""
        return self.joy - self.gloom


@dataclass(frozen=True)
class PortraitFactors:
    """What a portrait shows. All values in [0, 1].

    Attributes:
        skin: skin tone, 0 very light, 1 very dark.
        face_width: 0 long and narrow, 1 round and wide.
        jaw: 0 pointed chin, 1 square jaw.
        hair_length: 0 shaven, 0.3 short, 1 long to the shoulders.
        hair_curl: 0 straight, 1 curly.
        hair_colour: 0 black, 0.3 brown, 0.55 red, 0.8 blond, 1 white.
        eye_colour: 0 dark brown, 0.5 green, 1 light blue.
        eye_size: 0 small, 1 large.
        brow: 0 thin, 1 heavy eyebrows.
        nose: 0 small, 1 large.
        glasses: above 0.5 the person wears glasses.
        beard: 0 clean shaven, 1 full beard.
        age: 0 young, 1 old (lines, greying).
        background: hue of the backdrop.
        clothing: hue of the clothes.
        giggling: laughing: open smiling mouth, teeth, closed happy eyes, raised cheeks.
        sobbing: crying: tears, drawn-up inner brows, trembling down-turned mouth.
        screaming: fear: wide eyes, raised brows, tall open mouth.
        anger: lowered drawn-together brows, narrowed eyes, pressed or bared mouth, flushed.
        coughing: nose-blowing and disgust: wrinkled nose, squeezed eyes, handkerchief at the nose.
        calm: eyes softly closed, relaxed faint smile, soft even light.
        joy: positive mood: gentle closed-mouth smile, warm light, rosy cheeks, bright backdrop.
        gloom: negative mood: lowered lids and mouth corners, cold dim light, grey backdrop.
    """

    skin: float = 0.3
    face_width: float = 0.5
    jaw: float = 0.5
    hair_length: float = 0.5
    hair_curl: float = 0.3
    hair_colour: float = 0.3
    eye_colour: float = 0.3
    eye_size: float = 0.5
    brow: float = 0.5
    nose: float = 0.5
    glasses: float = 0.0
    beard: float = 0.0
    age: float = 0.3
    background: float = 0.5
    clothing: float = 0.5
    giggling: float = 0.0
    sobbing: float = 0.0
    screaming: float = 0.0
    anger: float = 0.0
    coughing: float = 0.0
    calm: float = 0.0
    joy: float = 0.0
    gloom: float = 0.0

    @property
    def valence(self) -> float:
        """Mood in [-1, 1]: joy minus gloom."""
        return self.joy - self.gloom


Factors = LandscapeFactors | PortraitFactors
_F = TypeVar("_F", LandscapeFactors, PortraitFactors)


def factor_names(kind: type[LandscapeFactors] | type[PortraitFactors]) -> tuple[str, ...]:
    """Names of the factors of a domain, in the order of the columns of a factor tensor."""
    return tuple(field.name for field in fields(kind))


def to_tensor(factors: Factors) -> Tensor:
    """A factor dataclass as one row `(F,)` float32, columns as in `factor_names`."""
    return torch.tensor([getattr(factors, name) for name in factor_names(type(factors))])


def from_tensor(row: Tensor, kind: type[_F]) -> _F:
    """The inverse of `to_tensor`: a row `(F,)` back as a dataclass."""
    return kind(**dict(zip(factor_names(kind), row.tolist(), strict=True)))
