"""The edit with the originals' faults, step by step against their formulas."""

import math
from pathlib import Path

import pytest
import torch
from torch.nn import functional

from emostyle.embedding.clip import ClipConfig, build_clip, save_clip
from emostyle.errors import EmoStyleError
from emostyle.guidance.original import original_clip_pixels
from emostyle.manipulate import EditRequest, EditSettings, edit
from emostyle.manipulate.stack import load_stack
from emostyle.testing import tiny_stack

ORIGINAL = EditSettings(lambda_sim=0.3, original=True)
SEES_224 = ClipConfig(
    vision_cfg={"image_size": 224, "layers": (1, 1, 1, 1), "width": 8, "head_width": 32},
    text_cfg={"context_length": 16, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
)


@pytest.fixture
def request_of(tmp_path: Path) -> EditRequest:
    """An edit of three steps with a CLIP that sees 224 pixels."""
    stack = tiny_stack(tmp_path)
    torch.manual_seed(3)
    save_clip(tmp_path / "clip.safetensors", build_clip(SEES_224), {})
    sound = torch.randn(44100, generator=torch.Generator().manual_seed(5)) * 0.1
    return EditRequest(waveform=sound, stack=str(stack), steps=3, seed=4)


def test_terms_are_the_originals(request_of: EditRequest) -> None:
    """The first step: nothing has moved, the picture is shown as the originals show it."""
    result = edit(request_of, settings=ORIGINAL)
    networks = load_stack(request_of.stack)
    pictures = networks.generator.synthesis(result.w_start)
    assert pictures.abs().max() > 1, "a picture that needs clamping, or the test shows nothing"
    seen = networks.clip.encode_pixels(original_clip_pixels(pictures))
    guide = networks.audio_encoder.encode([_heard(request_of, networks)])
    cosine = functional.cosine_similarity(seen, guide)
    expected = 1 - math.exp(0.07) * cosine
    torch.testing.assert_close(result.history["audio"][0], expected, atol=1e-4, rtol=1e-4)
    assert result.history["proximity"][0].item() == 0
    total = result.history["audio"] + 0.3 * result.history["proximity"]
    torch.testing.assert_close(result.history["total"], total)


def test_the_mask_is_moved_by_hand(request_of: EditRequest) -> None:
    """It starts at one and follows `g - 0.1 l (1 - l)`; with no step yet nothing moves it."""
    one = edit(request_of.__class__(**{**request_of.__dict__, "steps": 1}), settings=ORIGINAL)
    torch.testing.assert_close(one.mask, torch.full_like(one.mask, 1 / one.mask.shape[1]))
    three = edit(request_of, settings=ORIGINAL)
    assert not torch.allclose(three.mask, one.mask)
    trained = edit(request_of, settings=EditSettings(lambda_sim=0.3))
    assert not torch.allclose(three.mask, trained.mask)


def test_a_clip_of_another_size_is_refused(tmp_path: Path) -> None:
    """One sentence, before the first step."""
    request = EditRequest(waveform=torch.ones(44100), stack=str(tiny_stack(tmp_path)), steps=1)
    with pytest.raises(EmoStyleError, match="shows CLIP 224 pixels, but this stack's CLIP sees 32"):
        edit(request, settings=ORIGINAL)


def _heard(request: EditRequest, networks) -> torch.Tensor:
    """The sound at the encoder's rate."""
    from emostyle.waveform.load import resample

    return resample(request.waveform, request.sample_rate_hz, networks.audio_encoder.sample_rate_hz)
