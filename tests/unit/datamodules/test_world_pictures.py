"""Pools of pictures and the captioned batches drawn from them."""

from pathlib import Path

import numpy as np
import pytest
import torch

from datamodules.picture_pool import generated_pool, render_pool
from datamodules.world_pictures import WorldPictures
from emostyle.errors import EmoStyleError, WeightsError
from emostyle.generator.stylegan2 import StyleGAN2Config, StyleGAN2Generator
from emostyle.weights.store import save_network
from emostyle.world.domain import DOMAINS


def tiny_generator(path: Path, z_dim: int) -> Path:
    """An untrained generator of 16 pixels."""
    config = StyleGAN2Config(16, z_dim, 16, 1, 64, 8, z_normalise=False)
    generator = StyleGAN2Generator(config)
    return save_network(path, generator, generator.describe())


def test_pool_is_rendered_once(tmp_path: Path) -> None:
    """The second call reads the first one's file; the pictures are the world's own."""
    first = render_pool("landscape", 5, seed=3, size=16, cache_dir=tmp_path)
    stamps = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.npy")}
    second = render_pool("landscape", 5, seed=3, size=16, cache_dir=tmp_path)
    assert stamps == {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.npy")}
    assert np.array_equal(first.pictures_u8, second.pictures_u8)
    assert len(first) == 5
    assert not first.generated
    expected = DOMAINS["landscape"].render(first.factors, first.shape, 16)
    assert (first.pictures(slice(None)) - expected).abs().max() < 1 / 127
    torch.testing.assert_close(DOMAINS["landscape"].from_z(first.z).factors, first.factors)


def test_another_recipe_is_another_pool(tmp_path: Path) -> None:
    """Seed and count belong to the recipe; nothing half-made stays behind."""
    for seed, count in ((1, 3), (2, 3), (1, 4)):
        render_pool("portrait", count, seed=seed, size=16, cache_dir=tmp_path)
    names = [path.name for path in tmp_path.iterdir()]
    assert len(names) == 3
    assert not any(name.endswith(".part") for name in names)


def test_interrupted_rendering_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure in the middle removes the partial folder."""

    def fail(*_: object) -> torch.Tensor:
        raise RuntimeError("stopped")

    monkeypatch.setattr(type(DOMAINS["landscape"]), "render", fail)
    with pytest.raises(RuntimeError, match="stopped"):
        render_pool("landscape", 3, seed=1, size=16, cache_dir=tmp_path)
    assert not list(tmp_path.iterdir())


def test_generated_pool_knows_its_truth(tmp_path: Path) -> None:
    """Factors of a generated picture come from its z; a generator of another z is refused."""
    z_dim = DOMAINS["portrait"].z_dim
    path = tiny_generator(tmp_path / "g.safetensors", z_dim)
    pool = generated_pool("portrait", path, 4, seed=1, cache_dir=tmp_path)
    assert pool.generated
    assert pool.pictures_u8.shape == (4, 3, 16, 16)
    torch.testing.assert_close(DOMAINS["portrait"].from_z(pool.z).factors, pool.factors)
    wrong = tiny_generator(tmp_path / "wrong.safetensors", z_dim + 1)
    with pytest.raises(WeightsError, match="z of length"):
        generated_pool("portrait", wrong, 4, seed=1, cache_dir=tmp_path)


def data(tmp_path: Path, **options: object) -> WorldPictures:
    """A small data module, set up."""
    module = WorldPictures(
        count=6, val_count=4, size=16, batch_size=8, batches_per_epoch=3,
        cache_dir=str(tmp_path), generated_count=4, **options,  # type: ignore[arg-type]
    )  # fmt: skip
    module.setup()
    return module


def test_batches_hold_both_domains(tmp_path: Path) -> None:
    """Each domain has its half, with a caption per picture; epochs differ, runs do not."""
    loader = data(tmp_path).train_dataloader()
    first, second = list(loader), list(loader)
    assert len(first) == 3
    batch = first[0]["landscape"]
    assert batch.pictures.shape == (4, 3, 16, 16)
    assert len(batch.captions) == len(batch.factors) == len(batch.z) == 4
    assert not batch.generated.any()
    assert first[0]["portrait"].captions != second[0]["portrait"].captions
    again = next(iter(data(tmp_path).train_dataloader()))
    assert again["portrait"].captions == first[0]["portrait"].captions


def test_generated_share(tmp_path: Path) -> None:
    """A quarter of each training half comes from the generator, none of validation."""
    path = tiny_generator(tmp_path / "g.safetensors", DOMAINS["landscape"].z_dim)
    module = data(tmp_path, domains=("landscape",), generators={"landscape": str(path)})
    batch = next(iter(module.train_dataloader()))["landscape"]
    assert batch.generated.tolist() == [False] * 6 + [True] * 2
    assert not next(iter(module.val_dataloader()))["landscape"].generated.any()


def test_validation_repeats(tmp_path: Path) -> None:
    """Held-out pictures are other scenes, the same in every epoch."""
    module = data(tmp_path)
    loader = module.val_dataloader()
    once, twice = next(iter(loader)), next(iter(loader))
    assert torch.equal(once["portrait"].pictures, twice["portrait"].pictures)
    assert once["portrait"].captions == twice["portrait"].captions
    assert not torch.equal(module.held_out["portrait"].z, module.renders["portrait"].z[:4])


def test_mistakes_are_told() -> None:
    """A batch that cannot be shared, a share beyond one."""
    with pytest.raises(EmoStyleError, match="shared evenly"):
        WorldPictures(batch_size=7)
    with pytest.raises(EmoStyleError, match="generated_share"):
        WorldPictures(generated_share=1.5)
