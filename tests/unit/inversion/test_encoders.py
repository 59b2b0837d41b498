"""pSp, e4e and the inverter around them, at toy sizes."""

from pathlib import Path

import pytest
import torch

from emostyle.errors import ImageError, LatentError, WeightsError
from emostyle.inversion.blocks import TrunkConfig
from emostyle.inversion.e4e import ENCODERS, Encoder4Editing, Inverter, load_inverter
from emostyle.inversion.psp import (
    GradualStyleEncoder,
    LastLayerEncoder,
    PyramidEncoder,
    StyleEncoder,
    StyleHead,
    upsample_add,
)
from emostyle.weights.store import save_network

TRUNK = TrunkConfig(stem_width=4, widths=(4, 8, 8), units=(1, 1, 1), reduction=4)
SIZES = {"resolution": 64, "style_dim": 6, "image_size": 32, "trunk": TRUNK}
LAYERS = 10


def build(kind: type[StyleEncoder]) -> StyleEncoder:
    torch.manual_seed(0)
    return kind(**SIZES).eval()


def pictures(n: int = 2, side: int = 32) -> torch.Tensor:
    return torch.rand(n, 3, side, side, generator=torch.Generator().manual_seed(1)) * 2 - 1


every_encoder = pytest.mark.parametrize("kind", ENCODERS.values(), ids=ENCODERS.keys())


@every_encoder
def test_one_vector_per_layer_whoever_stands_beside(kind: type[StyleEncoder]) -> None:
    encoder = build(kind)
    images = pictures(3)
    codes = encoder(images)
    assert codes.shape == (3, LAYERS, 6)
    torch.testing.assert_close(encoder(images[1:2]), codes[1:2], atol=1e-5, rtol=1e-4)


@every_encoder
def test_gradients_reach_the_picture(kind: type[StyleEncoder]) -> None:
    images = pictures().requires_grad_()
    build(kind)(images).sum().backward()
    assert images.grad is not None
    assert (images.grad.flatten(1).norm(dim=1) > 0).all()


@pytest.mark.parametrize(("resolution", "layers"), [(8, 4), (256, 14), (512, 16), (1024, 18)])
def test_layers_follow_from_the_resolution(resolution: int, layers: int) -> None:
    with torch.device("meta"):
        encoder = GradualStyleEncoder(**{**SIZES, "resolution": resolution})
    assert encoder.style_count == len(encoder.styles) == layers


def test_heads_read_coarse_middle_and_fine_maps() -> None:
    encoder = build(GradualStyleEncoder)
    assert [PyramidEncoder.level(i) for i in range(LAYERS)] == [0] * 3 + [1] * 4 + [2] * 3
    assert [style.side for style in encoder.styles] == [4] * 3 + [8] * 4 + [16] * 3
    assert [tuple(m.shape[1:]) for m in encoder.pyramid(pictures())] == [
        (8, 4, 4),
        (8, 8, 8),
        (8, 16, 16),
    ]


def test_head_has_one_convolution_per_halving() -> None:
    head = StyleHead(5, 7, 16)
    assert [key for key in head.state_dict() if "weight" in key] == [
        "convs.0.weight",
        "convs.2.weight",
        "convs.4.weight",
        "convs.6.weight",
        "linear.weight",
    ]
    assert head(torch.zeros(2, 5, 16, 16)).shape == (2, 7)


def test_upsample_add_aligns_the_corners() -> None:
    coarse = torch.tensor([[[[0.0, 3.0], [6.0, 9.0]]]])
    total = upsample_add(coarse, torch.ones(1, 1, 4, 4))
    ramp = torch.arange(4.0)
    torch.testing.assert_close(total[0, 0], 1 + ramp[None] + 2 * ramp[:, None])


def test_psp_is_its_heads_side_by_side() -> None:
    encoder = build(GradualStyleEncoder)
    images = pictures()
    maps, codes = encoder.pyramid(images), encoder(images)
    for layer, level in [(0, 0), (2, 0), (3, 1), (6, 1), (7, 2), (9, 2)]:
        torch.testing.assert_close(codes[:, layer], encoder.styles[layer](maps[level]))


