"""Networks that are built to be filled."""

import torch
from torch import nn

from emostyle.generator.layers import EqualLinear
from emostyle.weights.state import Unfilled, load_exactly


def storage_bytes(network: nn.Module) -> int:
    return sum(value.untyped_storage().nbytes() for value in network.parameters())


def test_unfilled_networks_take_no_memory_and_then_the_weights_themselves() -> None:
    wanted = EqualLinear(300, 200, lr_multiplier=0.01)
    with Unfilled():
        network = EqualLinear(300, 200, lr_multiplier=0.01)
        assert torch.arange(3).float().mul_(2.0).tolist() == [0.0, 2.0, 4.0]
    assert network.weight.shape == (200, 300)
    assert storage_bytes(network) < 2000 < storage_bytes(wanted)
    load_exactly(network, wanted.state_dict(), "layer", assign=True)
    assert network.weight.data_ptr() == wanted.weight.data_ptr()
    vectors = torch.randn(2, 300)
    torch.testing.assert_close(network(vectors), wanted(vectors))
    assert EqualLinear(3, 2).weight.unique().numel() == 6
