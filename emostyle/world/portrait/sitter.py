"""Who sits for the portrait, and the coordinates of the head on the canvas."""

from dataclasses import dataclass

import torch
from torch import Tensor

from emostyle.world.factors import PortraitFactors, factor_names
from emostyle.world.portrait.shading import RGB, ramp, smooth

NAMES = factor_names(PortraitFactors)
N_SHAPE = 16
ZOOM = 1.10
"""Size of the head on the canvas."""

SKIN: tuple[RGB, ...] = (
    (0.97, 0.79, 0.69), (0.92, 0.69, 0.54), (0.76, 0.51, 0.34), (0.52, 0.31, 0.19),
    (0.31, 0.175, 0.115),
)  # fmt: skip
HAIR: tuple[RGB, ...] = (
    (0.045, 0.04, 0.05), (0.12, 0.07, 0.05), (0.28, 0.15, 0.08), (0.45, 0.17, 0.06),
    (0.62, 0.27, 0.08), (0.80, 0.55, 0.24), (0.88, 0.72, 0.45), (0.88, 0.87, 0.86),
)  # fmt: skip
IRIS: tuple[RGB, ...] = (
    (0.17, 0.08, 0.04), (0.40, 0.22, 0.07), (0.22, 0.45, 0.18), (0.20, 0.46, 0.55),
    (0.42, 0.68, 0.98),
)  # fmt: skip


@dataclass(frozen=True)
class Sitter:
    """Identity of a batch of people: values (B, 1, 1), colours (B, 3, 1, 1).

    Attributes:
        values: every factor by name, clamped to [0, 1].
        shape: the free-form numbers (B, N_SHAPE), soft-limited to (-2, 2).
        skin, hair, iris: colours, greyed by age where that is natural.
        width: half width of the head.
        chin: how far the chin lies below the head's centre, jaw closed.
        eye_x, eye_y, mouth_y: places of the features in head coordinates.
    """

    values: dict[str, Tensor]
    shape: Tensor
    skin: Tensor
    hair: Tensor
    iris: Tensor
    width: Tensor
    chin: Tensor
    eye_x: Tensor
    eye_y: float
    mouth_y: float

    def __getitem__(self, name: str) -> Tensor:
        """A factor by name, (B, 1, 1)."""
        return self.values[name]

    def free(self, index: int) -> Tensor:
        """One free-form number, (B, 1, 1)."""
        return self.shape[:, index].view(-1, 1, 1)


def seat(factors: Tensor, shape: Tensor) -> Sitter:
    """Reads factors (B, F) and shape numbers (B, N_SHAPE) into a `Sitter`."""
    clamped = factors.clamp(0, 1)
    values = {name: clamped[:, i].view(-1, 1, 1) for i, name in enumerate(NAMES)}
    free = 2 * torch.tanh(shape / 2)
    grey = (0.75 * smooth(0.45, 1.0, values["age"])).unsqueeze(1)
    hair = ramp(HAIR, values["hair_colour"])
    silver = 0.35 * hair + 0.45
    width = 0.475 + 0.095 * values["face_width"]
    return Sitter(
        values=values,
        shape=free,
        skin=ramp(SKIN, values["skin"]),
        hair=hair + (silver - hair) * grey,
        iris=ramp(IRIS, values["eye_colour"]),
        width=width,
        chin=0.79 - 0.05 * values["face_width"] + 0.012 * free[:, 14].view(-1, 1, 1),
        eye_x=0.205 + 0.045 * values["face_width"] + 0.008 * free[:, 12].view(-1, 1, 1),
        eye_y=0.03,
        mouth_y=0.47,
    )


@dataclass(frozen=True)
class Frame:
    """Coordinates of the canvas, x right and y down in [-1, 1], and of the head on it.

    Attributes:
        x, y: canvas coordinates (1, 1, W) and (1, H, 1).
        u, v: upright head coordinates (B, H, W), origin between the eyes.
        f: `u` shifted by the turn of the head, for the features of the face.
        m: |f|, so that both eyes or cheeks are painted at once.
        pixel: width of a soft edge.
        first, last: the rows of the full canvas this frame covers.
    """

    x: Tensor
    y: Tensor
    u: Tensor
    v: Tensor
    f: Tensor
    m: Tensor
    pixel: float
    first: int
    last: int

    def rows(self, low: float, high: float) -> "Frame":
        """The band of rows between two heights of the canvas, given in [-1, 1]."""
        size = self.y.shape[1]
        a = max(0, round((low + 1) / 2 * size))
        b = min(size, round((high + 1) / 2 * size))
        cut = slice(a, b)
        return Frame(
            self.x, self.y[:, cut], self.u[:, cut], self.v[:, cut], self.f[:, cut],
            self.m[:, cut], self.pixel, a, b,
        )  # fmt: skip


def frame(sitter: Sitter, size: int) -> Frame:
    """Lays the head's coordinates over a canvas of `size` x `size` pixels."""
    like = sitter.shape
    line = (torch.arange(size, device=like.device, dtype=like.dtype) + 0.5) * (2 / size) - 1
    x, y = line.view(1, 1, size), line.view(1, size, 1)
    angle = 0.035 * sitter.free(2)
    dx = x - 0.018 * sitter.free(0)
    dy = y - 0.07 - 0.012 * sitter.free(1) - 0.6
    cos, sin = torch.cos(angle), torch.sin(angle)
    u = (dx * cos + dy * sin) / ZOOM
    v = (dy * cos - dx * sin) / ZOOM + 0.6
    turn = 0.032 * sitter.free(3)
    f = u - turn * (1 - (u / 0.62) ** 2).clamp(min=0)
    return Frame(x, y, u, v, f, f.abs(), 2.6 / size, 0, size)


def band(picture: Tensor, painted: Tensor, part: Frame) -> Tensor:
    """Puts a repainted band of rows back into the picture."""
    return torch.cat([picture[:, :, : part.first], painted, picture[:, :, part.last :]], dim=2)
