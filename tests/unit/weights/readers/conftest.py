"""Files of strangers, honest and wicked, built on the spot; a canary tells if anything ran."""

import functools
import importlib
import io
import operator
import os
import pickle
import runpy
import sys
import types
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn


class Call:
    """Pickles as the call of a function: what an attacker writes."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.function, self.arguments = function, arguments

    def __reduce__(self) -> tuple[Any, ...]:
        return self.function, self.arguments

    def __call__(self) -> None:
        """Only what can be called may stand for the function of another call."""


class Canary:
    """A file that any executed payload creates."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "canary"
        self.statement = f"open({str(self.path)!r}, 'w').close()"
        self.script = folder / "script.py"
        self.script.write_text(self.statement)

    @property
    def sings(self) -> bool:
        return self.path.exists()

    def attacks(self) -> dict[str, Any]:
        """Name of the global that must be refused, to an object that calls it when unpickled."""
        code = self.statement
        trojan = io.BytesIO()
        torch.save(Call(exec, code), trojan, _use_new_zipfile_serialization=False)
        return {
            "posix.system": Call(os.system, f"touch {self.path}"),
            "builtins.eval": Call(eval, code),
            "builtins.getattr": Call(
                Call(getattr, Call(importlib.import_module, "os"), "system"), f"touch {self.path}"
            ),
            "functools.partial": Call(functools.partial(exec, code)),
            "operator.methodcaller": Call(operator.methodcaller("touch"), self.path),
            "runpy.run_path": Call(runpy.run_path, str(self.script)),
            "_pickle.loads": Call(pickle.loads, pickle.dumps(Call(exec, code))),
            "builtins.exec": OrderedDict(a=[{"b": (1, Call(exec, code))}]),
            "torch.storage._load_from_bytes": Call(
                torch.storage._load_from_bytes, trojan.getvalue()
            ),
        }


@pytest.fixture
def canary(tmp_path: Path) -> Canary:
    return Canary(tmp_path)


@pytest.fixture
def call() -> type[Call]:
    return Call


class Persistent(nn.Module):
    """A module that pickles as NVIDIA's persistent classes do."""

    source = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        self._init_args, self._init_kwargs = args, kwargs

    def __reduce__(self) -> tuple[Any, ...]:
        meta = {
            "type": "class",
            "version": 6,
            "module_src": self.source,
            "class_name": type(self).__name__.lstrip("_"),
            "state": self.__dict__,
        }
        return sys.modules["torch_utils.persistence"]._reconstruct_persistent_obj, (meta,), None


class _MappingNetwork(Persistent):
    def __init__(self, num_layers: int) -> None:
        super().__init__(num_layers=num_layers)
        for index in range(num_layers):
            setattr(self, f"fc{index}", nn.Parameter(torch.randn(3, 5)))
        self.register_buffer("w_avg", torch.randn(5))
        self.register_buffer("scratch", torch.zeros(2), persistent=False)


class _SynthesisNetwork(Persistent):
    def __init__(self, out_size: int) -> None:
        super().__init__(out_size)
        self.weight = nn.Parameter(torch.randn(4, 3, 2).half().permute(2, 0, 1))
        self.bias = None
        self.register_parameter("none", None)
        self.register_buffer("steps", torch.arange(7)[2:5])
        self.size = np.broadcast_to(np.asarray(out_size), [2]).copy()
        self.cutoff, self.gain = np.float64(2.5), np.float32(0.5)
        self.grid = np.arange(6, dtype=">f4").reshape(2, 3).T
        self.shape, self.kind = torch.Size([1, 2]), torch.float16


class _Generator(Persistent):
    def __init__(self, z_dim: int, mapping_kwargs: dict[str, int]) -> None:
        super().__init__(z_dim, mapping_kwargs=mapping_kwargs)
        self.mapping = _MappingNetwork(**mapping_kwargs)
        self.synthesis = _SynthesisNetwork(16)
        self.num_ws = 8


def persistent_network(state: dict[str, Tensor], **arguments: Any) -> Persistent:
    """NVIDIA's record of a network that holds a state dict."""
    root = type("_Generator", (Persistent,), {})(**arguments)
    for key, value in state.items():
        module: nn.Module = root
        *home, leaf = key.split(".")
        for name in home:
            if name not in module._modules:
                module.add_module(name, Persistent())
            module = module._modules[name]  # type: ignore[assignment]
        module.register_buffer(leaf, value)
    return root


class Nvidia:
    """Writes pickles as NVIDIA's training scripts do."""

    def __init__(self, folder: Path, easy_dict: type) -> None:
        self.folder, self.easy_dict = folder, easy_dict

    def network(self) -> nn.Module:
        return _Generator(4, mapping_kwargs=self.easy_dict(num_layers=2))

    def content(self, network: nn.Module, **more: Any) -> dict[str, Any]:
        options = self.easy_dict(class_name="training.dataset.ImageFolderDataset", resolution=16)
        known = {"training_set_kwargs": options, "G": None, "D": None, "G_ema": network}
        return {**known, "augment_pipe": None, **more}

    def write(self, content: Any, protocol: int = 4) -> Path:
        path = self.folder / "network.pkl"
        path.write_bytes(pickle.dumps(content, protocol=protocol))
        return path


@pytest.fixture
def nvidia(tmp_path: Path, canary: Canary, monkeypatch: pytest.MonkeyPatch) -> Nvidia:
    """A writer whose modules have the true names and whose source touches the canary."""
    persistence = types.ModuleType("torch_utils.persistence")
    util = types.ModuleType("dnnlib.util")

    def rebuild(meta: dict[str, Any]) -> Any:
        exec(meta["module_src"], {})  # what the original does, for the proof that it would sing
        return meta

    easy_dict = type("EasyDict", (dict,), {"__module__": "dnnlib.util"})
    rebuild.__module__, rebuild.__name__ = "torch_utils.persistence", "_reconstruct_persistent_obj"
    rebuild.__qualname__ = rebuild.__name__
    persistence._reconstruct_persistent_obj = rebuild  # type: ignore[attr-defined]
    util.EasyDict = easy_dict  # type: ignore[attr-defined]
    for name, module in (("torch_utils.persistence", persistence), ("dnnlib.util", util)):
        package = name.partition(".")[0]
        monkeypatch.setitem(sys.modules, package, types.ModuleType(package))
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(Persistent, "source", canary.statement)
    return Nvidia(tmp_path, easy_dict)


@pytest.fixture
def same_state() -> Callable[[dict[str, Tensor], dict[str, Tensor]], None]:
    """Compare state dicts: names, order, types, values."""

    def compare(found: dict[str, Tensor], wanted: dict[str, Tensor]) -> None:
        assert list(found) == list(wanted)
        for name, value in wanted.items():
            assert found[name].dtype == value.dtype
            assert torch.equal(found[name], value.detach())

    return compare
