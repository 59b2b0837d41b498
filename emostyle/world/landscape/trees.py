"""Trees in front: conifers and leafy trees, bent by the wind, bare when withered."""

import torch
from torch import Tensor

from emostyle.world.draw import mix, rgb, smoothstep, soft_edge
from emostyle.world.landscape.ground import bank_outline
from emostyle.world.landscape.scene import Scene

_PLACES = (0.035, 0.125, 0.235, 0.345, 0.66, 0.765, 0.875, 0.965)
_LEAFY = (False, True, False, False, False, True, False, False)
# How the five free-form numbers raise and lower the eight trees.
_FORM = (
    (0.8, 0.1, -0.5, 0.3, 0.0),
    (0.1, 0.9, 0.2, -0.3, 0.2),
    (-0.5, 0.2, 0.7, 0.1, 0.4),
    (0.4, -0.4, 0.3, 0.7, -0.1),
    (-0.3, 0.5, -0.2, 0.6, 0.5),
    (0.2, -0.3, 0.8, -0.2, 0.4),
    (0.6, 0.3, 0.1, -0.5, -0.5),
    (-0.2, 0.6, -0.3, 0.2, -0.7),
)


def tree_heights(scene: Scene) -> Tensor:
    """Heights of the eight trees in picture heights, (B, 8)."""
    form = scene.form["trees"]
    free = form @ torch.tensor(_FORM, device=form.device, dtype=form.dtype).T
    amount = scene.f["trees"].flatten(1)
    places = torch.tensor(_PLACES, device=form.device, dtype=form.dtype)
    stature = 0.17 + 0.10 * torch.sigmoid(1.3 * free) + 0.20 * (places - 0.5).abs()
    present = torch.sigmoid(5 * (0.45 * free + 2.4 * (amount - 0.30))) * smoothstep(0, 0.15, amount)
    return stature * present * (0.50 + 0.75 * amount)


def paint_trees(image: Tensor, scene: Scene) -> Tensor:
    """All trees as one layer over the lower part of the picture."""
    size = image.shape[-1]
    first = round(0.36 * size)
    below = [table[:, :, first:] for table in (scene.y, scene.tables.leaves)]
    y, texture = below
    light, x = scene.light, scene.x
    heights = tree_heights(scene)
    bank = bank_outline(scene)
    cover = torch.zeros_like(image[:, :1, first:])
    leafy = torch.zeros_like(cover)
    lit = torch.zeros_like(cover)
    for number, (place, is_leafy) in enumerate(zip(_PLACES, _LEAFY, strict=True)):
        height = heights[:, number].view(-1, 1, 1, 1)
        foot = bank[..., min(int(place * size), size - 1)].unsqueeze(-1) + 0.025
        up = (foot - y) / (height + 0.02)
        across = x - place - 0.85 * scene.f["wind"] * height * up.clamp(0, 1.3) ** 2
        if is_leafy:
            inside = _crown(across, up, height, texture, light.withered)
        else:
            inside = _conifer(across, up, height, texture)
        shape = soft_edge(inside, scene.pixel) * smoothstep(0.02, 0.06, height)
        cover = torch.maximum(cover, shape)
        side = torch.sign(light.sun_x - place)
        lit = mix(lit, (0.5 + 0.5 * side * across / (0.16 * height + 0.01)).clamp(0, 1), shape)
        if is_leafy:
            leafy = mix(leafy, (up > 0.3).to(shape), shape)
    needle = rgb(0.05, 0.13, 0.06, image) + 0.10 * light.grass
    leaf = mix(light.grass * 0.75, rgb(0.85, 0.34, 0.05, image), light.autumn)
    leaf = mix(leaf, rgb(1.0, 0.55, 0.64, image), 0.75 * light.spring * (1 - light.withered))
    leaf = mix(leaf, rgb(0.16, 0.13, 0.10, image), light.withered)
    colour = mix(needle, leaf, leafy)
    colour = colour * (0.55 + 0.75 * lit * (1 - 0.5 * light.overcast) + 0.22 * texture)
    frost = light.winter * (0.30 + 0.55 * lit + 0.10 * texture).clamp(0, 1)
    colour = mix(colour, rgb(0.92, 0.97, 1.06, image), 0.75 * frost)
    colour = colour * (light.ambient * 1.05 + 0.02)
    edge = (cover - torch.roll(cover, max(1, size // 64), 2)).clamp(0, 1)
    colour = colour + light.sun * (0.35 * light.sun_visible * edge * (0.3 + light.gold))
    lower = mix(image[:, :, first:], colour, cover)
    return torch.cat([image[:, :, :first], lower], dim=2)


def _conifer(across: Tensor, up: Tensor, height: Tensor, texture: Tensor) -> Tensor:
    """Signed inside of a saw-tooth conifer (positive within)."""
    down = 1 - up
    tooth = (down * 5.2) % 1.0
    width = 0.30 * height * down * (0.52 + 0.48 * tooth)
    return torch.where(
        (down > 0) & (up > -0.1), width + 0.004 * texture * down - across.abs(), -0.1
    )


def _crown(across: Tensor, up: Tensor, height: Tensor, texture: Tensor, bare: Tensor) -> Tensor:
    """Signed inside of a leafy tree: a ragged crown over a trunk; `bare` thins the leaves."""
    reach = torch.sqrt((across / 0.30) ** 2 + ((up - 0.62) * height / 0.38) ** 2 + 1e-8)
    crown = 0.30 * (height - reach) + 0.012 * texture - 0.40 * bare * height
    angle = torch.atan2(across, (up - 0.18) * height)
    spokes = 0.016 * height * (1.5 - up) - (torch.sin(5.5 * angle + 0.4) * across).abs() * 0.22
    branches = torch.minimum(spokes * bare, 0.27 * (height - reach) + 0.006 * texture)
    crown = torch.maximum(crown, torch.where(up > 0.22, branches, -0.1))
    trunk = 0.035 * height * (1.3 - up) - across.abs()
    trunk = torch.where((up < 0.9) & (up > -0.1), trunk, -0.1)
    return torch.maximum(crown, trunk)
