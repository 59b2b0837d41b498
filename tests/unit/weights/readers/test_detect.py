"""Formats are told by content."""

import zipfile

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from emostyle.errors import WeightsError
from emostyle.weights.readers.detect import detect_format, require_format


def test_every_format_is_recognised_under_any_name(tmp_path, nvidia):
    path = tmp_path / "file.bin"
    save_file({"x": torch.zeros(1)}, path)
    assert detect_format(path) == "safetensors"
    torch.save({"x": torch.zeros(1)}, path)
    assert detect_format(path) == "torch_zip"
    torch.save({"x": torch.zeros(1)}, path, _use_new_zipfile_serialization=False)
    assert detect_format(path) == "torch_legacy"
    torch.jit.save(torch.jit.script(nn.Linear(1, 1)), path)
    assert detect_format(path) == "torchscript"
    for protocol in (3, 4):
        content = nvidia.content(nvidia.network())
        assert detect_format(nvidia.write(content, protocol)) == "nvidia_pickle"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"\n<!DOCTYPE html><title>Quota exceeded</title>", "a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "Git LFS pointer"),
        (b"\x1f\x8b\x08", "gzip archive"),
        (b"\x80\x04]\x94.", "a pickle of unknown content"),
        (b"\x80\x03cdnnlib.tflib.network\nNetwork\n.", "TensorFlow pickle"),
        (b"GGUF....", "GGUF"),
        (b"hello", "of an unknown format"),
        (b"PK\x03\x04 and no more", "damaged zip archive"),
        (b"\xff\xff\x00\x00\x00\x00\x00\x00{}", "of an unknown format"),
    ],
)
def test_others_are_described(tmp_path, data, says):
    path = tmp_path / "weights.pt"
    path.write_bytes(data)
    with pytest.raises(WeightsError, match=says):
        detect_format(path)


def test_refusals_say_what_was_expected(tmp_path):
    with pytest.raises(WeightsError, match="No weights file at"):
        detect_format(tmp_path / "none")
    path = tmp_path / "a.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("photo.png", b"x")
    with pytest.raises(WeightsError, match="a zip archive without the data"):
        detect_format(path)
    torch.save({}, path)
    with pytest.raises(WeightsError, match="is a torch_zip file, but torchscript was expected"):
        require_format(path, "torchscript")
    assert require_format(path, "torchscript", "torch_zip") == "torch_zip"
