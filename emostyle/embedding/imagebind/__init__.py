"""ImageBind (Girdhar et al. 2023), re-implemented; loads `imagebind_huge.pth` by its own names."""

from emostyle.embedding.imagebind.audio import FilterBankSpec, audio_clips
from emostyle.embedding.imagebind.config import (
    IMAGEBIND_HUGE,
    MODALITIES,
    ImageBindConfig,
    TowerConfig,
)
from emostyle.embedding.imagebind.encoder import ImageBindEncoder
from emostyle.embedding.imagebind.model import ImageBind, imagebind_from_state, load_imagebind
from emostyle.embedding.imagebind.vision import preprocess_images
from emostyle.embedding.imagebind.words import tokenize

__all__ = [
    "IMAGEBIND_HUGE",
    "MODALITIES",
    "FilterBankSpec",
    "ImageBind",
    "ImageBindConfig",
    "ImageBindEncoder",
    "TowerConfig",
    "audio_clips",
    "imagebind_from_state",
    "load_imagebind",
    "preprocess_images",
    "tokenize",
]
