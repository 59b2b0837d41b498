"""Landscapes painted from factors and free form, one concept per file."""

from emostyle.world.landscape.compose import render_landscape
from emostyle.world.landscape.scene import N_SHAPE

__all__ = ["N_SHAPE", "render_landscape"]
