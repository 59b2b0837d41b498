"""The network: towers, clips, scales, weights, and what it refuses."""

import pytest
import torch
import torch.nn.functional as functional

from emostyle.embedding.imagebind import (
    ImageBind,
    ImageBindConfig,
    TowerConfig,
    imagebind_from_state,
    tokenize,
)
from emostyle.errors import EmoStyleError, WeightsError

SMALL = {"image_size": 28}
TINY = ImageBindConfig(
    embed_dim=6,
    towers={
        "vision": TowerConfig(8, 1, 2, geometry=SMALL),
        "text": TowerConfig(8, 1, 2, geometry={"context_length": 12}),
        "audio": TowerConfig(8, 1, 2),
        "depth": TowerConfig(8, 1, 2, geometry={"image_size": 32}),
        "thermal": TowerConfig(8, 1, 2, geometry={"image_size": 32}),
        "imu": TowerConfig(8, 1, 2, drop_path=0.5, geometry={"samples": 80}),
    },
)
SCALES = {"text": 1 / 0.07, "audio": 20.0, "depth": 5.0, "thermal": 10.0, "imu": 5.0}


@pytest.fixture(scope="module")
def network() -> ImageBind:
    """Every modality, small, untrained, in evaluation mode."""
    torch.manual_seed(0)
    return ImageBind(TINY).eval()


def inputs() -> dict[str, torch.Tensor]:
    """Two items of each modality."""
    return {
        "vision": torch.randn(2, 3, 28, 28),
        "text": tokenize(["rain", "a giggling baby"], 12),
        "audio": torch.randn(2, 1, 128, 204),
        "depth": torch.randn(2, 1, 32, 32),
        "thermal": torch.randn(2, 1, 32, 32),
        "imu": torch.randn(2, 6, 80),
    }


@torch.no_grad()
def test_lengths_are_the_scales(network: ImageBind) -> None:
    """One for vision, else the modality's scale; no item depends on its neighbour."""
    given = inputs()
    for name, vectors in network(given).items():
        assert vectors.shape == (2, 6)
        length = torch.full((2,), SCALES.get(name, 1.0))
        torch.testing.assert_close(vectors.norm(dim=-1), length)
        torch.testing.assert_close(network.embed(name, given[name][1:])[0], vectors[1])


@torch.no_grad()
def test_clips_are_embedded_each_and_then_averaged(network: ImageBind) -> None:
    """The mean keeps the length it has."""
    clips = torch.randn(2, 3, 1, 128, 204)
    parts = torch.stack([network.embed("audio", clips[:, k]) for k in range(3)])
    torch.testing.assert_close(network.embed("audio", clips), parts.mean(0))


@torch.no_grad()
def test_a_picture_is_a_film_of_equal_frames(network: ImageBind) -> None:
    """Also as a film of one frame, as clips, and at another size."""
    picture = torch.randn(2, 3, 28, 28)
    vectors = network.embed("vision", picture)
    film = picture[:, None, :, None].expand(-1, 1, -1, 2, -1, -1)
    torch.testing.assert_close(network.embed("vision", film), vectors)
    torch.testing.assert_close(network.embed("vision", film[:, :, :, :1]), vectors)
    clips = torch.stack([picture, picture], dim=1)
    torch.testing.assert_close(network.embed("vision", clips), vectors)
    assert network.embed("vision", torch.randn(1, 3, 42, 56)).shape == (1, 6)


@torch.no_grad()
def test_text_reads_the_end_and_sees_only_what_came_before(network: ImageBind) -> None:
    """What follows the end-of-text id changes nothing."""
    ids = tokenize(["rain"], 12)
    end = int(ids.argmax())
    noisy = ids.clone()
    noisy[0, end + 1 :] = 5
    torch.testing.assert_close(network.embed("text", noisy), network.embed("text", ids))
    noisy[0, end - 1] = 7
    assert not torch.allclose(network.embed("text", noisy), network.embed("text", ids))


def test_gradient_reaches_the_picture(network: ImageBind) -> None:
    """As guidance needs it."""
    picture = torch.randn(1, 3, 28, 28, requires_grad=True)
    network.embed("vision", picture)[0, 0].backward()
    assert picture.grad is not None
    assert picture.grad.abs().sum() > 0


def test_scales_are_clipped_at_a_hundred(network: ImageBind) -> None:
    """As in CLIP."""
    text = ImageBind(TINY.subset(["text"])).eval()
    with torch.no_grad():
        text.modality_postprocessors["text"][1].log_logit_scale.fill_(9.0)
        length = text.embed("text", tokenize(["rain"], 12)).norm()
    torch.testing.assert_close(length, torch.tensor(100.0))


@torch.no_grad()
def test_some_modalities_of_a_state(network: ImageBind) -> None:
    """Fewer towers, same numbers, tensors shared, frozen."""
    state = network.state_dict()
    part = imagebind_from_state(state, TINY, ["audio", "text"])
    assert list(part.config.towers) == ["audio", "text"]
    assert not part.training
    assert not any(p.requires_grad for p in part.parameters())
    name = "modality_trunks.audio.blocks.0.mlp.fc1.weight"
    assert part.state_dict()[name].data_ptr() == state[name].data_ptr()
    sound = inputs()["audio"]
    torch.testing.assert_close(part.embed("audio", sound), network.embed("audio", sound))
    whole = imagebind_from_state(state, TINY)
    cosine = functional.cosine_similarity(whole.embed("audio", sound), part.embed("audio", sound))
    torch.testing.assert_close(cosine, torch.ones(2))


def test_foreign_weights_are_refused(network: ImageBind) -> None:
    """A missing tensor, a tensor too many, a modality that is not there."""
    state = dict(network.state_dict())
    with pytest.raises(WeightsError, match="no modality smell"):
        imagebind_from_state(state, TINY, ["smell"])
    with pytest.raises(WeightsError, match="not those of this ImageBind"):
        imagebind_from_state({**state, "extra": torch.zeros(1)}, TINY, ["audio"])
    state.pop("modality_heads.audio.2.weight")
    with pytest.raises(WeightsError, match="not those of this ImageBind"):
        imagebind_from_state(state, TINY)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("vision", (1, 1, 28, 28)),
        ("vision", (1, 3, 8, 28)),
        ("audio", (1, 128, 204)),
        ("audio", (1, 1, 128, 100)),
        ("text", (1, 9)),
        ("imu", (1, 6, 79)),
    ],
)
def test_wrong_inputs_are_refused(network: ImageBind, name: str, shape: tuple[int, ...]) -> None:
    """In one sentence that says what came."""
    x = torch.zeros(shape, dtype=torch.long if name == "text" else torch.float32)
    with pytest.raises(EmoStyleError, match="ImageBind"):
        network.embed(name, x)


def test_a_missing_modality_is_named() -> None:
    """With those that are there."""
    text = ImageBind(TINY.subset(["text"]))
    with pytest.raises(EmoStyleError, match="no modality 'audio', it was built with text"):
        text.embed("audio", torch.zeros(1, 1, 128, 204))


def test_impossible_sizes_are_refused() -> None:
    """Unknown modality, none, heads that do not divide the width."""
    with pytest.raises(WeightsError, match="smell"):
        ImageBindConfig(6, {"smell": TowerConfig(8, 1, 2)})
    with pytest.raises(WeightsError, match="name some of"):
        ImageBindConfig(6, {})
    with pytest.raises(WeightsError, match="divides the width"):
        ImageBindConfig(6, {"text": TowerConfig(8, 1, 3)})
