"""Folders of the Hugging Face form: whole, in shards, damaged."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from emostyle.errors import WeightsError
from emostyle.weights.readers.shards import read_folder_config, read_folder_state, read_tensors

ONE, TWO = {"a": torch.arange(3.0)}, {"b": torch.ones(2, 2), "c": torch.zeros(1)}


def write_shards(folder: Path, places: dict[str, str]) -> None:
    save_file(ONE, folder / "1.safetensors")
    torch.save(TWO, folder / "2.bin")
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": places}))


def test_shards_are_joined(tmp_path: Path) -> None:
    write_shards(tmp_path, {"a": "1.safetensors", "b": "2.bin", "c": "2.bin"})
    state = read_folder_state(tmp_path)
    assert state.keys() == {"a", "b", "c"}
    for name, value in {**ONE, **TWO}.items():
        assert torch.equal(state[name], value)


@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin"])
def test_one_file_is_enough(tmp_path: Path, name: str) -> None:
    save = save_file if name.endswith("safetensors") else torch.save
    save(TWO, tmp_path / name)
    assert torch.equal(read_folder_state(tmp_path)["b"], TWO["b"])


@pytest.mark.parametrize(
    ("places", "message"),
    [
        ({"a": "1.safetensors", "b": "2.bin"}, "disagree about 'c'"),
        ({"a": "1.safetensors", "d": "1.safetensors"}, "disagree about 'd'"),
        ({"a": "../1.safetensors"}, "the name of a file beside it"),
        ({"a": "3.bin"}, "No weights file at"),
        ({}, "has no weight_map"),
    ],
)
def test_shards_must_hold_what_the_index_says(
    tmp_path: Path, places: dict[str, str], message: str
) -> None:
    write_shards(tmp_path, places)
    with pytest.raises(WeightsError, match=message):
        read_folder_state(tmp_path)


def test_other_folders_and_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="holds no weights"):
        read_folder_state(tmp_path)
    torch.save([1, 2], tmp_path / "list.bin")
    with pytest.raises(WeightsError, match="no state dict"):
        read_tensors(tmp_path / "list.bin")
    save_file(TWO, tmp_path / "cut.safetensors")
    whole = (tmp_path / "cut.safetensors").read_bytes()
    (tmp_path / "cut.safetensors").write_bytes(whole[:-4])
    with pytest.raises(WeightsError, match="is damaged"):
        read_tensors(tmp_path / "cut.safetensors")


def test_configurations(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="cannot be read"):
        read_folder_config(tmp_path)
    path = tmp_path / "config.json"
    path.write_text("[1]")
    with pytest.raises(WeightsError, match="holds a list"):
        read_folder_config(tmp_path)
    path.write_text('{"num_layers": 2}')
    assert read_folder_config(tmp_path) == {"num_layers": 2}
