"""The image-text pair: unit vectors, preprocessing, text cache, weights file."""

from pathlib import Path

import open_clip
import pytest
import torch
import torch.nn.functional as functional

from emostyle.embedding.clip import (
    CLIP_WORLD_CONFIG,
    ClipConfig,
    ClipEncoder,
    build_clip,
    load_clip,
    save_clip,
)
from emostyle.errors import WeightsError
from emostyle.weights.store import save_network

TINY = ClipConfig(
    embed_dim=16,
    vision_cfg={"image_size": 32, "layers": (1, 1, 1, 1), "width": 8, "head_width": 32},
    text_cfg={"context_length": 12, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
)
TEXTS = ["rain", "the sound of a heavy downpour", "somebody laughing"]


@pytest.fixture
def clip() -> ClipEncoder:
    """A small untrained pair in eval mode."""
    return build_clip(TINY).eval()


def test_world_pair_is_small() -> None:
    """512-d joint space, 128-pixel pictures, few parameters to see with."""
    clip = build_clip()
    assert (clip.embed_dim, clip.image_size) == (512, 128)
    assert sum(p.numel() for p in clip.model.visual.parameters()) < 2.5e6
    assert CLIP_WORLD_CONFIG.text_cfg["context_length"] == 32


def test_vectors_are_unit(clip: ClipEncoder) -> None:
    """Pictures of any size and texts land on the unit sphere."""
    for size in (32, 48, 64):
        vectors = clip.encode_image(torch.rand(2, 3, size, size) * 2 - 1)
        torch.testing.assert_close(vectors.norm(dim=1), torch.ones(2))
    torch.testing.assert_close(clip.encode_text(TEXTS).norm(dim=1), torch.ones(3))
    assert clip.encode_text([]).shape == (0, 16)


def test_picture_vector_does_not_depend_on_the_batch(clip: ClipEncoder) -> None:
    """Item i of a batch equals item i alone."""
    images = torch.rand(4, 3, 32, 32) * 2 - 1
    torch.testing.assert_close(clip.encode_image(images)[2:3], clip.encode_image(images[2:3]))


def test_gradient_reaches_the_picture(clip: ClipEncoder) -> None:
    """Also through the resize."""
    images = (torch.rand(1, 3, 48, 48) * 2 - 1).requires_grad_()
    clip.encode_image(images)[0, 0].backward()
    assert images.grad is not None
    assert images.grad.abs().sum() > 0


def test_text_tower_is_open_clips_own(clip: ClipEncoder) -> None:
    """Leaving out padding and batching changes nothing against open_clip's encode_text."""
    tokens = open_clip.SimpleTokenizer(context_length=12)(TEXTS)
    expected = functional.normalize(clip.model.encode_text(tokens), dim=-1)
    torch.testing.assert_close(clip.encode_tokens(tokens), expected)
    torch.testing.assert_close(clip.encode_text(TEXTS), expected)


def test_texts_are_kept_until_the_tower_changes(clip: ClipEncoder) -> None:
    """Equal prompts give equal vectors; a change of the weights is noticed."""
    before = clip.encode_text(["rain", "rain"])
    assert torch.equal(before[0], before[1])
    assert torch.equal(clip.encode_text(["rain"])[0], before[0])
    with torch.no_grad():
        clip.model.text_projection.add_(0.1)
    assert not torch.equal(clip.encode_text(["rain"])[0], before[0])


def test_preprocessing_is_the_configs_own() -> None:
    """A picture equal to the mean everywhere becomes zero."""
    mean = (0.5, 0.25, 0.75)
    clip = build_clip(ClipConfig(16, TINY.vision_cfg, TINY.text_cfg, image_mean=mean))
    picture = torch.tensor(mean).view(1, 3, 1, 1).expand(1, 3, 32, 32) * 2 - 1
    torch.testing.assert_close(clip.preprocess(picture), torch.zeros(1, 3, 32, 32))


def test_a_vision_transformer_fits_the_same_class() -> None:
    """Any open_clip architecture can be named."""
    vision = {"image_size": 32, "layers": 1, "width": 32, "head_width": 16, "patch_size": 8}
    clip = build_clip(ClipConfig(16, vision, TINY.text_cfg, quick_gelu=True)).eval()
    assert clip.image_size == 32
    assert clip.encode_image(torch.zeros(1, 3, 40, 40)).shape == (1, 16)


def test_file_rebuilds_the_pair(clip: ClipEncoder, tmp_path: Path) -> None:
    """Architecture, preprocessing and weights travel together (fp16)."""
    loaded = load_clip(save_clip(tmp_path / "clip.safetensors", clip, {"seed": 1}))
    assert not loaded.training
    assert loaded.config.image_mean == clip.config.image_mean
    cosine = (loaded.encode_text(TEXTS) * clip.encode_text(TEXTS)).sum(1)
    torch.testing.assert_close(cosine, torch.ones(3), atol=1e-4, rtol=0)


def test_wrong_files_are_refused(clip: ClipEncoder, tmp_path: Path) -> None:
    """Another kind of network, or a file that does not fit its own architecture."""
    other = save_network(tmp_path / "other.safetensors", torch.nn.Linear(2, 2), {})
    with pytest.raises(WeightsError, match="no image-text encoder"):
        load_clip(other)
    broken = save_network(tmp_path / "broken.safetensors", torch.nn.Linear(2, 2), clip.describe())
    with pytest.raises(WeightsError, match="are not those"):
        load_clip(broken)
