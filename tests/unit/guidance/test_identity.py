"""The identity term, the identity network and its verification figures."""

import pytest
import torch

from emostyle.errors import WeightsError
from emostyle.guidance.arcface import IdentityNet
from emostyle.guidance.identity import identity_loss
from emostyle.guidance.identity_training.verification import (
    pairs,
    verification_accuracy,
    verification_auc,
)


def small_network() -> IdentityNet:
    torch.manual_seed(0)
    return IdentityNet(image_size=32, stem_width=4, widths=(4, 8), units=(1, 2), embedding=16)


def test_identity_loss_in_closed_form() -> None:
    start = torch.tensor([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
    now = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    assert identity_loss(start, now).tolist() == [0.0, 1.0, 2.0]


def test_identity_loss_has_one_value_per_item() -> None:
    generator = torch.Generator().manual_seed(1)
    start, now = torch.randn(2, 5, 7, generator=generator)
    alone = torch.cat([identity_loss(a[None], b[None]) for a, b in zip(start, now, strict=True)])
    torch.testing.assert_close(identity_loss(start, now), alone)


def test_embedding_is_unit_and_independent_of_neighbours() -> None:
    network = small_network().eval()
    images = torch.rand(3, 3, 48, 48, generator=torch.Generator().manual_seed(2)) * 2 - 1
    vectors = network(images)
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(3))
    torch.testing.assert_close(network(images[:1]), vectors[:1], atol=1e-5, rtol=1e-4)


def test_network_is_rebuilt_from_its_arguments() -> None:
    network = small_network()
    again = IdentityNet(**network.arguments)
    again.load_state_dict(network.state_dict())


def test_se50_shape_of_the_family() -> None:
    with torch.device("meta"):
        network = IdentityNet(112, 64, (64, 128, 256, 512), (3, 4, 14, 3))
    convolutions = [m for m in network.modules() if isinstance(m, torch.nn.Conv2d)]
    in_branches = [c for c in convolutions if c.kernel_size == (3, 3)]
    assert len(in_branches) == 1 + 2 * 24
    assert network.head[3].in_features == 512 * 7 * 7


def test_sizes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(WeightsError, match="image_size"):
        IdentityNet(image_size=50)
    with pytest.raises(WeightsError, match="units"):
        IdentityNet(image_size=64, widths=(8, 8), units=(1,))


def test_verification_figures() -> None:
    vectors = torch.tensor([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0], [-0.6, 0.8]])
    cosines, same = pairs(vectors, torch.tensor([0, 0, 1, 1]))
    assert same.sum() == 2 and len(same) == 6
    assert verification_auc(cosines, same) == 1.0
    assert verification_accuracy(cosines, same) == 1.0
    assert verification_auc(-cosines, same) == 0.0
