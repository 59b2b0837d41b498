"""The light of a landscape: the sun's height, the colours of sky and haze, and of the season."""

from dataclasses import dataclass

import torch
from torch import Tensor

from emostyle.world.draw import mix, rgb, smoothstep
from emostyle.world.landscape.tables import HORIZON


@dataclass(frozen=True)
class Light:
    """Colours are (B, 3, 1, 1) in linear light, amounts (B, 1, 1, 1).

    Attributes:
        day: 0 night, 1 full day.
        gold: nearness to the golden hour.
        night: 1 when stars and moon are out.
        overcast: how far a grey deck closes the sky.
        zenith: colour of the sky above.
        horizon: colour of the sky at the horizon.
        haze: what distant things fade into.
        ambient: colour and strength of the light on the ground.
        level: brightness of the ambient light.
        sun: colour of the sun.
        sun_x: place of the sun.
        sun_y: place of the sun.
        sun_visible: 1 when the sun is up and free.
        winter: snow on the ground.
        autumn: nearness to autumn.
        spring: nearness to spring.
        withered: plants dead or without leaves.
        grass: colour of the meadow.
    """

    day: Tensor
    gold: Tensor
    night: Tensor
    overcast: Tensor
    zenith: Tensor
    horizon: Tensor
    haze: Tensor
    ambient: Tensor
    level: Tensor
    sun: Tensor
    sun_x: Tensor
    sun_y: Tensor
    sun_visible: Tensor
    winter: Tensor
    autumn: Tensor
    spring: Tensor
    withered: Tensor
    grass: Tensor


def light_of(f: dict[str, Tensor]) -> Light:
    """The light that the factors make.

    Args:
        f: factor name to (B, 1, 1, 1) in [0, 1].

    Returns:
        The light of every scene of the batch.
    """
    like = f["daylight"]
    joy, gloom, storm, snow = f["joy"], f["gloom"], f["thunderstorm"], f["snow"]
    elevation = 1.3 * f["daylight"] ** 1.05 - 0.35
    elevation = elevation + 0.9 * joy * (0.30 - elevation).clamp(min=0)
    day = smoothstep(-0.14, 0.38, elevation)
    gold = torch.exp(-(((elevation - 0.08) / 0.20) ** 2))
    night = 1 - smoothstep(-0.24, 0.0, elevation)
    clear = 1 - 0.95 * smoothstep(0, 0.85, f["rain"])
    clear = clear * (1 - 0.88 * smoothstep(0, 0.85, snow)) * (1 - smoothstep(0, 0.75, storm))
    overcast = 1 - clear * (1 - 0.75 * smoothstep(0, 0.8, gloom))

    zenith = mix(rgb(0.025, 0.035, 0.12, like), rgb(0.10, 0.32, 0.80, like), day)
    zenith = mix(zenith, rgb(0.22, 0.20, 0.50, like), gold * 0.75)
    horizon = mix(rgb(0.10, 0.17, 0.36, like), rgb(0.62, 0.82, 0.98, like), day)
    horizon = mix(horizon, rgb(1.20, 0.55, 0.25, like), gold * 0.9)
    warm = rgb(1.12, 1.0, 0.80, like)
    horizon = horizon * mix(rgb(1, 1, 1, like), warm, joy)
    level = (0.22 + 0.52 * day + 0.14 * gold) * (1 + 0.45 * snow)
    deck = 1 - 0.74 * smoothstep(0, 1.0, storm)
    zenith = mix(zenith, rgb(0.36, 0.41, 0.48, like) * level, overcast)
    zenith = zenith * mix(rgb(1, 1, 1, like), rgb(0.62, 0.68, 1.2, like), storm) * deck
    horizon = mix(horizon, rgb(0.60, 0.65, 0.70, like) * level, overcast)
    horizon = horizon * mix(rgb(1, 1, 1, like), rgb(0.72, 0.82, 1.2, like), storm) * (deck + 0.1)
    cold = mix(rgb(1, 1, 1, like), rgb(0.52, 0.60, 0.72, like), gloom)
    zenith, horizon = zenith * cold, horizon * cold

    strength = 0.20 + 0.70 * day + 0.24 * gold + 0.12 * joy
    strength = (
        strength * (1 - 0.38 * overcast * (1 - snow)) * (1 - 0.5 * storm) * (1 - 0.35 * gloom)
    )
    ambient = mix(rgb(1, 1, 1, like), rgb(1.28, 0.82, 0.55, like), gold * 0.8 * (1 - overcast))
    ambient = mix(ambient, warm, 0.6 * joy) * strength + rgb(0.0, 0.03, 0.11, like) * night
    season = f["season"]
    winter = 1 - (1 - smoothstep(0.80, 0.95, season)) * (1 - smoothstep(0, 0.7, snow))
    autumn = torch.exp(-(((season - 0.66) / 0.13) ** 2))
    spring = torch.exp(-((season / 0.20) ** 2))
    grass = mix(rgb(0.18, 0.35, 0.09, like), rgb(0.28, 0.45, 0.11, like), spring)
    grass = mix(grass, rgb(0.50, 0.29, 0.08, like), autumn)
    grass = mix(grass, rgb(0.26, 0.24, 0.17, like), 0.9 * gloom)
    grass = grass * (1 - 0.40 * f["rain"])
    sun = mix(rgb(1.0, 0.95, 0.80, like), rgb(1.35, 0.66, 0.24, like), gold)
    return Light(
        day=day,
        gold=gold,
        night=night,
        overcast=overcast,
        zenith=zenith,
        horizon=horizon,
        haze=0.85 * horizon + 0.15 * zenith,
        ambient=ambient,
        level=level,
        sun=sun,
        sun_x=0.14 + 0.72 * f["sun_side"],
        sun_y=HORIZON - 0.05 - 0.36 * elevation,
        sun_visible=(1 - overcast) * smoothstep(-0.22, -0.02, elevation),
        winter=winter,
        autumn=autumn,
        spring=spring,
        withered=1 - (1 - gloom) * (1 - 0.7 * smoothstep(0.80, 0.95, season)),
        grass=grass,
    )