@pytest.mark.parametrize("stage", [0, 1, 2, 3, 6, 7, 9, 10, 18, None])
def test_e4e_stage_adds_one_layer_after_the_other(stage: int | None) -> None:
    encoder = build(Encoder4Editing)
    psp = build(GradualStyleEncoder)
    psp.load_state_dict(encoder.state_dict())
    images = pictures()
    own = psp(images)
    expected = own[:, :1].repeat(1, LAYERS, 1)
    last = LAYERS - 1 if stage is None else min(stage, LAYERS - 1)
    expected[:, 1 : last + 1] += own[:, 1 : last + 1]
    torch.testing.assert_close(encoder(images, progressive_stage=stage), expected)


def test_last_layer_encoder_is_a_linear_map_of_the_mean() -> None:
    encoder = build(LastLayerEncoder)
    images = pictures()
    mean = encoder.body(encoder.input_layer(images)).mean((2, 3))
    w = mean @ encoder.linear.weight.t() / mean.shape[1] ** 0.5 + encoder.linear.bias
    torch.testing.assert_close(encoder(images), w[:, None].expand(-1, LAYERS, -1))


def test_pictures_of_another_size_are_refused() -> None:
    with pytest.raises(ImageError, match="image_size"):
        build(GradualStyleEncoder)(pictures(side=64))


def test_sizes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(WeightsError, match="resolution=48"):
        GradualStyleEncoder(**{**SIZES, "resolution": 48})
    with pytest.raises(WeightsError, match="image_size=0"):
        GradualStyleEncoder(**{**SIZES, "image_size": 0})
    with pytest.raises(WeightsError, match="two pixels"):
        GradualStyleEncoder(**{**SIZES, "image_size": 8})
    shallow = TrunkConfig(stem_width=4, widths=(4, 8), units=(1, 1), reduction=4)
    with pytest.raises(WeightsError, match="three stages"):
        Encoder4Editing(**{**SIZES, "trunk": shallow})
    with pytest.raises(LatentError, match="progressive_stage is -1"):
        build(Encoder4Editing)(pictures(), progressive_stage=-1)


@every_encoder
def test_inverter_starts_from_the_average(kind: type[StyleEncoder]) -> None:
    encoder = build(kind)
    average = torch.randn(LAYERS, 6, generator=torch.Generator().manual_seed(2))
    images = pictures()
    inverter = Inverter(encoder, average)
    torch.testing.assert_close(inverter(images), encoder(images) + average)
    same = Inverter(encoder, average[0])
    torch.testing.assert_close(same(images), encoder(images) + average[0])


def test_inverter_takes_any_size() -> None:
    inverter = Inverter(build(Encoder4Editing), torch.zeros(6))
    small, large = torch.full((1, 3, 32, 32), 0.5), torch.full((1, 3, 100, 100), 0.5)
    torch.testing.assert_close(inverter(large), inverter(small), atol=1e-5, rtol=1e-4)


def test_inverter_refuses_the_average_of_another_generator() -> None:
    with pytest.raises(LatentError, match=r"\(18, 6\).*expects \(10, 6\)"):
        Inverter(build(Encoder4Editing), torch.zeros(18, 6))


@every_encoder
def test_inverter_comes_back_from_its_file(kind: type[StyleEncoder], tmp_path: Path) -> None:
    inverter = Inverter(build(kind), torch.arange(6.0)).eval()
    path = save_network(tmp_path / "i.safetensors", inverter, inverter.describe(), torch.float32)
    again = load_inverter(path)
    assert type(again.encoder) is kind
    assert not any(p.requires_grad for p in again.parameters())
    torch.testing.assert_close(again(pictures()), inverter(pictures()))


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    path = save_network(
        tmp_path / "x.safetensors", torch.nn.Linear(2, 2), {"architecture": "stylegan2"}
    )
    with pytest.raises(WeightsError, match="holds a 'stylegan2', expected one of"):
        load_inverter(path)
