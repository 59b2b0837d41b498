"""The landscape picture: all layers, far to near, then light and film."""

from jaxtyping import Float
from torch import Tensor

from emostyle.world.draw import bloom, tone_map
from emostyle.world.landscape.birds import paint_birds
from emostyle.world.landscape.buildings import (
    church_amount,
    paint_church,
    paint_village,
    village_amount,
)
from emostyle.world.landscape.explosion import paint_explosion
from emostyle.world.landscape.fire import paint_fire_front, paint_fire_glow
from emostyle.world.landscape.ground import paint_bank, paint_meadow
from emostyle.world.landscape.mood import grade, paint_rays
from emostyle.world.landscape.ridges import paint_ridges
from emostyle.world.landscape.scene import build_scene, paint_where
from emostyle.world.landscape.sea import paint_sea, sea_amount
from emostyle.world.landscape.sky import paint_clouds, paint_sky
from emostyle.world.landscape.storm import paint_flash, paint_lightning
from emostyle.world.landscape.surf import paint_surf, paint_surf_front
from emostyle.world.landscape.trees import paint_trees
from emostyle.world.landscape.underwater import paint_underwater
from emostyle.world.landscape.weather import paint_rain, paint_snowfall, paint_wind


def render_landscape(
    factors: Float[Tensor, "B F"], shape: Float[Tensor, "B N"], size: int = 128
) -> Float[Tensor, "B 3 size size"]:
    """Paint landscapes: a smooth deterministic function of factors and free form.

    Args:
        factors: (B, 21), columns as in `LandscapeFactors`; values outside [0, 1] are clamped.
        shape: (B, N_SHAPE) free form (outlines, clouds, places), about N(0, 1).
        size: side of the pictures in pixels; the composition is the same at every size.

    Returns:
        Pictures in [-1, 1].

    Raises:
        EmoStyleError: if a tensor has the wrong number of columns.
    """
    scene = build_scene(factors, shape, size)
    f = scene.f
    image = paint_clouds(paint_sky(scene), scene)
    image = paint_where(f["thunderstorm"], paint_lightning, image, scene)
    image = paint_where(f["joy"], paint_rays, image, scene)
    image = paint_where(f["birds"], paint_birds, image, scene)
    image = paint_ridges(image, scene)
    sea = sea_amount(scene)
    image = paint_where(1 - sea, paint_meadow, image, scene)
    image = paint_where(church_amount(scene), paint_church, image, scene)
    image = paint_where(village_amount(scene), paint_village, image, scene)
    image = paint_where(sea, paint_sea, image, scene)
    image = paint_where(f["waves"], paint_surf, image, scene)
    image = paint_where(f["thunderstorm"], paint_flash, image, scene)
    image = paint_where(f["explosion"], paint_explosion, image, scene)
    image = paint_where(f["fire"], paint_fire_glow, image, scene)
    image = paint_trees(paint_bank(image, scene), scene)
    image = paint_where(f["fire"], paint_fire_front, image, scene)
    image = paint_where(f["waves"], paint_surf_front, image, scene)
    image = paint_where(f["wind"], paint_wind, image, scene)
    image = paint_where(f["rain"], paint_rain, image, scene)
    image = paint_where(f["snow"], paint_snowfall, image, scene)
    image = paint_where(f["underwater"], paint_underwater, image, scene)
    image, saturation = grade(image, scene)
    return tone_map(bloom(image), saturation)
