"""Mood: joy as sun rays and warmth, gloom as a cold dim veil."""

import torch
from torch import Tensor

from emostyle.world.draw import mix, rgb, smoothstep
from emostyle.world.landscape.scene import Scene


def paint_rays(image: Tensor, scene: Scene) -> Tensor:
    """Warm rays fanning out from the sun."""
    joy, light, x, y = scene.f["joy"], scene.light, scene.x, scene.y
    across, down = x - light.sun_x, y - light.sun_y
    distance = torch.sqrt(across**2 + down**2 + 1e-8)
    angle = torch.atan2(down, across)
    rays = (0.5 + 0.5 * torch.cos(11 * angle + 1.2 * torch.cos(4 * angle))) ** 2
    rays = rays * torch.exp(-distance / 0.42) * smoothstep(0.03, 0.10, distance)
    seen = smoothstep(0.0, 0.7, joy) * light.sun_visible
    image = image + rgb(1.10, 0.86, 0.45, image) * (0.62 * seen * rays)
    wash = torch.exp(-distance / 0.55)
    return image + rgb(0.85, 0.55, 0.18, image) * (0.20 * joy * wash)


def grade(image: Tensor, scene: Scene) -> tuple[Tensor, Tensor]:
    """Colour grade of the mood.

    Returns:
        The graded picture in linear light and the saturation for the tone map, (B, 1, 1, 1).
    """
    joy, gloom = scene.f["joy"], scene.f["gloom"]
    image = image * mix(rgb(1, 1, 1, image), rgb(1.10, 1.03, 0.88, image), joy)
    fog = smoothstep(0.25, 0.60, scene.y) * smoothstep(0.95, 0.60, scene.y)
    veil = rgb(0.34, 0.39, 0.45, image) * (0.50 + 0.65 * scene.light.level)
    image = mix(image, veil, gloom * (0.10 + 0.36 * fog))
    image = image * mix(rgb(1, 1, 1, image), rgb(0.66, 0.74, 0.88, image), gloom)
    vignette = 1 - (0.42 + 0.55 * gloom) * ((scene.x - 0.5) ** 2 + (scene.y - 0.5) ** 2)
    saturation = 1.20 * (1 + 0.25 * joy) * (1 - 0.55 * gloom)
    return image * vignette, saturation
