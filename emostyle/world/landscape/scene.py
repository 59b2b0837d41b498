"""A batch of scenes on the easel: factors, free form, light, coordinates and fixed tables."""

from collections.abc import Callable
from dataclasses import dataclass, fields

import torch
from jaxtyping import Float
from torch import Tensor

from emostyle.errors import EmoStyleError
from emostyle.world.draw import grid
from emostyle.world.factors import LandscapeFactors, factor_names
from emostyle.world.landscape.light import Light, light_of
from emostyle.world.landscape.tables import Tables, tables

_PARTS = {
    "clouds": 4,
    "far_ridge": 4,
    "mid_ridge": 3,
    "hills": 3,
    "foreground": 3,
    "trees": 5,
    "bolt": 3,
    "church_place": 1,
    "village_place": 1,
    "blast_place": 1,
    "flock_place": 1,
}
N_SHAPE = sum(_PARTS.values())


@dataclass(frozen=True)
class Scene:
    """Everything a layer needs to paint itself over a batch of pictures.

    Attributes:
        f: factor name to (B, 1, 1, 1) in [0, 1].
        form: part of the free form to its numbers (B, k), about N(0, 1).
        light: the light of each scene.
        x: pixel centres (1, 1, 1, S), left to right in (0, 1).
        y: pixel centres (1, 1, S, 1), top to bottom in (0, 1).
        tables: fixed textures.
    """

    f: dict[str, Tensor]
    form: dict[str, Tensor]
    light: Light
    x: Tensor
    y: Tensor
    tables: Tables

    @property
    def pixel(self) -> float:
        """Side of a pixel in picture widths, never finer than at 256."""
        return max(1 / self.x.shape[-1], 1 / 512)

    def place(self, name: str) -> Float[Tensor, "B 1 1 1"]:
        """A single free-form number squeezed into (-1, 1)."""
        return torch.tanh(self.form[name]).view(-1, 1, 1, 1)

    def rows(self, index: Tensor) -> "Scene":
        """The scenes at the given places of the batch."""
        light = Light(**{e.name: getattr(self.light, e.name)[index] for e in fields(Light)})
        return Scene(
            {name: value[index] for name, value in self.f.items()},
            {name: value[index] for name, value in self.form.items()},
            light,
            self.x,
            self.y,
            self.tables,
        )


Layer = Callable[[Tensor, Scene], Tensor]


def build_scene(factors: Tensor, shape: Tensor, size: int) -> Scene:
    """Name the columns, clamp the factors, set the light.

    Args:
        factors: (B, 21), columns as in `LandscapeFactors`.
        shape: (B, N_SHAPE) free form.
        size: side of the picture in pixels.

    Returns:
        The scenes.

    Raises:
        EmoStyleError: if a tensor has the wrong number of columns.
    """
    names = factor_names(LandscapeFactors)
    if factors.ndim != 2 or factors.shape[1] != len(names):
        raise EmoStyleError(
            f"render_landscape got factors of shape {tuple(factors.shape)}, expected (B, "
            f"{len(names)}); build them with emostyle.world.factors.to_tensor."
        )
    if shape.ndim != 2 or shape.shape != (factors.shape[0], N_SHAPE):
        raise EmoStyleError(
            f"render_landscape got shape numbers {tuple(shape.shape)}, expected "
            f"({factors.shape[0]}, {N_SHAPE}); draw N_SHAPE numbers per scene."
        )
    columns = factors.clamp(0, 1).unbind(1)
    f = {name: column.view(-1, 1, 1, 1) for name, column in zip(names, columns, strict=True)}
    form = dict(zip(_PARTS, shape.split(list(_PARTS.values()), dim=1), strict=True))
    x, y = (axis.to(factors) for axis in grid(size))
    return Scene(f, form, light_of(f), x, y, tables(size, factors.device))


def paint_where(amount: Tensor, layer: Layer, image: Tensor, scene: Scene) -> Tensor:
    """Paint a layer only on the pictures whose amount is above zero (the others stay equal)."""
    index = torch.nonzero(amount.flatten() > 1e-3).flatten()
    if index.numel() == 0:
        return image
    if index.numel() == image.shape[0]:
        return layer(image, scene)
    return image.index_copy(0, index, layer(image[index], scene.rows(index)))
