"""Persons of the world, drawn small."""

from pathlib import Path

import pytest
import torch

from datamodules.world_identities import (
    PersonBatches,
    WorldIdentities,
    render_identities,
    to_float,
)


@pytest.fixture(scope="module")
def persons() -> torch.Tensor:
    return render_identities(3, 2, seed=5, size=16, render_size=32)


def test_a_person_depends_on_seed_and_number_alone(persons: torch.Tensor) -> None:
    fewer = render_identities(2, 2, seed=5, size=16, render_size=32)
    assert torch.equal(persons[:2], fewer)
    assert not torch.equal(persons[0], persons[1])


def test_moods_differ_within_a_person(persons: torch.Tensor) -> None:
    assert not torch.equal(persons[0, 0], persons[0, 1])


def test_stored_pictures_come_back_in_range(persons: torch.Tensor) -> None:
    pictures = to_float(persons[0])
    assert pictures.min() >= -1
    assert pictures.max() <= 1


def test_batches_hold_p_persons_with_k_pictures(persons: torch.Tensor) -> None:
    batches = list(PersonBatches(persons, persons=2, pictures=2, batches=3, seed=1))
    assert len(batches) == 3
    assert batches[0]["image"].shape == (4, 3, 16, 16)
    who = batches[0]["identity"]
    assert who[0] == who[1] and who[2] == who[3] and who[0] != who[2]


def test_held_out_persons_are_others_and_the_cache_is_used(tmp_path: Path) -> None:
    data = WorldIdentities(identities=2, pictures=2, held_out=2, size=16, cache_dir=str(tmp_path))
    data.setup()
    assert not torch.equal(data.train_images, data.held_out_images)
    files = sorted(tmp_path.glob("*.npy"))
    stamps = [file.stat().st_mtime_ns for file in files]
    data.setup()
    assert [file.stat().st_mtime_ns for file in files] == stamps and len(files) == 2
    assert len(list(data.val_dataloader())) == 2
