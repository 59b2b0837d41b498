"""Files of torch.save: data come back, code does not run, sizes must be true."""

import argparse
import zipfile
from collections import OrderedDict

import pytest
import torch
from torch import nn

from emostyle.errors import WeightsError
from emostyle.weights.readers.torch_file import read_torch_file


def rewrite(source, target, change, **options):
    """Copy an archive, each record passed through `change(name, bytes)`."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", **options) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return target


@pytest.mark.parametrize("zipped", [True, False])
def test_nested_contents_come_back(tmp_path, same_state, zipped):
    net = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2)).half()
    path = tmp_path / "any.name"
    content = {"g_ema": net.state_dict(), "latent_avg": torch.ones(2, 2).t(), "opts": {"lr": 0.1}}
    content["args"] = argparse.Namespace(size=256)
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    found = read_torch_file(path)
    same_state(found["g_ema"], net.state_dict())
    assert found["args"].size == 256
    assert found["opts"] == {"lr": 0.1}
    assert argparse.Namespace not in torch.serialization.get_safe_globals()


def test_tensors_can_stay_in_the_file(tmp_path):
    path = tmp_path / "a.pt"
    torch.save({"w": torch.arange(5)}, path)
    assert read_torch_file(path, mmap=True)["w"].tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("zipped", [True, False])
def test_attacks_are_refused(tmp_path, canary, zipped):
    for name, attack in canary.attacks().items():
        path = tmp_path / "evil.pt"
        content = {"w": torch.ones(2), "evil": attack}
        torch.save(content, path, _use_new_zipfile_serialization=zipped)
        with pytest.raises(WeightsError, match=r"was refused.*nothing in it was run") as caught:
            read_torch_file(path)
        assert name.split(".")[-1] in str(caught.value)
        assert not canary.sings, name


def test_records_shorter_than_announced_are_refused(tmp_path):
    path = tmp_path / "a.pt"
    torch.save(OrderedDict(w=torch.arange(4.0)), path)
    shorter = rewrite(path, tmp_path / "b.pt", lambda n, d: d[:8] if n.endswith("data/0") else d)
    with pytest.raises(WeightsError, match="announces 16 bytes in 'data/0', which holds 8"):
        read_torch_file(shorter)
    gone = tmp_path / "c.pt"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(gone, "w") as new:
        for name in old.namelist():
            if not name.endswith("data/0"):
                new.writestr(name, old.read(name))
    with pytest.raises(WeightsError, match="holds None"):
        read_torch_file(gone)


def test_sizes_outside_the_storage_are_refused(tmp_path, call):
    storage = torch.arange(4.0).untyped_storage()
    typed = torch.storage.TypedStorage(wrap_storage=storage, dtype=torch.float32, _internal=True)
    rebuild = torch._utils._rebuild_tensor_v2
    path = tmp_path / "a.pt"
    torch.save({"w": call(rebuild, typed, 0, (400,), (1,), False, OrderedDict())}, path)
    with pytest.raises(WeightsError, match="damaged"):
        read_torch_file(path)


def test_archives_that_are_no_honest_work_are_refused(tmp_path):
    path = tmp_path / "a.pt"
    torch.save({"w": torch.zeros(4096)}, path)
    packed = rewrite(path, tmp_path / "b.pt", lambda _, d: d, compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(WeightsError, match="compressed"):
        read_torch_file(packed)
    other = rewrite(path, tmp_path / "c.pt", lambda n, d: b"big" if "byteorder" in n else d)
    with pytest.raises(WeightsError, match="not little-endian"):
        read_torch_file(other)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(archive.namelist()[0], b"other")
    with pytest.raises(WeightsError, match="same name"):
        read_torch_file(path)


@pytest.mark.parametrize("zipped", [True, False])
def test_damaged_files_are_refused(tmp_path, zipped):
    path = tmp_path / "a.pt"
    torch.save({"w": torch.zeros(64)}, path, _use_new_zipfile_serialization=zipped)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(WeightsError, match="damaged"):
        read_torch_file(path)


def test_other_formats_are_named(tmp_path):
    path = tmp_path / "a.pt"
    torch.jit.save(torch.jit.script(nn.Linear(1, 1)), path)
    with pytest.raises(WeightsError, match="is a torchscript file, but torch_zip or torch_legacy"):
        read_torch_file(path)
