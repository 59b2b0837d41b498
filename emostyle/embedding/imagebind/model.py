"""ImageBind: pictures, texts, sounds, depth, heat and motion in one space (Girdhar et al. 2023)."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import torch
from jaxtyping import Float, Shaped
from torch import Tensor, nn

from emostyle.embedding.imagebind.config import (
    IMAGEBIND_HUGE,
    MODALITIES,
    ImageBindConfig,
    TowerConfig,
)
from emostyle.embedding.imagebind.heads import build_head, build_postprocessor
from emostyle.embedding.imagebind.preprocessors import PREPROCESSORS
from emostyle.embedding.imagebind.trunk import Trunk
from emostyle.errors import EmoStyleError, WeightsError
from emostyle.weights.store import load_state

NO_BIAS_KV = ("vision", "text")
"""The towers without a learned key and value in their attention."""


class ImageBind(nn.Module):
    """One tower per modality: preprocessor, trunk, head, postprocessor. Names as published.

    Args:
        config: sizes and modalities.
    """

    def __init__(self, config: ImageBindConfig = IMAGEBIND_HUGE) -> None:
        super().__init__()
        self.config = config
        self.modality_preprocessors = nn.ModuleDict()
        self.modality_trunks = nn.ModuleDict()
        self.modality_heads = nn.ModuleDict()
        self.modality_postprocessors = nn.ModuleDict()
        for name, tower in config.towers.items():
            self.modality_preprocessors[name] = PREPROCESSORS[name](
                tower.embed_dim, **tower.geometry
            )
            self.modality_trunks[name] = Trunk(
                tower.embed_dim,
                tower.num_blocks,
                tower.num_heads,
                bias_kv=name not in NO_BIAS_KV,
                pre_norm=name == "vision",
                drop_path=tower.drop_path,
            )
            self.modality_heads[name] = build_head(name, tower.embed_dim, config.embed_dim)
            self.modality_postprocessors[name] = build_postprocessor(name)

    def embed(self, modality: str, x: Shaped[Tensor, "B ..."]) -> Float[Tensor, "B D"]:
        """Vectors of the joint space; vision has length one, the others their modality's scale.

        Inputs of five or more axes are (B, clips, ...): each clip is embedded, normalised and
        scaled, then the mean is taken over the clips. The mean is not brought to length again.

        Args:
            modality: one of `config.towers`.
            x: what that modality's preprocessor takes, with or without clips.

        Returns:
            (B, embed_dim).

        Raises:
            EmoStyleError: a modality this network lacks, or an input of a wrong shape.
        """
        if modality not in self.config.towers:
            raise EmoStyleError(
                f"This ImageBind has no modality '{modality}', it was built with "
                f"{', '.join(self.config.towers)}; name it in `modalities`."
            )
        clips = x.shape[1] if x.ndim >= 5 else 1
        flat = x.flatten(0, 1) if x.ndim >= 5 else x
        sequence = self.modality_preprocessors[modality](flat)
        features = self.modality_trunks[modality](sequence.tokens, sequence.mask)
        rows = torch.arange(len(flat), device=features.device)
        vectors = self.modality_heads[modality](features[rows, sequence.read_at])
        vectors = self.modality_postprocessors[modality](vectors)
        mean: Tensor = vectors.unflatten(0, (-1, clips)).mean(dim=1)
        return mean

    def forward(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """`embed` for each modality given."""
        return {name: self.embed(name, x) for name, x in inputs.items()}


def imagebind_from_state(
    state: Mapping[str, Tensor],
    config: ImageBindConfig = IMAGEBIND_HUGE,
    modalities: Iterable[str] | None = None,
) -> ImageBind:
    """A frozen network in evaluation mode over the tensors of a state dict, which are not copied.

    Args:
        state: of `imagebind_huge.pth` or a file of the same names.
        config: the sizes of that file's network.
        modalities: keep only these; None keeps all of `config`.

    Returns:
        The network, where the tensors are.

    Raises:
        WeightsError: an unknown modality, or tensors that are not those of the network.
    """
    if modalities is not None:
        config = config.subset(modalities)
        others = set(MODALITIES).difference(config.towers)
        state = {k: v for k, v in state.items() if others.isdisjoint(k.split(".")[1:2])}
    with torch.device("meta"):
        network = ImageBind(config)
    try:
        network.load_state_dict(state, assign=True)
    except RuntimeError as error:
        raise WeightsError(
            f"The weights are not those of this ImageBind ({str(error)[:300]}); "
            "give imagebind_huge.pth, or the config the file was made with."
        ) from error
    return network.eval().requires_grad_(False)


def load_imagebind(path: str | Path) -> ImageBind:
    """A frozen network in evaluation mode from a converted file.

    Args:
        path: a `.safetensors` file that `emostyle weights convert` made.

    Raises:
        WeightsError: missing or damaged file, or one that holds something else.
    """
    state, metadata = load_state(path)
    sizes = metadata["config"]
    towers = {name: TowerConfig(**tower) for name, tower in sizes["towers"].items()}
    return imagebind_from_state(state, ImageBindConfig(sizes["embed_dim"], towers))
