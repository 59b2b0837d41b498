"""ArcFace as published (Deng et al. 2019): IR and IR-SE networks under their own key names."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch.nn.functional as functional
from jaxtyping import Float
from torch import Tensor, nn

from emostyle.errors import ImageError, WeightsError
from emostyle.guidance.face_crop import crop_face
from emostyle.inversion.blocks import IR_SE50, IRTrunk, TrunkConfig
from emostyle.weights.state import load_exactly
from emostyle.weights.store import load_state, resolve

ARCHITECTURE = "arcface_ir"


class ArcFaceIR(IRTrunk):
    """A cropped face in, a unit vector out that says who it is.

    Args:
        trunk: sizes of the trunk; `trunk_config(100)` for IR-SE100.
        input_size: side of the faces in pixels: 112, or 224.
        embedding: length of the vector.
        affine: learned scale and shift in the last normalisation.
        dropout: before the last layer, while training.

    Raises:
        WeightsError: an input size that the stages do not divide.
    """

    def __init__(
        self,
        trunk: TrunkConfig = IR_SE50,
        input_size: int = 112,
        embedding: int = 512,
        affine: bool = True,
        dropout: float = 0.4,
    ) -> None:
        side, rest = divmod(input_size, 2 ** len(trunk.widths))
        if rest or side < 1:
            raise WeightsError(
                f"An ArcFace network of {len(trunk.widths)} stages cannot have input_size="
                f"{input_size}; give a multiple of {2 ** len(trunk.widths)} (input_size)."
            )
        super().__init__(trunk)
        self.input_size, self.embedding, self.affine = input_size, embedding, affine
        width = trunk.widths[-1]
        self.output_layer = nn.Sequential(
            nn.BatchNorm2d(width),
            nn.Dropout(dropout),
            nn.Flatten(),
            nn.Linear(width * side * side, embedding),
            nn.BatchNorm1d(embedding, affine=affine),
        )

    def embed(self, faces: Float[Tensor, "B 3 H W"]) -> Float[Tensor, "B D"]:
        """Vectors before they are brought to length one.

        Args:
            faces: (B, 3, input_size, input_size) in [-1, 1], cut as `crop_face` does.

        Raises:
            ImageError: faces of another size.
        """
        size = (self.input_size, self.input_size)
        if faces.shape[-2:] != size:
            raise ImageError(
                f"ArcFace was given pictures of {faces.shape[-2]}x{faces.shape[-1]} pixels, "
                f"expected faces of {size[0]}x{size[1]}: cut them with crop_face, or let "
                "PortraitIdentity do it."
            )
        vectors: Tensor = self.output_layer(self.stages(faces)[-1])
        return vectors

    def forward(self, faces: Float[Tensor, "B 3 H W"]) -> Float[Tensor, "B D"]:
        """Cropped faces (B, 3, input_size, input_size) in [-1, 1] -> unit vectors (B, D)."""
        return functional.normalize(self.embed(faces))

    def describe(self) -> dict[str, Any]:
        """The architecture as JSON-able metadata for a weights file."""
        return {
            "architecture": ARCHITECTURE,
            "input_size": self.input_size,
            "embedding": self.embedding,
            "affine": self.affine,
            "trunk": asdict(self.trunk),
        }


class PortraitIdentity(nn.Module):
    """An ArcFace network for whole pictures: what the identity slot of an edit calls.

    Args:
        network: the network; it is given the crop.
    """

    def __init__(self, network: ArcFaceIR) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Float[Tensor, "B 3 H W"]) -> Float[Tensor, "B D"]:
        """Square portraits of any size in [-1, 1], aligned as FFHQ -> unit vectors (B, D).

        Raises:
            ImageError: pictures that are not square.
        """
        vectors: Tensor = self.network(crop_face(images, self.network.input_size))
        return vectors


def load_arcface_ir(name_or_path: str | Path) -> ArcFaceIR:
    """A network from a file that `save_network` wrote with `describe()`, frozen, in eval mode.

    Args:
        name_or_path: name of a bundled file, or a path.

    Raises:
        WeightsError: no such file, or one that holds something else.
    """
    state, metadata = load_state(resolve(name_or_path))
    if metadata.get("architecture") != ARCHITECTURE:
        raise WeightsError(
            f"'{name_or_path}' holds a '{metadata.get('architecture')}', expected "
            f"'{ARCHITECTURE}'; name another file for the identity slot."
        )
    sizes = {name: metadata[name] for name in ("input_size", "embedding", "affine")}
    network = ArcFaceIR(TrunkConfig.from_json(metadata["trunk"]), **sizes)
    load_exactly(network, state, f"identity network that '{name_or_path}' says it holds")
    return network.eval().requires_grad_(False)
