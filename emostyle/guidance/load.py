"""The identity network of a stack, ours or a published one, from whichever file fills the slot."""

from pathlib import Path

from torch import nn

from emostyle.guidance.arcface import load_identity_net
from emostyle.guidance.arcface_ir import ARCHITECTURE, PortraitIdentity, load_arcface_ir
from emostyle.weights.store import read_metadata, resolve


def load_identity(name_or_path: str | Path) -> nn.Module:
    """A network from pictures (B, 3, H, W) in [-1, 1] to unit vectors (B, D), frozen.

    A published ArcFace is given the face that it expects, cut from portraits aligned as FFHQ.

    Args:
        name_or_path: name of a bundled file, or a path.

    Raises:
        WeightsError: no such file, or one that holds something else.
    """
    if read_metadata(resolve(name_or_path)).get("architecture") == ARCHITECTURE:
        return PortraitIdentity(load_arcface_ir(name_or_path)).eval()
    return load_identity_net(name_or_path)
