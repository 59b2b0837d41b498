"""Latents W+ in the shapes and formats that others write."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from emostyle.errors import LatentError, WeightsError
from emostyle.generator.w_plus_file import read_w_plus


@pytest.mark.parametrize("legacy", [True, False])
@pytest.mark.parametrize("shape", [(18, 512), (1, 18, 512), (3, 14, 512)])
def test_torch_files_open_with_a_batch_axis(
    tmp_path: Path, shape: tuple[int, ...], legacy: bool, caplog
) -> None:
    latent = torch.randn(shape).double()
    torch.save(latent, tmp_path / "a.pt", _use_new_zipfile_serialization=not legacy)
    w_plus = read_w_plus(tmp_path / "a.pt")
    assert w_plus.shape == (shape if len(shape) == 3 else (1, *shape))
    assert w_plus.dtype == torch.float32
    torch.testing.assert_close(w_plus.reshape(shape), latent.float())
    said = f"{shape} without a batch axis; it is taken as one latent {(1, *shape)}."
    assert (said in caplog.text) == (len(shape) == 2)


def test_a_parameter_of_an_optimisation_opens(tmp_path: Path) -> None:
    torch.save(torch.nn.Parameter(torch.ones(1, 18, 512)), tmp_path / "a.pt")
    w_plus = read_w_plus(tmp_path / "a.pt")
    assert torch.equal(w_plus, torch.ones(1, 18, 512))
    assert not w_plus.requires_grad


def test_safetensors_open(tmp_path: Path) -> None:
    latent = torch.randn(2, 10, 64)
    save_file({"w": latent}, tmp_path / "a.safetensors")
    assert torch.equal(read_w_plus(tmp_path / "a.safetensors"), latent)


def test_of_an_edit_its_end_is_taken(tmp_path: Path) -> None:
    tensors = {"start": torch.zeros(1, 4, 8), "end": torch.ones(1, 4, 8), "mask": torch.ones(1, 4)}
    save_file(tensors, tmp_path / "a.safetensors")
    assert torch.equal(read_w_plus(tmp_path / "a.safetensors"), tensors["end"])


@pytest.mark.parametrize("shape", [(512,), (1, 1, 18, 512), (0, 18, 512)])
def test_other_axes_are_refused_with_the_batch_axis_named(
    tmp_path: Path, shape: tuple[int, ...]
) -> None:
    torch.save(torch.zeros(shape), tmp_path / "a.pt")
    with pytest.raises(LatentError, match=r"expected \(N, L, D\): the batch axis first") as told:
        read_w_plus(tmp_path / "a.pt")
    assert str(shape) in str(told.value)


def test_what_is_not_one_tensor_of_numbers_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    torch.save({"a": torch.zeros(18, 512), "b": torch.zeros(18, 512)}, path)
    with pytest.raises(LatentError, match="holds a dict, expected one tensor"):
        read_w_plus(path)
    torch.save(torch.zeros(18, 512, dtype=torch.int64), path)
    with pytest.raises(LatentError, match=r"holds a torch\.int64"):
        read_w_plus(path)
    torch.save(torch.full((18, 512), float("nan")), path)
    with pytest.raises(LatentError, match="infinite or missing"):
        read_w_plus(path)
    with pytest.raises(WeightsError, match="No weights file at"):
        read_w_plus(tmp_path / "none.pt")
    save_file({"w": torch.zeros(18, 512)}, path)
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(WeightsError, match="not a readable safetensors"):
        read_w_plus(path)
