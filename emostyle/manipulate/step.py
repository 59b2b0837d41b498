"""One step of latent optimisation as a pure function: latents and targets in, named terms out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from emostyle.guidance.identity import identity_loss
from emostyle.guidance.original import (
    MASKED_LAYERS,
    original_layer_terms,
    original_similarity_loss,
)
from emostyle.guidance.proximity import (
    l1_proximity,
    l2_proximity,
    layer_mask,
    masked_proximity,
)
from emostyle.guidance.similarity import cosine_distance, cosine_hinge, multi_dimension
from emostyle.manipulate.settings import EditSettings

Encode = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class EditTargets:
    """What an edit starts from and steers to. N items, L layers, D width.

    Attributes:
        w_start: starting latents (N, L, D).
        guides: unit vectors by guide (`audio`, `music`, `text`), each (N, 512).
        image_start: unit vectors of the starting pictures (N, 512).
        identity_start: identity vectors of the starting pictures (N, E), None without that term.
        axes: (D, D), one axis of the step per row, None for plain steps.
        chosen: (N, D), true for the axis an edit walks along (`pursuit`); its length is free.
    """

    w_start: Tensor
    guides: Mapping[str, Tensor]
    image_start: Tensor
    identity_start: Tensor | None = None
    axes: Tensor | None = None
    chosen: Tensor | None = None

    def to(self, device: torch.device | str) -> "EditTargets":
        """The same on another device."""

        def moved(value: Tensor | None) -> Tensor | None:
            return None if value is None else value.to(device)

        return EditTargets(
            w_start=self.w_start.to(device),
            guides={name: vectors.to(device) for name, vectors in self.guides.items()},
            image_start=self.image_start.to(device),
            identity_start=moved(self.identity_start),
            axes=moved(self.axes),
            chosen=moved(self.chosen),
        )


def apply_step(
    w_plus: Float[Tensor, "N L D"],
    g: Float[Tensor, "N L"],
    targets: EditTargets,
    settings: EditSettings,
    noise: Float[Tensor, "N 1 D"] | None = None,
) -> Float[Tensor, "N L D"]:
    """The latent that is drawn, from the two parameters.

    With the papers' settings it is `w_plus` itself. With `layer_freedom` below one the layers
    share (part of) one step; with axes the step counts along those; with the mask as a
    gate, layer l takes `L softmax(g)_l` of it (Robust section 3.2.2: "g and w are multiplied").

    Args:
        w_plus: the latent being optimised.
        g: the mask vector.
        targets: supplies the start and the axes.
        settings: the ways of the edit.
        noise: added to the step of every layer, None for none.
    """
    delta = w_plus - targets.w_start
    if settings.layer_freedom < 1:
        shared = delta.mean(1, keepdim=True)
        delta = shared + settings.layer_freedom * (delta - shared)
    if noise is not None:
        delta = delta + noise
    if settings.axes != "none" and targets.axes is not None:
        delta = delta @ targets.axes
    if settings.mask_role == "gate":
        delta = delta * (layer_mask(g) * g.shape[-1])[..., None]
    return targets.w_start + delta


def edit_terms(
    w_plus: Float[Tensor, "N L D"],
    g: Float[Tensor, "N L"],
    *,
    targets: EditTargets,
    settings: EditSettings,
    synthesise: Encode,
    encode_image: Encode,
    encode_identity: Encode | None = None,
    views: Encode | None = None,
    noise: Float[Tensor, "N 1 D"] | None = None,
) -> dict[str, Float[Tensor, " N"]]:
    """The terms of the objective for each item, EmoStyle eqs 4-8 and Robust eqs 14-18.

    Args:
        w_plus: latents being optimised (N, L, D).
        g: mask vectors (N, L).
        targets: start and guides.
        settings: weights and ways.
        synthesise: w+ -> pictures.
        encode_image: pictures -> unit vectors.
        encode_identity: pictures -> identity vectors, needed if lambda_id is not zero.
        views: pictures (N, ...) -> views (V * N, ...), view-major; None: the pictures alone.
        noise: added to the step of every layer in this step, None for none.

    Returns:
        Unweighted terms (N,) by name, and `total`, their weighted sum, last.
    """
    latent = apply_step(w_plus, g, targets, settings, noise)
    pictures = synthesise(latent)
    seen = pictures if views is None else views(pictures)
    n = pictures.shape[0]
    seen = seen if settings.original else seen.clamp(-1, 1)
    vectors = encode_image(seen).view(-1, n, targets.image_start.shape[-1])
    terms = {}
    for name, guide in targets.guides.items():
        if settings.original:
            distance = original_similarity_loss(vectors, guide)
        elif settings.hinge:
            distance = cosine_hinge(vectors, targets.image_start, guide)
        else:
            distance = cosine_distance(vectors, guide)
        terms[name] = distance.mean(0)
    weights = {
        "audio": settings.lambda_audio,
        "music": settings.lambda_music,
        "text": settings.lambda_text,
    }
    total = multi_dimension(dict(terms), weights)
    if settings.original:
        held = g[:, :MASKED_LAYERS].detach()
        terms["proximity"] = original_layer_terms(latent, targets.w_start, held).sum(1)
    elif settings.mask_role == "regulariser":
        terms["proximity"] = masked_proximity(latent, targets.w_start, g)
    elif settings.norm == "l1":
        terms["proximity"] = l1_proximity(w_plus, targets.w_start, targets.chosen)
    else:
        terms["proximity"] = l2_proximity(w_plus, targets.w_start) / g.shape[-1] ** 0.5
    total = total + settings.lambda_sim * terms["proximity"]
    if settings.lambda_id and encode_identity is not None and targets.identity_start is not None:
        terms["identity"] = identity_loss(targets.identity_start, encode_identity(pictures))
        total = total + settings.lambda_id * terms["identity"]
    terms["total"] = total
    return terms


def similarity(
    vectors: Float[Tensor, "N D"], guides: Mapping[str, Float[Tensor, "N D"]]
) -> Float[Tensor, " N"]:
    """Mean cosine of pictures with their guides, the figure reported before and after."""
    return torch.stack([(vectors * guide).sum(-1) for guide in guides.values()]).mean(0)
