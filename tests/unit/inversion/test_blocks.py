"""The IR trunk: its blocks in closed form and the sizes it comes in."""

import json
from dataclasses import asdict

import pytest
import torch

from emostyle.errors import WeightsError
from emostyle.inversion.blocks import (
    ImprovedResidual,
    IRTrunk,
    SqueezeExcite,
    TrunkConfig,
    trunk_config,
)

SMALL = TrunkConfig(stem_width=4, widths=(4, 8, 8), units=(1, 2, 1), reduction=4)


def pictures(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def test_squeeze_excite_without_weights_halves() -> None:
    gate = SqueezeExcite(8, 4)
    torch.nn.init.zeros_(gate.fc2.weight)
    x = pictures(2, 8, 3, 5)
    torch.testing.assert_close(gate(x), x / 2)


def test_squeeze_excite_sees_only_the_channel_means() -> None:
    gate = SqueezeExcite(8, 4)
    x = pictures(2, 8, 4, 4)
    flipped = x.flip(2, 3)
    torch.testing.assert_close(gate(flipped), gate(x).flip(2, 3))


@pytest.mark.parametrize("stride", [1, 2])
def test_shortcut_of_equal_widths_only_thins_out(stride: int) -> None:
    block = ImprovedResidual(6, 6, stride, None).eval()
    last = block.res_layer[4]
    torch.nn.init.zeros_(last.weight)
    torch.nn.init.zeros_(last.bias)
    x = pictures(1, 6, 8, 8)
    torch.testing.assert_close(block(x), x[:, :, ::stride, ::stride])


def test_shortcut_of_other_widths_is_a_projection() -> None:
    block = ImprovedResidual(6, 8, 2, None)
    shapes = {key: tuple(value.shape) for key, value in block.shortcut_layer.named_parameters()}
    assert shapes == {"0.weight": (8, 6, 1, 1), "1.weight": (8,), "1.bias": (8,)}
    assert block(pictures(2, 6, 8, 8)).shape == (2, 8, 4, 4)


def test_stages_halve_the_side_and_end_with_the_body() -> None:
    trunk = IRTrunk(SMALL).eval()
    x = pictures(2, 3, 32, 48)
    features = trunk.stages(x)
    assert [tuple(f.shape[1:]) for f in features] == [(4, 16, 24), (8, 8, 12), (8, 4, 6)]
    torch.testing.assert_close(features[-1], trunk.body(trunk.input_layer(x)))


@pytest.mark.parametrize(("num_layers", "blocks"), [(50, 24), (100, 49), (152, 50)])
def test_published_depths(num_layers: int, blocks: int) -> None:
    with torch.device("meta"):
        with_gate = IRTrunk(trunk_config(num_layers))
        without = IRTrunk(trunk_config(num_layers, "ir"))
    assert len(with_gate.body) == len(without.body) == blocks
    gates = with_gate.state_dict().keys() - without.state_dict().keys()
    assert len(gates) == 2 * blocks
    assert all(".res_layer.5.fc" in key for key in gates)


def test_config_survives_json() -> None:
    assert TrunkConfig.from_json(json.loads(json.dumps(asdict(SMALL)))) == SMALL


def test_sizes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(WeightsError, match=r"choose one of \[50, 100, 152\]"):
        trunk_config(34)
    with pytest.raises(WeightsError, match="per width"):
        TrunkConfig(widths=(64, 128), units=(1,))
    with pytest.raises(WeightsError, match="at least 1"):
        TrunkConfig(widths=(64, 128), units=(1, 0))
    with pytest.raises(WeightsError, match="squeeze=False"):
        TrunkConfig(widths=(8,), units=(1,))
    assert TrunkConfig(widths=(8,), units=(1,), squeeze=False).widths == (8,)
