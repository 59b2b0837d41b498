"""Pictures, texts and sounds to unit vectors, with the preprocessing inside."""

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision import transforms

from emostyle.embedding.imagebind import (
    ImageBind,
    ImageBindConfig,
    ImageBindEncoder,
    TowerConfig,
    preprocess_images,
    tokenize,
)
from emostyle.embedding.imagebind.vision import IMAGE_MEAN, IMAGE_STD
from emostyle.errors import AudioError

CONFIG = ImageBindConfig(
    embed_dim=6,
    towers={
        "vision": TowerConfig(8, 1, 2, geometry={"image_size": 28}),
        "text": TowerConfig(8, 1, 2),
        "audio": TowerConfig(8, 1, 2),
    },
)


@pytest.fixture(scope="module")
def encoder() -> ImageBindEncoder:
    """A small untrained network."""
    torch.manual_seed(0)
    return ImageBindEncoder(ImageBind(CONFIG)).eval()


def test_vectors_are_unit(encoder: ImageBindEncoder) -> None:
    """Pictures of any size, texts, and sounds of any length."""
    assert (encoder.image_size, encoder.embed_dim) == (28, 6)
    pictures = encoder.encode_image(torch.rand(2, 3, 40, 60) * 2 - 1)
    texts = encoder.encode_text(["rain", "somebody laughing"])
    sounds = encoder.encode_audio([torch.randn(20000), torch.randn(2, 70000)], 22050)
    for vectors in (pictures, texts, sounds):
        torch.testing.assert_close(vectors.norm(dim=-1), torch.ones(2))
    assert encoder.encode_text([]).shape == encoder.encode_audio([], 16000).shape == (0, 6)


def test_each_sound_is_heard_alone(encoder: ImageBindEncoder) -> None:
    """Its vector does not depend on its neighbours."""
    sounds = [torch.randn(40000), torch.randn(30000)]
    both = encoder.encode_audio(sounds, 16000)
    torch.testing.assert_close(encoder.encode_audio(sounds[1:], 16000)[0], both[1])
    with pytest.raises(AudioError, match="longer recording"):
        encoder.encode_audio([torch.zeros(10)], 16000)


def test_gradient_reaches_the_picture(encoder: ImageBindEncoder) -> None:
    """Through resizing, cropping and the network."""
    images = (torch.rand(1, 3, 40, 50) * 2 - 1).requires_grad_()
    encoder.encode_image(images)[0, 0].backward()
    assert images.grad is not None
    assert images.grad.abs().sum() > 0


def test_pictures_are_prepared_as_published() -> None:
    """As PIL and torchvision do it on eight bits, within one of their 256 steps."""
    rows, columns = np.mgrid[0:60, 0:90] / 90
    waves = [np.sin(6 * rows + k) * np.cos(4 * columns - k) for k in range(3)]
    eight_bit = ((np.stack(waves, -1) * 0.4 + 0.5) * 255).round().astype(np.uint8)
    published = transforms.Compose(
        [
            transforms.Resize(32, interpolation=transforms.InterpolationMode.BICUBIC),
            transforms.CenterCrop(32),
            transforms.ToTensor(),
            transforms.Normalize(IMAGE_MEAN, IMAGE_STD),
        ]
    )
    expected = published(Image.fromarray(eight_bit))
    ours = torch.from_numpy(eight_bit).permute(2, 0, 1).float()[None] / 127.5 - 1
    error = (preprocess_images(ours, 32)[0] - expected).abs().max()
    assert error <= 1.0 / 255 / min(IMAGE_STD)


def test_long_texts_are_cut_and_keep_their_end() -> None:
    """77 ids; the largest marks the end."""
    ids = tokenize(["rain " * 200, "rain"])
    assert ids.shape == (2, 77)
    assert ids.argmax(-1).tolist() == [76, 2]
    assert tokenize([]).shape == (0, 77)
