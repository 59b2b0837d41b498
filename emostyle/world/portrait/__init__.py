"""Painted portraits: `render_portrait` turns portrait factors and free-form numbers into pictures.

One file per concept, in the order of painting: `sitter` (identity, coordinates), `emotion`
(actions of the face), `lighting`, `backdrop`, `clothing`, `head`, `skin`, `nose`, `mouth`, `eyes`,
`brows`, `glasses`, `tears`, `beard`, `hair`, `handkerchief`, `compose`.
"""

from emostyle.world.portrait.render import render_portrait
from emostyle.world.portrait.sitter import N_SHAPE

__all__ = ["N_SHAPE", "render_portrait"]
