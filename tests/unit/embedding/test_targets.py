"""The table of caption and picture vectors."""

import torch
from torch.nn import functional

from emostyle.embedding.targets import random_targets, stretched
from emostyle.embedding.world_targets import STRENGTHS, class_prompts, world_targets
from emostyle.world.sound import SOUND_CLASSES


def rng() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_samples_follow_label_and_strength_and_mask_pictureless_classes() -> None:
    table = random_targets(("rain", "dog_bark"), (True, False), rng(), levels=4, dim=32)
    labels, strengths = torch.tensor([0, 1, 0]), torch.tensor([0.3, 0.9, torch.nan])
    found = table.sample(labels, strengths, rng())
    assert found.has_image.tolist() == [True, False, True]
    assert bool((found.image[1] == 0).all())
    level = table.image[0, 0]
    assert bool((found.image[0] == level).all(1).any())
    assert bool((found.other_image[0] == level).all(1).any())
    assert not torch.equal(found.image[0], found.other_image[0])
    assert bool((found.text[1] == table.text[1, 3]).all(1).any())


def test_nearest_strength() -> None:
    table = random_targets(("rain",), (True,), rng(), levels=4)
    assert table.nearest_strength(torch.tensor([0.0, 0.55, 1.0]), rng()).tolist() == [0, 1, 3]


def test_world_table_has_pictures_for_every_class_that_speaks_of_something() -> None:
    def encode_text(lines: list[str]) -> torch.Tensor:
        return functional.normalize(torch.tensor([[len(x), 1.0, 0.0] for x in lines]), dim=1)

    def encode_image(pictures: torch.Tensor) -> torch.Tensor:
        assert pictures.shape[1:] == (3, 128, 128)
        return functional.normalize(pictures.mean((2, 3)) + 1.5, dim=1)

    table = world_targets(encode_text, encode_image, pictures=1, captions=3)
    count = len(SOUND_CLASSES)
    assert table.text.shape == (count, len(STRENGTHS), 3, 3)
    assert table.image.shape == (count, len(STRENGTHS), 2, 3)
    spoken = [item.group != "other" for item in SOUND_CLASSES.values()]
    assert table.has_image.tolist() == spoken
    assert bool((table.image[~table.has_image] == 0).all())
    torch.testing.assert_close(table.class_text().norm(dim=1), torch.ones(count))
    prompts = class_prompts(("rain", "fire"), encode_text)
    torch.testing.assert_close(prompts.norm(dim=1), torch.ones(2))


def test_place_moves_along_the_arc_between_two_strengths():
    table = random_targets(("rain", "dog"), (True, False), torch.Generator().manual_seed(0))
    labels = torch.zeros(3, dtype=torch.long)
    low, high = table.strengths[1], table.strengths[2]
    places = table.place(labels, torch.stack([low, (low + high) / 2, high]))
    means = torch.nn.functional.normalize(table.text[0, 1:3].mean(1), dim=-1)
    torch.testing.assert_close(places[[0, 2]], means)
    torch.testing.assert_close(places[1] @ means[0], places[1] @ means[1])
    assert float(places[1] @ means[0]) > float(means[0] @ means[1])


def test_place_of_an_unknown_strength_is_the_middle_of_all():
    table = random_targets(("rain",), (True,), torch.Generator().manual_seed(0))
    place = table.place(torch.tensor([0]), torch.tensor([torch.nan]))[0]
    means = torch.nn.functional.normalize(table.text[0].mean(1), dim=-1)
    torch.testing.assert_close(place, torch.nn.functional.normalize(means.mean(0), dim=0))


def test_stretched_strengths_grow_from_the_faintest_and_stop_at_one():
    found = stretched(torch.tensor([0.25, 0.4, 0.625, 0.9, torch.nan]), 2.0)
    torch.testing.assert_close(found[:4], torch.tensor([0.25, 0.55, 1.0, 1.0]))
    assert bool(found[4].isnan())
    same = torch.tensor([0.1, 0.9])
    assert torch.equal(stretched(same, 1.0), same)
