"""The published ArcFace networks at toy size, and the crop before them."""

from pathlib import Path

import pytest
import torch

from emostyle.errors import ImageError, WeightsError
from emostyle.guidance.arcface_ir import ArcFaceIR, PortraitIdentity, load_arcface_ir
from emostyle.guidance.face_crop import crop_face
from emostyle.inversion.blocks import TrunkConfig
from emostyle.weights.store import save_network

TRUNK = TrunkConfig(stem_width=4, widths=(4, 8), units=(1, 2), reduction=4)


def small_network(affine: bool = True) -> ArcFaceIR:
    torch.manual_seed(0)
    return ArcFaceIR(TRUNK, input_size=16, embedding=12, affine=affine).eval()


def pictures(n: int, side: int) -> torch.Tensor:
    return torch.rand(n, 3, side, side, generator=torch.Generator().manual_seed(1)) * 2 - 1


def test_vectors_are_unit_and_independent_of_neighbours() -> None:
    network, faces = small_network(), pictures(3, 16)
    vectors = network(faces)
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(3))
    raw = network.embed(faces)
    torch.testing.assert_close(vectors, raw / raw.norm(dim=1, keepdim=True))
    torch.testing.assert_close(network(faces[1:2]), vectors[1:2], atol=1e-5, rtol=1e-4)


def test_last_normalisation_may_have_no_scale() -> None:
    keys = small_network().state_dict().keys() - small_network(affine=False).state_dict().keys()
    assert keys == {"output_layer.4.weight", "output_layer.4.bias"}


@pytest.mark.parametrize("side", [64, 256, 300])
def test_portraits_are_cropped_first(side: int) -> None:
    network, portraits = small_network(), pictures(2, side).requires_grad_()
    vectors = PortraitIdentity(network)(portraits)
    torch.testing.assert_close(vectors, network(crop_face(portraits, 16)))
    vectors[:, 0].sum().backward()
    assert portraits.grad is not None
    assert portraits.grad.abs().sum() > 0


def test_faces_of_another_size_are_refused() -> None:
    with pytest.raises(ImageError, match=r"32x32 pixels, expected faces of 16x16"):
        small_network()(pictures(1, 32))


@pytest.mark.parametrize("input_size", [0, 18])
def test_input_sizes_that_the_stages_do_not_divide_are_refused(input_size: int) -> None:
    with pytest.raises(WeightsError, match=f"input_size={input_size}; give a multiple of 4"):
        ArcFaceIR(TRUNK, input_size=input_size)


def test_network_comes_back_from_its_file(tmp_path: Path) -> None:
    network, faces = small_network(affine=False), pictures(2, 16)
    path = save_network(tmp_path / "a.safetensors", network, network.describe(), torch.float32)
    again = load_arcface_ir(path)
    torch.testing.assert_close(again(faces), network(faces))
    assert not again.training
    assert not any(p.requires_grad for p in again.parameters())


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    path = save_network(tmp_path / "x.safetensors", torch.nn.Linear(2, 2), {"architecture": "e4e"})
    with pytest.raises(WeightsError, match="holds a 'e4e', expected 'arcface_ir'"):
        load_arcface_ir(path)


def test_crop_keeps_rows_35_to_222_and_columns_32_to_219() -> None:
    row = torch.arange(256.0)[:, None].expand(256, 256)
    ramps = torch.stack([row, row.t(), torch.ones(256, 256)])[None]
    face = crop_face(ramps, 188)
    torch.testing.assert_close(face[0, 0, :, 0], torch.arange(35.0, 223.0))
    torch.testing.assert_close(face[0, 1, 0], torch.arange(32.0, 220.0))


def test_crop_takes_area_means() -> None:
    large = pictures(1, 512)
    halved = large.unflatten(2, (256, 2)).unflatten(4, (256, 2)).mean((3, 5))
    torch.testing.assert_close(crop_face(large), crop_face(halved))
    means = halved[:, :, 35:223, 32:220].unflatten(2, (94, 2)).unflatten(4, (94, 2)).mean((3, 5))
    torch.testing.assert_close(crop_face(large, 94), means)


def test_crop_refuses_what_is_not_square() -> None:
    with pytest.raises(ImageError, match="256x200"):
        crop_face(torch.zeros(1, 3, 256, 200))
