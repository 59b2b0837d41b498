"""Concepts, loss terms, figures and the two LightningModules behind the image-text pair."""

import math
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
import torch.nn.functional as functional

from datamodules.world_pictures import WorldPictures
from datamodules.world_scenes import WorldScenes
from emostyle.embedding.clip import ClipConfig, build_clip, load_clip, save_clip
from emostyle.embedding.clip_training import figures
from emostyle.embedding.clip_training.concepts import (
    CONCEPTS,
    UNSEEN,
    alone,
    bank_targets,
    concept_texts,
    draw_bank,
    level_targets,
)
from emostyle.embedding.clip_training.factor_encoder import FactorEncoder, load_factor_encoder
from emostyle.embedding.clip_training.module import ClipModule
from emostyle.embedding.clip_training.objective import (
    ARC_ANGLE,
    arc_cosine,
    arc_loss,
    concept_loss,
    cosine_distance,
    level_loss,
    separation_loss,
)
from emostyle.embedding.teacher_training.module import TeacherModule
from emostyle.errors import WeightsError
from emostyle.weights.store import save_network
from emostyle.world.domain import DOMAINS
from emostyle.world.sound import SOUND_CLASSES

TINY = ClipConfig(
    embed_dim=32,
    vision_cfg={"image_size": 32, "layers": (1, 1, 1, 1), "width": 8, "head_width": 32},
    text_cfg={"context_length": 16, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
)
NAMES = [concept.name for concept in CONCEPTS]


def trainer(epochs: int = 1) -> pl.Trainer:
    """A silent trainer on the CPU."""
    return pl.Trainer(
        accelerator="cpu", max_epochs=epochs, logger=False, enable_progress_bar=False,
        enable_checkpointing=False, enable_model_summary=False, num_sanity_val_steps=0,
    )  # fmt: skip


def test_concepts_cover_sounds_and_events() -> None:
    """Every sound class, every event and the absence of events have a concept with texts."""
    assert len(set(NAMES)) == len(NAMES)
    assert set(SOUND_CLASSES) <= set(NAMES)
    for name, world in DOMAINS.items():
        told = {concept.factors.get(name) for concept in CONCEPTS}
        assert set(world.events) <= told
        assert f"{name}_neutral" in NAMES
    for concept in CONCEPTS:
        assert len(concept_texts(concept, 0.5)) >= 4


def test_bank_is_drawn_from_its_generator() -> None:
    """Two texts per concept, the first weaker than the second."""
    texts, strengths = draw_bank(torch.Generator().manual_seed(1))
    again, _ = draw_bank(torch.Generator().manual_seed(1))
    assert texts == again
    assert len(texts) == len(strengths) == 2 * len(CONCEPTS)
    assert bool((strengths[: len(CONCEPTS)] < strengths[len(CONCEPTS) :]).all())


def test_bank_targets() -> None:
    """Heavy rain asks for the strong rain text, a quiet scene for the neutral ones."""
    world = DOMAINS["landscape"]
    factors = torch.zeros(2, len(world.factor_names))
    factors[0, world.index("rain")] = 0.9
    count = len(CONCEPTS)
    strengths = torch.cat([torch.full((count,), 0.3), torch.full((count,), 0.9)])
    targets = bank_targets("landscape", factors, strengths)
    torch.testing.assert_close(targets.sum(1), torch.ones(2))
    rain, neutral = NAMES.index("rain"), NAMES.index("landscape_neutral")
    assert targets[0, count + rain] > 0.95
    torch.testing.assert_close(targets[1, neutral] + targets[1, count + neutral], torch.tensor(1.0))
    assert targets[:, list(UNSEEN)].sum() == 0


def test_level_targets() -> None:
    """Only what a picture shows has levels; heavy rain asks for the stronger text."""
    world = DOMAINS["landscape"]
    factors = torch.zeros(2, len(world.factor_names))
    factors[0, world.index("rain")] = 0.9
    count = len(CONCEPTS)
    strengths = torch.cat([torch.full((count,), 0.3), torch.full((count,), 0.9)])
    targets = level_targets("landscape", factors, strengths)
    torch.testing.assert_close(targets.sum(1), torch.tensor([1.0, 0.0]))
    assert targets[0, count + NAMES.index("rain")] > 0.9


def test_level_loss_in_closed_form() -> None:
    """A picture between its two texts costs log 2; one at the right text costs nothing."""
    texts = torch.eye(2)
    right = torch.tensor([[0.0, 1.0]])
    between = functional.normalize(torch.ones(1, 2), dim=1)
    assert float(level_loss(between, texts, right)) == pytest.approx(0.6931, abs=1e-3)
    assert float(level_loss(texts[1:], texts, right)) < 1e-6


def test_separation_looks_at_unseen_concepts_only() -> None:
    """Two equal texts of a concept cost nothing when all others are orthogonal."""
    eye = torch.eye(3)
    swapped = eye[[1, 0, 2]]
    scale = torch.tensor(50.0)
    assert float(separation_loss(eye, swapped, [2], scale)) < 1e-6
    assert float(separation_loss(eye, swapped, [0], scale)) > 50


def test_concept_loss_in_closed_form() -> None:
    """Perfect answers at a high scale cost nothing; equal answers cost log 4."""
    eye = torch.eye(4)
    assert float(concept_loss(eye, eye, eye, torch.tensor(100.0))) < 1e-6
    same = torch.ones(4, 1)
    expected = torch.tensor(4.0).log()
    torch.testing.assert_close(concept_loss(same, same, eye, torch.tensor(5.0)), expected)


def test_cosine_distance() -> None:
    """Zero for equal, one for orthogonal, two for opposite vectors."""
    eye = torch.eye(3)
    for other, expected in ((eye, 0.0), (eye.roll(1, 0), 1.0), (-eye, 2.0)):
        assert float(cosine_distance(eye, other)) == pytest.approx(expected)


def test_figures_in_closed_form() -> None:
    """Vectors that are the truth get full marks."""
    strengths = torch.linspace(0.2, 1, 20)
    events = functional.pad(strengths[:, None], (0, 2))
    images = functional.normalize(torch.stack([strengths, torch.ones(20), strengths * 0], 1), dim=1)
    prompts = torch.tensor([[1.0, 0, 0], [0, 0, 1.0], [0, 0, -1.0]])
    assert figures.event_accuracy(images, prompts, events) == 1
    rising = prompts - torch.tensor([0, 1.0, 0])
    assert float(figures.strength_correlation(images, rising, events)[0]) == pytest.approx(1)
    assert figures.recall_at_1(torch.eye(5), torch.eye(5)) == 1
    falling = figures.strength_correlation(images, -rising, events)
    assert float(falling[0]) == pytest.approx(-1)


def test_teacher_learns_from_a_frozen_pair(tmp_path: Path) -> None:
    """A few steps lower the loss, the pair does not move, and the file can be read back."""
    start = save_clip(tmp_path / "start.safetensors", build_clip(TINY), {})
    module = TeacherModule(str(start), learning_rate=1e-2)
    data = WorldScenes(batch_size=32, batches_per_epoch=1, val_count=16)
    losses = []
    for epochs in (1, 12):
        fitted = trainer(epochs)
        fitted.fit(module, data)
        losses.append(float(fitted.callback_metrics["loss"]))
    assert losses[1] < losses[0] - 0.05
    assert torch.equal(module.clip.encode_text(["rain"]), load_clip(start).encode_text(["rain"]))
    factors = next(iter(data.val_dataloader()))["portrait"].factors
    path = save_network(tmp_path / "teacher.safetensors", *module.exported())
    torch.testing.assert_close(
        load_factor_encoder(path)("portrait", factors),
        module.factor_encoder("portrait", factors), atol=2e-3, rtol=0,
    )  # fmt: skip
    with pytest.raises(WeightsError, match="no factor encoder"):
        load_factor_encoder(start)


def test_text_tower_learns_from_factors_and_the_pair_is_exported(tmp_path: Path) -> None:
    """Without pictures: the text tower moves, the image tower does not, the pair can be loaded."""
    torch.manual_seed(0)
    module = TeacherModule(None, TINY, train_text=True)
    text, image = (
        module.clip.model.text_projection.detach().clone(),
        module.clip.model.visual.conv1.weight.detach().clone(),
    )
    fitted = trainer(1)
    fitted.fit(module, WorldScenes(batch_size=8, batches_per_epoch=2, val_count=16))
    assert {"text_arc", "scene_arc", "separation"} <= set(fitted.callback_metrics)
    assert not torch.equal(module.clip.model.text_projection, text)
    assert torch.equal(module.clip.model.visual.conv1.weight, image)
    again = load_clip(save_network(tmp_path / "pair.safetensors", *module.exported()))
    torch.testing.assert_close(
        again.encode_text(["rain"]), module.clip.encode_text(["rain"]), atol=5e-3, rtol=0
    )


@pytest.mark.parametrize("image_only", [False, True])
def test_picture_stage(tmp_path: Path, image_only: bool) -> None:
    """One step from a file; with `image_only` the texts keep their vectors and a teacher helps."""
    torch.manual_seed(1)
    start = save_clip(tmp_path / "start.safetensors", ClipModule(TINY).clip, {})
    options: dict[str, Any] = {"image_only": image_only}
    if image_only:
        teacher = FactorEncoder(TINY.embed_dim)
        path = save_network(tmp_path / "teacher.safetensors", teacher, teacher.describe())
        options["teacher"] = str(path)
    module = ClipModule(start=str(start), **options)
    data = WorldPictures(
        count=8, val_count=8, size=32, batch_size=8, batches_per_epoch=2, cache_dir=str(tmp_path)
    )
    fitted = trainer()
    fitted.fit(module, data)
    texts = ["rain", "a person laughing"]
    before, after = load_clip(start).encode_text(texts), module.clip.encode_text(texts)
    assert torch.equal(before, after) is image_only
    assert {"top1/landscape", "strength/portrait"} <= set(fitted.callback_metrics)
    network, metadata = module.exported()
    assert "clip" in metadata
    assert not network.training


def test_teacher_vectors_are_unit() -> None:
    """One perceptron per domain."""
    encoder = FactorEncoder(16, 8)
    for name, world in DOMAINS.items():
        vectors = encoder(name, torch.rand(3, len(world.factor_names)))
        torch.testing.assert_close(vectors.norm(dim=1), torch.ones(3))


def test_arc_cosines_fall_with_the_difference_of_strength() -> None:
    found = arc_cosine(torch.tensor([0.0, 0.35, -0.35, 0.7]))
    assert float(found[0]) == 1
    assert float(found[1]) == float(found[2]) == pytest.approx(math.cos(0.35 * ARC_ANGLE))
    assert float(found[3]) < 0.5


def test_arc_loss_counts_only_what_is_shown() -> None:
    vectors = torch.tensor([[1.0, 0.0]])
    texts = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    targets = torch.tensor([[0.9, 0.5]])
    first, none = torch.tensor([[True, False]]), torch.tensor([[False, False]])
    assert float(arc_loss(vectors, texts, targets, first)) == pytest.approx(0.01)
    assert float(arc_loss(vectors, texts, targets, none)) == 0


def test_alone_finds_scenes_with_a_single_event() -> None:
    world = DOMAINS["landscape"]
    factors = torch.zeros(3, len(world.factor_names))
    factors[:2, world.index("rain")] = 0.7
    factors[1, world.index("birds")] = 0.5
    strengths = torch.full((2 * len(CONCEPTS),), 0.4)
    difference, shown = alone("landscape", factors, strengths)
    speaks = [c.factors.get("landscape") == "rain" for c in CONCEPTS] * 2
    assert shown[0].tolist() == speaks
    assert not shown[1:].any()
    torch.testing.assert_close(difference[0, shown[0]], torch.full((sum(speaks),), 0.3))
