"""TorchScript archives: the tensors of torch.jit.load, without torch.jit.load."""

import pickle
import zipfile

import pytest
import torch
from torch import nn

from emostyle.errors import WeightsError
from emostyle.weights.readers.torchscript import read_torchscript


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 1, bias=False)
        self.norm = nn.BatchNorm2d(2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.norm(self.conv(x))


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(0.07).half())
        self.register_buffer("ids", torch.arange(12).view(3, 4)[1:, ::2])
        self.blocks = nn.ModuleList([Block(), Block()])
        self.mask, self.sizes, self.names = torch.ones(2, 2), [3, 4], {"a": 1}

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for block in self.blocks:
            x = block(x)
        return x * self.scale + self.mask.sum() + self.sizes[0] + self.names["a"] + self.ids[0, 0]


class Traced(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + torch.arange(3.0)


@pytest.fixture
def path(tmp_path):
    torch.jit.save(torch.jit.script(Net()), tmp_path / "clip.pt")
    return tmp_path / "clip.pt"


def rewrite(source, target, change):
    """Copy an archive, each record passed through `change(name, bytes)`; None drops it."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for info in old.infolist():
            data = change(info.filename.partition("/")[2], old.read(info))
            if data is not None:
                new.writestr(info.filename, data, info.compress_type)
    return target


def test_the_state_is_that_of_torch(path, same_state, monkeypatch):
    wanted = torch.jit.load(path).state_dict()
    monkeypatch.setattr(torch.jit, "load", None)
    monkeypatch.setattr(torch._C, "import_ir_module", None)
    found = read_torchscript(path)
    same_state(found.state, wanted)
    assert torch.equal(found.attributes["mask"], torch.ones(2, 2))
    assert found.attributes["sizes"] == [3, 4]
    assert found.attributes["names"] == {"a": 1}
    assert found.attributes["blocks.1.norm.training"] is True


def test_constants_are_read(tmp_path):
    model = torch.jit.freeze(torch.jit.trace(Traced().eval(), torch.zeros(3)))
    torch.jit.save(model, tmp_path / "a.pt")
    constants = read_torchscript(tmp_path / "a.pt").constants
    assert [c.tolist() for c in constants if isinstance(c, torch.Tensor)] == [[0.0, 1.0, 2.0]]


def test_without_declared_buffers_every_tensor_is_state(path, tmp_path):
    def undeclare(name, data):
        if name.startswith("code/"):
            return b"\n".join(line for line in data.split(b"\n") if b"__buffers__" not in line)
        return data

    state = read_torchscript(rewrite(path, tmp_path / "old.pt", undeclare)).state
    assert "mask" in state
    assert "blocks.0.norm.running_var" in state


def test_attacks_are_refused_by_name(path, tmp_path, canary):
    for name, attack in canary.attacks().items():
        for record in ("data.pkl", "constants.pkl"):
            evil = {record: pickle.dumps((attack,))}
            target = rewrite(path, tmp_path / "evil.pt", lambda n, d, e=evil: e.get(n, d))
            with pytest.raises(WeightsError, match=f"asks for '{name}'.*nothing in it was run"):
                read_torchscript(target)
            assert not canary.sings, name


def test_lies_about_sizes_are_refused(path, tmp_path):
    def cut(name, data):
        return data[:-1] if name == "data/1" else data

    with pytest.raises(WeightsError, match="announces 96 bytes in 'data/1', which holds 95"):
        read_torchscript(rewrite(path, tmp_path / "cut.pt", cut))

    def widen(name, data):
        size_of_conv = b"(K\x02K\x01K\x01K\x01t"
        return data.replace(size_of_conv, size_of_conv.replace(b"\x02", b"\x63"))

    with pytest.raises(WeightsError, match=r"size \(99, 1, 1, 1\).*storage of 2 elements"):
        read_torchscript(rewrite(path, tmp_path / "wide.pt", widen))

    def elsewhere(name, data):
        return data.replace(b"X\x01\x00\x00\x001", b"X\x01\x00\x00\x00Z") if "pkl" in name else data

    with pytest.raises(WeightsError, match="'data/Z', which holds None"):
        read_torchscript(rewrite(path, tmp_path / "else.pt", elsewhere))


def test_outside_references_must_be_storages(path, tmp_path):
    bad = pickle.PROTO + b"\x02X\x04\x00\x00\x00fileQ."
    target = rewrite(path, tmp_path / "a.pt", lambda n, d: bad if n == "data.pkl" else d)
    with pytest.raises(WeightsError, match="persistent id 'file' is not that of a tensor"):
        read_torchscript(target)
    target = rewrite(path, tmp_path / "b.pt", lambda n, d: b"\x80\x02)." if n == "data.pkl" else d)
    with pytest.raises(WeightsError, match="root is not a module"):
        read_torchscript(target)


def test_modules_that_contain_themselves_end(path, tmp_path):
    loop = b"\x80\x02c__torch__\nNet\nq\x00)\x81q\x01}X\x01\x00\x00\x00ah\x01sb."
    target = rewrite(path, tmp_path / "a.pt", lambda n, d: loop if n == "data.pkl" else d)
    with pytest.raises(WeightsError, match="without end"):
        read_torchscript(target)
