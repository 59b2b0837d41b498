"""One portrait from its factors: every painter in turn, from the backdrop to the varnish."""

from jaxtyping import Float
from torch import Tensor

from emostyle.errors import EmoStyleError
from emostyle.world.portrait.backdrop import backdrop_colour, paint_backdrop
from emostyle.world.portrait.beard import paint_beard
from emostyle.world.portrait.brows import paint_brows
from emostyle.world.portrait.clothing import paint_bust
from emostyle.world.portrait.compose import finish
from emostyle.world.portrait.emotion import act
from emostyle.world.portrait.eyes import paint_eyes
from emostyle.world.portrait.glasses import paint_glasses
from emostyle.world.portrait.hair import grow_hair, paint_back_hair, paint_front_hair
from emostyle.world.portrait.handkerchief import paint_handkerchief
from emostyle.world.portrait.head import light_skin, paint_ears, sculpt
from emostyle.world.portrait.lighting import illuminate
from emostyle.world.portrait.mouth import paint_mouth
from emostyle.world.portrait.nose import paint_nose
from emostyle.world.portrait.shading import dim, edge
from emostyle.world.portrait.sitter import N_SHAPE, NAMES, band, frame, seat
from emostyle.world.portrait.skin import paint_skin
from emostyle.world.portrait.tears import paint_tears


def render_portrait(
    factors: Float[Tensor, "B F"], shape: Float[Tensor, "B S"], size: int = 128
) -> Float[Tensor, "B 3 size size"]:
    """Paints portraits: a pure, smooth and deterministic function of its inputs.

    Args:
        factors: (B, 23) identity and emotion factors in the order of `PortraitFactors`; values
            outside [0, 1] are clamped.
        shape: (B, 16) free-form numbers, N(0, 1): 0-1 place, 2 tilt and 3 turn of the head,
            4 parting, 5 volume, 6-8 strands and 7 line of the hair, 9-11 backdrop, 12 distance of
            the eyes, 13 lips, 14 chin, 15 side of the light.
        size: height and width in pixels; the composition is the same at every size.

    Returns:
        Pictures (B, 3, size, size) in [-1, 1].

    Raises:
        EmoStyleError: `factors` or `shape` have a wrong number of columns.
    """
    if factors.shape[1] != len(NAMES):
        raise EmoStyleError(
            f"render_portrait got {factors.shape[1]} factors per picture but a portrait has "
            f"{len(NAMES)}; pass the columns of PortraitFactors as `factors`."
        )
    if shape.shape[1] != N_SHAPE:
        raise EmoStyleError(
            f"render_portrait got {shape.shape[1]} shape numbers per picture but a portrait has "
            f"{N_SHAPE}; pass (B, {N_SHAPE}) as `shape`."
        )
    sitter = seat(factors, shape)
    acts = act(sitter)
    canvas = frame(sitter, size)
    hue = backdrop_colour(sitter, acts)
    light = illuminate(sitter, acts, hue)
    head = sculpt(sitter, acts, canvas)
    hair = grow_hair(sitter, head, canvas, light)

    face = paint_skin(sitter, acts, canvas)
    eyes = canvas.rows(-0.50, 0.42)
    part = face[:, :, eyes.first : eyes.last]
    part = paint_brows(paint_eyes(part, sitter, acts, eyes, light), sitter, acts, eyes)
    face = band(face, part, eyes)
    low = canvas.rows(0.05, 0.95)
    part = face[:, :, low.first : low.last]
    part = paint_mouth(paint_nose(part, sitter, acts, low, light), sitter, acts, low)
    face = band(face, part, low)
    shade, sheen = light_skin(head, sitter, light)
    face = dim(face * shade, hair.shadow) + sheen
    part = paint_glasses(face[:, :, eyes.first : eyes.last], sitter, eyes)
    face = band(face, part, eyes)

    picture = paint_backdrop(sitter, acts, canvas, hue)
    picture = paint_back_hair(picture, hair)
    picture = paint_bust(picture, sitter, canvas, light)
    picture = paint_ears(picture, sitter, canvas, light)
    cover = edge(head.inside, 1.5 * canvas.pixel).unsqueeze(1)
    picture = picture + (face - picture) * cover
    wet = canvas.rows(0.0, 0.90)
    part = paint_tears(picture[:, :, wet.first : wet.last], sitter, acts, wet)
    picture = band(picture, part, wet)
    jaw = canvas.rows(-0.10, 1.0)
    part = picture[:, :, jaw.first : jaw.last]
    picture = band(picture, paint_beard(part, sitter, acts, head, jaw, light), jaw)
    picture = paint_front_hair(picture, hair)
    hand = canvas.rows(0.0, 1.0)
    part = picture[:, :, hand.first : hand.last]
    picture = band(picture, paint_handkerchief(part, sitter, acts, hand, light), hand)
    return finish(picture, acts, canvas)
